/**
 * The schemas are those of drizzle-typebox 0.3.3, but for what `DIFFERENCES` lists.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { Value } from "@sinclair/typebox/value";
import { type Column, eq, getTableColumns, sql } from "drizzle-orm";
import { integer, SQLiteReal, type SQLiteTable, sqliteTable, sqliteView, text } from "drizzle-orm/sqlite-core";
import * as peer from "drizzle-typebox";
import fc from "fast-check";
import {
  createInsertSchema,
  createSelectSchema,
  createUpdateSchema,
  type SchemaKind,
  tenantSchema,
} from "../../../src/sqlite/mod.ts";
import { everyColumn, tables, values } from "./random-tables.ts";

type Create = (entity: SQLiteTable, refine?: object) => TObject;

const KINDS = ["select", "insert", "update"] as const;
const OURS = { select: createSelectSchema, insert: createInsertSchema, update: createUpdateSchema };
const THEIRS = { select: peer.createSelectSchema, insert: peer.createInsertSchema, update: peer.createUpdateSchema };
const ours = OURS as unknown as Readonly<Record<SchemaKind, Create>>;
const theirs = THEIRS as unknown as Readonly<Record<SchemaKind, Create>>;

/** Where the schema of a column's values is another one, on purpose. */
interface Difference {
  readonly what: string;
  isThere(column: Column, kind: SchemaKind): boolean;
  schema(column: Column): unknown;
  accepts(value: unknown, column: Column): boolean;
}

const DIFFERENCES: readonly Difference[] = [
  {
    what: "real takes every finite number, not only those within 2^47",
    isThere: (column) => column.columnType === "SQLiteReal",
    schema: () => ({ type: "number" }),
    accepts: (value) => Number.isFinite(value),
  },
  {
    what: "bytes are TypeBox's own kind Uint8Array, not a kind that is registered for the whole process",
    isThere: (column) => column.dataType === "buffer",
    schema: () => ({ type: "Uint8Array" }),
    accepts: (value) => value instanceof Uint8Array,
  },
  {
    what: "a JSON column that is NOT NULL takes no null when it is written",
    isThere: (column, kind) => column.dataType === "json" && column.notNull && kind !== "select",
    schema: () => ({
      anyOf: [
        { anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }] },
        { type: "array", items: {} },
        { type: "object", patternProperties: { "^(.*)$": {} } },
      ],
    }),
    accepts: (value) => value !== null && Value.Check(peer.jsonSchema, value),
  },
  {
    what: "values of an enum that look like numbers are not left out",
    isThere: (column) => column.enumValues?.some((value) => !Number.isNaN(Number(value))) ?? false,
    schema: (column) => {
      const anyOf = [...new Set(column.enumValues)].map((value) => ({ const: value, type: "string" }));
      return anyOf.length === 1 ? anyOf[0] : { anyOf };
    },
    accepts: (value, column) => column.enumValues!.includes(value as string),
  },
];

function differenceOf(column: Column, kind: SchemaKind): Difference | undefined {
  return DIFFERENCES.find((one) => one.isThere(column, kind));
}

/** Theirs, with the differences. */
function expected(table: SQLiteTable, kind: SchemaKind): TObject {
  const schema = JSON.parse(JSON.stringify(theirs[kind](table), bigintText)) as TObject;
  for (const [key, column] of Object.entries(getTableColumns(table))) {
    const other = differenceOf(column, kind)?.schema(column);
    if (other === undefined || !Object.hasOwn(schema.properties, key)) continue;
    schema.properties[key] = (column.notNull ? other : { anyOf: [other, { type: "null" }] }) as TSchema;
  }
  return schema;
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

function assertEqual(table: SQLiteTable): void {
  for (const kind of KINDS) {
    assert.equal(JSON.stringify(ours[kind](table), bigintText), JSON.stringify(expected(table, kind)), kind);
  }
}

/** Whether a column takes `value`: an optional one takes undefined. */
function isTaken(schema: TObject, key: string, value: unknown): boolean {
  const part = Type.Object({ v: schema.properties[key]! });
  return Value.Check(part, { v: value });
}

function assertTakes(table: SQLiteTable, kind: SchemaKind, value: unknown): void {
  const [mine, other] = [ours[kind](table), theirs[kind](table)];
  for (const [key, column] of Object.entries(getTableColumns(table))) {
    if (!Object.hasOwn(mine.properties, key)) continue;
    const difference = differenceOf(column, kind);
    const isEither = difference === undefined || value === undefined || (value === null && !column.notNull);
    const isExpected = isEither ? isTaken(other, key, value) : difference.accepts(value, column);
    assert.equal(isTaken(mine, key, value), isExpected, `${kind} ${key}`);
  }
}

test("the schemas of every column are those of drizzle-typebox, but for the differences", () => {
  assertEqual(everyColumn);
});

test("the schemas of random tables are those of drizzle-typebox, but for the differences", () => {
  fc.assert(fc.property(tables, assertEqual), { numRuns: 200 });
});

test("the tables of this package have the schemas that drizzle-typebox makes of them", () => {
  const { graphTypes, nodeTypes, edgeTypes, graphs, nodes, edges, callNodes, callEdges } = tenantSchema;
  for (const table of [graphTypes, nodeTypes, edgeTypes, graphs, nodes, edges, callNodes, callEdges])
    assertEqual(table);
});

test("every column takes the values that drizzle-typebox takes, but for the differences", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), values, (kind, value) => assertTakes(everyColumn, kind, value)),
    { numRuns: 100 },
  );
});

test("random tables take the rows that drizzle-typebox takes, but for the differences", () => {
  const rows = fc.dictionary(fc.constantFrom("b", "a", "1", "id", "ü", "none"), values, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), tables, rows, (kind, table, row) => {
      const isSame = Object.values(getTableColumns(table)).every((column) => differenceOf(column, kind) === undefined);
      if (isSame) assert.equal(Value.Check(ours[kind](table), row), Value.Check(theirs[kind](table), row));
    }),
    { numRuns: 500 },
  );
});

for (const difference of DIFFERENCES) {
  test(`differs from drizzle-typebox: ${difference.what}`, () => {
    const isThere = (column: Column) => differenceOf(column, "update") === difference && column.generated === undefined;
    const [key] = Object.entries(getTableColumns(everyColumn)).find(([, column]) => isThere(column))!;
    const [mine, other] = [ours, theirs].map((create) => JSON.stringify(create.update(everyColumn).properties[key]));
    assert.notEqual(mine, other);
  });
}

test("differs from drizzle-typebox: a column called as what every object inherits is not taken for refined", () => {
  const table = sqliteTable("t", { toString: text().notNull() } as never) as SQLiteTable;
  assert.equal(JSON.stringify(ours.select(table).properties.toString), '{"type":"string"}');
  assert.equal(JSON.stringify(theirs.select(table).properties.toString), '"[object Undefined]"');
});

test("differs from drizzle-typebox: unknown columns and generated ones are refused in refinements", () => {
  const table = sqliteTable("t", { name: text(), slug: text().generatedAlwaysAs(sql`name`) });
  const slug = { slug: Type.String() };
  assert.ok("slug" in theirs.insert(table, slug).properties);
  assert.throws(() => ours.insert(table, slug), TypeError);
  assert.equal(JSON.stringify(theirs.select(table, { nmae: 1 })), JSON.stringify(theirs.select(table)));
  assert.throws(() => ours.select(table, { nmae: Type.String() }), TypeError);
});

test("a kind registered by drizzle-typebox changes nothing here, nor the other way round", () => {
  const mine = createInsertSchema(everyColumn).properties["blob buffer, none, not null" as never] as TSchema;
  const other = theirs.insert(everyColumn).properties["blob buffer, none, not null"]!;
  assert.equal(Value.Check(mine, new Uint8Array(1)), true);
  assert.equal(Value.Check(mine, Buffer.alloc(1)), true);
  assert.equal(Value.Check(other, Buffer.alloc(1)), true);
  assert.equal(Value.Check(other, new Uint8Array(1)), false);
});

test("an invalid Date is no date, checked or compiled, as in drizzle-typebox", () => {
  for (const create of [createInsertSchema, peer.createInsertSchema]) {
    const schema = create(sqliteTable("t", { at: integer({ mode: "timestamp" }).notNull() }));
    for (const check of [(value: unknown) => Value.Check(schema, value), TypeCompiler.Compile(schema)]) {
      const isTaken = (value: unknown) => (typeof check === "function" ? check(value) : check.Check(value));
      assert.equal(isTaken({ at: new Date(Number.NaN) }), false);
      assert.equal(isTaken({ at: new Date(0) }), true);
    }
  }
});

test("columns of classes made from others, and of unknown kinds, are those of drizzle-typebox", () => {
  class Ratio extends SQLiteReal<never> {}
  class Other extends SQLiteReal<never> {}
  const table = sqliteTable("t", { a: text() });
  const made = (Class: typeof SQLiteReal, config: object) =>
    new Class(table, { name: "c", notNull: true, ...config } as never) as Column;
  const odd = {
    ratio: made(Ratio, { dataType: "number", columnType: "SQLiteReal" }),
    list: made(Other, { dataType: "array", columnType: "OtherList" }),
    number: made(Other, { dataType: "number", columnType: "OtherNumber" }),
    text: made(Other, { dataType: "string", columnType: "OtherText", length: 3 }),
    new: made(Other, { dataType: "localTime", columnType: "OtherTime" }),
  };
  class Big extends SQLiteReal<never> {
    override getSQLType(): string {
      return "bigint unsigned";
    }
  }
  const unsigned = {
    big: made(Big, { dataType: "bigint", columnType: "OtherBig" }),
    number: made(Big, { dataType: "number", columnType: "SQLiteInteger" }),
  };
  assertEqual(Object.assign(table, { [Symbol.for("drizzle:Columns")]: { ...odd, ...unsigned } }));
});

test("views have the schemas of drizzle-typebox: nested objects, and anything for an expression", () => {
  const users = sqliteTable("users", { id: integer().primaryKey(), name: text().notNull(), at: integer() });
  const posts = sqliteTable("posts", { id: integer().primaryKey(), by: integer(), title: text({ length: 9 }) });
  const views = [
    sqliteView("flat").as((db) => db.select().from(users)),
    sqliteView("listed", { id: integer().notNull(), name: text() }).existing(),
    sqliteView("nested").as((db) =>
      db
        .select({
          user: users,
          post: { id: posts.id, title: posts.title },
          n: sql<number>`1`.as("n"),
          plain: sql`upper(${users.name})`.as("u"),
        })
        .from(users)
        .innerJoin(posts, eq(posts.by, users.id)),
    ),
  ];
  for (const view of views) {
    for (const kind of KINDS) {
      const [mine, other] = [ours[kind], theirs[kind]].map((create) => JSON.stringify(create(view as never)));
      assert.equal(mine, other);
    }
  }
  assert.deepEqual(Object.keys(createSelectSchema(views[2] as never).properties), ["user", "post", "n", "plain"]);
});

test("refinements are those of drizzle-typebox: a schema stands as it is, what a function gives may be null", () => {
  const users = sqliteTable("users", {
    id: integer().primaryKey(),
    name: text().notNull(),
    nick: text(),
    slug: text().generatedAlwaysAs(sql`name`),
  });
  const refine = {
    id: Type.Integer({ minimum: 1 }),
    name: (schema: object) => Type.String({ ...schema, minLength: 1 }),
    nick: (schema: object) => Type.String({ ...schema, maxLength: 8 }),
  };
  for (const kind of KINDS) {
    assert.equal(JSON.stringify(ours[kind](users, refine)), JSON.stringify(theirs[kind](users, refine)));
  }
  const view = sqliteView("v").as((db) =>
    db.select({ user: users, up: sql`upper(${users.name})`.as("up") }).from(users),
  );
  const nested = { user: refine, up: (schema: object) => Type.String({ ...schema, maxLength: 3 }) };
  const [mine, other] = [ours.select, theirs.select].map((create) => JSON.stringify(create(view as never, nested)));
  assert.equal(mine, other);
});
