import { Kind, TransformKind, type TSchema } from "@sinclair/typebox";

/** The kinds of TypeBox that are JSON Schema, and whose values are JSON. */
const PLAIN_KINDS = [
  "Any",
  "Array",
  "Boolean",
  "Integer",
  "Intersect",
  "Literal",
  "Never",
  "Not",
  "Null",
  "Number",
  "Object",
  "Record",
  "String",
  "TemplateLiteral",
  "This",
  "Tuple",
  "Union",
  "Unknown",
];

/** @throws {TypeError} If `schema` would not come through JSON as it is, or describes what would not. */
export function checkPlainSchema(schema: TSchema, action: string): void {
  for (const part of partsOf(schema)) {
    const kind = TransformKind in part ? "Transform" : part[Kind];
    if (kind === undefined || PLAIN_KINDS.includes(kind as string)) continue;
    throw new TypeError(`Cannot ${action}: plain JSON Schema is wanted: received TypeBox's kind ${String(kind)}`);
  }
}

function partsOf(value: unknown): Readonly<Record<symbol, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Readonly<Record<symbol, unknown>>, ...Object.values(value).flatMap(partsOf)];
}
