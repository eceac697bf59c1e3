import type { JsonObject, JsonValue } from "../../json-values.ts";
import { rulesOf } from "../schema-keywords.ts";
import { follow } from "../schema-walk.ts";

type Pairs = readonly (readonly [a: JsonObject, b: JsonObject])[];

/** Whether `a`, a part of `aRoot`, and `b`, a part of `bRoot`, differ in annotations and names of definitions at most. */
export function isSameSchema(a: JsonObject, aRoot: JsonObject, b: JsonObject, bRoot: JsonObject): boolean {
  return isSame(a, b, []);

  function isSame(aPart: JsonObject, bPart: JsonObject, begun: Pairs): boolean {
    const left = follow(aPart, aRoot);
    const right = follow(bPart, bRoot);
    if (begun.some(([x, y]) => x === left && y === right)) return true;
    const inside: Pairs = [...begun, [left, right]];
    return isSameMap(withoutNames(left), withoutNames(right), (x, y, keyword) => isSameMember(x, y, keyword, inside));
  }

  function isSameMember(x: JsonValue, y: JsonValue, keyword: string, begun: Pairs): boolean {
    switch (keyword) {
      case "properties":
      case "patternProperties":
        return isSameMap(x as JsonObject, y as JsonObject, (p, q) => isSame(p as JsonObject, q as JsonObject, begun));
      case "required":
        return isSameSet(x as readonly string[], y as readonly string[]);
      case "const":
        return x === y;
      default:
        return isSameValue(x, y, begun);
    }
  }

  /** Schemas, lists of them, and plain values. */
  function isSameValue(x: JsonValue, y: JsonValue, begun: Pairs): boolean {
    if (Array.isArray(x) && Array.isArray(y)) {
      return x.length === y.length && x.every((one, i) => isSameValue(one, y[i]!, begun));
    }
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return x === y;
    return !Array.isArray(x) && !Array.isArray(y) && isSame(x as JsonObject, y as JsonObject, begun);
  }
}

function isSameMap(
  a: JsonObject,
  b: JsonObject,
  isSameMember: (x: JsonValue, y: JsonValue, name: string) => boolean,
): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSameMember(a[name]!, b[name]!, name));
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

function withoutNames(schema: JsonObject): JsonObject {
  const { $defs, ...rules } = rulesOf(schema);
  return rules;
}
