/**
 * The check of what callers pass: the ground floor beside `errors.ts`.
 *
 * @module
 */

/**
 * Refuses a key of `options` that `known` does not list, so that a misspelled option is never ignored.
 *
 * @throws {TypeError} If an option is unknown, or `options` is not an object.
 */
export function checkOptions(options: unknown, known: readonly string[], callee: string): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot call ${callee}(): options must be an object: received ${String(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`Unknown option "${key}" for ${callee}(): ${suggest(key, known)}`);
  }
}

/** What to say to who asked for `key`: the one of `known` that is near, or all of them. */
export function suggest(key: string, known: readonly string[]): string {
  const near = known.find((name) => isNear(name.toLowerCase(), key.toLowerCase()));
  return near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"`;
}

/** The most seconds that may be added to a time: the sum is a whole number still, in JavaScript and in SQLite. */
export const MAX_SECONDS: number = 2 ** 52;

/**
 * @throws {TypeError} If `value` is not text, or holds what would come back as another text: a NUL character, which not
 * every reader of the file can carry, or half of a surrogate pair, which UTF-8 has no form for.
 */
export function checkName(value: unknown, action: string, what: string): asserts value is string {
  if (typeof value === "string" && !value.includes("\0") && value.isWellFormed()) return;
  const received = typeof value === "string" ? JSON.stringify(value) : value === null ? "null" : typeof value;
  throw new TypeError(`Cannot ${action}: the ${what} must be Unicode text without NUL: received ${received}`);
}

/** @throws {RangeError} If `value` is not a whole number from `least` to `most`. */
export function checkInteger(
  value: unknown,
  least: number,
  action: string,
  what: string,
  most: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  let wanted = least === Number.MIN_SAFE_INTEGER ? "an integer" : `an integer >= ${least}`;
  if (most !== Number.MAX_SAFE_INTEGER) wanted += ` and <= ${most}`;
  throw new RangeError(`Cannot ${action}: ${what} must be ${wanted}: received ${String(value)}`);
}

/** @throws {RangeError} If `value` is neither null nor a number of seconds >= 0. */
export function checkSeconds(value: unknown, action: string, what: string): void {
  if (value === null || (typeof value === "number" && value >= 0)) return;
  throw new RangeError(`Cannot ${action}: ${what} must be seconds >= 0 or null: received ${String(value)}`);
}

/** @throws {RangeError} If `value` is not a finite number of seconds >= 0. */
export function checkDuration(value: unknown, action: string, what: string): asserts value is number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return;
  throw new RangeError(`Cannot ${action}: ${what} must be seconds >= 0: received ${String(value)}`);
}

/** @throws {TypeError} If `value` is neither undefined nor an `AbortSignal`. */
export function checkSignal(value: unknown, action: string): asserts value is AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return;
  throw new TypeError(`Cannot ${action}: signal must be an AbortSignal: received ${typeof value}`);
}

/** @throws {TypeError} If `value` is no boolean. */
export function checkBoolean(value: unknown, action: string, what: string): asserts value is boolean {
  if (typeof value === "boolean") return;
  throw new TypeError(`Cannot ${action}: ${what} must be true or false: received ${typeof value}`);
}

/** Whether two names differ by at most two letters put in, left out or exchanged. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2) return false;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]! <= 2;
}
