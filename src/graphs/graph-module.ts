import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { suggest } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { describeKind, isPlain, isWellFormed, type JsonObject, quote } from "../json-values.ts";
import { toJsonSchema } from "./schema-json.ts";

/** Whether the edges of a graph have a direction: all, none, or each for itself. */
export type GraphDirection = "directed" | "undirected" | "mixed";
/** Where graphs of a type live: in the system's file, in a tenant's, or with one user. */
export type GraphScope = "system" | "tenant" | "user";

/** The rules of structure that every graph of a type keeps. */
export interface GraphConfig {
  readonly type: GraphDirection;
  /** Whether two nodes may be joined by more than one edge. */
  readonly multi: boolean;
  /** Whether an edge may lead from a node to itself. */
  readonly allowSelfLoops: boolean;
}

/** A TypeBox schema of objects: what the attributes of a node or an edge are. */
export interface AttributesSchema extends TSchema {
  static: { [name: string]: unknown };
}

/** An edge type: which attributes its edges have and which node types they may join. */
export interface EdgeDefinition<NodeName extends string = string> {
  /** @default no attributes */
  readonly attributes?: AttributesSchema;
  /** @default the description of `attributes` */
  readonly description?: string;
  /** The node types an edge may lead from; empty for any. @default [] */
  readonly from?: readonly NodeName[];
  /** The node types an edge may lead to; empty for any. @default [] */
  readonly to?: readonly NodeName[];
}

/** The node types of a module by name. A schema's `description` is the description of the type. */
export type NodeDefinitions = Readonly<Record<string, AttributesSchema>>;
/** The edge types of a module by name. */
export type EdgeDefinitions<NodeName extends string = string> = Readonly<Record<string, EdgeDefinition<NodeName>>>;

/** What {@link defineGraph} takes. */
export interface GraphDefinition<Nodes extends NodeDefinitions, Edges extends EdgeDefinitions> {
  readonly name: string;
  /** Counts up from 1: graphs of different versions of a type live beside each other. */
  readonly version: number;
  /** @default "" */
  readonly description?: string;
  /** @default "system" */
  readonly scope?: GraphScope;
  readonly config: GraphConfig;
  readonly nodes: Nodes;
  /** @default no edge types */
  readonly edges?: Edges;
}

/** A graph type: made by {@link defineGraph}, and by nothing else. */
export interface GraphModule<
  Nodes extends NodeDefinitions = NodeDefinitions,
  Edges extends EdgeDefinitions = EdgeDefinitions,
> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly scope: GraphScope;
  readonly config: GraphConfig;
  readonly nodes: Nodes;
  readonly edges: Edges;
}

/** The names of the node types of a module. */
export type NodeTypeName<M extends GraphModule> = keyof M["nodes"] & string;
/** The names of the edge types of a module. */
export type EdgeTypeName<M extends GraphModule> = keyof M["edges"] & string;
/** The attributes of a node of one type. */
export type NodeAttributes<M extends GraphModule, Name extends NodeTypeName<M>> = Static<M["nodes"][Name]>;
/** The attributes of an edge of one type. */
export type EdgeAttributes<M extends GraphModule, Name extends EdgeTypeName<M>> = M["edges"][Name] extends {
  readonly attributes: infer Schema extends AttributesSchema;
}
  ? Static<Schema>
  : string extends keyof M["edges"]
    ? { [name: string]: unknown } // a module of which nothing is known but that it is one
    : { [name: string]: never };

/** A node type as it is checked and stored. */
export interface NodeType {
  readonly name: string;
  readonly description: string;
  readonly attributes: TSchema;
  readonly schema: JsonObject;
}

/** An edge type as it is checked and stored. */
export interface EdgeType extends NodeType {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** The types of a module by name, in the order of their definition. */
export interface GraphTypes {
  readonly nodes: ReadonlyMap<string, NodeType>;
  readonly edges: ReadonlyMap<string, EdgeType>;
}

const NO_ATTRIBUTES = Type.Object({}, { additionalProperties: false });
const MAX_NAME = 200; // characters
const types = new WeakMap<object, GraphTypes>();

/**
 * Makes a graph type out of the TypeBox schemas of its node and edge types. Changes nothing in a database.
 *
 * Schemas that refer to each other go into a `Type.Module`, from which each is taken by `Import()`.
 *
 * @throws {StorageError} `INVALID_MODULE` if the parts don't fit together: an endpoint that is no node type, a schema
 * that is not of objects or can't be stored as JSON (a date, a bigint, bytes, a transform), an empty or doubled name.
 * @throws {TypeError} If an option is missing, misspelled or of the wrong type.
 * @throws {RangeError} If `version` is not a whole number >= 1.
 */
export function defineGraph<
  const Nodes extends NodeDefinitions,
  const Edges extends EdgeDefinitions<keyof Nodes & string> = Record<never, never>,
>(definition: GraphDefinition<Nodes, Edges>): GraphModule<Nodes, Edges> {
  checkMembers(definition, "a graph type", ["name", "version", "config", "nodes"], ["description", "scope", "edges"]);
  const { name, version, description = "", scope = "system", config, nodes, edges = {} as Edges } = definition;
  checkName(name, "a graph type");
  const what = `graph type ${quote(name)}`;
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RangeError(`Cannot define ${what}: version must be an integer >= 1: received ${String(version)}`);
  }
  checkType(description, "string", "description", what);
  checkOneOf(scope, ["system", "tenant", "user"], "scope", what);
  checkMembers(config, `the config of ${what}`, ["type", "multi", "allowSelfLoops"]);
  checkOneOf(config.type, ["directed", "undirected", "mixed"], "config.type", what);
  checkType(config.multi, "boolean", "config.multi", what);
  checkType(config.allowSelfLoops, "boolean", "config.allowSelfLoops", what);
  checkNames(nodes, "nodes", what);
  checkNames(edges, "edges", what);
  if (Object.keys(nodes).length === 0) throw invalid(what, "at least one node type", "none");

  const nodeTypes = new Map(Object.entries(nodes).map(([name, schema]) => [name, toNodeType(name, schema, what)]));
  const edgeTypes = new Map(
    Object.entries(edges).map(([name, edge]) => [name, toEdgeType(name, edge, nodeTypes, what)]),
  );
  const module = Object.freeze({
    name,
    version,
    description,
    scope,
    config: Object.freeze({ ...config }),
    nodes: Object.freeze({ ...nodes }),
    edges: Object.freeze({ ...edges }),
  });
  types.set(module, { nodes: nodeTypes, edges: edgeTypes });
  return module;
}

/** @throws {TypeError} If `module` was not made by {@link defineGraph} (of this copy of the package). */
export function typesOf(module: GraphModule, callee: string): GraphTypes {
  const found = types.get(module);
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot call ${callee}(): module must be what defineGraph() returns, with the schemas of a Type.Module by its Import(): received ${describeKind(module)}`,
  );
}

/** @throws {TypeError} If `value` lacks a member that is wanted, or has one that is neither wanted nor possible. */
export function checkMembers(
  value: unknown,
  what: string,
  wanted: readonly string[],
  possible: readonly string[] = [],
  action = "define",
): void {
  if (typeof value !== "object" || value === null || !isPlain(value)) {
    throw new TypeError(`Cannot ${action} ${what}: an object is wanted: received ${describeKind(value)}`);
  }
  const known = [...wanted, ...possible];
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw new TypeError(`Cannot ${action} ${what}: unknown option ${quote(key)}: ${suggest(key, known)}`);
  }
  for (const key of wanted) {
    if ((value as Record<string, unknown>)[key] !== undefined) continue;
    throw new TypeError(`Cannot ${action} ${what}: ${key} is wanted: received undefined`);
  }
}

function toNodeType(name: string, attributes: TSchema, graph: string): NodeType {
  const what = `node type ${quote(name)} of ${graph}`;
  const schema = deepFreeze(toJsonSchema(attributes, refuseFor(what)));
  return { name, description: descriptionOf(schema, what), attributes, schema };
}

function toEdgeType(name: string, edge: EdgeDefinition, nodes: ReadonlyMap<string, NodeType>, graph: string): EdgeType {
  const what = `edge type ${quote(name)} of ${graph}`;
  checkMembers(edge, what, [], ["attributes", "description", "from", "to"]);
  const attributes = edge.attributes ?? NO_ATTRIBUTES;
  const schema = deepFreeze(toJsonSchema(attributes, refuseFor(what)));
  const description = edge.description ?? descriptionOf(schema, what);
  checkType(description, "string", "description", what);
  return {
    name,
    description,
    attributes,
    schema,
    from: checkEnds(edge.from ?? [], "from", nodes, what),
    to: checkEnds(edge.to ?? [], "to", nodes, what),
  };
}

function checkEnds(ends: readonly string[], side: string, nodes: ReadonlyMap<string, NodeType>, what: string) {
  if (!Array.isArray(ends)) {
    throw new TypeError(`Cannot define ${what}: ${side} must be a list of node types: received ${describeKind(ends)}`);
  }
  for (const [i, end] of ends.entries()) {
    if (typeof end !== "string" || !nodes.has(end)) {
      throw invalid(
        what,
        `${side} must name node types of this module`,
        typeof end === "string" ? quote(end) : describeKind(end),
      );
    }
    if (ends.indexOf(end) !== i) throw invalid(what, `${side} must name a node type once`, `${quote(end)} twice`);
  }
  return Object.freeze([...ends]);
}

function checkNames(record: unknown, member: string, what: string): void {
  if (typeof record !== "object" || record === null || !isPlain(record)) {
    throw new TypeError(`Cannot define ${what}: ${member} must be an object: received ${describeKind(record)}`);
  }
  const folded = new Map<string, string>();
  for (const name of Object.keys(record)) {
    checkName(name, `${member} of ${what}`);
    const key = name.normalize("NFKC").toLowerCase();
    const twin = folded.get(key);
    if (twin !== undefined) {
      throw invalid(`${member} of ${what}`, "names must differ by more than case", `${quote(twin)} and ${quote(name)}`);
    }
    folded.set(key, name);
  }
}

function checkName(name: unknown, what: string): void {
  checkType(name, "string", "name", what);
  const text = name as string;
  const isGood =
    text !== "" && text.length <= MAX_NAME && text.trim() === text && isWellFormed(text) && !/\p{Cc}/u.test(text);
  if (isGood) return;
  throw invalid(
    what,
    `a name must be 1 to ${MAX_NAME} characters, without control characters or space around`,
    quote(text),
  );
}

function descriptionOf(schema: JsonObject, what: string): string {
  const description = schema.description ?? "";
  checkType(description, "string", "description", what);
  return description as string;
}

function checkType(value: unknown, type: "string" | "boolean", member: string, what: string): void {
  if (typeof value === type) return;
  throw new TypeError(`Cannot define ${what}: ${member} must be a ${type}: received ${describeKind(value)}`);
}

function checkOneOf(value: unknown, known: readonly string[], member: string, what: string): void {
  if (typeof value === "string" && known.includes(value)) return;
  const received = typeof value === "string" ? quote(value) : describeKind(value);
  throw new TypeError(`Cannot define ${what}: ${member} must be one of ${known.join(", ")}: received ${received}`);
}

function refuseFor(what: string) {
  return (expected: string, path: string, received: string): never => {
    throw invalid(what, `${expected} is wanted at ${path}`, received);
  };
}

function invalid(what: string, wanted: string, received: string): StorageError {
  return new StorageError("INVALID_MODULE", `Cannot define ${what}: ${wanted}: received ${received}`, {
    details: { what, wanted, received },
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null)
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
  return value;
}
