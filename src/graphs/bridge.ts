import { StorageError } from "../errors.ts";
import { describeKind, type JsonObject, quote } from "../json-values.ts";
import { findMismatch } from "../schema-check.ts";
import {
  checkMembers,
  type EdgeAttributes,
  type EdgeType,
  type EdgeTypeName,
  type GraphConfig,
  type GraphModule,
  type GraphScope,
  type NodeAttributes,
  type NodeType,
  type NodeTypeName,
  typesOf,
} from "./graph-module.ts";

/** A graph type as the columns of `graph_types` hold it. */
export interface GraphTypeRow {
  readonly name: string;
  readonly description: string;
  readonly config: GraphConfig;
  readonly version: number;
  readonly scope: GraphScope;
}

/** A node type as the columns of `node_types` hold it, without the id of its graph type. */
export interface NodeTypeRow {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the attributes, complete in itself. */
  readonly schema: JsonObject;
}

/** An edge type as the columns of `edge_types` hold it, without the id of its graph type. */
export interface EdgeTypeRow extends NodeTypeRow {
  /** Names of node types; empty for any. */
  readonly allowedSourceTypes: string[];
  /** Names of node types; empty for any. */
  readonly allowedTargetTypes: string[];
}

/** A module as rows. */
export interface DbSchema {
  readonly graphType: GraphTypeRow;
  readonly nodeTypes: readonly NodeTypeRow[];
  readonly edgeTypes: readonly EdgeTypeRow[];
}

/** What an edge joins. */
export interface EdgeEnds<NodeName extends string = string> {
  readonly sourceType: NodeName;
  readonly targetType: NodeName;
  /** Give both keys to have self loops checked. */
  readonly sourceKey?: string;
  readonly targetKey?: string;
  /** Whether the edge has no direction. @default what the graph type says; false in a mixed one */
  readonly undirected?: boolean;
}

const SHOWN_NAMES = 8; // of the types that a message offers

/**
 * The rows that say in a database what `module` says in code: plain data, in the order of the definition.
 *
 * @throws {TypeError} If `module` was not made by `defineGraph()`.
 */
export function moduleToDbSchema(module: GraphModule): DbSchema {
  const { nodes, edges } = typesOf(module, "moduleToDbSchema");
  const { name, description, config, version, scope } = module;
  return {
    graphType: { name, description, config: { ...config }, version, scope },
    nodeTypes: Array.from(nodes.values(), ({ name, description, schema }) => ({ name, description, schema })),
    edgeTypes: Array.from(edges.values(), ({ name, description, schema, from, to }) => ({
      name,
      description,
      schema,
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
 * @throws {StorageError} `INVALID_GRAPH` if the module has no such type or the attributes don't fit.
 * @throws {TypeError} If `module` was not made by `defineGraph()`.
 */
export function validateNode<M extends GraphModule, Name extends NodeTypeName<M>>(
  module: M,
  type: Name,
  attributes: unknown,
): NodeAttributes<M, Name> {
  const { nodes } = typesOf(module, "validateNode");
  checkAttributes(module, "node", typeNamed(module, "node", type, nodes), attributes);
  return attributes as NodeAttributes<M, Name>;
}

/**
 * Returns `attributes`, the same object, now that they are known to be those of an edge of `type`
 * between `ends`.
 *
 * Beside what {@link validateNode} checks: the types of both ends, the direction, and, where both keys are given, that
 * the edge is no forbidden self loop. An edge without direction may stand either way round. Parallel edges are seen only
 * where the other edges are, in the database.
 *
 * @throws {StorageError} `INVALID_GRAPH` if the module has no such type, or the attributes or the ends don't fit.
 * @throws {TypeError} If `module` was not made by `defineGraph()`, or `ends` has an unknown member.
 */
export function validateEdge<M extends GraphModule, Name extends EdgeTypeName<M>>(
  module: M,
  type: Name,
  attributes: unknown,
  ends: EdgeEnds<NodeTypeName<M>>,
): EdgeAttributes<M, Name> {
  const { nodes, edges } = typesOf(module, "validateEdge");
  checkMembers(ends, "an edge", ["sourceType", "targetType"], ["sourceKey", "targetKey", "undirected"], "accept");
  checkOptional(ends, "sourceKey", "string");
  checkOptional(ends, "targetKey", "string");
  checkOptional(ends, "undirected", "boolean");
  const edge = typeNamed(module, "edge", type, edges);
  typeNamed(module, "node", ends.sourceType, nodes);
  typeNamed(module, "node", ends.targetType, nodes);
  checkEnds(module, edge, ends);
  checkAttributes(module, "edge", edge, attributes);
  return attributes as EdgeAttributes<M, Name>;
}

function checkOptional(ends: EdgeEnds, member: keyof EdgeEnds, type: "string" | "boolean"): void {
  const value = ends[member];
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`Cannot accept an edge: ${member} must be a ${type}: received ${describeKind(value)}`);
}

function typeNamed<T>(module: GraphModule, what: "node" | "edge", type: unknown, types: ReadonlyMap<string, T>): T {
  const found = typeof type === "string" ? types.get(type) : undefined;
  if (found !== undefined) return found;
  const names = [...types.keys()];
  const shown = names.slice(0, SHOWN_NAMES).join(", ") + (names.length > SHOWN_NAMES ? ", …" : "");
  const received = typeof type === "string" ? quote(type) : describeKind(type);
  throw refusal(
    module,
    article(what),
    names.length === 0 ? `there is no ${what} type` : `its type must be one of ${shown}`,
    received,
  );
}

function checkEnds(module: GraphModule, edge: EdgeType, ends: EdgeEnds): void {
  const { type: direction, allowSelfLoops } = module.config;
  const undirected = ends.undirected ?? direction === "undirected";
  if (direction !== "mixed" && undirected !== (direction === "undirected")) {
    throw edgeRefusal(module, edge, `edges of the graph type are ${direction}`, undirected ? "undirected" : "directed");
  }
  const { sourceType, targetType } = ends;
  if (!allows(edge, sourceType, targetType) && !(undirected && allows(edge, targetType, sourceType))) {
    const wanted = `it must lead from ${listed(edge.from)} to ${listed(edge.to)}`;
    throw edgeRefusal(module, edge, wanted, `${quote(sourceType)} to ${quote(targetType)}`);
  }
  if (!allowSelfLoops && ends.sourceKey !== undefined && ends.sourceKey === ends.targetKey) {
    throw edgeRefusal(module, edge, "it must join two nodes", "a self loop");
  }
}

function allows({ from, to }: EdgeType, source: string, target: string): boolean {
  return (from.length === 0 || from.includes(source)) && (to.length === 0 || to.includes(target));
}

function checkAttributes(module: GraphModule, what: "node" | "edge", type: NodeType, attributes: unknown): void {
  const mismatch = findMismatch(type.attributes, attributes);
  if (mismatch === undefined) return;
  const { expected, path, received } = mismatch;
  throw refusal(module, `${article(what)} of type ${quote(type.name)}`, `${expected} at ${path}`, received, { path });
}

function edgeRefusal(module: GraphModule, edge: EdgeType, wanted: string, received: string): StorageError {
  return refusal(module, `an edge of type ${quote(edge.name)}`, wanted, received);
}

function refusal(
  module: GraphModule,
  what: string,
  wanted: string,
  received: string,
  more: Readonly<Record<string, string>> = {},
): StorageError {
  return new StorageError(
    "INVALID_GRAPH",
    `Cannot accept ${what} in graph type ${quote(module.name)} version ${module.version}: ${wanted}: received ${received}`,
    { details: { graphType: module.name, version: module.version, what, wanted, received, ...more } },
  );
}

function article(what: "node" | "edge"): string {
  return what === "edge" ? "an edge" : "a node";
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "any node" : names.map(quote).join(" or ");
}
