import { checkInteger } from "../../../arguments.ts";
import { describeKind, quote } from "../../../json-values.ts";
import type { GraphContext } from "../graph-context.ts";
import type { Direction } from "./questions.ts";

const DIRECTIONS: readonly unknown[] = ["out", "in", "both"];

/** @throws {TypeError} If `direction` is none. */
export function checkDirection(direction: unknown, action: string): asserts direction is Direction {
  if (DIRECTIONS.includes(direction)) return;
  throw new TypeError(`Cannot ${action}: direction must be "out", "in" or "both": received ${shown(direction)}`);
}

/** @throws {TypeError} If `key` is no text. */
export function checkKey(key: unknown, action: string, what = "the key of a node"): asserts key is string {
  if (typeof key === "string") return;
  throw new TypeError(`Cannot ${action}: ${what} must be text: received ${describeKind(key)}`);
}

/** @throws {RangeError} If `count` is neither undefined nor a whole number >= 0. */
export function checkCount(count: unknown, action: string, what: string): asserts count is number | undefined {
  if (count !== undefined) checkInteger(count, 0, action, what);
}

/** @throws {TypeError} If `types` is neither undefined nor an array of types of nodes or edges of the graph. */
export function checkTypes(context: GraphContext, kind: "nodes" | "edges", types: unknown, action: string): void {
  if (types === undefined) return;
  if (!Array.isArray(types)) {
    throw new TypeError(`Cannot ${action}: types of ${kind} must be an array: received ${describeKind(types)}`);
  }
  for (let i = 0; i < types.length; i++) {
    if (context.types[kind].has(types[i])) continue;
    const wanted = `a type of ${kind} of graph type ${quote(context.module.name)} is wanted`;
    throw new TypeError(`Cannot ${action}: ${wanted}: received ${shown(types[i])}`);
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? quote(value) : describeKind(value);
}
