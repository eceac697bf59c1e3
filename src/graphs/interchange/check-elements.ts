import { describeKind } from "../../json-values.ts";
import {
  formatError,
  isObject,
  type SerializedEdge,
  type SerializedNode,
  type SerializedOptions,
} from "./serialized-graph.ts";

/** @throws {StorageError} `INVALID_GRAPH` if the node of this number can't be written. */
export function checkNode(node: SerializedNode, number: number): void {
  if (!isObject(node)) throw formatError("write", `nodes[${number}]`, "an object", describeKind(node));
  if (typeof node.key !== "string") throw formatError("write", `nodes[${number}].key`, "text", describeKind(node.key));
}

/**
 * Whether the edge of this number has no direction, in a graph of `type`.
 *
 * @throws {StorageError} `INVALID_GRAPH` if it can't be written.
 */
export function checkEdge(edge: SerializedEdge, number: number, type: SerializedOptions["type"]): boolean {
  const place = `edges[${number}]`;
  if (!isObject(edge)) throw formatError("write", place, "an object", describeKind(edge));
  const { key, source, target, undirected = type === "undirected" } = edge;
  if (key !== undefined && typeof key !== "string") {
    throw formatError("write", `${place}.key`, "text", describeKind(key));
  }
  if (typeof source !== "string") throw formatError("write", `${place}.source`, "text", describeKind(source));
  if (typeof target !== "string") throw formatError("write", `${place}.target`, "text", describeKind(target));
  if (typeof undirected !== "boolean") {
    throw formatError("write", `${place}.undirected`, "true or false", describeKind(undirected));
  }
  if (type !== "mixed" && undirected !== (type === "undirected")) {
    throw formatError("write", place, `an edge of a graph that is ${type}`, undirected ? "undirected" : "directed");
  }
  return undirected;
}
