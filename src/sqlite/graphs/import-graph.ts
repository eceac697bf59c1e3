import { checkName, checkOptions, checkSignal } from "../../arguments.ts";
import { StorageError } from "../../errors.ts";
import {
  type GraphFacts,
  type GraphModule,
  type GraphPart,
  type GraphSource,
  type JsonObject,
  readSerializedGraph,
  readSerializedGraphSync,
  type SerializedEdge,
  type SerializedNode,
  type SerializedOptions,
  type SyncGraphSource,
  TYPE_ATTRIBUTE,
  typesOf,
  untagFacts,
  untagType,
} from "../../graphs/mod.ts";
import { describeKind, quote } from "../../json-values.ts";
import { METADATA_ATTRIBUTE } from "./export-graph.ts";
import type { EdgeEntry, Graph, NodeEntry } from "./graph.ts";
import type { GraphLayoutName, GraphStatus } from "./graph-info.ts";
import type { GraphStore } from "./graph-store.ts";
import type { ImportCounts } from "./writes/bulk-load.ts";

/** What an import makes of the text. */
export interface ImportGraphOptions {
  /** @default the name in the text, or `graph` */
  readonly name?: string;
  /** @default "active" */
  readonly status?: GraphStatus;
  /** @default "metagraph" */
  readonly layout?: GraphLayoutName;
  /** Who the graph belongs to: never taken from the text, which anybody may have written. @default null */
  readonly ownerId?: string | null;
  /** As of `ownerId`. @default null */
  readonly projectId?: string | null;
  /** The attribute that carries the type of a node or an edge. @default "@type" */
  readonly typeAttribute?: string;
  /** The type of the nodes that don't say theirs. @default the only one there is */
  readonly nodeType?: string | ((node: SerializedNode) => string);
  /** The type of the edges that don't say theirs. @default the only one there is */
  readonly edgeType?: string | ((edge: SerializedEdge) => string);
  /** Is told from time to time how many nodes and edges were taken in. */
  readonly onProgress?: (counts: ImportCounts) => void;
  /** Ends the import: it rejects with the signal's reason, and leaves no graph. */
  readonly signal?: AbortSignal;
}

/** A graph that was imported, and how much it holds. */
export interface ImportedGraph<M extends GraphModule> extends ImportCounts {
  readonly graph: Graph<M>;
}

const OPTIONS = "name status layout ownerId projectId typeAttribute nodeType edgeType onProgress signal".split(" ");
const BATCH = 20_000; // nodes or edges of a source that waits, in one transaction: bounds memory and the time of the lock

/**
 * Makes a graph of a registered type out of text in graphology's serialised form, of any size.
 *
 * It is a draft until all of it is there, and deleted if something is refused. The name and the description are the text's,
 * its owner, project and status are not. Text that is there as it is asked for (a
 * string, bytes, an iterable) is imported in one transaction, at the speed of `graph.import()`; text that comes as it comes
 * (a stream) in many. A crash leaves a draft: an empty one, or, of a stream, one with a part.
 *
 * ```ts
 * const { graph, nodes } = await importGraph(store, Dependencies, createReadStream("graph.json"));
 * ```
 *
 * @throws {StorageError} `INVALID_GRAPH` if the text is not of that form or breaks a rule of the type, `NOT_FOUND` if an
 * edge ends nowhere, `ALREADY_EXISTS` if a key comes twice.
 */
export async function importGraph<M extends GraphModule>(
  store: GraphStore,
  module: M,
  source: GraphSource,
  options: ImportGraphOptions = {},
): Promise<ImportedGraph<M>> {
  checkOptions(options, OPTIONS, "importGraph");
  const { typeAttribute = TYPE_ATTRIBUTE, name = "graph", layout, ownerId, projectId, signal } = options;
  checkName(typeAttribute, "import a graph", "typeAttribute");
  checkSignal(signal, "import a graph");
  signal?.throwIfAborted();
  const reading = new Reading(module, typeAttribute, options);
  const draft = { name, status: "draft", ownerId: ownerId ?? null, projectId: projectId ?? null } as const;
  const graph = store.createGraph(module, layout === undefined ? draft : { ...draft, layout });
  try {
    const counts = isSync(source)
      ? importAtOnce(graph, reading, readSerializedGraphSync(source), options)
      : await importAsItComes(graph, reading, readSerializedGraph(source), options);
    finish(graph, reading, options);
    return { graph, ...counts };
  } catch (error) {
    try {
      graph.delete();
    } catch {} // a closed file, a finished transaction: what is told is why the import failed
    throw error;
  }
}

function isSync(source: GraphSource): source is SyncGraphSource {
  return typeof source === "string" || !(Symbol.asyncIterator in Object(source));
}

/** Nodes and edges as two lists, as they come out of one text: the first part of the second ends the first. */
function importAtOnce<M extends GraphModule>(
  graph: Graph<M>,
  reading: Reading<M>,
  parts: Generator<GraphPart, void, undefined>,
  { onProgress }: ImportGraphOptions,
): ImportCounts {
  let next = parts.next();
  function* nodes(): Generator<NodeEntry<M>> {
    for (; !next.done && next.value.kind !== "edges"; next = parts.next()) yield* reading.nodes(next.value);
  }
  function* edges(): Generator<EdgeEntry<M>> {
    for (; !next.done; next = parts.next()) yield* reading.edges(next.value);
  }
  return graph.import({ nodes: nodes(), edges: edges() }, onProgress === undefined ? {} : { onProgress });
}

async function importAsItComes<M extends GraphModule>(
  graph: Graph<M>,
  reading: Reading<M>,
  parts: AsyncGenerator<GraphPart, void, undefined>,
  { onProgress }: ImportGraphOptions,
): Promise<ImportCounts> {
  const counts = { nodes: 0, edges: 0 };
  let nodes: NodeEntry<M>[] = [];
  let edges: EdgeEntry<M>[] = [];
  const flush = () => {
    if (nodes.length + edges.length === 0) return;
    graph.import({ nodes, edges });
    counts.nodes += nodes.length;
    counts.edges += edges.length;
    onProgress?.({ ...counts });
    nodes = [];
    edges = [];
  };
  for await (const part of parts) {
    if (part.kind === "edges") edges.push(...reading.edges(part));
    else nodes.push(...reading.nodes(part));
    if (nodes.length + edges.length >= BATCH) flush();
  }
  flush();
  return counts;
}

/** What the text said of the graph itself, now that all of it was read. */
function finish<M extends GraphModule>(
  graph: Graph<M>,
  { facts, attributes }: Reading<M>,
  options: ImportGraphOptions,
) {
  const { name = facts?.name ?? "graph", status = "active" } = options;
  graph.update({ name, description: facts?.description ?? "", metadata: attributes });
  if (status === "active") graph.activate();
  else if (status === "archived") graph.archive();
}

/** Turns the parts of the text into what a graph takes. */
class Reading<M extends GraphModule> {
  facts: GraphFacts | undefined;
  attributes: JsonObject = {};
  readonly #module: M;
  readonly #typeAttribute: string;
  readonly #nodeType: (node: SerializedNode) => string;
  readonly #edgeType: (edge: SerializedEdge) => string;
  readonly #signal: AbortSignal | undefined;
  #direction: SerializedOptions["type"] | undefined;

  constructor(module: M, typeAttribute: string, options: ImportGraphOptions) {
    const types = typesOf(module, "importGraph");
    this.#module = module;
    this.#typeAttribute = typeAttribute;
    this.#signal = options.signal;
    this.#nodeType = defaultType("nodeType", options.nodeType, [...types.nodes.keys()]);
    this.#edgeType = defaultType("edgeType", options.edgeType, [...types.edges.keys()]);
  }

  *nodes(part: GraphPart): Generator<NodeEntry<M>> {
    this.#signal?.throwIfAborted();
    if (part.kind === "options") this.#direction = part.options.type;
    else if (part.kind === "attributes") this.#takeFacts(part.attributes);
    else if (part.kind === "nodes") {
      for (const node of part.nodes) {
        const { type, attributes: tagged } = untagType(node, this.#typeAttribute);
        const { [METADATA_ATTRIBUTE]: metadata = {}, ...attributes } = tagged;
        yield { type: type ?? this.#nodeType(node), key: node.key, attributes, metadata } as unknown as NodeEntry<M>;
      }
    }
  }

  *edges(part: GraphPart): Generator<EdgeEntry<M>> {
    this.#signal?.throwIfAborted();
    if (part.kind !== "edges") {
      this.#refuseLateDirection(part);
      yield* this.nodes(part) as Generator<never>;
      return;
    }
    this.#direction ??= "mixed"; // graphology's default
    for (const edge of part.edges) {
      const { type, attributes: tagged } = untagType(edge, this.#typeAttribute);
      const { [METADATA_ATTRIBUTE]: metadata = {}, ...attributes } = tagged;
      const { key = null, source, target, undirected = this.#direction === "undirected" } = edge;
      const entry = { type: type ?? this.#edgeType(edge), key, source, target, undirected, attributes, metadata };
      yield entry as unknown as EdgeEntry<M>;
    }
  }

  /** Edges that were taken in already have the direction that graphology's default gives them. */
  #refuseLateDirection(part: GraphPart): void {
    if (part.kind !== "options" || this.#direction === undefined || part.options.type !== "undirected") return;
    throw this.#refusal("the options of an undirected graph before its edges", "after them");
  }

  #takeFacts(attributes: JsonObject): void {
    const untagged = untagFacts(attributes);
    this.facts = untagged.facts;
    this.attributes = untagged.attributes;
    const { name, version } = this.#module;
    const { graphType, version: found } = untagged.facts ?? { graphType: name, version };
    if (graphType !== name || found !== version) {
      throw this.#refusal(
        `a graph of type ${quote(name)} version ${version}`,
        `one of ${quote(graphType)} version ${found}`,
      );
    }
  }

  #refusal(wanted: string, received: string): StorageError {
    return new StorageError("INVALID_GRAPH", `Cannot import a graph: ${wanted} is wanted: received ${received}`, {
      details: { rule: "format", wanted, received },
    });
  }
}

/** Tells the type of what does not say it. */
function defaultType<Element extends SerializedNode | SerializedEdge>(
  option: "nodeType" | "edgeType",
  given: string | ((element: Element) => string) | undefined,
  names: readonly string[],
): (element: Element) => string {
  if (typeof given === "function") return given;
  if (given !== undefined && typeof given !== "string") {
    throw new TypeError(
      `Cannot import a graph: ${option} must be a name or a function that tells it: received ${describeKind(given)}`,
    );
  }
  const [only] = names;
  const type = given ?? (names.length === 1 ? only : undefined);
  if (type !== undefined) return () => type;
  return (element) => {
    const what =
      "source" in element ? `the edge from ${quote(element.source)} to ${quote(element.target)}` : quote(element.key);
    throw new StorageError(
      "INVALID_GRAPH",
      `Cannot import a graph: the type of ${what} must be said by the text or by ${option}: received none`,
      { details: { rule: "type", what } },
    );
  };
}
