import { suggest } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { describeKind, isPlain, isWellFormed, quote } from "../json-values.ts";

const MAX_NAME = 200; // characters

/** @throws {TypeError} If `value` lacks a member that is wanted, or has one that is neither wanted nor possible. */
export function checkMembers(
  value: unknown,
  what: string,
  wanted: readonly string[],
  possible: readonly string[] = [],
  action = "define",
): void {
  if (typeof value !== "object" || value === null || !isPlain(value)) {
    throw new TypeError(`Cannot ${action} ${what}: an object is wanted: received ${describeKind(value)}`);
  }
  const known = [...wanted, ...possible];
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw new TypeError(`Cannot ${action} ${what}: unknown option ${quote(key)}: ${suggest(key, known)}`);
  }
  for (const key of wanted) {
    if ((value as Record<string, unknown>)[key] !== undefined) continue;
    throw new TypeError(`Cannot ${action} ${what}: ${key} is wanted: received undefined`);
  }
}

/** @throws {TypeError} If `value` is not of `type`. */
export function checkType(value: unknown, type: "string" | "boolean", member: string, what: string): void {
  if (typeof value === type) return;
  throw new TypeError(`Cannot define ${what}: ${member} must be a ${type}: received ${describeKind(value)}`);
}

/** @throws {TypeError} If `value` is none of `known`. */
export function checkOneOf(value: unknown, known: readonly string[], member: string, what: string): void {
  if (typeof value === "string" && known.includes(value)) return;
  throw new TypeError(`Cannot define ${what}: ${member} must be one of ${known.join(", ")}: received ${shown(value)}`);
}

/** @throws {TypeError} If `value` is not a list of texts. */
export function checkTexts(value: unknown, member: string, thing: string, what: string): asserts value is string[] {
  if (!Array.isArray(value)) {
    throw new TypeError(
      `Cannot define ${what}: ${member} must be a list of ${thing}s: received ${describeKind(value)}`,
    );
  }
  for (const [i, one] of value.entries()) {
    checkType(one, "string", `${member}[${i}]`, what);
    if (value.indexOf(one) !== i) throw invalid(what, `${member} must name a ${thing} once`, `${quote(one)} twice`);
  }
}

/** @throws {StorageError} `INVALID_MODULE` if a name is bad or differs from another by case or composition only. */
export function checkNames(names: readonly string[], member: string, what: string): void {
  const folded = new Map<string, string>();
  for (const name of names) {
    checkName(name, `${member} of ${what}`);
    const key = name.normalize("NFKC").toLowerCase();
    const twin = folded.get(key);
    if (twin !== undefined) {
      throw invalid(`${member} of ${what}`, "names must differ by more than case", `${quote(twin)} and ${quote(name)}`);
    }
    folded.set(key, name);
  }
}

/** @throws {TypeError} If `record` is not a plain object. */
export function checkRecord(record: unknown, member: string, what: string): asserts record is Record<string, unknown> {
  if (typeof record === "object" && record !== null && isPlain(record)) return;
  throw new TypeError(`Cannot define ${what}: ${member} must be an object: received ${describeKind(record)}`);
}

/**
 * @throws {TypeError} If `name` is not text.
 * @throws {StorageError} `INVALID_MODULE` if it is empty, too long, or has what can't be seen.
 */
export function checkName(name: unknown, what: string): void {
  checkType(name, "string", "name", what);
  const text = name as string;
  const isGood =
    text !== "" && text.length <= MAX_NAME && text.trim() === text && isWellFormed(text) && !/\p{Cc}/u.test(text);
  if (isGood) return;
  throw invalid(
    what,
    `a name must be 1 to ${MAX_NAME} characters, without control characters or space around`,
    quote(text),
  );
}

/** What a message says of `value`, which is part of a definition: text may be shown. */
export function shown(value: unknown): string {
  return typeof value === "string" ? quote(value) : describeKind(value);
}

/** Says that the parts of a definition don't fit together. */
export function invalid(what: string, wanted: string, received: string): StorageError {
  return new StorageError("INVALID_MODULE", `Cannot define ${what}: ${wanted}: received ${received}`, {
    details: { what, wanted, received },
  });
}

/** Says where a schema in a definition of `what` can't be stored. */
export function refuseFor(what: string) {
  return (expected: string, path: string, received: string): never => {
    throw invalid(what, `${expected} is wanted at ${path}`, received);
  };
}
