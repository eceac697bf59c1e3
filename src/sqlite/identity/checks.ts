import { checkInteger, checkName } from "../../arguments.ts";
import { describeKind, findJsonLoss, formatPath, isPlain } from "../../json-values.ts";

/** The latest time that a Date can be (https://tc39.es/ecma262/#sec-time-values-and-time-range). */
const MAX_MS = 8.64e15;

/** @throws {TypeError} If `value` is not text, or none. */
export function checkFilled(value: unknown, action: string, what: string): asserts value is string {
  checkName(value, action, what);
  if (value.trim() === "") throw new TypeError(`Cannot ${action}: the ${what} must not be empty: received blank text`);
}

/** @throws {TypeError} If `value` is none of `known`. */
export function checkOneOf<T extends string>(
  value: unknown,
  known: readonly T[],
  action: string,
  what: string,
): asserts value is T {
  if (known.includes(value as T)) return;
  const received = typeof value === "string" ? JSON.stringify(value) : describeKind(value);
  throw new TypeError(`Cannot ${action}: ${what} must be one of ${known.join(", ")}: received ${received}`);
}

/** @throws {RangeError} If `value` is no time in Unix milliseconds. */
export function checkTime(value: unknown, action: string, what: string): asserts value is number {
  checkInteger(value, -MAX_MS, action, what, MAX_MS);
}

/** @throws {RangeError} If `value` is no time after `nowMs`: one that was meant in seconds is long past. */
export function checkExpiry(value: unknown, nowMs: number, action: string): asserts value is number | null | undefined {
  if (value === undefined || value === null) return;
  checkTime(value, action, "expiresAt");
  if (value > nowMs) return;
  throw new RangeError(`Cannot ${action}: expiresAt must be a time to come, in Unix milliseconds: received ${value}`);
}

/** `value` as it is stored. @throws {TypeError} If it is no JSON object. */
export function encodeObject(value: unknown, action: string, what: string): string {
  if (typeof value !== "object" || value === null || !isPlain(value)) {
    throw new TypeError(`Cannot ${action}: ${what} must be an object: received ${describeKind(value)}`);
  }
  const loss = findJsonLoss(value);
  if (loss === undefined) return JSON.stringify(value);
  const where = formatPath(loss.path);
  throw new TypeError(
    `Cannot ${action}: ${what} must be JSON, with ${loss.expected} at ${where}: received ${loss.received}`,
  );
}

/** `scopes` as they are stored. @throws {TypeError} If they are no list of texts. */
export function encodeScopes(scopes: unknown, action: string, what = "scopes"): string {
  if (!Array.isArray(scopes)) {
    throw new TypeError(`Cannot ${action}: ${what} must be a list of texts: received ${describeKind(scopes)}`);
  }
  for (const scope of scopes) checkFilled(scope, action, `text in ${what}`);
  return JSON.stringify(scopes);
}

/** `resources` as they are stored. @throws {TypeError} If they are no lists of actions by `type:id`. */
export function encodeResources(resources: unknown, action: string): string | null {
  if (resources === undefined || resources === null) return null;
  if (typeof resources !== "object" || !isPlain(resources)) {
    throw new TypeError(`Cannot ${action}: resources must be an object: received ${describeKind(resources)}`);
  }
  for (const [resource, actions] of Object.entries(resources)) {
    if (!/^[^:]+:./.test(resource)) {
      const received = JSON.stringify(resource);
      throw new TypeError(`Cannot ${action}: a resource must be named as type:id: received ${received}`);
    }
    checkName(resource, action, "name of a resource");
    encodeScopes(actions, action, `actions on ${JSON.stringify(resource)}`);
  }
  return JSON.stringify(resources);
}
