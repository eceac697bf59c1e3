import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import {
  type AttributesSchema,
  defineGraph,
  type JsonObject,
  moduleToDbSchema,
  validateNode,
} from "../../src/graphs/mod.ts";

const ROUNDS = 400;
const seed = Number(process.env.TEST_SEED ?? 20260601);
const shared = Type.Module({
  Leaf: Type.Object({ text: Type.String() }),
  Tree: Type.Object({ leaf: Type.Ref("Leaf"), parts: Type.Array(Type.Ref("Tree")) }),
});

/** mulberry32: small, and the same numbers for the same seed everywhere. */
function randomFrom(state: number) {
  return (bound: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

type Random = ReturnType<typeof randomFrom>;

function anyValue(random: Random, depth = 0): unknown {
  const leaves = [null, true, 0, -0, 1.5, Number.NaN, 2 ** 53, "", "é😀", "\ud800", undefined, 7n, new Date(0)];
  const kind = random(depth > 3 ? 13 : 20);
  if (kind < 13) return leaves[kind];
  const parts = Array.from({ length: random(4) }, () => anyValue(random, depth + 1));
  return kind < 16 ? parts : Object.fromEntries(parts.map((part, i) => [["a", "b c", "text", "leaf"][i], part]));
}

function anySchema(random: Random, depth = 0): TSchema {
  const make: (() => TSchema)[] = [
    () => Type.String({ maxLength: random(9) }),
    () => Type.Number({ minimum: random(5) }),
    () => Type.Union([Type.Null(), Type.Boolean(), Type.Literal(random(3))]),
    () => Type.Unknown(),
    () => shared.Import("Tree"),
    () => shared.Import("Leaf"),
    () => Type.Array(anySchema(random, depth + 1)),
    () => Type.Tuple([anySchema(random, depth + 1), anySchema(random, depth + 1)]),
    () => Type.Record(Type.String(), anySchema(random, depth + 1)),
    () => anyObject(random, depth + 1),
  ];
  return make[random(depth > 3 ? 6 : make.length)]!();
}

function anyObject(random: Random, depth = 0): AttributesSchema {
  const members = Array.from({ length: random(4) }, (_, i): [string, TSchema] => {
    const schema = anySchema(random, depth);
    return [["a", "b c", "text"][i]!, random(2) === 0 ? schema : Type.Optional(schema)];
  });
  return Type.Object(Object.fromEntries(members), { additionalProperties: random(2) === 0 });
}

function define(schema: AttributesSchema) {
  const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
  return defineGraph({ name: "g", version: 1, config, nodes: { n: schema } });
}

function accepts(schema: AttributesSchema, value: unknown): boolean {
  try {
    validateNode(define(schema), "n", value);
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "INVALID_GRAPH");
    return false;
  }
}

function survives(value: unknown): boolean {
  try {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), value);
    return !/\\ud8/.test(JSON.stringify(value));
  } catch {
    return false;
  }
}

function referencesOf(schema: unknown): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1]!);
}

test(`validateNode() accepts exactly what survives JSON, under a schema of anything (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let kept = 0;
  for (let i = 0; i < ROUNDS * 5; i++) {
    const attributes = { value: anyValue(random) };
    const fits = survives(attributes);
    kept += fits ? 1 : 0;
    assert.equal(accepts(Type.Object({ value: Type.Unknown() }), attributes), fits, `round ${i}`);
  }
  assert.ok(kept > ROUNDS / 2 && kept < ROUNDS * 5 - ROUNDS / 2, `a mixture, not ${kept}`);
});

test(`validateNode() agrees with TypeBox about values that survive JSON (seed ${seed})`, () => {
  const random = randomFrom(seed);
  for (let i = 0; i < ROUNDS; i++) {
    const schema = anyObject(random);
    const good = Value.Create(schema);
    for (const value of [good, anyValue(random), { ...(good as object), a: anyValue(random) }]) {
      assert.equal(accepts(schema, value), survives(value) && Value.Check(schema, value), `round ${i}`);
    }
  }
});

test(`moduleToDbSchema() gives self-contained JSON, twice the same (seed ${seed})`, () => {
  const random = randomFrom(seed);
  for (let i = 0; i < ROUNDS; i++) {
    const schema = anyObject(random);
    const rows = moduleToDbSchema(define(schema));
    assert.deepEqual(moduleToDbSchema(define(schema)), rows);
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
    const json = rows.nodeTypes[0]!.schema;
    const defined = Object.keys((json.$defs as JsonObject | undefined) ?? {}).map((name) => `#/$defs/${name}`);
    assert.deepEqual([...new Set(referencesOf(json))].sort(), defined.sort(), `round ${i}`);
  }
});
