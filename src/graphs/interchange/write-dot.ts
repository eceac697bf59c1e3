import { checkOptions } from "../../arguments.ts";
import { describeKind, isWellFormed } from "../../json-values.ts";
import { checkEdge, checkNode } from "./check-elements.ts";
import {
  completeOptions,
  formatError,
  isObject,
  type SerializedEdge,
  type SerializedGraph,
  type SerializedNode,
  type SerializedOptions,
} from "./serialized-graph.ts";
import { toChunks } from "./text-chunks.ts";

/** Attributes of Graphviz (https://graphviz.org/doc/info/attrs.html), as `label`, `shape`, `rankdir`; undefined for none. */
export interface DotAttributes {
  readonly [name: string]: string | number | boolean | undefined;
}

export interface WriteDotOptions {
  /** The name of the graph. @default none */
  readonly name?: string;
  /** How the whole is drawn: `{ rankdir: "LR" }`. */
  readonly graph?: DotAttributes;
  /** How nodes are drawn: all alike, or each for itself. @default with its key as label */
  readonly node?: DotAttributes | ((node: SerializedNode) => DotAttributes);
  /** How edges are drawn: all alike, or each for itself. @default without a label */
  readonly edge?: DotAttributes | ((edge: SerializedEdge) => DotAttributes);
}

/** The words that must be quoted, whatever their case. */
const KEYWORDS = ["node", "edge", "graph", "digraph", "subgraph", "strict"];
/** The attributes in which Graphviz reads `&amp;` and the like as the character they name. */
const LABELS = ["label", "xlabel", "headlabel", "taillabel"];
/** The names that Graphviz would not show as they stand: it reads entities in them, and takes a `%` first as its own. */
const NAME_IS_NO_LABEL = /^%|&/;

/**
 * Writes a graph of any size in the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html), in chunks as
 * `writeSerializedGraph()` does.
 *
 * An undirected graph is a `graph`; any other is a `digraph`, in which edges without direction are drawn without arrow.
 * Every text is shown as it stands, with its line breaks: nothing in a key or a label is an escape sequence or HTML.
 * To that end a backslash is written as two, which is what a program that reads the text will find.
 *
 * ```ts
 * const text = writeDot(graph, { graph: { rankdir: "LR" }, node: ({ key }) => ({ label: `${key}!` }) });
 * ```
 *
 * @throws {StorageError} `INVALID_GRAPH` with `rule: "format"` and the `place`, when it is reached, if a key or a label is
 * no text, or one that DOT can't hold, or an edge has a direction that the graph can't have.
 * @throws {TypeError} If an option is unknown or of the wrong type.
 */
export function writeDot(graph: SerializedGraph, options: WriteDotOptions = {}): Generator<string, void, undefined> {
  checkOptions(options, ["name", "graph", "node", "edge"], "writeDot");
  const { name, ...styles } = options;
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Cannot write DOT: name must be text: received ${describeKind(name)}`);
  }
  for (const [option, style] of Object.entries(styles)) {
    if (style === undefined || isObject(style) || (typeof style === "function" && option !== "graph")) continue;
    throw new TypeError(`Cannot write DOT: ${option} must be an object of attributes: received ${describeKind(style)}`);
  }
  const { type } = completeOptions("write", graph.options ?? {});
  return toChunks(toLines(graph, type, options));
}

function* toLines(
  graph: SerializedGraph,
  type: SerializedOptions["type"],
  { name, graph: drawing, node: nodeStyle, edge: edgeStyle }: WriteDotOptions,
): Generator<string, void, undefined> {
  const arrow = type === "undirected" ? "--" : "->";
  yield type === "undirected" ? "graph " : "digraph ";
  yield name === undefined ? "{\n" : `${toId(name, "name")} {\n`;
  for (const [what, style] of Object.entries({ graph: drawing, node: nodeStyle, edge: edgeStyle })) {
    if (typeof style === "object") yield `  ${what} [${toList(style, what)}];\n`;
  }
  const labelsAreGiven = typeof nodeStyle === "object" && nodeStyle.label !== undefined;
  let number = 0;
  for (const node of graph.nodes) {
    checkNode(node, number);
    const place = `nodes[${number++}]`;
    const label = NAME_IS_NO_LABEL.test(node.key) && !labelsAreGiven ? { label: node.key } : undefined;
    const style = typeof nodeStyle === "function" ? { ...label, ...callStyle(nodeStyle, node, "node") } : label;
    yield `  ${toId(node.key, `${place}.key`)}${toSuffix(style, place)};\n`;
  }
  number = 0;
  for (const edge of graph.edges) {
    const dir = checkEdge(edge, number, type) && type === "mixed" ? { dir: "none" } : undefined;
    const place = `edges[${number++}]`;
    const ends = `${toId(edge.source, `${place}.source`)} ${arrow} ${toId(edge.target, `${place}.target`)}`;
    const style = typeof edgeStyle === "function" ? { ...dir, ...callStyle(edgeStyle, edge, "edge") } : dir;
    yield `  ${ends}${toSuffix(style, place)};\n`;
  }
  yield "}\n";
}

function callStyle<Element>(
  style: (element: Element) => DotAttributes,
  element: Element,
  option: string,
): DotAttributes {
  const attributes: unknown = style(element);
  if (isObject(attributes)) return attributes as DotAttributes;
  throw new TypeError(`Cannot write DOT: ${option}() must return attributes: received ${describeKind(attributes)}`);
}

function toSuffix(style: DotAttributes | undefined, place: string): string {
  const list = style === undefined ? "" : toList(style, place);
  return list === "" ? "" : ` [${list}]`;
}

function toList(style: DotAttributes, place: string): string {
  const present = Object.entries(style).filter(([, value]) => value !== undefined);
  return present.map(([name, value]) => `${toId(name, place)}=${toValue(name, value, `${place}.${name}`)}`).join(", ");
}

function toValue(name: string, value: unknown, place: string): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw formatError("write", place, "text, a number or a boolean", describeKind(value));
  }
  const text = String(value);
  return toId(LABELS.includes(name) ? text.replaceAll("&", "&amp;") : text, place);
}

/**
 * `text` as an ID of DOT. In quotes `\"` alone is an escape sequence; but labels have some (`\n`, `\N`, `\l`), and a
 * backslash at the end would hide the quote: so each is written as two, which labels show as one.
 */
function toId(text: string, place: string): string {
  if (/^[A-Za-z_]\w*$/.test(text) && !KEYWORDS.includes(text.toLowerCase())) return text;
  if (text.includes("\0") || !isWellFormed(text)) {
    throw formatError("write", place, "Unicode text without NUL", describeKind(text));
  }
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
