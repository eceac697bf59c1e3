import { type JsonObject, quote } from "../../json-values.ts";
import { findSchemaMismatch } from "../../schema-check.ts";
import { fromJsonSchema } from "../from-json-schema.ts";
import { isAnything, rulesOf } from "../schema-keywords.ts";
import { acceptsOnlyObjects, follow } from "../schema-walk.ts";
import { compareLimits } from "./limits.ts";
import { mergeObjects } from "./merge-objects.ts";
import { compareObjects } from "./objects.ts";
import { isSameSchema } from "./same-schema.ts";
import { type ComparePart, changed, isCompatible, type SchemaChanges } from "./schema-change.ts";

/** Pairs whose comparison has begun: to come back to one adds nothing, as in recursive schemas. */
type Begun = readonly (readonly [stored: JsonObject, next: JsonObject])[];

/** What messages call the types of JSON. */
const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  null: "null",
  array: "a list",
  object: "an object",
};
const SCALARS: readonly unknown[] = ["string", "number", "integer", "boolean", "null"];

/**
 * What has changed from the JSON Schema `stored` to `next`, both as `toJsonSchema()` writes them.
 *
 * If all changes are compatible, `next` accepts whatever `stored` accepts, but for attributes that stood undeclared in an
 * open object and are declared now. Where that can't be told, a change is not compatible.
 */
export function compareSchemas(stored: JsonObject, next: JsonObject): SchemaChanges {
  return compare(stored, next, "$", []);

  function compare(storedPart: JsonObject, nextPart: JsonObject, path: string, begun: Begun): SchemaChanges {
    const from = follow(storedPart, stored);
    const to = follow(nextPart, next);
    if (begun.some(([a, b]) => a === from && b === to)) return [];
    const inside: ComparePart = (a, b, at) => compare(a, b, at, [...begun, [from, to]]);
    if (isAnything(to)) return isAnything(from) ? [] : changed(true, path, "accepts anything now");
    if (isNever(from)) return isNever(to) ? [] : changed(true, path, `accepts ${describe(to)} now`);
    if (isAnything(from)) return changed(false, path, `accepts ${describe(to)} only`);
    if ("anyOf" in from || "anyOf" in to) return compareUnions(from, to, path, inside);
    if ("allOf" in to) return compareToIntersection(from, to, path, inside);
    if ("allOf" in from) return compareFromIntersection(from, to, path, inside);
    if ("not" in from || "not" in to) return isSame(from, to) ? [] : changed(false, path, "excludes something else");
    return comparePlain(from, to, path, inside);
  }

  /** Compares what is of one type each. */
  function comparePlain(from: JsonObject, to: JsonObject, path: string, inside: ComparePart): SchemaChanges {
    const refused = changed(false, path, `accepts ${describe(to)}, accepted ${describe(from)}`);
    if ("const" in from) {
      if (from.const === to.const) return [];
      return acceptsScalar(to, from.const) ? changed(true, path, `accepts ${describe(to)} now`) : refused;
    }
    if ("const" in to) return refused;
    if (from.type === "integer" && to.type === "number") {
      return [...changed(true, path, "accepts numbers that are not whole, too"), ...compareLimits(from, to, path)];
    }
    if (from.type !== to.type) return refused;
    if (from.type === "array") return compareArrays(from, to, path, inside) ?? refused;
    if (from.type !== "object") return compareLimits(from, to, path);
    return compareObjects(from, to, path, inside);
  }

  function compareArrays(
    from: JsonObject,
    to: JsonObject,
    path: string,
    inside: ComparePart,
  ): SchemaChanges | undefined {
    const [before, after] = [tupleOf(from), tupleOf(to)];
    const limits = compareLimits(from, to, path);
    if (after !== undefined) {
      if (before?.length !== after.length) return undefined;
      return before.flatMap((part, i) => inside(part, after[i]!, `${path}[${i}]`));
    }
    const items = (before ?? [from.items as JsonObject]).flatMap((part, i) =>
      inside(part, to.items as JsonObject, before === undefined ? `${path}[]` : `${path}[${i}]`),
    );
    return [...items, ...limits, ...compareContained(from, to, path)];
  }

  function compareContained(from: JsonObject, to: JsonObject, path: string): SchemaChanges {
    const [before, after] = [containedOf(from), containedOf(to)];
    if (isSame(before, after)) return [];
    return changed(Object.keys(after).length === 0, path, "asks in another way for what must be in it");
  }

  function compareUnions(from: JsonObject, to: JsonObject, path: string, inside: ComparePart): SchemaChanges {
    const before = alternativesOf(from, stored);
    const after = alternativesOf(to, next);
    const lost = before.filter((one) => !after.some((other) => isCompatible(inside(one, other, path))));
    const gained = after.filter((one) => !before.some((other) => isSame(other, one)));
    return [
      ...lost.flatMap((one) => changed(false, path, `no longer accepts ${describe(one)}`)),
      ...gained.flatMap((one) => changed(true, path, `accepts ${describe(one)}, too`)),
    ];
  }

  function compareToIntersection(from: JsonObject, to: JsonObject, path: string, inside: ComparePart): SchemaChanges {
    if (to.unevaluatedProperties !== undefined && !isClosedWithin(from, to)) {
      return isSame(from, to) ? [] : changed(false, path, "treats undeclared attributes in another way");
    }
    return (to.allOf as readonly JsonObject[]).flatMap((part) => inside(from, part, path));
  }

  /** Each part alone says less of an attribute than all of them: so only what is the same, or no object, counts alone. */
  function compareFromIntersection(from: JsonObject, to: JsonObject, path: string, inside: ComparePart): SchemaChanges {
    const parts = (from.allOf as readonly JsonObject[]).map((part) => follow(part, stored));
    if (parts.some((part) => isSame(part, to))) return [];
    const scalars = parts.filter(({ type }) => SCALARS.includes(type)).map((part) => inside(part, to, path));
    const alone = scalars.find(isCompatible);
    if (alone !== undefined) return alone;
    if (!acceptsOnlyObjects(from, stored)) return changed(false, path, `accepts ${describe(to)} only`);
    return inside(mergeObjects(from, stored), to, path);
  }

  /** Whether `from` has no attributes but those that the parts of `to`, a closed intersection, declare. */
  function isClosedWithin(from: JsonObject, to: JsonObject): boolean {
    const merged = "allOf" in from ? mergeObjects(from, stored) : from;
    if (to.unevaluatedProperties !== false || merged.additionalProperties !== false) return false;
    const known = mergeObjects(to, next).properties as JsonObject;
    return Object.keys((merged.properties ?? {}) as JsonObject).every((name) => Object.hasOwn(known, name));
  }

  function isSame(from: JsonObject, to: JsonObject): boolean {
    return isSameSchema(from, stored, to, next);
  }
}

function alternativesOf(schema: JsonObject, root: JsonObject): readonly JsonObject[] {
  const one = follow(schema, root);
  return "anyOf" in one ? (one.anyOf as readonly JsonObject[]).flatMap((part) => alternativesOf(part, root)) : [one];
}

/** Whether `schema`, of one type, accepts a text, a number or a boolean. */
function acceptsScalar(schema: JsonObject, value: unknown): boolean {
  if (!SCALARS.includes(schema.type)) return false;
  const never = (expected: string): never => {
    throw new Error(expected); // not for a schema that has been read
  };
  return findSchemaMismatch(fromJsonSchema(rulesOf(schema), never), value) === undefined;
}

function tupleOf(schema: JsonObject): readonly JsonObject[] | undefined {
  if (!("items" in schema)) return [];
  return Array.isArray(schema.items) ? (schema.items as readonly JsonObject[]) : undefined;
}

/** The keywords of an array that count items of one kind. */
function containedOf(schema: JsonObject): JsonObject {
  const keywords = ["contains", "minContains", "maxContains"].filter((keyword) => keyword in schema);
  return Object.fromEntries(keywords.map((keyword) => [keyword, schema[keyword]!]));
}

function isNever({ not }: JsonObject): boolean {
  return typeof not === "object" && not !== null && Object.keys(not).length === 0;
}

/** What a message says of the values of `schema`. */
function describe(schema: JsonObject): string {
  if (typeof schema.const === "string") return quote(schema.const);
  if (schema.const !== undefined) return String(schema.const);
  if (isAnything(schema)) return "anything";
  if (isNever(schema)) return "nothing";
  if ("anyOf" in schema) return "one of several";
  if ("not" in schema) return "anything but some";
  return typeof schema.type === "string" ? TYPES[schema.type]! : "an object";
}
