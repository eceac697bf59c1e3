import { FormatRegistry } from "@sinclair/typebox";
import { describeKind, formatPath, type JsonObject, quote } from "../json-values.ts";

/** Reports why a schema can't be stored; does not return. */
export type Refuse = (expected: string, path: string, received: string) => never;

/** Where a part of a schema or of a value stands. */
export type Path = readonly (string | number)[];

/** What says something about a schema and changes nothing of what it accepts. */
const ANNOTATIONS = words(
  "title description default examples $comment deprecated readOnly writeOnly contentEncoding contentMediaType",
);
const EXTENSION = /^x-/; // the annotations of applications

/**
 * The keywords by which TypeBox checks, for each kind of schema that JSON Schema can say and whose values are JSON. It would
 * look at no other, though JSON Schema may mean something by it.
 */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  Any: [],
  Array: words("type items minItems maxItems uniqueItems contains minContains maxContains"),
  Boolean: ["type"],
  Import: ["$ref", "$defs"],
  Integer: words("type minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
  Intersect: words("type allOf unevaluatedProperties"),
  Literal: ["type", "const"],
  Never: ["not"],
  Not: ["not"],
  Null: ["type"],
  Number: words("type minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
  Object: words("type properties required additionalProperties minProperties maxProperties"),
  Record: words("type patternProperties additionalProperties minProperties maxProperties"),
  Ref: ["$ref"],
  String: words("type minLength maxLength pattern format"),
  TemplateLiteral: ["type", "pattern"],
  This: ["$ref"],
  Tuple: words("type items additionalItems minItems maxItems"),
  Union: ["anyOf"],
  Unknown: [],
};

interface Wanted {
  readonly text: string;
  readonly isMet: (value: unknown, schema: object) => boolean;
}

const COUNT: Wanted = {
  text: "a whole number >= 0",
  isMet: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
const NUMBER: Wanted = { text: "a finite number", isMet: Number.isFinite };
const DIVISOR: Wanted = { text: "a number > 0", isMet: (value) => Number.isFinite(value) && Number(value) > 0 };
const PATTERN: Wanted = { text: "a pattern that is a regular expression", isMet: isPattern };

/** What the values of keywords must be: those that hold schemas are looked at where the schemas are. */
const VALUES: Readonly<Record<string, Wanted>> = {
  minLength: COUNT,
  maxLength: COUNT,
  minItems: COUNT,
  maxItems: COUNT,
  minContains: COUNT,
  maxContains: COUNT,
  minProperties: COUNT,
  maxProperties: COUNT,
  minimum: NUMBER,
  maximum: NUMBER,
  exclusiveMinimum: NUMBER,
  exclusiveMaximum: NUMBER,
  multipleOf: DIVISOR,
  pattern: PATTERN,
  properties: {
    text: "names of properties that no object inherits, as TypeBox would look at those",
    isMet: (value) => !Object.keys(Object(value)).some((name) => name in Object.prototype),
  },
  unevaluatedProperties: {
    text: "an intersection of Type.Object() without signs of regular expressions in names, as TypeBox makes one of them",
    isMet: (_, schema) => hasPlainNames(schema),
  },
  required: { text: "a list of names of properties", isMet: areProperties },
  format: { text: "a format that TypeBox's FormatRegistry has", isMet: isFormat },
  uniqueItems: { text: "true or false", isMet: (value) => typeof value === "boolean" },
};

/** Whether a schema of `kind`, TypeBox's name for it, can be stored. */
export function isStorable(kind: unknown): kind is string {
  return typeof kind === "string" && Object.hasOwn(KEYWORDS, kind);
}

/** Refuses the first keyword of `schema` that TypeBox would not look at, or whose value it could not use. */
export function checkKeywords(schema: object, kind: string, at: Path, refuse: Refuse): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || keyword === "$id" || isAnnotation(keyword)) continue;
    if (!KEYWORDS[kind]!.includes(keyword)) {
      refuse(`a keyword by which Type.${kind}() checks`, formatPath(at), quote(keyword));
    }
    const wanted = VALUES[keyword];
    if (wanted === undefined || wanted.isMet(value, schema)) continue;
    refuse(wanted.text, formatPath([...at, keyword]), typeof value === "string" ? quote(value) : describeKind(value));
  }
}

function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.includes(keyword) || EXTENSION.test(keyword);
}

/** The members of `schema` that are annotations. */
export function annotationsOf(schema: object): [keyword: string, value: unknown][] {
  return Object.entries(schema).filter(([keyword, value]) => value !== undefined && isAnnotation(keyword));
}

/** The members of `schema` by which is checked. */
export function rulesOf(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !isAnnotation(keyword)));
}

/** Whether `schema` accepts any value, as `Type.Unknown()` does. */
export function isAnything(schema: JsonObject): boolean {
  return Object.keys(schema).every((keyword) => keyword === "$defs" || isAnnotation(keyword));
}

function isPattern(value: unknown): boolean {
  try {
    return typeof value === "string" && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function isFormat(value: unknown): boolean {
  return typeof value === "string" && FormatRegistry.Has(value);
}

function areProperties(names: unknown, schema: { readonly properties?: unknown }): boolean {
  const { properties } = schema;
  if (!Array.isArray(names) || typeof properties !== "object" || properties === null) return false;
  return new Set(names).size === names.length && names.every((name) => Object.hasOwn(properties, name));
}

function hasPlainNames(schema: { readonly allOf?: unknown; readonly properties?: unknown }): boolean {
  const { allOf, properties } = schema;
  if (Array.isArray(allOf)) return allOf.every((part) => hasPlainNames(Object(part)));
  return properties !== undefined && !Object.keys(Object(properties)).some((name) => /[\\^$.*+?()[\]{}|]/.test(name));
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
