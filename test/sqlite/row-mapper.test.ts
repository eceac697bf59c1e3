import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Column, sql } from "drizzle-orm";
import {
  alias,
  blob,
  customType,
  integer,
  numeric,
  real,
  type SelectedFieldsOrdered,
  sqliteTable,
  text,
} from "drizzle-orm/sqlite-core";
import { Subquery } from "drizzle-orm/subquery";
import { mapResultRow } from "../../src/sqlite/drizzle-internals.ts";
import { rowMapper } from "../../src/sqlite/row-mapper.ts";
import { isNode } from "../support/runtime.ts";
import { randomFrom } from "./dialect/random.ts";

const IS_CHILD = process.env.NO_CODE === "1";

const point = customType<{ data: { x: number } | null; driverData: string }>({
  dataType: () => "text",
  fromDriver: (value) => (value === "none" ? null : { x: Number(value) }),
});
const bytes = customType<{ data: string; driverData: Buffer }>({
  dataType: () => "blob",
  fromDriver: (value) => value.toString("hex"),
});
const plain = customType<{ data: string }>({ dataType: () => "text" });

const one = sqliteTable("one", {
  id: integer().primaryKey(),
  name: text(),
  ratio: real(),
  flag: integer({ mode: "boolean" }),
  at: integer({ mode: "timestamp_ms" }),
  on: integer({ mode: "timestamp" }),
  doc: text({ mode: "json" }),
  point: point(),
  bytes: bytes(),
  plain: plain(),
});
const two = sqliteTable("two", {
  id: integer().primaryKey(),
  raw: blob({ mode: "buffer" }),
  big: blob({ mode: "bigint" }),
  json: blob({ mode: "json" }),
  amount: numeric(),
  count: numeric({ mode: "number" }),
  huge: numeric({ mode: "bigint" }),
});
const other = alias(one, "other");

type Fields = SelectedFieldsOrdered;

function columns(table: object, prefix: string[] = []): Fields {
  return Object.entries((table as { [key: symbol]: Record<string, never> })[Symbol.for("drizzle:Columns")] ?? {}).map(
    ([key, field]) => ({ path: [...prefix, key], field }),
  );
}

/** Asserts that our mapper gives what Drizzle's gives, property order included. */
function assertSame(fields: Fields, row: unknown[], joins?: Record<string, boolean>): void {
  const wanted = mapResultRow(fields, row, joins);
  const actual = rowMapper(fields, joins)(row);
  assert.deepStrictEqual(actual, wanted);
  assert.strictEqual(JSON.stringify(shown(actual)), JSON.stringify(shown(wanted)));
}

function shown(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.entries(value).map(([key, inner]) => [key, shown(inner)]);
}

const oneRow = [1, "a", 0.5, 1, 1e12, 1e9, '{"a":[1]}', "7", Buffer.from("ab"), "p"];
const twoRow = [2, Buffer.from("x"), Buffer.from("12"), Buffer.from("[1]"), "1.50", "3", "9007199254740993"];
const nulls = new Array(20).fill(null);

const cases: Record<string, () => void> = {
  "every column is decoded": () => {
    assertSame(columns(one), oneRow);
    assertSame(columns(two), twoRow);
  },
  "every value is null": () => assertSame([...columns(one, ["one"]), ...columns(two, ["two"])], nulls, { one: true }),
  "numbers come as text and text as numbers": () => assertSame(columns(two), [2, null, null, null, 1.5, 3, 4]),
  "expressions are selected": () =>
    assertSame(
      [
        { path: ["a"], field: sql`a` },
        { path: ["b"], field: sql`b`.mapWith(Number) },
        { path: ["c"], field: sql`c`.mapWith(one.at) },
        { path: ["d"], field: sql`d`.mapWith(String).as("d") },
        { path: ["e"], field: new Subquery(sql`e`.mapWith(one.doc), {}, "e") },
        { path: ["f", "g", "h"], field: sql`f` },
      ],
      ["a", "5", 1e12, 7, "[1]", "f"],
    ),
  "there are no fields": () => assertSame([], []),
  "a path is empty": () => assertSame([{ path: [], field: one.id }], [1]),
  "a row is short": () => assertSame([{ path: ["a"], field: one.name }], []),
  "names look like numbers": () =>
    assertSame(
      [
        { path: ["2"], field: one.name },
        { path: ["1"], field: one.id },
      ],
      ["a", 1],
    ),
  "a name needs quotes": () => assertSame([{ path: ['a"\\\n\u2028`'], field: one.name }], ["a"]),
  "a name is one of Object's": () => assertSame([{ path: ["constructor"], field: one.name }], ["a"]),
  "two paths are the same": () =>
    assertSame(
      [
        { path: ["a"], field: one.name },
        { path: ["a"], field: one.id },
      ],
      ["a", 1],
    ),
  "objects are interleaved": () =>
    assertSame(
      [
        { path: ["x", "a"], field: one.name },
        { path: ["y", "a"], field: two.id },
        { path: ["x", "b"], field: one.id },
      ],
      [null, null, 1],
      { one: false, two: false },
    ),
  "a table was joined and found": () =>
    assertSame([...columns(one, ["one"]), ...columns(two, ["two"])], [...oneRow, ...twoRow], { one: true, two: false }),
  "a table was joined and not found": () =>
    assertSame([...columns(one, ["one"]), ...columns(two, ["two"])], [...oneRow, ...nulls], { one: true, two: false }),
  "the first column alone is null": () =>
    assertSame([...columns(two, ["two"])], [null, ...twoRow.slice(1)], { two: false }),
  "the first column alone is not null": () => assertSame([...columns(two, ["two"])], [1, ...nulls], { two: false }),
  "a decoder makes the first column null": () =>
    assertSame([{ path: ["one", "p"], field: one.point }], ["none"], { one: false }),
  "an object holds columns of two tables": () =>
    assertSame(
      [
        { path: ["x", "a"], field: one.id },
        { path: ["x", "b"], field: two.id },
      ],
      [null, null],
      { one: false, two: false },
    ),
  "an object begins with an expression": () =>
    assertSame(
      [
        { path: ["x", "a"], field: sql`a` },
        { path: ["x", "b"], field: one.id },
        { path: ["x", "c", "d"], field: one.name },
      ],
      ["a", null, "d"],
      { one: false },
    ),
  "a table is unknown to the joins": () => assertSame(columns(two, ["two"]), nulls, { one: true }),
  "a table is an alias": () =>
    assertSame([...columns(one, ["one"]), ...columns(other, ["other"])], [...oneRow, ...nulls], {
      one: true,
      other: false,
    }),
};

for (const [condition, check] of Object.entries(cases)) {
  test(`rowMapper() gives Drizzle's rows when ${condition}`, check);
}

test("rowMapper() gives Drizzle's rows when fields, values and joins are random", () => {
  for (let seed = 1; seed <= 5000; seed++) {
    const { fields, row, joins } = randomCase(seed);
    assertSame(fields, row, joins);
    assertSame(
      fields.map(({ path, field }) => ({ path: [...path], field })),
      row,
      joins,
    );
  }
});

function randomCase(seed: number) {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const values = new Map<unknown, unknown>();
  for (const [table, row] of [
    [one, oneRow],
    [two, twoRow],
    [other, oneRow],
  ] as const) {
    for (const [i, { field }] of columns(table).entries()) values.set(field, row[i]);
  }
  for (const field of [sql`x`, sql`y`.mapWith(Number), sql`z`.as("z"), new Subquery(sql`s`, {}, "s")])
    values.set(field, "1");
  const fields: Fields = [];
  const row: unknown[] = [];
  for (let i = 0; i < 1 + random() * 12; i++) {
    const field = pick([...values.keys()]) as Fields[number]["field"];
    const depth = pick([1, 2, 2, 2, 3]);
    // names of one depth differ from those of another, so that no path leads through a value
    const path = ["a", "b", "c"]
      .slice(0, depth)
      .map((name, at) => `${name}${at === depth - 1 ? i : pick([1, 2])}${at}`);
    if (depth === 1) path[0] = `leaf${i}`;
    if (depth === 2) path[1] = `leaf${i}`;
    fields.push({ path, field });
    row.push(random() < 0.4 ? null : values.get(field));
  }
  const joins = random() < 0.3 ? undefined : { one: random() < 0.5, two: random() < 0.5, other: random() < 0.5 };
  return { fields, row, joins };
}

test("rowMapper() gives the same mapper when the same columns are selected again", () => {
  assert.strictEqual(rowMapper(columns(one), undefined), rowMapper(columns(one), undefined));
});

test("rowMapper() tells selections apart when they begin alike", () => {
  const id = { path: ["id"], field: one.id };
  assert.deepStrictEqual(rowMapper([id, { path: ["x"], field: one.at }], undefined)([1, 0]), { id: 1, x: new Date(0) });
  assert.deepStrictEqual(rowMapper([id, { path: ["x"], field: one.name }], undefined)([1, 0]), { id: 1, x: 0 });
  assert.deepStrictEqual(rowMapper([id, { path: ["y"], field: one.name }], undefined)([1, 0]), { id: 1, y: 0 });
});

test("rowMapper() tells joins apart when the fields are the same", () => {
  const fields = columns(two, ["two"]);
  const row = [null, ...twoRow.slice(1)];
  assert.strictEqual(rowMapper(fields, { two: false })(row).two, null);
  assert.notStrictEqual(rowMapper(fields, { two: true })(row).two, null);
  assert.notStrictEqual(rowMapper(fields, undefined)(row).two, null);
});

test("rowMapper() follows an expression's decoder when it changes between queries", () => {
  const expression = sql`x`;
  const fields = [{ path: ["x"], field: expression }];
  assert.deepStrictEqual(rowMapper(fields, undefined)(["1"]), { x: "1" });
  expression.mapWith(Number);
  assert.deepStrictEqual(rowMapper(fields, undefined)(["1"]), { x: 1 });
});

test("rowMapper() gives a Buffer on the same memory when SQLite gave a Uint8Array", () => {
  const memory = new Uint8Array([0, 171, 205, 0]);
  const value = memory.subarray(1, 3);
  const row = rowMapper(
    [
      { path: ["raw"], field: two.raw },
      { path: ["text"], field: one.name },
      { path: ["expression"], field: sql`x` },
      { path: ["custom"], field: one.bytes },
    ],
    undefined,
  )([value, value, value, value]);
  assert.deepStrictEqual(row, {
    raw: Buffer.from("abcd", "hex"),
    text: Buffer.from("abcd", "hex"),
    expression: Buffer.from("abcd", "hex"),
    custom: "abcd",
  });
  assert.strictEqual((row.raw as Buffer).buffer, memory.buffer);
});

test("rowMapper() decodes by a column's own method when a subclass has one", () => {
  class Shouting extends Column {
    override getSQLType() {
      return "text";
    }
    override mapFromDriverValue(value: unknown) {
      return `${value}!`;
    }
  }
  const { config } = one.name as unknown as { config: never };
  const field = new Shouting(one, config) as never;
  assert.deepStrictEqual(rowMapper([{ path: ["a"], field }], undefined)(["a"]), { a: "a!" });
});

test("rowMapper() does not touch Object.prototype when a name is __proto__", () => {
  const fields = [
    { path: ["__proto__", "polluted"], field: one.id },
    { path: ["a", "__proto__"], field: one.name },
  ];
  const row = rowMapper(fields, undefined)([1, "a"]);
  assert.strictEqual("polluted" in {}, false);
  assert.strictEqual(Object.getPrototypeOf(row), Object.prototype);
  assert.deepStrictEqual(Object.entries(row), [
    ["__proto__", { polluted: 1 }],
    ["a", Object.fromEntries([["__proto__", "a"]])],
  ]);
});

test("rowMapper() gives Drizzle's rows when generating code is forbidden", {
  skip: IS_CHILD ? "this is the run that the test is about" : !isNode && "Node's flag, which others do not have",
}, () => {
  const flags = ["--experimental-strip-types", "--disallow-code-generation-from-strings"];
  execFileSync(process.execPath, [...flags, fileURLToPath(import.meta.url)], {
    env: { NO_CODE: "1" },
    stdio: "pipe",
  });
});
