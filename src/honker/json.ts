/** What JSON can say. */
export type JsonPrimitive = null | boolean | number | string;
/** A value that survives `JSON.stringify` and `JSON.parse`. */
export type JsonValue = JsonPrimitive | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

const MAX_DEPTH = 127; // what serde_json, the parser of Honker's other bindings, accepts

/**
 * The JSON text to store for `payload`, such that every binding of Honker can read it.
 *
 * @throws {TypeError} If `payload` has no JSON form (`undefined`, a function, a bigint, a cycle).
 * @throws {RangeError} If it nests deeper than 127 levels or holds half of a surrogate pair: other readers refuse those.
 */
export function encodePayload(payload: unknown, action: string): string {
  const text = stringify(payload, action);
  if (text === undefined) {
    throw new TypeError(`Cannot ${action}: the payload must be JSON: received ${typeof payload}`);
  }
  // JSON.stringify escapes nothing but a lone surrogate as \ud…; the look-behind skips an escaped backslash before "ud".
  if (text.includes("\\ud") && /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text)) {
    throw new RangeError(`Cannot ${action}: the payload must be Unicode text: received a lone surrogate`);
  }
  refuseDepth(text, action);
  // JSON.stringify writes null for what is no number
  if (text.includes("null") && holdsNoNumber(payload)) {
    throw new RangeError(`Cannot ${action}: numbers of the payload must be finite: received NaN or an infinite one`);
  }
  return text;
}

/** What a `toJSON` throws, and what JSON.stringify says of a bigint or a cycle, is the cause. */
function stringify(payload: unknown, action: string): string | undefined {
  try {
    return JSON.stringify(payload) as string | undefined;
  } catch (cause) {
    const received = cause instanceof Error ? cause.message.split("\n", 1)[0] : "what a toJSON threw";
    throw new TypeError(
      `Cannot ${action}: the payload must be JSON: received a value that has no such form (${received})`,
      { cause },
    );
  }
}

/** Whether NaN or an infinite number stands in `value`, which has a JSON form: no cycle then. */
function holdsNoNumber(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null || "toJSON" in value) return false;
  return Object.values(value).some(holdsNoNumber);
}

/**
 * Refuses text that is no JSON, or JSON that not every binding of Honker can read.
 *
 * @throws {TypeError | RangeError}
 */
export function checkPayloadText(text: string, action: string): void {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    throw new TypeError("honker: payload must be valid JSON"); // Honker's own words
  }
  refuseDepth(text, action);
  const again = JSON.stringify(payload, (_key, value: unknown) =>
    value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? OUT_OF_RANGE : value,
  );
  if (again.includes(OUT_OF_RANGE)) {
    throw new RangeError(`Cannot ${action}: numbers of the payload must be within ±1.8e308: received one beyond`);
  }
  encodePayload(payload, action);
}

const OUT_OF_RANGE = "\u{10ffff}out of range\u{10ffff}";

function refuseDepth(text: string, action: string): void {
  if (text.length <= 2 * MAX_DEPTH || depthOf(text) <= MAX_DEPTH) return;
  throw new RangeError(`Cannot ${action}: the payload must nest at most ${MAX_DEPTH} levels: received more`);
}

/** Whether `text` is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value of a stored payload. Text that is not JSON (old wake-up rows, NaN of other writers) comes as it is. */
export function decodePayload(text: unknown): JsonValue {
  if (typeof text !== "string") return text as JsonValue;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (quoted) {
      if (char === 0x5c)
        i++; // a backslash takes the next character with it
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}
