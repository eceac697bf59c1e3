import type { JsonObject, JsonValue } from "../../json-values.ts";
import type { SchemaChange } from "./schema-change.ts";

type Limits = Readonly<Record<string, JsonValue | undefined>>;

/** For each keyword that limits values: whether what keeps the limits `from` keeps this one of `to`. */
const KEEPS: Readonly<Record<string, (from: Limits, to: Limits) => boolean>> = {
  minLength: (from, to) => atLeast(from.minLength ?? 0, to.minLength),
  minItems: (from, to) => atLeast(from.minItems ?? 0, to.minItems),
  minProperties: (from, to) => atLeast(from.minProperties ?? 0, to.minProperties),
  maxLength: (from, to) => atLeast(to.maxLength, from.maxLength),
  maxItems: (from, to) => atLeast(to.maxItems, from.maxItems),
  maxProperties: (from, to) => atLeast(to.maxProperties, from.maxProperties),
  minimum: (from, { minimum }) => atLeast(from.minimum, minimum) || atLeast(from.exclusiveMinimum, minimum),
  maximum: (from, { maximum }) => atLeast(maximum, from.maximum) || atLeast(maximum, from.exclusiveMaximum),
  exclusiveMinimum: (from, { exclusiveMinimum: limit }) =>
    above(from.minimum, limit) || atLeast(from.exclusiveMinimum, limit),
  exclusiveMaximum: (from, { exclusiveMaximum: limit }) =>
    above(limit, from.maximum) || atLeast(limit, from.exclusiveMaximum),
  multipleOf: (from, to) => Number(from.multipleOf) % Number(to.multipleOf) === 0,
  pattern: (from, to) => from.pattern === to.pattern,
  format: (from, to) => from.format === to.format,
  uniqueItems: (from, to) => from.uniqueItems === true || to.uniqueItems === false,
};

/** The changes from the limits of `from` to those of `to`. */
export function compareLimits(from: JsonObject, to: JsonObject, path: string): SchemaChange[] {
  const different = Object.keys(KEEPS).filter((keyword) => from[keyword] !== to[keyword]);
  return different.map((keyword) => ({
    compatible: to[keyword] === undefined || KEEPS[keyword]!(from, to),
    path,
    change: `${keyword} is ${shown(to[keyword])}, was ${shown(from[keyword])}`,
  }));
}

/** Also false where either is missing. */
function atLeast(value: JsonValue | undefined, least: JsonValue | undefined): boolean {
  return typeof value === "number" && typeof least === "number" && value >= least;
}

function above(value: JsonValue | undefined, limit: JsonValue | undefined): boolean {
  return typeof value === "number" && typeof limit === "number" && value > limit;
}

function shown(limit: JsonValue | undefined): string {
  return limit === undefined ? "not there" : JSON.stringify(limit);
}
