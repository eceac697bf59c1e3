import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { eq, getTableColumns, sql } from "drizzle-orm";
import {
  blob,
  customType,
  integer,
  numeric,
  real,
  type SQLiteTable,
  sqliteTable,
  sqliteView,
  text,
} from "drizzle-orm/sqlite-core";
import fc from "fast-check";
import { findJsonLoss } from "../../../src/json-values.ts";
import { findMismatch } from "../../../src/schema-check.ts";
import {
  createDrizzleWithAdapter,
  createInsertSchema,
  createJsonCodec,
  jsonColumnCodec,
  tenantSchema,
} from "../../../src/sqlite/mod.ts";
import { temporaryDatabase } from "../../support/temporary.ts";
import { everyColumn } from "./random-tables.ts";

const items = sqliteTable("items", {
  id: integer().primaryKey(),
  name: text({ length: 9 }).notNull(),
  size: text({ enum: ["s", "m"] }),
  tags: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  extra: blob({ mode: "json" }),
  isNew: integer({ mode: "boolean" }).notNull().default(true),
  soldAt: integer({ mode: "timestamp" }),
  madeAt: integer({ mode: "timestamp_ms" }).notNull(),
  ratio: real().notNull(),
  price: numeric().notNull(),
  weight: numeric({ mode: "number" }),
  total: numeric({ mode: "bigint" }).notNull(),
  count: blob({ mode: "bigint" }),
  bytes: blob({ mode: "buffer" }).notNull(),
  upper: text().generatedAlwaysAs(sql`upper(name)`),
});

const ITEMS = `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size TEXT, tags TEXT NOT NULL, extra BLOB,
  isNew INTEGER NOT NULL DEFAULT 1, soldAt INTEGER, madeAt INTEGER NOT NULL, ratio REAL NOT NULL, price NUMERIC NOT NULL,
  weight NUMERIC, total NUMERIC NOT NULL, count BLOB, bytes BLOB NOT NULL, upper TEXT AS (upper(name)))`;

const ITEM = {
  id: 7,
  name: "chair",
  size: "m" as const,
  tags: ["wood"],
  extra: { legs: [4, null] },
  isNew: false,
  soldAt: new Date(2_000),
  madeAt: new Date(1_234),
  ratio: 0.5,
  price: "12.5",
  weight: 3.25,
  total: -(2n ** 63n),
  count: 2n ** 63n - 1n,
  bytes: Buffer.from("any"),
};

const ITEM_JSON = {
  ...ITEM,
  soldAt: 2_000,
  madeAt: 1_234,
  total: "-9223372036854775808",
  count: "9223372036854775807",
  bytes: "YW55",
};

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

const times = fc.date({ noInvalidDate: true });
const jsonValues = fc.jsonValue().filter((value) => findJsonLoss(value) === undefined);
const notNullJson = jsonValues.filter((value) => value !== null);
const names = fc.string({ maxLength: 9, unit: "grapheme-composite" }).filter((name) => name.length <= 9);

const rows = fc.record(
  {
    id: fc.maxSafeInteger(),
    name: names.filter((name) => !name.includes("\0")),
    size: fc.constantFrom("s", "m", null),
    tags: notNullJson,
    extra: jsonValues,
    isNew: fc.boolean(),
    soldAt: fc.option(fc.integer({ min: -8.64e12, max: 8.64e12 }).map((seconds) => new Date(seconds * 1000))),
    madeAt: times,
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
    price: fc.maxSafeInteger().map(String),
    weight: fc.option(fc.maxSafeInteger().map((eighths) => eighths / 1024)),
    total: fc.bigInt(INT64),
    count: fc.option(fc.bigInt(INT64)),
    bytes: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: ["name", "tags", "madeAt", "ratio", "price", "total", "bytes"], noNullPrototype: true },
);

test("encode() and decode() bring a row through JSON and a file as it is", (t) => {
  const client = temporaryDatabase(t);
  client.run(ITEMS);
  const db = createDrizzleWithAdapter(client);
  const insertSchema = createInsertSchema(items);
  const input = createJsonCodec(items, "insert");
  const output = createJsonCodec(items, "select");
  fc.assert(
    fc.property(rows, (row) => {
      assert.ok(Value.Check(insertSchema, row));
      const json = JSON.parse(JSON.stringify(input.encode(row as never)));
      assert.equal(findMismatch(input.schema, json), undefined);
      const decoded = input.decode(json);
      db.delete(items).run();
      const stored = db.insert(items).values(decoded).returning().get();
      const read = db.select().from(items).where(eq(items.id, stored.id)).get()!;
      const given = JSON.parse(JSON.stringify(output.encode(read)));
      assert.equal(findMismatch(output.schema, given), undefined);
      const { upper, ...rest } = given;
      const {
        id = given.id,
        isNew = true,
        size = null,
        extra = null,
        soldAt = null,
        weight = null,
        count = null,
      } = json;
      assert.deepEqual(rest, { ...json, id, isNew, size, extra, soldAt, weight, count });
      assert.deepEqual(output.decode(given as never), { ...read, ratio: read.ratio + 0 });
    }),
    { numRuns: 150 },
  );
});

test("encode() gives dates as milliseconds, bytes as base64 and bigint as text, and decode() the reverse", () => {
  const codec = createJsonCodec(items, "insert");
  assert.deepEqual(codec.encode(ITEM), ITEM_JSON);
  assert.deepEqual(codec.decode(ITEM_JSON), ITEM);
  assert.ok(Buffer.isBuffer(codec.decode(ITEM_JSON).bytes));
});

test("encode() gives nothing of what is no column of the codec", () => {
  const codec = createJsonCodec(items, "insert", { omit: ["bytes", "count"] });
  const json = codec.encode({ ...ITEM, upper: "CHAIR", more: 1 } as never);
  const { bytes, count, ...rest } = ITEM_JSON;
  assert.deepEqual(json, rest);
  assert.ok(!("bytes" in codec.schema.properties));
  assert.notEqual(json, ITEM);
});

test("encode() gives the same whatever else a row that was read holds, and never the row itself", () => {
  const codec = createJsonCodec(items, "select");
  const row = { ...ITEM, upper: null };
  const json = { ...ITEM_JSON, upper: null };
  const reversed = Object.fromEntries(Object.entries(row).reverse()) as typeof row;
  for (const given of [row, reversed, { ...row, more: 1 }, Object.assign(Object.create({ more: 1 }), row)]) {
    const before = { ...given };
    assert.deepEqual(codec.encode(given), json);
    assert.deepEqual({ ...given }, before);
  }
  const { bytes, ...rest } = row;
  assert.ok(!("bytes" in codec.encode(rest as never)));
});

test("encode() and decode() leave out what is undefined and keep null", () => {
  const codec = createJsonCodec(items, "update");
  assert.deepEqual(codec.encode({ soldAt: null, madeAt: undefined } as never), { soldAt: null });
  assert.deepEqual(codec.decode({ soldAt: null }), { soldAt: null });
});

test("encode() takes any bytes", () => {
  const { encode } = jsonColumnCodec(items.bytes);
  assert.equal(encode!(new Uint8Array([0, 97, 98]).subarray(1)), "YWI=");
});

test("encode() gives 0 for -0, as a file does", () => {
  for (const column of [items.ratio, items.id, items.weight]) {
    assert.ok(Object.is(jsonColumnCodec(column).encode!(-0), 0));
  }
});

const point = customType<{ data: unknown }>({ dataType: () => "text" });
const REFUSED: readonly [column: keyof typeof odd, value: unknown, message: RegExp][] = [
  ["ratio", Number.POSITIVE_INFINITY, /a finite number is wanted: received Infinity$/],
  ["ratio", Number.NaN, /a finite number is wanted: received NaN$/],
  ["weight", Number.NEGATIVE_INFINITY, /a finite number is wanted: received -Infinity$/],
  ["id", 2n ** 60n, /an integer within 2\^53 is wanted: received a bigint$/],
  ["id", 1.5, /an integer within 2\^53 is wanted: received a number$/],
  ["madeAt", new Date(Number.NaN), /a valid Date is wanted: received an instance of Date$/],
  ["madeAt", "2020", /a valid Date is wanted: received a string of 4 characters$/],
  ["count", 2n ** 63n, /a bigint of 64 bits is wanted: received a bigint$/],
  ["count", 1, /a bigint of 64 bits is wanted: received an integer$/],
  ["bytes", "text", /bytes are wanted: received a string of 4 characters$/],
  ["spot", { at: new Date(0) }, /a plain object is wanted: received an instance of Date at \$\.at$/],
  ["spot", 1n, /a JSON value is wanted: received a bigint at \$$/],
];
const odd = { ...getTableColumns(items), spot: getTableColumns(sqliteTable("odd", { spot: point("spot") })).spot };

test("encode() refuses what JSON can't say, and names the column", () => {
  const codec = createJsonCodec(sqliteTable("o", { spot: point("spot") }), "select");
  for (const [key, value, message] of REFUSED) {
    const column = odd[key];
    const encode = () => jsonColumnCodec(column).encode!(value);
    const details = { column: column.name };
    assert.throws(encode, { name: "StorageError", code: "NOT_JSON", details, message });
    assert.throws(encode, { message: new RegExp(`^Cannot encode column "${column.name}" as JSON: `) });
  }
  assert.throws(() => codec.encode({ spot: 1n }), { code: "NOT_JSON" });
  assert.deepEqual(codec.encode({ spot: { x: 1 } }), { spot: { x: 1 } });
});

test("a bigint that is unsigned has a range of its own", () => {
  class Unsigned extends (items.count.constructor as new (...args: never[]) => typeof items.count) {
    override getSQLType(): string {
      return "bigint unsigned";
    }
  }
  const column = new Unsigned(items as never, { name: "u", dataType: "bigint", columnType: "Unsigned" } as never);
  const { schema, encode, decode } = jsonColumnCodec(column);
  for (const [value, isFit] of [
    [-1n, false],
    [0n, true],
    [2n ** 64n - 1n, true],
    [2n ** 64n, false],
  ] as const) {
    assert.equal(Value.Check(schema, String(value)), isFit, String(value));
    if (isFit) assert.equal(decode!(encode!(value)), value);
    else assert.throws(() => encode!(value), { code: "NOT_JSON" });
  }
});

test("the text of a bigint is accepted from -2^63 to 2^63 - 1, in one form", () => {
  const { schema } = jsonColumnCodec(items.count);
  const isTaken = (value: bigint) => value >= INT64.min && value <= INT64.max;
  const edges = [0n, 9n, 10n, 99n, INT64.max, INT64.max / 10n, 2n ** 62n, 10n ** 18n, 10n ** 19n, 2n ** 64n];
  for (const edge of edges.flatMap((one) => [one - 1n, one, one + 1n, -one - 1n, -one, -one + 1n])) {
    assert.equal(Value.Check(schema, String(edge)), isTaken(edge), String(edge));
  }
  const near = fc.tuple(fc.constantFrom(...edges), fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }));
  const some = fc.oneof(
    fc.bigInt(),
    fc.bigInt(INT64),
    near.map(([edge, by]) => edge + by),
  );
  fc.assert(
    fc.property(some, (value) => {
      assert.equal(Value.Check(schema, String(value)), isTaken(value));
      assert.equal(Value.Check(schema, String(-value)), isTaken(-value));
    }),
    { numRuns: 2000 },
  );
  for (const wrong of ["", "-", "-0", "+1", "01", "-01", "1.0", "1e3", " 1", "1\n", "0x1", "1n", "١"]) {
    assert.equal(Value.Check(schema, wrong), false, wrong);
  }
});

test("base64 is accepted in the one form that encode() gives", () => {
  const { schema, encode, decode } = jsonColumnCodec(items.bytes);
  const digits = fc.array(fc.constantFrom(..."ABQgwZaz09+/=-_ \n"), { maxLength: 40 }).map((all) => all.join(""));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), digits, (bytes, other) => {
      const made = encode!(bytes) as string;
      assert.ok(Value.Check(schema, made));
      assert.deepEqual(decode!(made), Buffer.from(bytes));
      assert.equal(Value.Check(schema, other), encode!(decode!(other) as Buffer) === other);
    }),
    { numRuns: 2000 },
  );
  for (const wrong of [
    "A",
    "AA",
    "AAA",
    "AAAAA",
    "AB==",
    "AAB=",
    "A===",
    "====",
    "AA==AA==",
    "AA=A",
    "YW55\n",
    "-_==",
  ]) {
    assert.equal(Value.Check(schema, wrong), false, wrong);
  }
});

test("base64 of megabytes is checked, right to its last digit", () => {
  const { schema, encode } = jsonColumnCodec(items.bytes);
  const json = encode!(new Uint8Array(6_000_001)) as string;
  assert.equal(Value.Check(schema, json), true);
  assert.equal(Value.Check(schema, `${json.slice(0, -1)}!`), false);
});

test("dates are accepted as whole milliseconds that a Date can be", () => {
  const { schema } = jsonColumnCodec(items.madeAt);
  for (const time of [8.64e15, -8.64e15, 0]) assert.equal(Value.Check(schema, time), true);
  for (const time of [8.64e15 + 1, -8.64e15 - 1, 0.5, "0", null]) assert.equal(Value.Check(schema, time), false);
});

test("the schema of every column is plain JSON Schema, and closed", () => {
  for (const kind of ["select", "insert", "update"] as const) {
    for (const table of [everyColumn, items, tenantSchema.graphs, tenantSchema.callNodes]) {
      const { schema } = createJsonCodec(table as SQLiteTable, kind);
      const plain = JSON.parse(JSON.stringify(schema));
      assert.deepEqual(plain, JSON.parse(JSON.stringify(plain)));
      assert.equal(plain.additionalProperties, false);
      assert.deepEqual(typesIn(plain), []);
    }
  }
});

/** The values of `type` that JSON Schema does not know. */
function typesIn(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const { type } = value as { type?: unknown };
  const known = [undefined, "array", "boolean", "integer", "null", "number", "object", "string"];
  const strange = typeof type === "string" && !known.includes(type) ? [type] : [];
  return [...strange, ...Object.values(value).flatMap(typesIn)];
}

test("the schema wants, lets out and lets be null the same as those of rows", () => {
  const select = createJsonCodec(items, "select").schema;
  assert.deepEqual(select.required, Object.keys(getTableColumns(items)));
  const insert = createJsonCodec(items, "insert").schema;
  assert.deepEqual(insert.required, ["name", "tags", "madeAt", "ratio", "price", "total", "bytes"]);
  assert.ok(!("upper" in insert.properties));
  assert.equal(createJsonCodec(items, "update").schema.required, undefined);
  assert.equal(findMismatch(insert, { ...ITEM_JSON, soldAt: null, extra: null }), undefined);
  assert.equal(findMismatch(insert, { ...ITEM_JSON, more: 1 })?.path, "$.more");
  assert.equal(findMismatch(insert, { ...ITEM_JSON, tags: null })?.path, "$.tags");
  assert.equal(findMismatch(select, { ...ITEM_JSON, upper: null, tags: null }), undefined);
  assert.equal(findMismatch(insert, { ...ITEM_JSON, tags: { f: () => 1 } })?.path, "$.tags.f");
});

test("what has a JSON form is refined in it", () => {
  const { schema } = createJsonCodec(items, "insert", {
    omit: ["bytes", "upper"],
    refine: {
      tags: Type.Array(Type.String()),
      madeAt: (date) => Type.Integer({ ...date, minimum: 0 }),
      soldAt: (date) => Type.Integer({ ...date, minimum: 0 }),
      bytes: Type.Date(), // omitted
    },
  });
  const { bytes, ...json } = ITEM_JSON;
  assert.equal(findMismatch(schema, { ...json, soldAt: null }), undefined);
  assert.equal(findMismatch(schema, { ...json, tags: [1] })?.path, "$.tags[0]");
  assert.equal(findMismatch(schema, { ...json, madeAt: -1 })?.path, "$.madeAt");
  assert.equal(findMismatch(schema, { ...json, soldAt: -1 })?.path, "$.soldAt");
});

test("createJsonCodec() goes into the objects of a view, and passes what JSON can say of an expression", () => {
  const view = sqliteView("v").as((db) =>
    db.select({ item: { madeAt: items.madeAt, bytes: items.bytes }, n: sql<unknown>`1`.as("n") }).from(items),
  );
  const codec = createJsonCodec(view, "select");
  const row = { item: { madeAt: new Date(5), bytes: Buffer.from("a") }, n: 1 };
  const json = codec.encode(row as never);
  assert.deepEqual(json, { item: { madeAt: 5, bytes: "YQ==" }, n: 1 });
  assert.equal(findMismatch(codec.schema, json), undefined);
  assert.deepEqual(codec.decode(json), row);
  assert.equal(findMismatch(codec.schema, { ...json, item: { ...json.item, more: 1 } })?.path, "$.item.more");
  assert.throws(() => codec.encode({ ...row, n: 1n } as never), { code: "NOT_JSON", details: { column: "n" } });
});

test("createJsonCodec() refuses what it does not know", () => {
  const create = createJsonCodec as unknown as (...args: unknown[]) => unknown;
  const inherited = sqliteTable("t", { toString: text() } as never);
  for (const [args, message] of [
    [[{}, "select"], "Cannot create a JSON codec: a table or a view is wanted: received an object"],
    [[null, "select"], "Cannot create a JSON codec: a table or a view is wanted: received null"],
    [[items, "delete"], "Cannot create a JSON codec: kind must be select, insert or update: received delete"],
    [[items, "insert", { omits: [] }], 'Unknown option "omits" for createJsonCodec(): did you mean "omit"'],
    [[items, "insert", { omit: ["nmae"] }], 'Cannot omit column "nmae": there is none: did you mean "name"'],
    [
      [items, "insert", { omit: "name" }],
      "Cannot omit columns: an array of their keys is wanted: received a string of 4 characters",
    ],
    [
      [items, "insert", { refine: { nmae: Type.String() } }],
      'Cannot refine column "nmae": there is none: did you mean "name"',
    ],
    [
      [items, "insert", { refine: { name: Type.Date() } }],
      'Cannot refine column "name": plain JSON Schema is wanted: received TypeBox\'s kind Date',
    ],
    [
      [items, "insert", { refine: { name: () => Type.Array(Type.Optional(Type.BigInt())) } }],
      'Cannot refine column "name": plain JSON Schema is wanted: received TypeBox\'s kind BigInt',
    ],
    [
      [items, "insert", { refine: { name: Type.Transform(Type.String()).Decode(Number).Encode(String) } }],
      'Cannot refine column "name": plain JSON Schema is wanted: received TypeBox\'s kind Transform',
    ],
    [
      [inherited, "select"],
      'Cannot create a JSON codec: a key that not every object has is wanted: received a column "toString"',
    ],
  ] as const) {
    assert.throws(() => create(...args), { name: "TypeError", message });
  }
});
