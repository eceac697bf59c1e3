import { describeKind, findJsonLoss, formatPath, type JsonObject } from "../../json-values.ts";
import { checkEdge, checkNode } from "./check-elements.ts";
import {
  completeOptions,
  FORBIDDEN_MEMBER,
  formatError,
  hasForbiddenMember,
  isObject,
  type SerializedEdge,
  type SerializedGraph,
  type SerializedNode,
  type SerializedOptions,
} from "./serialized-graph.ts";
import { toChunks } from "./text-chunks.ts";

/**
 * Writes a graph of any size as JSON text in graphology's serialised form: what `export()` gives for the same graph.
 *
 * Nodes and edges are taken one by one, once the text of those before was taken. A chunk has 64 Ki characters, and at
 * most one node or edge more.
 *
 * ```ts
 * await pipeline(writeSerializedGraph({ options, nodes, edges }), createWriteStream("graph.json"));
 * ```
 *
 * @throws {StorageError} `INVALID_GRAPH` with `rule: "format"` and the `place`, when it is reached, if a key is no text,
 * attributes hold what JSON would lose or `readSerializedGraph()` refuses, or an edge has a direction that the graph
 * can't have. What was written before is no whole graph then.
 */
export function writeSerializedGraph(graph: SerializedGraph): Generator<string, void, undefined> {
  const options = completeOptions("write", graph.options ?? {});
  return toChunks(toPieces(graph, options));
}

function* toPieces(graph: SerializedGraph, options: SerializedOptions): Generator<string, void, undefined> {
  const attributes = graph.attributes ?? {};
  checkAttributes(attributes, "attributes");
  yield `{"options":${JSON.stringify(options)},"attributes":${JSON.stringify(attributes)},"nodes":[`;
  let number = 0;
  for (const node of graph.nodes) {
    const json = nodeToJson(node, number);
    yield number === 0 ? json : `,${json}`;
    number++;
  }
  yield '],"edges":[';
  number = 0;
  for (const edge of graph.edges) {
    const json = edgeToJson(edge, number, options.type);
    yield number === 0 ? json : `,${json}`;
    number++;
  }
  yield "]}";
}

function nodeToJson(node: SerializedNode, number: number): string {
  checkNode(node, number);
  const { key, attributes } = node;
  checkAttributes(attributes, `nodes[${number}].attributes`);
  return JSON.stringify({ key, attributes: notEmpty(attributes) });
}

function edgeToJson(edge: SerializedEdge, number: number, type: SerializedOptions["type"]): string {
  const undirected = checkEdge(edge, number, type);
  const { key, source, target, attributes } = edge;
  checkAttributes(attributes, `edges[${number}].attributes`);
  const said = type === "mixed" && undirected ? true : undefined;
  return JSON.stringify({ key, source, target, attributes: notEmpty(attributes), undirected: said });
}

/** `attributes` if there are any: else graphology leaves them out. */
function notEmpty(attributes: JsonObject | undefined): JsonObject | undefined {
  return attributes === undefined || Object.keys(attributes).length === 0 ? undefined : attributes;
}

function checkAttributes(attributes: unknown, place: string): void {
  if (attributes === undefined) return;
  if (!isObject(attributes)) throw formatError("write", place, "an object", describeKind(attributes));
  const loss = findJsonLoss(attributes);
  if (loss !== undefined) {
    throw formatError("write", place + formatPath(loss.path).slice(1), loss.expected, loss.received);
  }
  if (hasForbiddenMember(attributes)) throw formatError("write", place, `no member ${FORBIDDEN_MEMBER}`, "one");
}
