import { formatPath, type JsonObject, type JsonValue } from "../json-values.ts";
import { isAnything } from "./schema-keywords.ts";

const DEFINITIONS = "#/$defs/";

/** The members of our JSON Schemas by which a walk goes on. */
interface Members {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonObject>>;
  readonly allOf?: readonly JsonObject[];
  readonly anyOf?: readonly JsonObject[];
  readonly not?: JsonObject;
  readonly properties?: Readonly<Record<string, JsonObject>>;
  readonly patternProperties?: Readonly<Record<string, JsonObject>>;
  readonly additionalProperties?: JsonValue;
  readonly required?: readonly string[];
}

/**
 * What the JSON Schema `root` declares of the values at `path`: each schema that is named for them, with references,
 * unions and intersections taken apart; none where nothing is declared. That an object is open declares nothing.
 */
export function declaredAt(root: JsonObject, path: readonly string[]): readonly JsonObject[] {
  let places = partsOf(root, root);
  for (const name of path) {
    places = places.flatMap((place) => membersOf(place, name)).flatMap((member) => partsOf(member, root));
  }
  return [...new Set(places)];
}

/** The names of the members that the JSON Schema `root` of objects declares. */
export function declaredNames(root: JsonObject): ReadonlySet<string> {
  return new Set(partsOf(root, root).flatMap(({ properties = {} }: Members) => Object.keys(properties)));
}

/** Whether every object that `schema`, a part of `root`, accepts has a member `name` that is text. */
export function requiresText(schema: JsonObject, name: string, root: JsonObject): boolean {
  return holds(schema, root, (part) => {
    const isRequired = (part as Members).required?.includes(name) === true;
    return isRequired && membersOf(part, name).some((member) => holds(member, root, ({ type }) => type === "string"));
  });
}

/** The texts that `schemas` list, if they list all that a value can be. */
export function literalsOf(schemas: readonly JsonObject[]): readonly string[] | undefined {
  const literals = schemas.map((schema) => schema.const).filter((value) => typeof value === "string");
  return literals.length === 0 || literals.length < schemas.length ? undefined : literals;
}

/** The schema that `schema`, a part of `root`, refers to; itself where it refers to none. */
export function follow(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref } = schema as Members;
  return $ref === undefined ? schema : follow(target($ref, root), root);
}

/** The schema to which `reference` leads. */
function target(reference: string, root: JsonObject): JsonObject {
  if (reference === "#") return root;
  const name = decodeURIComponent(reference.slice(DEFINITIONS.length)).replaceAll("~1", "/").replaceAll("~0", "~");
  return (root as Members).$defs![name]!;
}

/** The reference to the schema `name` of `$defs`: a JSON Pointer (RFC 6901) in a URI fragment. */
export function referenceTo(name: string): string {
  return `${DEFINITIONS}${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}`;
}

/** Whether every value that `schema`, a part of `root`, accepts is an object. */
export function acceptsOnlyObjects(schema: JsonObject, root: JsonObject = schema): boolean {
  return holds(schema, root, ({ type }) => type === "object");
}

/**
 * Where in `root` a schema stands that asks for itself of the same value, which would never end, or undefined. What is
 * walked after this has an end.
 */
export function findLoop(root: JsonObject): string | undefined {
  const open = new Set<JsonObject>();
  const done = new Set<JsonObject>();
  const loops = (schema: JsonObject): boolean => {
    if (open.has(schema)) return true;
    if (done.has(schema)) return false;
    open.add(schema);
    const { $ref, allOf = [], anyOf = [], not } = schema as Members;
    const same = [
      ...($ref === undefined ? [] : [target($ref, root)]),
      ...allOf,
      ...anyOf,
      ...(not === undefined ? [] : [not]),
    ];
    const found = same.some(loops);
    open.delete(schema);
    done.add(schema);
    return found;
  };
  if (loops(root)) return "$";
  const name = Object.entries((root as Members).$defs ?? {}).find(([, schema]) => loops(schema))?.[0];
  return name === undefined ? undefined : formatPath(["$defs", name]);
}

/** Whether `test` holds for what is of `schema`: in one part of an intersection, in every one of a union. */
function holds(schema: JsonObject, root: JsonObject, test: (part: JsonObject) => boolean): boolean {
  const part = follow(schema, root);
  const inside = (one: JsonObject) => holds(one, root, test);
  const { allOf, anyOf } = part as Members;
  return allOf?.some(inside) ?? anyOf?.every(inside) ?? test(part);
}

function partsOf(schema: JsonObject, root: JsonObject): readonly JsonObject[] {
  const part = follow(schema, root);
  const { allOf, anyOf } = part as Members;
  return (allOf ?? anyOf)?.flatMap((one) => partsOf(one, root)) ?? [part];
}

function membersOf(schema: JsonObject, name: string): readonly JsonObject[] {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema as Members;
  if (Object.hasOwn(properties, name)) return [properties[name]!];
  const fitting = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern).test(name));
  if (fitting.length > 0) return fitting.map(([, member]) => member);
  if (typeof additionalProperties === "object") return [additionalProperties as JsonObject];
  return isAnything(schema) ? [schema] : [];
}
