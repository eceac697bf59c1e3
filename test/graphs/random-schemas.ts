import { type TSchema, Type } from "@sinclair/typebox";
import fc from "fast-check";
import type { AttributesSchema, JsonObject } from "../../src/graphs/mod.ts";

/** Draws the next random value, as `fc.gen()` gives it to a property. */
export type Draw = fc.GeneratorValue;

const NAMES: readonly string[] = ["a", "b c", "d.e", "text", '"\\'];
const TEXTS = ["", "a", "ab", "b", "é😀", "1", "text", "a-b", "__proto__"];
const PATTERNS = ["^a", "^(.*)$", "b$", "^[a-z]{1,3}$"];
const INNER: readonly string[] =
  `$defs additionalProperties allOf anyOf contains items not patternProperties properties`.split(" ");
const NAMING: readonly string[] = ["$defs", "patternProperties", "properties"];
const MAX_DEPTH = 3;

export function oneOf<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(fc.nat, list.length - 1)]!;
}

export function isChosen(draw: Draw): boolean {
  return draw(fc.boolean);
}

/** A schema of any kind that can be stored. */
export function drawSchema(draw: Draw, depth = 0): TSchema {
  const inner = () => drawSchema(draw, depth + 1);
  const leaves: (() => TSchema)[] = [
    () => Type.Unknown(drawNotes(draw)),
    () => Type.Any(),
    () => Type.Null(drawNotes(draw)),
    () => Type.Boolean(),
    () => Type.String({ ...drawNotes(draw), ...drawText(draw) }),
    () => Type.Number(drawBounds(draw)),
    () => Type.Integer({ ...drawNotes(draw), ...drawBounds(draw) }),
    () => Type.Literal(oneOf<string | number | boolean>(draw, [...TEXTS, 0, 1, 2.5, true])),
    () => Type.Enum({ A: "a", B: "ab", C: 1 }),
    () => Type.TemplateLiteral([Type.Literal("a-"), Type.Union([Type.Literal("b"), Type.Number()])]),
    () => Type.Not(oneOf(draw, [Type.String({ minLength: 2 }), Type.Literal(1), Type.Object({ a: Type.Null() })])),
    () => Type.Never(),
  ];
  const branches: (() => TSchema)[] = [
    () => Type.Union([inner(), inner()], drawNotes(draw)),
    () => Type.Array(inner(), { ...drawNotes(draw), ...drawItems(draw, inner) }),
    () => Type.Tuple(Array.from({ length: draw(fc.nat, 2) }, inner), drawNotes(draw)),
    () => Type.Not(inner()),
    () => Type.Intersect([inner(), Type.Not(Type.Literal("a"))]),
    () => Type.Intersect([Type.Union([drawObject(draw, depth + 1), Type.String()]), inner()]),
    () => drawObject(draw, depth + 1),
    () => drawObject(draw, depth + 1),
  ];
  const makes = depth >= MAX_DEPTH ? leaves : [...leaves, ...branches, ...branches];
  return oneOf(draw, makes)();
}

/** A schema of objects that can be stored. */
export function drawObject(draw: Draw, depth = 0): AttributesSchema {
  const inner = () => drawSchema(draw, depth + 1);
  const object = () => drawPlainObject(draw, inner);
  const makes: (() => TSchema)[] = [
    object,
    object,
    object,
    () =>
      Type.Record(isChosen(draw) ? Type.String() : Type.String({ pattern: oneOf(draw, PATTERNS) }), inner(), {
        ...drawNotes(draw),
        ...oneOf<object>(draw, [{}, { additionalProperties: false }, { additionalProperties: inner() }]),
        ...(isChosen(draw) && { maxProperties: draw(fc.nat, 3) }),
      }),
    () => Type.Union([object(), object()]),
    () => Type.Intersect([object(), object()], isChosen(draw) ? { unevaluatedProperties: false } : {}),
    () => drawModule(draw, inner),
    () => Type.Recursive((This) => Type.Object({ a: inner(), text: Type.Optional(This) })),
  ];
  return oneOf(draw, depth >= MAX_DEPTH ? makes.slice(0, 3) : makes)() as AttributesSchema;
}

function drawPlainObject(draw: Draw, inner: () => TSchema): TSchema {
  const names = NAMES.filter(() => isChosen(draw));
  const members = names.map((name) => [name, isChosen(draw) ? inner() : Type.Optional(inner())] as const);
  return Type.Object(Object.fromEntries(members), {
    ...drawNotes(draw),
    ...oneOf<object>(draw, [{}, {}, { additionalProperties: false }, { additionalProperties: true }]),
    ...(draw(fc.nat, 4) === 0 && { additionalProperties: inner() }),
    ...(draw(fc.nat, 4) === 0 && { minProperties: draw(fc.nat, 2), maxProperties: 1 + draw(fc.nat, 3) }),
  });
}

function drawModule(draw: Draw, inner: () => TSchema): TSchema {
  const shared = Type.Module({
    "Le/af~ü": inner(),
    Tree: Type.Object({
      a: Type.Optional(Type.Ref("Le/af~ü", drawNotes(draw))),
      "b c": Type.Optional(Type.Array(Type.Ref("Tree"), { maxItems: 2 })),
    }),
    Same: Type.Ref("Tree"),
  });
  const wrapped = () => Type.Object({ a: shared.Import("Le/af~ü"), text: Type.Optional(shared.Import("Tree")) });
  return oneOf(draw, [() => shared.Import("Tree"), () => shared.Import("Same"), wrapped])();
}

function drawNotes(draw: Draw): object {
  return oneOf<object>(draw, [{}, {}, { description: "words" }, { title: "t", default: null, "x-note": { of: [1] } }]);
}

function drawText(draw: Draw): object {
  const minLength = draw(fc.nat, 2);
  const rules = [{ minLength }, { maxLength: minLength + draw(fc.nat, 2) }, { pattern: oneOf(draw, PATTERNS) }];
  return Object.assign({}, ...rules.filter(() => isChosen(draw)));
}

function drawBounds(draw: Draw): object {
  const lower = draw(fc.nat, 4) - 2;
  const upper = lower + draw(fc.nat, 3);
  return Object.assign(
    {},
    oneOf<object>(draw, [{}, { minimum: lower }, { exclusiveMinimum: lower }]),
    oneOf<object>(draw, [{}, { maximum: upper }, { exclusiveMaximum: upper + 1 }]),
    oneOf<object>(draw, [{}, {}, { multipleOf: 2 }, { multipleOf: 0.5 }]),
  );
}

function drawItems(draw: Draw, inner: () => TSchema): object {
  const minItems = draw(fc.nat, 2);
  return Object.assign(
    {},
    oneOf<object>(draw, [{}, { minItems }, { maxItems: minItems + 1 }]),
    oneOf<object>(draw, [{}, {}, { uniqueItems: true }]),
    draw(fc.nat, 5) === 0 ? { contains: inner(), maxContains: 2 } : {},
  );
}

/**
 * A JSON value, often of the JSON Schema `schema`, a part of `root`. What an open object holds beside its attributes is
 * named `stray`.
 */
export function drawValue(draw: Draw, schema: JsonObject, root: JsonObject, depth = 0): unknown {
  const inner = (part: unknown) => drawValue(draw, part as JsonObject, root, depth + 1);
  const { $ref, anyOf, allOf, items, properties, patternProperties } = schema as Record<string, never>;
  if (typeof $ref === "string") return drawValue(draw, targetOf($ref, root), root, depth);
  if (Array.isArray(anyOf)) return drawValue(draw, oneOf<JsonObject>(draw, anyOf), root, depth);
  if (Array.isArray(allOf)) {
    const values = (allOf as JsonObject[]).map((part) => drawValue(draw, part, root, depth));
    return values.every((value) => typeof value === "object") ? Object.assign({}, ...values) : values[0];
  }
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(items)) return (items as unknown[]).map(inner);
  if (items !== undefined) return Array.from({ length: depth > MAX_DEPTH ? 0 : draw(fc.nat, 3) }, () => inner(items));
  if (patternProperties !== undefined) {
    const [part] = Object.values(patternProperties);
    return Object.fromEntries(TEXTS.filter(() => draw(fc.nat, 4) === 0).map((name) => [name, inner(part)]));
  }
  if (properties !== undefined) return drawMembers(draw, schema, inner, depth);
  return drawScalar(draw, schema.type);
}

function drawMembers(draw: Draw, schema: JsonObject, inner: (part: unknown) => unknown, depth: number): object {
  const required = (schema.required ?? []) as readonly string[];
  const known = Object.entries(schema.properties as JsonObject);
  const present = known.filter(([name]) => required.includes(name) || (depth <= MAX_DEPTH && isChosen(draw)));
  const members = present.map(([name, part]) => [name, inner(part)] as const);
  const isOpen = schema.additionalProperties !== false && draw(fc.nat, 2) === 0;
  const stray = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  return Object.fromEntries(isOpen ? [...members, ["stray", inner(stray)]] : members);
}

function drawScalar(draw: Draw, type: unknown): unknown {
  switch (type) {
    case "string":
      return oneOf(draw, TEXTS);
    case "number":
      return oneOf(draw, [-2.5, -1, 0, 0.5, 1, 1.2, 2, 3, 4]);
    case "integer":
      return draw(fc.nat, 6) - 2;
    case "boolean":
      return isChosen(draw);
    case "null":
      return null;
    default:
      return drawAnything(draw);
  }
}

/** Any JSON value. */
export function drawAnything(draw: Draw, depth = 0): unknown {
  const makes: (() => unknown)[] = [
    () => null,
    () => isChosen(draw),
    () => drawScalar(draw, "string"),
    () => drawScalar(draw, "number"),
    () => drawScalar(draw, "integer"),
    () => Array.from({ length: draw(fc.nat, 3) }, () => drawAnything(draw, depth + 1)),
    () => Object.fromEntries(NAMES.filter(() => isChosen(draw)).map((name) => [name, drawAnything(draw, depth + 1)])),
  ];
  return oneOf(draw, depth > MAX_DEPTH ? makes.slice(0, 5) : makes)();
}

function targetOf(reference: string, root: JsonObject): JsonObject {
  if (reference === "#") return root;
  const name = decodeURIComponent(reference.slice("#/$defs/".length)).replaceAll("~1", "/").replaceAll("~0", "~");
  return (root.$defs as Record<string, JsonObject>)[name]!;
}

/** `schema` with something changed somewhere: it may have become one that can't be stored. */
export function mutate(draw: Draw, schema: JsonObject): JsonObject {
  const inside = INNER.filter((keyword) => typeof schema[keyword] === "object");
  if (inside.length === 0 || draw(fc.nat, 2) === 0) return mutateHere(draw, schema);
  const keyword = oneOf(draw, inside);
  const inner = schema[keyword] as JsonObject | JsonObject[];
  if (Array.isArray(inner)) {
    if (inner.length === 0) return mutateHere(draw, schema);
    const at = draw(fc.nat, inner.length - 1);
    return { ...schema, [keyword]: inner.with(at, mutate(draw, inner[at]!)) };
  }
  if (!NAMING.includes(keyword)) {
    return { ...schema, [keyword]: mutate(draw, inner) };
  }
  const names = Object.keys(inner);
  if (names.length === 0) return mutateHere(draw, schema);
  const name = oneOf(draw, names);
  return { ...schema, [keyword]: { ...inner, [name]: mutate(draw, inner[name] as JsonObject) } };
}

function mutateHere(draw: Draw, schema: JsonObject): JsonObject {
  const other = () => plainJson(drawSchema(draw, MAX_DEPTH));
  const { $defs, ...inner } = schema;
  const withDefinitions = (part: object) => ({ ...part, ...($defs !== undefined && { $defs }) }) as JsonObject;
  const makes: (() => JsonObject)[] = [
    () => withDefinitions(other()),
    () => withDefinitions({ anyOf: [inner, other()] }),
    () => withDefinitions({}),
    () => ({ ...schema, ...plainJson(oneOf(draw, [drawBounds, drawText])(draw)) }),
    () => ({ ...schema, description: "other words" }),
  ];
  const keywords = Object.keys(inner);
  if (keywords.length > 0) {
    const dropped = oneOf(draw, keywords);
    makes.push(
      () => Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== dropped)) as JsonObject,
    );
  }
  if (schema.properties !== undefined) {
    const name = oneOf(draw, NAMES);
    const { [name]: _, ...others } = schema.properties as JsonObject;
    const required = ((schema.required ?? []) as readonly string[]).filter((one) => one !== name);
    const added: JsonObject = { ...schema, properties: { ...others, [name]: other() } };
    makes.push(
      () => ({ ...schema, properties: others, required }),
      () => ({ ...schema, required }),
      () => ({ ...added, required }),
      () => ({ ...added, required: [...required, name] }),
      () => ({ ...schema, additionalProperties: isChosen(draw) }),
      () => ({ ...schema, additionalProperties: other() }),
    );
  }
  for (const keyword of ["anyOf", "allOf"]) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    makes.push(
      () => ({ ...schema, [keyword]: [...list, other()] }),
      () => ({ ...schema, [keyword]: list.toReversed() }),
      () => withDefinitions(oneOf(draw, list as JsonObject[])),
    );
  }
  return oneOf(draw, makes)();
}

/** `schema` without undeclared attributes but `stray`, where that can be said: the parts of intersections stay open. */
export function closed(schema: JsonObject, isPart = false): JsonObject {
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (!INNER.includes(keyword) || typeof value !== "object") return [keyword, value];
    const close = (part: unknown) => closed(part as JsonObject, keyword === "allOf");
    if (Array.isArray(value)) return [keyword, value.map(close)];
    if (!NAMING.includes(keyword)) return [keyword, close(value)];
    return [
      keyword,
      Object.fromEntries(Object.entries(value as JsonObject).map(([name, part]) => [name, close(part)])),
    ];
  });
  const result: JsonObject = Object.fromEntries(entries);
  const { properties, patternProperties, additionalProperties = true } = result;
  if (isPart || additionalProperties !== true) return result;
  if (patternProperties !== undefined) return { ...result, additionalProperties: false };
  if (properties === undefined) return result;
  return { ...result, properties: { ...(properties as JsonObject), stray: {} }, additionalProperties: false };
}

function plainJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
