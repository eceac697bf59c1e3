import { Kind, TransformKind, type TSchema } from "@sinclair/typebox";
import {
  describeKind,
  findJsonLoss,
  formatPath,
  isWellFormed,
  type JsonObject,
  type JsonValue,
  quote,
} from "../json-values.ts";
import { annotationsOf, checkKeywords, isStorable, type Path, type Refuse, rulesOf } from "./schema-keywords.ts";
import { acceptsOnlyObjects, findLoop, referenceTo } from "./schema-walk.ts";

/** The schemas that a reference can name at one place. */
type Scope = ReadonlyMap<string, TSchema>;
type Place = { readonly schema: TSchema; readonly scope: Scope };

/** The members of a schema that hold one schema or a list of them. */
const INNER = new Set(
  "additionalItems additionalProperties allOf anyOf contains items not unevaluatedProperties".split(" "),
);
/** The members of a schema that hold schemas by name. */
const INNER_BY_NAME = new Set(["patternProperties", "properties"]);
const AUTOMATIC_ID = /^T\d+$/; // Type.Recursive counts per process: such a name would differ from run to run

/**
 * The self-contained JSON Schema of a TypeBox schema of objects, as plain data.
 *
 * What `Type.Module` and `Type.Recursive` share stands once in the root's `$defs`; a reference back to the root is `#`.
 * The same schema gives the same JSON in every process. The dialect is 2019-09, the one in which TypeBox's own output
 * (`items` as a list, `unevaluatedProperties`) and `$defs` are both defined.
 *
 * @param refuse Is called with the first thing that JSON Schema, or JSON itself, can't say.
 */
export function toJsonSchema(schema: unknown, refuse: Refuse): JsonObject {
  const names = new Map<string, string>(); // id of a shared schema -> its name in $defs
  const met = new Set<TSchema>(); // shared schemas that are written or being written
  const shared: { name: string; at: Path; json: JsonObject }[] = [];

  const { schema: root, scope } = resolve({ schema: checkKind(schema, []), scope: new Map() }, []);
  const written = writeMembers({ schema: root, scope }, []);
  const definitions = collectDefinitions();
  const json = definitions.length === 0 ? written : { ...written, $defs: Object.fromEntries(definitions) };
  const loss = findJsonLoss(json); // of names, and of too many levels: values are looked at where they stand
  if (loss !== undefined) refuse(loss.expected, formatPath(loss.path), loss.received);
  const loop = findLoop(json);
  if (loop !== undefined) refuse("a schema that does not ask for itself of the same value", loop, "one that does");
  if (!acceptsOnlyObjects(json)) refuse("a schema of objects, as Type.Object() makes", "$", describeSchema(root));
  return json;

  function write(part: unknown, scope: Scope, at: Path): JsonObject {
    const schema = checkKind(part, at);
    switch (schema[Kind]) {
      case "Import": {
        const target = resolve({ schema, scope }, at);
        return { ...writeReference(target, at), ...writeAnnotations(target.schema, at) };
      }
      case "Ref":
      case "This":
        return { ...writeReference(resolve({ schema, scope }, at), at), ...writeAnnotations(schema, at) };
      default:
        return schema.$id === undefined
          ? writeMembers({ schema, scope }, at)
          : writeReference({ schema, scope: withSelf(schema, scope) }, at);
    }
  }

  function writeReference(target: Place, at: Path): JsonObject {
    if (target.schema === root) return { $ref: "#" };
    const id = target.schema.$id ?? "";
    let name = names.get(id);
    if (name === undefined) {
      if (!isWellFormed(id)) refuse("a name without half of a surrogate pair", formatPath(at), quote(id));
      name = AUTOMATIC_ID.test(id) ? `Recursive${names.size + 1}` : id;
      names.set(id, name);
    }
    if (!met.has(target.schema)) {
      met.add(target.schema);
      const entry = { name, at, json: {} as JsonObject };
      shared.push(entry);
      entry.json = writeMembers(target, at);
    }
    return { $ref: referenceTo(name) };
  }

  function writeMembers({ schema, scope }: Place, at: Path): JsonObject {
    checkKeywords(schema, schema[Kind], at, refuse);
    const keys = Object.keys(schema).filter((key) => key !== "$id" && schema[key] !== undefined);
    return Object.fromEntries(keys.map((key) => [key, writeMember(schema, key, scope, at)]));
  }

  function writeMember(schema: TSchema, key: string, scope: Scope, at: Path): JsonValue {
    const value: unknown = schema[key];
    if (typeof value === "object" && value !== null && schema[Kind] !== "Never") {
      if (INNER_BY_NAME.has(key)) {
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, write(one, scope, [...at, name])]));
      }
      if (INNER.has(key)) {
        return Array.isArray(value)
          ? value.map((one, i) => write(one, scope, [...at, key, i]))
          : write(value, scope, [...at, key]);
      }
    }
    return plain(value, [...at, key]);
  }

  /** Follows imports and references to the schema that they mean. */
  function resolve(from: Place, at: Path): Place {
    let { schema, scope } = from;
    const passed = new Set<TSchema>();
    for (;;) {
      scope = withSelf(schema, scope);
      if (schema[Kind] === "Import")
        scope = new Map([...scope, ...Object.entries(schema.$defs as Record<string, TSchema>)]);
      else if (schema[Kind] !== "Ref" && schema[Kind] !== "This") return { schema, scope };
      const next = scope.get(String(schema.$ref));
      if (next === undefined || passed.has(schema)) {
        refuse(
          "a reference to a schema of one Type.Module, taken by its Import()",
          formatPath(at),
          quote(String(schema.$ref)),
        );
      }
      passed.add(schema);
      schema = checkKind(next, at);
    }
  }

  /** One name must mean one schema: of two, TypeBox's compiler would check both by the first. */
  function collectDefinitions(): [name: string, json: JsonObject][] {
    const definitions = new Map<string, JsonObject>();
    for (const { name, at, json: one } of shared) {
      const first = definitions.get(name) ?? (name === root.$id ? written : one);
      if (JSON.stringify(rulesOf(first)) !== JSON.stringify(rulesOf(one))) {
        refuse("one schema for one name", formatPath(at), `a second ${quote(name)} that differs`);
      }
      if (!definitions.has(name)) definitions.set(name, one);
    }
    return [...definitions];
  }

  function checkKind(part: unknown, at: Path): TSchema {
    const schema = typeof part === "object" && part !== null && Kind in part ? (part as TSchema) : undefined;
    if (schema === undefined || !isStorable(schema[Kind])) {
      return refuse("a TypeBox schema of JSON values", formatPath(at), describeSchema(part));
    }
    return TransformKind in schema ? refuse("the schema of what is stored", formatPath(at), "Type.Transform") : schema;
  }

  function writeAnnotations(schema: TSchema, at: Path): JsonObject {
    return Object.fromEntries(annotationsOf(schema).map(([key, value]) => [key, plain(value, [...at, key])]));
  }

  function plain(value: unknown, at: Path): JsonValue {
    const loss = findJsonLoss(value);
    if (loss !== undefined) refuse(loss.expected, formatPath([...at, ...loss.path]), loss.received);
    return structuredClone(value) as JsonValue;
  }
}

function withSelf(schema: TSchema, scope: Scope): Scope {
  return schema.$id === undefined || scope.get(schema.$id) === schema
    ? scope
    : new Map([...scope, [schema.$id, schema]]);
}

function describeSchema(value: unknown): string {
  const kind = typeof value === "object" && value !== null && Kind in value ? value[Kind] : undefined;
  return kind === undefined ? describeKind(value) : `Type.${String(kind)}`;
}
