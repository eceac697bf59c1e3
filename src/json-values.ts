/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Why a value would not come back as it went: where, what JSON wants there, and the kind of what stands there. */
export interface JsonLoss {
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly received: string;
}

/**
 * The levels a stored value may nest. SQLite's JSON functions stop at 1000 and serde_json, with which Honker's other
 * bindings read events, at 127: 100 leaves room for the envelope around a value.
 */
const MAX_LEVELS = 100;
const SHOWN_CHARACTERS = 40; // of a key, in a message

/**
 * The first place where `JSON.parse(JSON.stringify(value))` would differ from `value`, or
 * undefined where nothing is lost.
 */
export function findJsonLoss(value: unknown, level = 0): JsonLoss | undefined {
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "string":
      return isWellFormed(value) ? undefined : loss("text without half of a surrogate pair", value);
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return undefined;
      return loss("a finite number, and no negative zero", value);
    case "object":
      if (value === null) return undefined;
      if (level === MAX_LEVELS) return loss(`at most ${MAX_LEVELS} levels and no cycle`, value);
      return Array.isArray(value) ? findInArray(value, level) : findInObject(value, level);
    default:
      return loss("a JSON value", value);
  }
}

/** The kind and size of `value`, never its content: what a message may say of data. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `a string of ${value.length} characters`;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return String(value);
    if (Object.is(value, -0)) return "-0";
    return Number.isInteger(value) ? "an integer" : "a number";
  }
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isPlain(value)) return "an object";
  const made = (Object.getPrototypeOf(value) as { constructor?: unknown }).constructor;
  return typeof made === "function" && made.name !== "" ? `an instance of ${made.name}` : "an object with a prototype";
}

/** `path` as SQLite's JSON functions write it: `$.price.tags[0]`. */
export function formatPath(path: readonly (string | number)[]): string {
  return `$${path.map((step) => (typeof step === "number" ? `[${step}]` : formatKey(step))).join("")}`;
}

/** `text` in quotes, cut to a length that a message can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

/** Whether `value` is an object as `{}` makes one, or one without prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether `text` holds no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed(); // ES2024: in every runtime we name
}

function findInArray(array: readonly unknown[], level: number): JsonLoss | undefined {
  if (Object.keys(array).length !== array.length) return loss("an array without holes and named properties", array);
  for (let i = 0; i < array.length; i++) {
    const found = findJsonLoss(array[i], level + 1);
    if (found !== undefined) return { ...found, path: [i, ...found.path] };
  }
  return undefined;
}

function findInObject(object: object, level: number): JsonLoss | undefined {
  if (!isPlain(object)) return loss("a plain object", object);
  const keys = Object.keys(object);
  if (Reflect.ownKeys(object).length !== keys.length) return loss("an object of enumerable text keys", object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!isWellFormed(key)) return loss("keys without half of a surrogate pair", object);
    const found = findJsonLoss((object as Record<string, unknown>)[key], level + 1);
    if (found !== undefined) return { ...found, path: [key, ...found.path] };
  }
  return undefined;
}

function loss(expected: string, value: unknown): JsonLoss {
  return { path: [], expected, received: describeKind(value) };
}

function formatKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key.length <= SHOWN_CHARACTERS ? `.${key}` : `[${quote(key)}]`;
}
