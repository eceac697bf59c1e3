import { checkInteger, checkOptions } from "../../arguments.ts";
import { describeKind } from "../../json-values.ts";
import { createGraphParser } from "./graph-parser.ts";
import { makeBlocks } from "./json-blocks.ts";
import type { GraphPart } from "./serialized-graph.ts";

/** The text of a serialised graph that is there as it is asked for, in chunks of any size. */
export type SyncGraphSource = string | Uint8Array | Iterable<string | Uint8Array>;
/** The text of a serialised graph, in chunks of any size. A `ReadableStream` and a Node stream are such sources. */
export type GraphSource = SyncGraphSource | AsyncIterable<string | Uint8Array>;

export interface ReadSerializedGraphOptions {
  /** The most bytes of one node, one edge, the options or the attributes: a bound of memory. @default 16 MiB */
  readonly maxElementBytes?: number;
}

const BLOCK_BYTES = 64 * 1024; // bounds the memory and, at about 100 bytes an element, a batch
const MAX_ELEMENT_BYTES = 16 * 1024 * 1024;

/**
 * Reads a graph in graphology's serialised form, of any size, part by part.
 *
 * The parts come in the order of the text, nodes and edges in batches; the next chunk is taken from `source` only when
 * all parts of those before were. All members may be missing; nodes must stand before edges. What is checked is the
 * form: whether keys are unique, ends exist and attributes fit a schema is the affair of who stores the graph.
 *
 * ```ts
 * for await (const part of readSerializedGraph(createReadStream("graph.json"))) {
 *   if (part.kind === "nodes") for (const { key, attributes } of part.nodes) add(key, attributes);
 * }
 * ```
 *
 * @throws {StorageError} `INVALID_GRAPH` with `rule: "format"` and the `place`, if the text is no JSON in UTF-8, ends
 * early, or is not of that form: a missing, unknown or doubled member, a value of a wrong kind, a member `__proto__`,
 * more than 100 levels of attributes, or an element beyond `maxElementBytes`.
 * @throws {TypeError} If an option is unknown, or `source` or a chunk of it is neither text nor bytes.
 * @throws {RangeError} If `maxElementBytes` is not a whole number >= 1.
 */
export function readSerializedGraph(
  source: GraphSource,
  options: ReadSerializedGraphOptions = {},
): AsyncGenerator<GraphPart, void, undefined> {
  const maxElementBytes = checkRead(options, "readSerializedGraph");
  return readParts(chunksOf(source), maxElementBytes);
}

/** {@link readSerializedGraph} of text that need not be waited for. */
export function readSerializedGraphSync(
  source: SyncGraphSource,
  options: ReadSerializedGraphOptions = {},
): Generator<GraphPart, void, undefined> {
  const maxElementBytes = checkRead(options, "readSerializedGraphSync");
  const chunks = chunksOf(source);
  if (!(Symbol.iterator in chunks))
    throw new TypeError("Cannot read a graph: a source that waits needs readSerializedGraph()");
  return readPartsSync(chunks, maxElementBytes);
}

function checkRead(options: ReadSerializedGraphOptions, callee: string): number {
  checkOptions(options, ["maxElementBytes"], callee);
  const { maxElementBytes = MAX_ELEMENT_BYTES } = options;
  checkInteger(maxElementBytes, 1, "read a graph", "maxElementBytes");
  return maxElementBytes;
}

function* readPartsSync(
  chunks: Iterable<string | Uint8Array>,
  maxElementBytes: number,
): Generator<GraphPart, void, undefined> {
  const blocks = makeBlocks(BLOCK_BYTES);
  const parser = createGraphParser(maxElementBytes);
  for (const chunk of chunks) {
    for (const block of blocks.add(chunk)) yield* parser.push(block);
  }
  yield* parser.push(blocks.end());
  parser.end();
}

async function* readParts(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  maxElementBytes: number,
): AsyncGenerator<GraphPart, void, undefined> {
  const blocks = makeBlocks(BLOCK_BYTES);
  const parser = createGraphParser(maxElementBytes);
  for await (const chunk of chunks) {
    for (const block of blocks.add(chunk)) yield* parser.push(block);
  }
  yield* parser.push(blocks.end());
  parser.end();
}

function chunksOf(source: GraphSource): Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> {
  if (typeof source === "string" || source instanceof Uint8Array) return [source];
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return source;
  }
  throw new TypeError(
    `Cannot read a graph: the source must be text, bytes or an iterable of them: received ${describeKind(source)}`,
  );
}
