import type { JsonObject } from "../../../graphs/mod.ts";
import { describeKind, findJsonLoss, formatPath, isPlain } from "../../../json-values.ts";

/** Sets the time of a change, in SQL: later than that of the last one, however soon it follows, so that each tells. */
export const SET_UPDATED_AT = '"updated_at" = max(?, "updated_at" + 1)';

/** `metadata` as it is stored. @throws {TypeError} If it is no JSON object. */
export function encodeMetadata(metadata: unknown, action: string): string {
  if (metadata === undefined) return "{}";
  if (typeof metadata !== "object" || metadata === null || !isPlain(metadata)) {
    throw new TypeError(`Cannot ${action}: metadata must be an object: received ${describeKind(metadata)}`);
  }
  const loss = findJsonLoss(metadata);
  if (loss === undefined) return JSON.stringify(metadata);
  throw new TypeError(
    `Cannot ${action}: metadata must be JSON, with ${loss.expected} at ${formatPath(loss.path)}: received ${loss.received}`,
  );
}

/** `stored` with the members of `patch` in the place of its own; one that is undefined is taken away. */
export function merge(stored: JsonObject, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || !isPlain(patch)) return patch; // the schema refuses it next
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const [name, value] of Object.entries(patch)) if (value === undefined) delete merged[name];
  return merged;
}

/** @throws {TypeError} If `list` is text, of which the characters would be taken, or no list at all. */
export function checkList(list: unknown, action: string, what: string): void {
  if (typeof list === "object" && list !== null && Symbol.iterator in list) return;
  throw new TypeError(`Cannot ${action}: ${what} must be a list: received ${describeKind(list)}`);
}

/** @throws {TypeError} If `pair` is no array of two: of a text, two characters would be taken. */
export function checkPair<Pair extends readonly [unknown, unknown]>(pair: Pair, action: string): Pair {
  if (Array.isArray(pair) && pair.length === 2) return pair;
  throw new TypeError(
    `Cannot ${action}: an array of the old and the new key is wanted: received ${describeKind(pair)}`,
  );
}
