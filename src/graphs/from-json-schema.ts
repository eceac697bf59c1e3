import { type TSchema, Type } from "@sinclair/typebox";
import { describeKind, findJsonLoss, formatPath, isPlain, type JsonObject, type JsonValue } from "../json-values.ts";
import { shown } from "./definition-checks.ts";
import { isLooseAttribute } from "./loose-attributes.ts";
import { checkKeywords, type Path, type Refuse } from "./schema-keywords.ts";
import { findLoop, referenceTo } from "./schema-walk.ts";

/** The members of a schema that are no option of the function that makes it. */
const PARTS = new Set(
  `$ref $defs additionalItems allOf anyOf const items not patternProperties properties required type`.split(" "),
);
/** The kinds of schema that `type` alone tells. */
const KIND_OF_TYPE: Readonly<Record<string, string>> = {
  string: "String",
  number: "Number",
  integer: "Integer",
  boolean: "Boolean",
  null: "Null",
  object: "Object",
  array: "Array",
};

/**
 * The TypeBox schema that accepts what the JSON Schema `json` accepts, if {@link toJsonSchema} could have written it: what
 * is read from a database is checked before validators are made of it.
 *
 * @param refuse Is called with the first keyword or form that TypeBox would not check by.
 * @param isStrict Whether required attributes have to be there even where TypeBox would take undefined. Such a schema is one
 * to check by: it has a `Type.Undefined()`, which can't be stored.
 */
export function fromJsonSchema(json: unknown, refuse: Refuse, isStrict = false): TSchema {
  const loss = findJsonLoss(json);
  if (loss !== undefined) refuse(loss.expected, formatPath(loss.path), loss.received);
  const whole = object(json, []);
  const { $defs = {}, ...root } = whole;
  const names = Object.keys(object($defs, ["$defs"]));
  const rootName = unusedName(names);
  const targets = new Map<unknown, string>([
    ["#", rootName],
    ...names.map((name) => [referenceTo(name), name] as const),
  ]);
  const parts = names.map((name) => [name, read(($defs as JsonObject)[name], ["$defs", name])] as const);
  const schema = read(root, []);
  const loop = findLoop(whole);
  if (loop !== undefined) refuse("a schema that does not ask for itself of the same value", loop, "one that does");
  if (names.length === 0 && !JSON.stringify(root).includes('"$ref":')) return schema;
  return Type.Module({ ...Object.fromEntries(parts), [rootName]: schema }).Import(rootName) as TSchema;

  function read(part: unknown, at: Path): TSchema {
    const json = object(part, at);
    const kind = kindOf(json, at);
    checkKeywords(json, kind, at, refuse);
    const options = Object.fromEntries(Object.entries(json).filter(([keyword]) => !PARTS.has(keyword)));
    switch (kind) {
      case "Ref":
        return Type.Ref(referenceName(json.$ref!, at), options);
      case "Unknown":
        return Type.Unknown(options);
      case "Literal":
        return readLiteral(json, options, at);
      case "Union":
        return Type.Union(readList(json.anyOf, 2, [...at, "anyOf"]), options);
      case "Intersect":
        return readIntersect(json, options, at);
      case "Not":
        return Type.Not(read(json.not, [...at, "not"]), options);
      case "Never":
        return Type.Never(options);
      case "Array":
        return Type.Array(read(json.items, [...at, "items"]), readInner(json, options, "contains", at));
      case "Tuple":
        return readTuple(json, options, at);
      case "Object":
        return readObject(json, options, at);
      case "Record":
        return readRecord(json, options, at);
      case "String":
        return Type.String(options);
      case "Number":
        return Type.Number(options);
      case "Integer":
        return Type.Integer(options);
      case "Boolean":
        return Type.Boolean(options);
      default:
        return Type.Null(options);
    }
  }

  /** TypeBox's name for the kind of schema that `json` is. */
  function kindOf(json: JsonObject, at: Path): string {
    if ("$ref" in json) return "Ref";
    if ("const" in json) return "Literal";
    if ("anyOf" in json) return "Union";
    if ("allOf" in json) return "Intersect";
    if ("not" in json) return isEmpty(json.not) ? "Never" : "Not";
    const { type } = json;
    if (type === undefined) return "Unknown";
    if (type === "object" && "patternProperties" in json) return "Record";
    if (type === "array" && (Array.isArray(json.items) || !("items" in json))) return "Tuple";
    const kind = typeof type === "string" && Object.hasOwn(KIND_OF_TYPE, type) ? KIND_OF_TYPE[type] : undefined;
    return kind ?? refuse(`one of ${Object.keys(KIND_OF_TYPE).join(", ")}`, formatPath([...at, "type"]), shown(type));
  }

  function readLiteral(json: JsonObject, options: object, at: Path): TSchema {
    const value = json.const;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      return refuse("a text, a number or a boolean", formatPath([...at, "const"]), describeKind(value));
    }
    checkEqual(json, "type", typeof value, at);
    return Type.Literal(value, options);
  }

  function readIntersect(json: JsonObject, options: object, at: Path): TSchema {
    if ("type" in json) checkEqual(json, "type", "object", at);
    const parts = readList(json.allOf, 2, [...at, "allOf"]);
    const type = "type" in json ? { type: "object" } : {};
    return Type.Intersect(parts, { ...readInner(json, options, "unevaluatedProperties", at), ...type });
  }

  function readTuple(json: JsonObject, options: object, at: Path): TSchema {
    const parts = "items" in json ? readList(json.items, 1, [...at, "items"]) : [];
    checkEqual(json, "minItems", parts.length, at);
    checkEqual(json, "maxItems", parts.length, at);
    if (parts.length > 0) checkEqual(json, "additionalItems", false, at);
    return Type.Tuple(parts, options);
  }

  function readObject(json: JsonObject, options: object, at: Path): TSchema {
    const properties = Object.entries(object(json.properties, [...at, "properties"]));
    const required = new Set(json.required as readonly string[] | undefined);
    const members = properties.map(([name, part]): [string, TSchema] => {
      const member = read(part, [...at, "properties", name]);
      if (!required.has(name)) return [name, Type.Optional(member)];
      return [name, isStrict && isLooseAttribute(part as JsonObject, whole) ? orUndefined(member) : member];
    });
    return Type.Object(Object.fromEntries(members), readInner(json, options, "additionalProperties", at));
  }

  function readRecord(json: JsonObject, options: object, at: Path): TSchema {
    const inside = [...at, "patternProperties"];
    const [entry, ...more] = Object.entries(object(json.patternProperties, inside));
    if (entry === undefined || more.length > 0) {
      return refuse("one pattern", formatPath(inside), `${more.length === 0 ? "none" : more.length + 1}`);
    }
    const [pattern, part] = entry;
    checkKeywords({ type: "string", pattern }, "String", inside, refuse);
    const key = Type.String({ pattern });
    return Type.Record(key, read(part, [...inside, pattern]), readInner(json, options, "additionalProperties", at));
  }

  /** `options`, in which `keyword` is the schema that stands there in `json`, or what else may stand there. */
  function readInner(json: JsonObject, options: object, keyword: string, at: Path): object {
    const inner = json[keyword];
    if (inner === undefined || (typeof inner === "boolean" && keyword !== "contains")) return options;
    return { ...options, [keyword]: read(inner, [...at, keyword]) };
  }

  function readList(list: JsonValue | undefined, least: number, at: Path): TSchema[] {
    if (!Array.isArray(list) || list.length < least) {
      return refuse(`a list of ${least} or more schemas`, formatPath(at), describeKind(list));
    }
    return list.map((part, i) => read(part, [...at, i]));
  }

  /** The name in the module to which `reference` leads. */
  function referenceName(reference: JsonValue, at: Path): string {
    const name = targets.get(reference);
    return name ?? refuse("# or one of $defs", formatPath([...at, "$ref"]), shown(reference));
  }

  function checkEqual(json: JsonObject, keyword: string, wanted: JsonValue, at: Path): void {
    const value = json[keyword];
    if (value !== wanted) refuse(JSON.stringify(wanted), formatPath([...at, keyword]), shown(value));
  }

  function object(value: unknown, at: Path): JsonObject {
    if (typeof value === "object" && value !== null && isPlain(value)) return value as JsonObject;
    return refuse("an object", formatPath(at), describeKind(value));
  }
}

/** TypeBox looks whether an attribute is there if it sees that undefined would do. */
function orUndefined(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Undefined()]);
}

function unusedName(names: readonly string[]): string {
  let name = "#";
  while (names.includes(name)) name += "#";
  return name;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
