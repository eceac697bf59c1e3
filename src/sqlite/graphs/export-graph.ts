import { checkName, checkOptions } from "../../arguments.ts";
import { StorageError } from "../../errors.ts";
import {
  type GraphModule,
  type JsonObject,
  type SerializedEdge,
  type SerializedGraph,
  type SerializedNode,
  TYPE_ATTRIBUTE,
  tagFacts,
  tagType,
  type WriteDotOptions,
  writeDot,
  writeSerializedGraph,
} from "../../graphs/mod.ts";
import { describeKind } from "../../json-values.ts";
import { Graph } from "./graph.ts";
import { contextOf } from "./graph-context.ts";
import type { GraphInfo } from "./graph-info.ts";

/** The attribute that carries the metadata of a node or an edge. */
export const METADATA_ATTRIBUTE = "@metadata";

/** How a graph is written. */
export interface ExportOptions {
  /** The attribute that carries the type of a node or an edge. @default "@type" */
  readonly typeAttribute?: string;
}

/**
 * Writes a graph of any size as JSON text in graphology's serialised form, as it is when the first chunk is taken.
 *
 * Types are the attribute `@type`, metadata of nodes and edges the attribute `@metadata`, the metadata of the graph are its
 * attributes, and what else is known of it is the attribute `@graph`: graphology imports it as it is, and `importGraph()`
 * makes an equal graph of it. Times are not part of the form.
 *
 * All chunks are of one state of the file: finish the loop, or leave it, as the state is held until then.
 *
 * ```ts
 * await pipeline(exportGraph(graph), createWriteStream("graph.json"));
 * ```
 *
 * @throws {StorageError} `NOT_FOUND` if the graph is gone, `INVALID_GRAPH` if an attribute is called as the type's.
 */
export function exportGraph<M extends GraphModule>(
  graph: Graph<M>,
  options: ExportOptions = {},
): Generator<string, void, undefined> {
  checkOptions(options, ["typeAttribute"], "exportGraph");
  const { typeAttribute = TYPE_ATTRIBUTE } = options;
  checkName(typeAttribute, "export a graph", "typeAttribute");
  checkGraph(graph);
  return fromOneState(graph, (serialized) => writeSerializedGraph(serialized), typeAttribute);
}

/**
 * Writes a graph of any size in the DOT language of Graphviz, as it is when the first chunk is taken; see {@link exportGraph}.
 * The functions of `options` see the type of a node or edge as its attribute `@type`.
 */
export function exportDot<M extends GraphModule>(
  graph: Graph<M>,
  options: WriteDotOptions = {},
): Generator<string, void, undefined> {
  checkGraph(graph);
  return fromOneState(graph, (serialized) => writeDot(serialized, options), TYPE_ATTRIBUTE);
}

function checkGraph(graph: unknown): void {
  if (contextOf(graph) !== undefined) return;
  throw new TypeError(`Cannot export a graph: a graph of a graph store is wanted: received ${describeKind(graph)}`);
}

function* fromOneState<M extends GraphModule>(
  graph: Graph<M>,
  write: (serialized: SerializedGraph) => Generator<string, void, undefined>,
  typeAttribute: string,
): Generator<string, void, undefined> {
  const context = contextOf(graph)!;
  const { connection, close } = context.connection.pinned();
  try {
    const pinned = new Graph<M>({ ...context, connection });
    const { type, multi, allowSelfLoops } = context.module.config;
    yield* write({
      options: { type, multi, allowSelfLoops },
      attributes: tagFacts(factsOf(pinned.info()), pinned.info().metadata),
      nodes: serializedNodes(pinned, typeAttribute),
      edges: serializedEdges(pinned, typeAttribute),
    });
  } finally {
    close();
  }
}

function factsOf({ type, version, name, description, status, ownerId, projectId }: GraphInfo) {
  return {
    graphType: type,
    version,
    name,
    ...(description === "" ? {} : { description }),
    status,
    ...(ownerId === null ? {} : { ownerId }),
    ...(projectId === null ? {} : { projectId }),
  };
}

function* serializedNodes<M extends GraphModule>(graph: Graph<M>, typeAttribute: string): Generator<SerializedNode> {
  for (const { key, type, attributes, metadata } of graph.nodes()) {
    yield tagType({ key, attributes: tagMetadata(attributes as JsonObject, metadata) }, type, typeAttribute);
  }
}

function* serializedEdges<M extends GraphModule>(graph: Graph<M>, typeAttribute: string): Generator<SerializedEdge> {
  for (const { key, type, source, target, undirected, attributes, metadata } of graph.edges()) {
    const tagged = tagMetadata(attributes as JsonObject, metadata);
    const edge = { ...(key === null ? {} : { key }), source, target, attributes: tagged, undirected };
    yield tagType(edge, type, typeAttribute);
  }
}

/** `attributes` with the metadata among them, if there is any. */
function tagMetadata(attributes: JsonObject, metadata: JsonObject): JsonObject {
  if (Object.keys(metadata).length === 0) return attributes;
  if (!Object.hasOwn(attributes, METADATA_ATTRIBUTE)) return { [METADATA_ATTRIBUTE]: metadata, ...attributes };
  throw new StorageError(
    "INVALID_GRAPH",
    `Cannot export a graph: no attribute "${METADATA_ATTRIBUTE}", which is to carry the metadata, is wanted: received one`,
    { details: { rule: "format" } },
  );
}
