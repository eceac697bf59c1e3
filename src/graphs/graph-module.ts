import { Type } from "@sinclair/typebox";
import { describeKind, quote } from "../json-values.ts";
import {
  checkMembers,
  checkName,
  checkNames,
  checkOneOf,
  checkRecord,
  checkType,
  invalid,
} from "./definition-checks.ts";
import type {
  EdgeDefinitions,
  GraphConfig,
  GraphDefinition,
  GraphDirection,
  GraphScope,
  NodeDefinitions,
} from "./graph-definition.ts";
import { type EdgeType, type GraphTypes, type NodeType, toEdgeType, toNodeType } from "./graph-types.ts";
import type { Transitions } from "./transitions.ts";

/** A graph type: made by {@link defineGraph}, or of rows by `dbSchemaToModule()`, and by nothing else. */
export interface GraphModule<
  Nodes extends NodeDefinitions = NodeDefinitions,
  Edges extends EdgeDefinitions = EdgeDefinitions,
> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly scope: GraphScope;
  readonly config: Required<GraphConfig>;
  readonly nodes: Nodes;
  readonly edges: Edges;
  /** Paths of attributes that are to have an SQL index, by type; only of types that have any. */
  readonly indexes: {
    readonly nodes: Readonly<Record<string, readonly string[]>>;
    readonly edges: Readonly<Record<string, readonly string[]>>;
  };
  /** The attribute that is the key of a node, by node type. */
  readonly keys: Readonly<Record<string, string>>;
  /** Which state may follow which, by node type. */
  readonly transitions: Readonly<Record<string, Transitions>>;
}

/** What a module says beside its types. */
export type ModuleHead = Pick<GraphModule, "name" | "version" | "description" | "scope"> & {
  readonly config: GraphConfig;
};

const NO_ATTRIBUTES = Type.Object({}, { additionalProperties: false });
const DIRECTIONS: readonly GraphDirection[] = ["directed", "undirected", "mixed"];
const SCOPES: readonly GraphScope[] = ["system", "tenant", "user"];
const OPTIONS = ["description", "scope", "edges", "indexes", "keys", "transitions"];
const types = new WeakMap<object, GraphTypes>();

/**
 * Makes a graph type out of the TypeBox schemas of its node and edge types. Changes nothing in a database.
 *
 * Schemas that refer to each other go into a `Type.Module`, from which each is taken by `Import()`.
 *
 * @throws {StorageError} `INVALID_MODULE` if the parts don't fit together: an endpoint that is no node type, a schema
 * that is not of objects or can't be stored as JSON (a date, a bigint, bytes, a transform), an empty or doubled name, a
 * path that leads to no attribute, a key or a state that is not text.
 * @throws {TypeError} If an option is missing, misspelled or of the wrong type.
 * @throws {RangeError} If `version` is not a whole number >= 1.
 */
export function defineGraph<
  const Nodes extends NodeDefinitions,
  const Edges extends EdgeDefinitions<keyof Nodes & string> = Record<never, never>,
>(definition: GraphDefinition<Nodes, Edges>): GraphModule<Nodes, Edges> {
  checkMembers(definition, "a graph type", ["name", "version", "config", "nodes"], OPTIONS);
  const { nodes, edges = {} as Edges, indexes = {}, keys = {}, transitions = {} } = definition;
  const { name, version, description = "", scope = "system", config } = definition;
  const what = checkHead({ name, version, description, scope, config });
  checkRecord(nodes, "nodes", what);
  checkRecord(edges, "edges", what);
  checkMembers(indexes, `the indexes of ${what}`, [], ["nodes", "edges"]);
  const indexesOfNodes = byType(indexes.nodes, nodes, "indexes.nodes", what);
  const indexesOfEdges = byType(indexes.edges, edges, "indexes.edges", what);
  const keyOf = byType(keys, nodes, "keys", what);
  const transitionsOf = byType(transitions, nodes, "transitions", what);

  const nodeTypes = Object.entries(nodes).map(([name, attributes]) => {
    const rules = { indexes: indexesOfNodes(name), key: keyOf(name), transitions: transitionsOf(name) };
    return toNodeType({ name, attributes, ...rules }, `node type ${quote(name)} of ${what}`);
  });
  const nodesByName = mapByName(nodeTypes);
  const edgeTypes = Object.entries(edges).map(([name, edge]) => {
    const whatEdge = `edge type ${quote(name)} of ${what}`;
    checkMembers(edge, whatEdge, [], ["attributes", "description", "from", "to"]);
    const parts = { ...edge, attributes: edge.attributes ?? NO_ATTRIBUTES, indexes: indexesOfEdges(name) };
    return toEdgeType({ ...parts, name }, nodesByName, whatEdge);
  });
  return makeModule({ name, version, description, scope, config }, nodes, edges, nodeTypes, edgeTypes);
}

/**
 * The types of a module with all that is known of them: for the parts of this package that check and store graphs.
 *
 * @throws {TypeError} If `module` was not made by {@link defineGraph} (of this copy of the package).
 */
export function typesOf(module: GraphModule, callee: string): GraphTypes {
  const found = types.get(module);
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot call ${callee}(): module must be what defineGraph() returns, with the schemas of a Type.Module by its Import(): received ${describeKind(module)}`,
  );
}

/**
 * The module of a head that {@link checkHead} has passed, with these types.
 *
 * @throws {StorageError} `INVALID_MODULE` if there is no node type, or a name is bad or there twice.
 */
export function makeModule<Nodes extends NodeDefinitions, Edges extends EdgeDefinitions>(
  { name, version, description, scope, config }: ModuleHead,
  nodes: Nodes,
  edges: Edges,
  nodeTypes: readonly NodeType[],
  edgeTypes: readonly EdgeType[],
): GraphModule<Nodes, Edges> {
  const what = `graph type ${quote(name)}`;
  checkNames(nodeTypes.map(nameOf), "nodes", what);
  checkNames(edgeTypes.map(nameOf), "edges", what);
  if (nodeTypes.length === 0) throw invalid(what, "at least one node type", "none");
  const module = Object.freeze({
    name,
    version,
    description,
    scope,
    config: Object.freeze({ ...config, acyclic: config.acyclic ?? false }),
    nodes: Object.freeze({ ...nodes }),
    edges: Object.freeze({ ...edges }),
    indexes: Object.freeze({ nodes: collect(nodeTypes, indexesOf), edges: collect(edgeTypes, indexesOf) }),
    keys: collect(nodeTypes, (type) => type.keyAttribute),
    transitions: collect(nodeTypes, (type) => type.transitions),
  });
  types.set(module, { nodes: mapByName(nodeTypes), edges: mapByName(edgeTypes) });
  return module;
}

/**
 * How messages name the graph type whose head is checked.
 *
 * @throws {StorageError} `INVALID_MODULE` if the name is bad, or the rules exclude each other.
 * @throws {TypeError} If a part is of the wrong type.
 * @throws {RangeError} If `version` is not a whole number >= 1.
 */
export function checkHead({ name, version, description, scope, config }: ModuleHead): string {
  checkName(name, "a graph type");
  const what = `graph type ${quote(name)}`;
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RangeError(`Cannot define ${what}: version must be an integer >= 1: received ${String(version)}`);
  }
  checkType(description, "string", "description", what);
  checkOneOf(scope, SCOPES, "scope", what);
  checkMembers(config, `the config of ${what}`, ["type", "multi", "allowSelfLoops"], ["acyclic"]);
  checkOneOf(config.type, DIRECTIONS, "config.type", what);
  checkType(config.multi, "boolean", "config.multi", what);
  checkType(config.allowSelfLoops, "boolean", "config.allowSelfLoops", what);
  checkType(config.acyclic ?? false, "boolean", "config.acyclic", what);
  if (config.acyclic === true && (config.type !== "directed" || config.allowSelfLoops)) {
    throw invalid(what, "config.acyclic is for directed graphs without self loops", describeConfig(config));
  }
  return what;
}

/** What `rules` say of each type; all that they name must be there. */
function byType(rules: unknown, known: object, member: string, what: string): (name: string) => unknown {
  if (rules === undefined) return () => undefined;
  checkRecord(rules, member, what);
  const unknown = Object.keys(rules).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw invalid(what, `${member} must name types of this module`, quote(unknown));
  return (name) => (Object.hasOwn(rules, name) ? rules[name] : undefined);
}

function collect<Type extends { readonly name: string }, Fact>(list: readonly Type[], get: (type: Type) => Fact) {
  const facts = list.map((type) => [type.name, get(type)] as const).filter(([, fact]) => fact !== undefined);
  return Object.freeze(Object.fromEntries(facts)) as Readonly<Record<string, Exclude<Fact, undefined>>>;
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function indexesOf({ indexes }: NodeType | EdgeType): readonly string[] | undefined {
  return indexes.length === 0 ? undefined : indexes;
}

function mapByName<Type extends { readonly name: string }>(list: readonly Type[]): ReadonlyMap<string, Type> {
  return new Map(list.map((type) => [type.name, type]));
}

function describeConfig({ type, allowSelfLoops }: GraphConfig): string {
  return `${type}, ${allowSelfLoops ? "with" : "without"} self loops`;
}
