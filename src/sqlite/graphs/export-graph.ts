import { checkName, checkOptions } from "../../arguments.ts";
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
import { Graph } from "./graph.ts";
import { contextOf } from "./graph-context.ts";
import type { GraphInfo } from "./graph-info.ts";

/** How a graph is written. */
export interface ExportOptions {
  /** The attribute that carries the type of a node or an edge. @default "@type" */
  readonly typeAttribute?: string;
}

/**
 * Writes a graph of any size as JSON text in graphology's serialised form, as it is when the first chunk is taken.
 *
 * Nodes come in the order of their keys, then edges in that of their ends: equal graphs give equal texts. Types are the attribute `@type`, the metadata of the graph
 * are its attributes, what else is known of it is the attribute `@graph`: graphology imports it as it is, and
 * `importGraph()` makes an equal graph of it. Metadata and times of nodes and edges are not part of the form.
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
  return fromOneState(graph, "export a graph", (serialized) => writeSerializedGraph(serialized), typeAttribute);
}

/**
 * Writes a graph of any size in the DOT language of Graphviz, as it is when the first chunk is taken; see {@link exportGraph}.
 * The functions of `options` see the type of a node or edge as its attribute `@type`.
 */
export function exportDot<M extends GraphModule>(
  graph: Graph<M>,
  options: WriteDotOptions = {},
): Generator<string, void, undefined> {
  return fromOneState(graph, "export a graph", (serialized) => writeDot(serialized, options), TYPE_ATTRIBUTE);
}

function* fromOneState<M extends GraphModule>(
  graph: Graph<M>,
  action: string,
  write: (serialized: SerializedGraph) => Generator<string, void, undefined>,
  typeAttribute: string,
): Generator<string, void, undefined> {
  const context = contextOf(graph);
  if (context === undefined) {
    throw new TypeError(`Cannot ${action}: a graph of a graph store is wanted: received ${typeof graph}`);
  }
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
  for (const { key, type, attributes } of graph.nodes()) {
    yield tagType({ key, attributes: attributes as JsonObject }, type, typeAttribute);
  }
}

function* serializedEdges<M extends GraphModule>(graph: Graph<M>, typeAttribute: string): Generator<SerializedEdge> {
  for (const { key, type, source, target, undirected, attributes } of graph.edges()) {
    const edge = { ...(key === null ? {} : { key }), source, target, attributes: attributes as JsonObject, undirected };
    yield tagType(edge, type, typeAttribute);
  }
}
