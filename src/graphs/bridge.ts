import { StorageError } from "../errors.ts";
import { describeKind, type JsonObject, quote } from "../json-values.ts";
import { findMismatch } from "../schema-check.ts";
import type { EdgeAttributes, EdgeTypeName, NodeAttributes, NodeTypeName } from "./attribute-types.ts";
import type { DbSchema } from "./db-schema.ts";
import { checkMembers, shown } from "./definition-checks.ts";
import { type GraphModule, typesOf } from "./graph-module.ts";
import type { EdgeType, NodeType } from "./graph-types.ts";
import type { Transitions } from "./transitions.ts";

/** What an edge joins. */
export interface EdgeEnds<NodeName extends string = string> {
  readonly sourceType: NodeName;
  readonly targetType: NodeName;
  /** Give both keys to have self loops checked. */
  readonly sourceKey?: string;
  readonly targetKey?: string;
  /** Whether the edge has no direction. @default what the graph type says; false in a mixed one */
  readonly undirected?: boolean;
  /** The key of the edge, for messages. */
  readonly key?: string | null;
}

/** The rules that can be checked without the other nodes and edges: `details.rule` of `INVALID_GRAPH`. */
type Rule = "type" | "attributes" | "endpoints" | "direction" | "selfLoop";

const OPTIONAL_ENDS = ["sourceKey", "targetKey", "undirected", "key"];
const SHOWN_NAMES = 8; // of the types that a message offers

/**
 * The rows that say in a database what `module` says in code: plain data, in the order of the definition.
 *
 * @throws {TypeError} If `module` was not made by `defineGraph()`.
 */
export function moduleToDbSchema(module: GraphModule): DbSchema {
  const { nodes, edges } = typesOf(module, "moduleToDbSchema");
  const { name, description, version, scope } = module;
  const { acyclic, ...config } = module.config;
  return {
    graphType: { name, description, config: acyclic ? { ...config, acyclic } : config, version, scope },
    nodeTypes: Array.from(nodes.values(), ({ name, description, schema, ...type }) => ({
      name,
      description,
      schema,
      metadata: metadataOf(type.indexes, type.keyAttribute, type.transitions),
    })),
    edgeTypes: Array.from(edges.values(), ({ name, description, schema, indexes, from, to }) => ({
      name,
      description,
      schema,
      metadata: metadataOf(indexes),
      allowedSourceTypes: [...from],
      allowedTargetTypes: [...to],
    })),
  };
}

/**
 * Returns `attributes`, the same object, now that they are known to be those of a node of `type`.
 *
 * They fit the schema, and JSON can store them without loss: no `undefined`, NaN, infinity, negative zero, date, cycle
 * or half of a surrogate pair. Defaults of the schema are not filled in.
 *
 * @param key The key of the node, for messages.
 * @throws {StorageError} `INVALID_GRAPH` if the module has no such type or the attributes don't fit; `details.rule` is
 * `type` or `attributes`.
 * @throws {TypeError} If `module` was not made by `defineGraph()`.
 */
export function validateNode<M extends GraphModule, Name extends NodeTypeName<M>>(
  module: M,
  type: Name,
  attributes: unknown,
  key?: string,
): NodeAttributes<M, Name> {
  const { nodes } = typesOf(module, "validateNode");
  const node = nodes.get(type) ?? refuseType(module, "node", nameNode(key), type, nodes);
  checkAttributes(module, node, attributes, () => nameNode(key));
  return attributes as NodeAttributes<M, Name>;
}

/**
 * Returns `attributes`, the same object, now that they are known to be those of an edge of `type`
 * between `ends`.
 *
 * Beside what {@link validateNode} checks: the types of both ends, the direction, and, where both keys are given, that
 * the edge is no forbidden self loop. An edge without direction may stand either way round. Parallel edges and cycles are
 * seen only where the other edges are, in the database.
 *
 * @throws {StorageError} `INVALID_GRAPH` if the module has no such type, or the attributes or the ends don't fit;
 * `details.rule` is `type`, `attributes`, `endpoints`, `direction` or `selfLoop`.
 * @throws {TypeError} If `module` was not made by `defineGraph()`, or `ends` has an unknown member.
 */
export function validateEdge<M extends GraphModule, Name extends EdgeTypeName<M>>(
  module: M,
  type: Name,
  attributes: unknown,
  ends: EdgeEnds<NodeTypeName<M>>,
): EdgeAttributes<M, Name> {
  const { nodes, edges } = typesOf(module, "validateEdge");
  checkMembers(ends, "an edge", ["sourceType", "targetType"], OPTIONAL_ENDS, "accept");
  checkOptional(ends, "sourceKey", "string");
  checkOptional(ends, "targetKey", "string");
  checkOptional(ends, "undirected", "boolean");
  const edge = edges.get(type) ?? refuseType(module, "edge", nameEdge(ends), type, edges);
  if (!nodes.has(ends.sourceType)) refuseType(module, "node", nameNode(ends.sourceKey), ends.sourceType, nodes);
  if (!nodes.has(ends.targetType)) refuseType(module, "node", nameNode(ends.targetKey), ends.targetType, nodes);
  checkEnds(module, edge, ends);
  checkAttributes(module, edge, attributes, () => nameEdge(ends));
  return attributes as EdgeAttributes<M, Name>;
}

function metadataOf(indexes: readonly string[], key?: string, transitions?: Transitions): JsonObject {
  return {
    ...(indexes.length > 0 && { indexes: [...indexes] }),
    ...(key !== undefined && { key }),
    ...(transitions !== undefined && { transitions: structuredClone(transitions) as unknown as JsonObject }),
  };
}

function checkOptional(ends: EdgeEnds, member: keyof EdgeEnds, type: "string" | "boolean"): void {
  const value = ends[member];
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`Cannot accept an edge: ${member} must be a ${type}: received ${describeKind(value)}`);
}

function checkEnds(module: GraphModule, edge: EdgeType, ends: EdgeEnds): void {
  const refuse = (rule: Rule, wanted: string, received: string) =>
    refusal(module, rule, `${nameEdge(ends)} of type ${quote(edge.name)}`, wanted, received);
  const { type: direction, allowSelfLoops } = module.config;
  const undirected = ends.undirected ?? direction === "undirected";
  if (direction !== "mixed" && undirected !== (direction === "undirected")) {
    const received = undirected ? "undirected" : "directed";
    throw refuse("direction", `edges of the graph type are ${direction}`, received);
  }
  const { sourceType, targetType } = ends;
  if (!allows(edge, sourceType, targetType) && !(undirected && allows(edge, targetType, sourceType))) {
    const wanted = `it must lead from ${listed(edge.from)} to ${listed(edge.to)}`;
    throw refuse("endpoints", wanted, `${quote(sourceType)} to ${quote(targetType)}`);
  }
  if (!allowSelfLoops && ends.sourceKey !== undefined && ends.sourceKey === ends.targetKey) {
    throw refuse("selfLoop", "it must join two nodes", "a self loop");
  }
}

function allows({ from, to }: EdgeType, source: string, target: string): boolean {
  return (from.length === 0 || from.includes(source)) && (to.length === 0 || to.includes(target));
}

function checkAttributes(
  module: GraphModule,
  type: NodeType | EdgeType,
  attributes: unknown,
  nameElement: () => string,
): void {
  const mismatch = findMismatch(type.attributes, attributes);
  if (mismatch === undefined) return;
  const { expected, path, received, shown = received } = mismatch;
  const what = `${nameElement()} of type ${quote(type.name)}`;
  throw refusal(module, "attributes", what, `${expected} at ${path}`, shown, { path, received });
}

function refuseType(
  module: GraphModule,
  kind: "node" | "edge",
  what: string,
  type: unknown,
  types: ReadonlyMap<string, unknown>,
): never {
  const names = [...types.keys()];
  const list = names.slice(0, SHOWN_NAMES).join(", ") + (names.length > SHOWN_NAMES ? ", …" : "");
  const wanted = names.length === 0 ? `there is no ${kind} type` : `its type must be one of ${list}`;
  throw refusal(module, "type", what, wanted, shown(type));
}

function refusal(
  module: GraphModule,
  rule: Rule,
  what: string,
  wanted: string,
  received: string,
  more: Readonly<Record<string, string>> = {},
): StorageError {
  return new StorageError(
    "INVALID_GRAPH",
    `Cannot accept ${what} in graph type ${quote(module.name)} version ${module.version}: ${wanted}: received ${received}`,
    { details: { graphType: module.name, version: module.version, what, rule, wanted, received, ...more } },
  );
}

function nameNode(key: string | undefined): string {
  return typeof key === "string" ? `node ${quote(key)}` : "a node";
}

function nameEdge({ key, sourceKey, targetKey }: EdgeEnds): string {
  if (typeof key === "string") return `edge ${quote(key)}`;
  if (sourceKey === undefined || targetKey === undefined) return "an edge";
  return `an edge from ${quote(sourceKey)} to ${quote(targetKey)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "any node" : names.map(quote).join(" or ");
}
