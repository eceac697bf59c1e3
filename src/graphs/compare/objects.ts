import { formatPath, type JsonObject, type JsonValue } from "../../json-values.ts";
import { compareLimits } from "./limits.ts";
import { type ComparePart, changed, type SchemaChange, type SchemaChanges } from "./schema-change.ts";

/** What a schema of objects says of each attribute. */
interface Shape {
  /** The schemas of the attributes that are declared by name. */
  readonly named: Readonly<Record<string, JsonObject>>;
  readonly required: readonly string[];
  /** Of a record: the pattern of its names, and the schema of what has one of them. */
  readonly pattern: string | undefined;
  readonly fitting: JsonObject | undefined;
  /** The schema of all others; undefined where there can be none. */
  readonly others: JsonObject | undefined;
}

const ANYTHING: JsonObject = {}; // the schema of undeclared attributes of an open object

/** The changes from the objects or records of `from` to those of `to`. */
export function compareObjects(from: JsonObject, to: JsonObject, path: string, compare: ComparePart): SchemaChange[] {
  const before = shapeOf(from);
  const after = shapeOf(to);
  const names = new Set([...Object.keys(before.named), ...Object.keys(after.named)]);
  return [
    ...Array.from(names, (name) => compareNamed(before, after, name, pathTo(path, name), compare)).flat(),
    ...compareUnnamed(before, after, path, compare),
    ...compareLimits(from, to, path),
  ];
}

function compareNamed(before: Shape, after: Shape, name: string, path: string, compare: ComparePart): SchemaChange[] {
  const [from, to] = [schemaOf(before, name), schemaOf(after, name)];
  const changes: SchemaChange[] = [];
  const [wasRequired, isRequired] = [before.required.includes(name), after.required.includes(name)];
  if (isRequired && !wasRequired) changes.push(...changed(false, path, "is required now"));
  if (wasRequired && !isRequired) changes.push(...changed(true, path, "is optional now"));
  // What stood there undeclared in an open object is not looked for.
  if (from === undefined || from === ANYTHING) return [...changed(true, path, "was added"), ...changes];
  if (to === undefined) return [...changes, ...changed(false, path, "was removed, and is not accepted")];
  return [...changes, ...compare(from, to, path)];
}

/** Compares what the schemas say of attributes that neither declares by name. */
function compareUnnamed(before: Shape, after: Shape, path: string, compare: ComparePart): SchemaChanges {
  const within = (from: JsonObject | undefined, to: JsonObject | undefined) => {
    if (from === undefined) return to === undefined ? [] : changed(true, path, "accepts undeclared attributes now");
    if (to === undefined) return changed(false, path, "accepts no undeclared attributes any more");
    return compare(from, to, `${path}.*`);
  };
  const others = within(before.others, after.others);
  if (before.pattern === after.pattern) {
    return before.fitting === undefined ? others : [...compare(before.fitting, after.fitting!, `${path}.*`), ...others];
  }
  // A name that fits one pattern may fit the other, or be one of the others.
  const from = [before.fitting, before.others].filter((schema) => schema !== undefined);
  const to = after.pattern === undefined ? [after.others] : [after.fitting, after.others];
  const changes = from.flatMap((one) => to.flatMap((other) => within(one, other)));
  return changes.length > 0 ? changes : changed(true, path, "declares attributes in another way");
}

function shapeOf(schema: JsonObject): Shape {
  const { properties = {}, required = [], patternProperties, additionalProperties } = schema;
  const [pattern, fitting] = Object.entries((patternProperties ?? {}) as JsonObject)[0] ?? [];
  return {
    named: properties as Readonly<Record<string, JsonObject>>,
    required: required as readonly string[],
    pattern,
    fitting: fitting as JsonObject | undefined,
    others: othersOf(additionalProperties),
  };
}

function othersOf(additionalProperties: JsonValue | undefined): JsonObject | undefined {
  if (additionalProperties === false) return undefined;
  return typeof additionalProperties === "object" ? (additionalProperties as JsonObject) : ANYTHING;
}

function schemaOf({ named, pattern, fitting, others }: Shape, name: string): JsonObject | undefined {
  if (Object.hasOwn(named, name)) return named[name];
  return pattern !== undefined && new RegExp(pattern).test(name) ? fitting : others;
}

function pathTo(path: string, name: string): string {
  return path + formatPath([name]).slice(1);
}
