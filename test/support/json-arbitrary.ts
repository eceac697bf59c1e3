import fc from "fast-check";

/** A JSON Schema, as far as our specs use one. */
type Schema = Readonly<Record<string, unknown>>;

const DEEPEST = 3; // levels of a schema that refers to itself

/** Values that a JSON Schema accepts: what `JSON.parse(JSON.stringify(schema))` of a spec says, without TypeBox. */
export function fromJsonSchema(schema: unknown): fc.Arbitrary<unknown> {
  return arbitraryOf(schema as Schema, new Map(), 0);
}

function arbitraryOf(schema: Schema, known: ReadonlyMap<string, Schema>, level: number): fc.Arbitrary<unknown> {
  const ids = typeof schema.$id === "string" ? new Map([...known, ...targetsOf(schema, schema.$id)]) : known;
  if (typeof schema.$ref === "string") {
    const target = ids.get(schema.$ref);
    if (target === undefined) throw new Error(`no schema ${schema.$ref}`);
    return arbitraryOf(target, ids, level + 1);
  }
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if (Array.isArray(schema.anyOf)) {
    return fc.oneof(...(schema.anyOf as Schema[]).map((one) => arbitraryOf(one, ids, level)));
  }
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
      return fc.integer({ min: bound(schema.minimum, -(2 ** 31)), max: bound(schema.maximum, 2 ** 31) });
    case "number":
      return fc
        .double({ min: bound(schema.minimum, -1e9), max: bound(schema.maximum, 1e9), noNaN: true })
        .map((n) => n + 0);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      if (level >= DEEPEST && schema.minItems === undefined) return fc.constant([]);
      return fc.array(arbitraryOf((schema.items ?? {}) as Schema, ids, level), {
        minLength: (schema.minItems as number | undefined) ?? 0,
        maxLength: Math.min((schema.maxItems as number | undefined) ?? 3, 3),
      });
    case "object":
      return objects(schema, ids, level);
    default:
      return schema.not === undefined ? fc.jsonValue({ maxDepth: 2 }).map(withoutMinusZero) : fc.constant(undefined);
  }
}

/** What references inside of a schema with an id lead to. */
function targetsOf(schema: Schema, id: string): [string, Schema][] {
  const definitions = Object.entries((schema.$defs ?? {}) as Record<string, Schema>);
  return [
    [id, schema],
    ["#", schema],
    ...definitions.map(([name, one]) => [`#/$defs/${name}`, one] as [string, Schema]),
  ];
}

function objects(schema: Schema, ids: ReadonlyMap<string, Schema>, level: number): fc.Arbitrary<unknown> {
  const required = (schema.required ?? []) as string[];
  const members = Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(
    ([name, one]) => required.includes(name) || (level < DEEPEST && one.not === undefined),
  );
  const model = Object.fromEntries(members.map(([name, one]) => [name, arbitraryOf(one, ids, level)]));
  const made = fc.record(model, { requiredKeys: required as never[], noNullPrototype: true }).map(withoutUndefined);
  const least = (schema.minProperties as number | undefined) ?? 0;
  return made.filter((value) => Object.keys(value as object).length >= least);
}

/** What no schema of an unrepresentable member would have said. */
function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}

function text(schema: Schema): fc.Arbitrary<string> {
  const maxLength = Math.min((schema.maxLength as number | undefined) ?? 20, 20);
  if (schema.contentEncoding === "base64") {
    return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));
  }
  if (typeof schema.pattern === "string") {
    const pattern = new RegExp(schema.pattern);
    return fc
      .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.string({ maxLength }))
      .filter((one) => pattern.test(one));
  }
  const minLength = (schema.minLength as number | undefined) ?? 0;
  const nasty = fc.constantFrom("'; DROP TABLE items; --", '"', "%", "_", "\\", "null", "é\u{1f600}", "__proto__");
  return fc.oneof(
    fc.string({ minLength, maxLength }),
    nasty.filter((one) => one.length <= maxLength),
  );
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === "number" ? Math.max(-(2 ** 31), Math.min(2 ** 31, value)) : otherwise;
}

function withoutMinusZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
