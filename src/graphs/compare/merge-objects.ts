import type { JsonObject } from "../../json-values.ts";
import { follow } from "../schema-walk.ts";
import { isSameSchema } from "./same-schema.ts";

/**
 * A schema of objects that accepts all that an intersection of objects, a part of `root`, does, and maybe more. It declares
 * every attribute that a part declares, so that none is taken for undeclared.
 */
export function mergeObjects(intersection: JsonObject, root: JsonObject): JsonObject {
  const properties = new Map<string, JsonObject>();
  const required = new Set<string>();
  let isRegular = true;
  add(intersection, true);
  const additionalProperties = isRegular ? intersection.unevaluatedProperties !== false : {};
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: [...required],
    additionalProperties,
  };

  function add(schema: JsonObject, isAlways: boolean): void {
    const part = follow(schema, root);
    const { allOf, anyOf } = part;
    if (Array.isArray(allOf)) for (const one of allOf) add(one, isAlways);
    else if (Array.isArray(anyOf)) for (const one of anyOf) add(one, false);
    else if (typeof part.properties !== "object") isRegular = false;
    else {
      for (const [name, one] of Object.entries(part.properties as JsonObject))
        declare(name, one as JsonObject, isAlways);
      if (isAlways) for (const name of (part.required ?? []) as readonly string[]) required.add(name);
    }
  }

  /** What two parts declare in different ways, or only one of several does, is there and may be anything. */
  function declare(name: string, schema: JsonObject, isAlways: boolean): void {
    const known = properties.get(name);
    const isOne = isAlways && (known === undefined || isSameSchema(known, root, schema, root));
    properties.set(name, isOne ? schema : {});
  }
}
