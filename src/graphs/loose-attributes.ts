import type { JsonObject } from "../json-values.ts";
import { isAnything } from "./schema-keywords.ts";
import { follow } from "./schema-walk.ts";

/**
 * Whether TypeBox would accept objects of `root` that lack a required attribute: it takes what is missing for undefined, and
 * a union with `Type.Unknown()`, a reference to it or a `Type.Not()` accepts that.
 */
export function hasLooseAttribute(root: JsonObject): boolean {
  return isLoose(root);

  function isLoose(schema: JsonObject): boolean {
    const required = (schema.required ?? []) as readonly string[];
    const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonObject>>;
    return required.some((name) => isLooseAttribute(properties[name]!, root)) || partsOf(schema).some(isLoose);
  }
}

/** Whether TypeBox would accept that an attribute of `schema`, a part of `root`, is missing though it is required. */
export function isLooseAttribute(schema: JsonObject, root: JsonObject): boolean {
  return !isAnything(schema) && acceptsUndefined(schema, root);
}

function acceptsUndefined(part: JsonObject, root: JsonObject): boolean {
  const schema = follow(part, root);
  const inside = (one: JsonObject) => acceptsUndefined(one, root);
  const { allOf, anyOf, not } = schema as Record<string, never>;
  if (allOf !== undefined) return (allOf as JsonObject[]).every(inside);
  if (anyOf !== undefined) return (anyOf as JsonObject[]).some(inside);
  return not === undefined ? isAnything(schema) : !inside(not);
}

/** The schemas of which `schema` is made. */
function partsOf(schema: JsonObject): JsonObject[] {
  const { $defs, properties, patternProperties, items, allOf, anyOf, ...one } = schema as Record<string, object>;
  const single = [one.additionalProperties, one.unevaluatedProperties, one.contains, one.not];
  const lists = [$defs, properties, patternProperties, allOf, anyOf, Array.isArray(items) ? items : [items], single];
  return lists.flatMap((list) => Object.values(list ?? {})).filter((part) => typeof part === "object") as JsonObject[];
}
