import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { findSchemaMismatch } from "../../src/schema-check.ts";

function accepts(schema: TSchema, value: unknown): boolean {
  return findSchemaMismatch(schema, value) === undefined;
}

test("undeclared members inside undeclared members are checked each by its own", () => {
  const inner = Type.Object({}, { additionalProperties: Type.String() });
  const outer = Type.Object({}, { additionalProperties: Type.Union([Type.Null(), inner]) });
  assert.ok(accepts(outer, { a: { b: "x" } }));
  assert.ok(!accepts(outer, { a: { b: 1 }, b: { b: "x" } }));
  assert.ok(!accepts(outer, { a: { b: 1 } }));
});

test("what a record holds beside its pattern is checked wherever the record stands", () => {
  const record = Type.Record(Type.String({ pattern: "^a" }), Type.Null(), { additionalProperties: Type.String() });
  const schema = Type.Object({ deep: Type.Object({ er: record }) });
  assert.ok(accepts(schema, { deep: { er: { a: null, b: "x" } } }));
  assert.ok(!accepts(schema, { deep: { er: { b: 1 } } }));
});

test("null under an intersection without undeclared members is refused, not a TypeError", () => {
  const parts = [Type.Object({ a: Type.Null() }), Type.Object({ b: Type.Null() })];
  const closed = Type.Intersect(parts, { unevaluatedProperties: false });
  assert.ok(!accepts(Type.Object({ x: Type.Union([closed, Type.String()]) }), { x: null }));
});
