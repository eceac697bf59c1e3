import { Kind, type TSchema, Type, TypeRegistry } from "@sinclair/typebox";
import type { EdgeType, JsonObject, NodeType } from "../../graphs/mod.ts";
import { findMismatch } from "../../schema-check.ts";

const KIND = "attributes of the type";
const CHECK = Symbol("check"); // not serialised

type Check = (value: unknown) => boolean;

/**
 * The schema of the attributes of a type, without those that are `hidden`: the JSON Schema under which it is stored, which
 * says all, checked by the schema that the graph store checks by.
 *
 * @param id by which references in it find their way, wherever it stands.
 */
export function attributeSchema(type: NodeType | EdgeType, hidden: ReadonlySet<string>, id: string): TSchema {
  const check: Check =
    hidden.size === 0
      ? (value) => findMismatch(type.attributes, value) === undefined
      : (value) => isObject(value) && Object.keys(value).every((name) => !hidden.has(name));
  return checked(withoutNames(type.schema, hidden), check, id);
}

/** The schema of some of the attributes of a type: whether what comes of them fits is seen when it is written. */
export function patchSchema(type: NodeType | EdgeType, hidden: ReadonlySet<string>, id: string): TSchema {
  const { required: _, minProperties: _min, ...json } = withoutNames(type.schema, hidden);
  const names = json.additionalProperties === false ? new Set(Object.keys(json.properties ?? {})) : undefined;
  const check: Check = (value) =>
    isObject(value) &&
    Object.keys(value).every((name) => !hidden.has(name) && (names === undefined || names.has(name)));
  return checked(json, check, id);
}

/** Whether a type has all its attributes listed where they can be taken out one by one. */
export function listsAttributes({ schema }: NodeType | EdgeType): boolean {
  return schema.type === "object" && isObject(schema.properties) && schema.$ref === undefined;
}

function withoutNames(schema: JsonObject, hidden: ReadonlySet<string>): JsonObject {
  if (hidden.size === 0) return schema;
  const { properties = {}, required = [], ...rest } = schema;
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties as JsonObject).filter(([name]) => !hidden.has(name))),
    required: (required as readonly string[]).filter((name) => !hidden.has(name)),
  };
}

function checked(json: JsonObject, check: Check, id: string): TSchema {
  if (!TypeRegistry.Has(KIND)) {
    TypeRegistry.Set(KIND, (schema: TSchema & { [CHECK]?: Check }, value) => schema[CHECK]?.(value) === true);
  }
  const isReferring = JSON.stringify(json).includes('"$ref":');
  return Type.Unsafe({ ...json, ...(isReferring && { $id: id }), [Kind]: KIND, [CHECK]: check });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
