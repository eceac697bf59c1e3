import { type JsonObject, quote } from "../../json-values.ts";
import { keepBytes } from "./json-blocks.ts";
import { type ElementsFound, readElements, readObject, readValue } from "./json-elements.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  findDelimiter,
  OPEN_BRACE,
  OPEN_BRACKET,
  skipSpace,
  startScan,
} from "./json-scan.ts";
import {
  completeOptions,
  formatError,
  type GraphPart,
  type SerializedEdge,
  type SerializedNode,
  type SerializedOptions,
} from "./serialized-graph.ts";

/** Takes the text of a serialised graph in blocks of bytes. */
export interface GraphParser {
  /** What `block` completes. The block itself is not kept. */
  push(block: Uint8Array): GraphPart[];
  /** @throws {StorageError} `INVALID_GRAPH` if the graph is not complete. */
  end(): void;
}

/**
 * What is wanted next. `start`: the brace that opens the graph. `name`: a member's name and its colon. `object`: options
 * or attributes and the comma or the brace after them. `list`: the bracket that opens nodes or edges. `elements`: a node
 * or an edge and the comma or the bracket after it. `after`: the comma or the brace after a list. `end`: nothing more.
 */
type State = "start" | "name" | "object" | "list" | "elements" | "after" | "end";

const OPTIONS = ["type", "multi", "allowSelfLoops"];
/** The levels of stored attributes (`json-values.ts`), and two around them: a node, or the facts among attributes. */
const MAX_LEVELS = 102;

/** @param maxElementBytes The most bytes of one node, one edge, the options or the attributes. */
export function createGraphParser(maxElementBytes: number): GraphParser {
  const scan = startScan();
  const kept = keepBytes(); // the beginning of what is not complete
  const seen = new Set<string>();
  let state: State = "start";
  let object: "options" | "attributes" = "options"; // which one is read
  let list: "nodes" | "edges" = "nodes"; // which one is read
  let count = 0; // of the elements of the list that are complete
  let offset = 0; // of the block in the text
  let afterComma = false;

  return {
    push(block) {
      const parts: GraphPart[] = [];
      for (let i = 0; i < block.length; ) {
        if (state === "elements") i = readList(block, i, parts);
        else if (state === "name" || state === "object") i = readText(block, i, parts);
        else i = readByte(block, i);
      }
      offset += block.length;
      return parts;
    },
    end() {
      if (state !== "end") throw formatError("read", place(0), "the rest of the graph", "the end of the text");
    },
  };

  /** HOT (bench/graphs.ts): takes all elements that end in the block at once, which JSON.parse is fastest with. */
  function readList(block: Uint8Array, from: number, parts: GraphPart[]): number {
    const found = { list, first: count, members: 0, levels: 0 };
    let next = from; // the element that is looked at
    let end = -1; // the delimiter after the last complete element
    do {
      const at = findDelimiter(scan, block, next);
      checkBounds(next === from ? kept.length() : 0, (at < 0 ? block.length : at) - next);
      if (at < 0) break;
      found.members = scan.members;
      found.levels = Math.max(found.levels, scan.deepest);
      scan.deepest = 0;
      count++;
      end = at;
      next = at + 1;
    } while (block[end] === COMMA);

    if (end < 0) {
      kept.add(block.subarray(from));
      return block.length;
    }
    const isLast = block[end] !== COMMA;
    if (isLast && block[end] !== CLOSE_BRACKET) {
      throw formatError("read", `${list}[${count - 1}]`, "a comma or a closing bracket after it", "other text");
    }
    const text = kept.take(block.subarray(from, end));
    const isEmpty = isLast && count === 1 && skipSpace(text, 0) === text.length;
    if (!isEmpty) parts.push(toPart(readElements(text, { ...found, count: count - found.first }), found));
    scan.members -= found.members;
    if (isLast) state = "after";
    else kept.add(block.subarray(next));
    return isLast ? next : block.length;
  }

  /** A name, or the options or attributes, and the delimiter after it. */
  function readText(block: Uint8Array, from: number, parts: GraphPart[]): number {
    const at = findDelimiter(scan, block, from);
    checkBounds(kept.length(), (at < 0 ? block.length : at) - from);
    if (at < 0) {
      kept.add(block.subarray(from));
      return block.length;
    }
    const text = kept.take(block.subarray(from, at));
    if (state === "name") {
      acceptName(text, block[at]!, at);
    } else {
      const value = readObject(text, object, scan.members);
      if (object === "options") parts.push({ kind: "options", options: toOptions(value) });
      else parts.push({ kind: "attributes", attributes: value });
      state = "after";
      acceptNext(block[at]!, at);
    }
    scan.members = 0;
    scan.deepest = 0;
    return at + 1;
  }

  function readByte(block: Uint8Array, from: number): number {
    const at = skipSpace(block, from);
    if (at === block.length) return at;
    const byte = block[at]!;
    if (state === "start") {
      if (byte !== OPEN_BRACE) throw formatError("read", place(at), "an object", "other text");
      state = "name";
    } else if (state === "list") {
      if (byte !== OPEN_BRACKET) throw formatError("read", list, "an array", "other text");
      state = "elements";
      count = 0;
    } else if (state === "after") {
      acceptNext(byte, at);
    } else {
      throw formatError("read", place(at), "the end of the text", "more text");
    }
    return at + 1;
  }

  function acceptName(text: Uint8Array, delimiter: number, at: number): void {
    if (delimiter === CLOSE_BRACE && !afterComma && skipSpace(text, 0) === text.length) {
      state = "end";
      return;
    }
    const name = delimiter === COLON ? readValue(text, place(at)) : undefined;
    if (typeof name !== "string") throw formatError("read", place(at), "a name and a colon", "other text");
    if (seen.has(name)) throw formatError("read", place(at), "each member once", `${quote(name)} twice`);
    seen.add(name);
    if (name === "nodes" || name === "edges") {
      if (!seen.has("nodes")) throw formatError("read", place(at), "nodes before edges", "edges first");
      list = name;
      state = "list";
    } else if (name === "options" || name === "attributes") {
      object = name;
      state = "object";
    } else {
      throw formatError("read", place(at), "options, attributes, nodes or edges", quote(name));
    }
  }

  function acceptNext(delimiter: number, at: number): void {
    if (delimiter !== COMMA && delimiter !== CLOSE_BRACE) {
      throw formatError("read", place(at), "a comma or a closing brace", "other text");
    }
    afterComma = delimiter === COMMA;
    state = afterComma ? "name" : "end";
  }

  function checkBounds(keptBytes: number, bytes: number): void {
    if (keptBytes + bytes > maxElementBytes) {
      throw formatError("read", place(0), `at most ${maxElementBytes} bytes`, "more");
    }
    if (scan.deepest > MAX_LEVELS) throw formatError("read", place(0), `at most ${MAX_LEVELS} levels`, "more");
  }

  /** What is read; else where, if the block is at its byte `at`. */
  function place(at: number): string {
    if (state === "elements") return `${list}[${count}]`;
    return state === "object" ? object : `byte ${offset + at}`;
  }
}

function toOptions(value: JsonObject): SerializedOptions {
  const unknown = Object.keys(value).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw formatError("read", "options", `no option but ${OPTIONS.join(", ")}`, quote(unknown));
  return completeOptions("read", value);
}

function toPart(elements: unknown[], { list, first }: Pick<ElementsFound, "list" | "first">): GraphPart {
  return list === "nodes"
    ? { kind: "nodes", first, nodes: elements as SerializedNode[] }
    : { kind: "edges", first, edges: elements as SerializedEdge[] };
}
