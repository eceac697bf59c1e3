import { describeKind, type JsonObject, quote } from "../../json-values.ts";
import { findDelimiter, startScan } from "./json-scan.ts";
import { FORBIDDEN_MEMBER, formatError, hasForbiddenMember, isObject } from "./serialized-graph.ts";

/** Which elements a text holds, and what the scan that found their bounds counted. */
export interface ElementsFound {
  readonly list: "nodes" | "edges";
  /** The number of the first. */
  readonly first: number;
  readonly count: number;
  /** The members of all objects, a doubled one counted twice. */
  readonly members: number;
  /** The levels of the deepest. */
  readonly levels: number;
}

const MEMBERS = { nodes: ["key", "attributes"], edges: ["key", "source", "target", "attributes", "undirected"] };
const REQUIRED = { nodes: ["key"], edges: ["source", "target"] };
const FLAT = 2; // levels of an element whose attributes hold no objects and arrays
const UNDERSCORE_ESCAPED = "\\u005"; // the beginning of "\u005f": a forbidden name can be hidden by it

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The elements of `bytes`, which commas divide.
 *
 * @throws {StorageError} `INVALID_GRAPH` if one is not what `found.list` wants, with its number.
 */
export function readElements(bytes: Uint8Array, found: ElementsFound): unknown[] {
  const text = decode(bytes);
  const elements = text === undefined ? undefined : parse(`[${text}]`);
  return Array.isArray(elements) && areSound(elements, text!, found) ? elements : readOneByOne(bytes, found);
}

/** @param members What the scan counted in `bytes`. */
export function readObject(bytes: Uint8Array, place: string, members: number): JsonObject {
  const value = readValue(bytes, place);
  if (!isObject(value)) throw formatError("read", place, "an object", describeKind(value));
  checkNames(value, members, place);
  return value;
}

export function readValue(bytes: Uint8Array, place: string): unknown {
  const text = decode(bytes);
  if (text === undefined) throw formatError("read", place, "UTF-8", "other bytes");
  const value = parse(text);
  if (value === undefined) throw formatError("read", place, "JSON", "other text");
  return value;
}

/**
 * HOT (bench/graphs.ts): whether all elements are as they should be.
 *
 * `JSON.parse` takes the last of two members of one name, but the scan counted both: where nothing is doubled, and there
 * is no unknown member, the numbers are equal.
 */
function areSound(
  elements: readonly unknown[],
  text: string,
  { list, count, members, levels }: ElementsFound,
): boolean {
  if (elements.length !== count || text.includes(FORBIDDEN_MEMBER) || text.includes(UNDERSCORE_ESCAPED)) return false;
  let known = 0;
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i] as Record<string, unknown> | null;
    const own = list === "nodes" ? countOfNode(element) : countOfEdge(element);
    if (own === 0) return false;
    const attributes = element!.attributes as JsonObject | undefined;
    known += own;
    if (attributes !== undefined) known += levels > FLAT ? countMembers(attributes) : Object.keys(attributes).length;
  }
  return known === members;
}

/** The known members of a node, 0 if one is not what it should be. */
function countOfNode(node: Record<string, unknown> | null): number {
  if (typeof node !== "object" || node === null || typeof node.key !== "string") return 0;
  if (node.attributes === undefined) return 1;
  return isObject(node.attributes) ? 2 : 0;
}

/** The known members of an edge, 0 if one is not what it should be. */
function countOfEdge(edge: Record<string, unknown> | null): number {
  if (typeof edge !== "object" || edge === null) return 0;
  if (typeof edge.source !== "string" || typeof edge.target !== "string") return 0;
  const { key, attributes, undirected } = edge;
  let count = 2;
  if (key !== undefined) {
    if (typeof key !== "string") return 0;
    count++;
  }
  if (attributes !== undefined) {
    if (!isObject(attributes)) return 0;
    count++;
  }
  if (undirected !== undefined) {
    if (typeof undirected !== "boolean") return 0;
    count++;
  }
  return count;
}

/** The same as {@link readElements}, with the place of what is wrong. */
function readOneByOne(bytes: Uint8Array, { list, first, count }: ElementsFound): unknown[] {
  const elements: unknown[] = [];
  const scan = startScan();
  let from = 0;
  for (let i = 0; i < count; i++) {
    scan.members = 0;
    const at = findDelimiter(scan, bytes, from);
    const end = at < 0 ? bytes.length : at;
    const place = `${list}[${first + i}]`;
    const element = readValue(bytes.subarray(from, end), place);
    if (!isObject(element)) throw formatError("read", place, "an object", describeKind(element));
    checkElement(element, list, place);
    checkNames(element, scan.members, place);
    elements.push(element);
    from = end + 1;
  }
  return elements;
}

function checkElement(element: JsonObject, list: "nodes" | "edges", place: string): void {
  const unknown = Object.keys(element).find((name) => !MEMBERS[list].includes(name));
  if (unknown !== undefined) {
    throw formatError("read", place, `no member but ${MEMBERS[list].join(", ")}`, quote(unknown));
  }
  const { key, source, target, attributes, undirected } = element;
  for (const [name, value] of Object.entries({ key, source, target })) {
    if (typeof value === "string" || (value === undefined && !REQUIRED[list].includes(name))) continue;
    throw formatError("read", `${place}.${name}`, "text", describeKind(value));
  }
  if (attributes !== undefined && !isObject(attributes)) {
    throw formatError("read", `${place}.attributes`, "an object", describeKind(attributes));
  }
  if (undirected !== undefined && typeof undirected !== "boolean") {
    throw formatError("read", `${place}.undirected`, "true or false", describeKind(undirected));
  }
}

function checkNames(value: JsonObject, members: number, place: string): void {
  if (hasForbiddenMember(value)) throw formatError("read", place, `no member ${FORBIDDEN_MEMBER}`, "one");
  if (countMembers(value) !== members) throw formatError("read", place, "each member once", "one twice");
}

/** The members of all objects in `value`, at every level. */
function countMembers(value: object): number {
  const isArray = Array.isArray(value);
  const inner: unknown[] = isArray ? value : Object.values(value);
  let count = isArray ? 0 : inner.length;
  for (let i = 0; i < inner.length; i++) {
    const one = inner[i];
    if (typeof one === "object" && one !== null) count += countMembers(one);
  }
  return count;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The error of `JSON.parse` quotes the text: it must not reach a log. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
