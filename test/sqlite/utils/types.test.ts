/**
 * Types are tested by the compiler: a line under `@ts-expect-error` must not compile, all others must. Nothing is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Static, type TSchema, type TString, Type } from "@sinclair/typebox";
import { sql } from "drizzle-orm";
import { blob, customType, integer, numeric, real, sqliteTable, sqliteView, text } from "drizzle-orm/sqlite-core";
import * as peer from "drizzle-typebox";
import {
  createInsertSchema,
  createJsonCodec,
  createSelectSchema,
  createUpdateSchema,
  type HonkerSQLiteDatabase,
  type JsonOf,
} from "../../../src/sqlite/mod.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the type of `value` is `T` itself. */
function is<T>() {
  return <V>(_value: V, ..._same: Equal<V, T> extends true ? [] : ["is not the type"]): void => {};
}

function value<T extends TSchema>(_schema: T): Static<T> {
  return undefined as Static<T>;
}

const bare = customType<{ data: string }>({ dataType: () => "text" });
const point = customType<{ data: { x: number } }>({ dataType: () => "text" });
const opaque = customType<{ data: unknown }>({ dataType: () => "text" });

const kinds = sqliteTable("kinds", {
  id: integer().primaryKey(),
  text: text(),
  textNotNull: text().notNull(),
  textDefault: text().notNull().default(""),
  textMade: text()
    .notNull()
    .$defaultFn(() => ""),
  length: text({ length: 5 }),
  enum: text({ enum: ["a", "b"] }),
  enumNotNull: text({ enum: ["a", "b"] }).notNull(),
  json: text({ mode: "json" }),
  jsonNotNull: text({ mode: "json" }).notNull(),
  jsonTyped: text({ mode: "json" }).$type<{ a: number; b?: string }>(),
  jsonArray: text({ mode: "json" }).$type<string[]>().notNull(),
  boolean: integer({ mode: "boolean" }),
  timestamp: integer({ mode: "timestamp" }),
  timestampMs: integer({ mode: "timestamp_ms" }).notNull(),
  real: real(),
  numeric: numeric(),
  numericNumber: numeric({ mode: "number" }),
  numericBigint: numeric({ mode: "bigint" }).notNull(),
  blob: blob(),
  blobBuffer: blob({ mode: "buffer" }),
  blobBufferNotNull: blob({ mode: "buffer" }).notNull(),
  blobJson: blob({ mode: "json" }),
  blobBigint: blob({ mode: "bigint" }),
  bare: bare(),
  point: point().notNull(),
  opaque: opaque(),
});

const posts = sqliteTable("posts", {
  id: integer().primaryKey(),
  title: text().notNull(),
  views: integer().notNull().default(0),
  slug: text().generatedAlwaysAs(sql`lower(title)`),
});

function sameAsDrizzleTypebox(): void {
  const [select, insert, update] = [
    peer.createSelectSchema(kinds),
    peer.createInsertSchema(kinds),
    peer.createUpdateSchema(kinds),
  ];
  is<Static<typeof select>>()(value(createSelectSchema(kinds)));
  is<Static<typeof insert>>()(value(createInsertSchema(kinds)));
  is<Static<typeof update>>()(value(createUpdateSchema(kinds)));
  const view = sqliteView("v").as((db) => db.select({ kinds, up: sql<string>`x`.as("up") }).from(kinds));
  const viewed = peer.createSelectSchema(view);
  is<Static<typeof viewed>>()(value(createSelectSchema(view)));
  const refine = { text: Type.Literal("a"), real: () => Type.Literal(1) };
  const [mine, theirs] = [createInsertSchema(kinds, refine), peer.createInsertSchema(kinds, refine)];
  is<Static<typeof theirs>["text"]>()(value(mine).text);
}

function betterThanDrizzleTypebox(): void {
  // A generated column is selected, a refined one with a default can be left out, JSON is of the type that is said.
  is<{ id: number; title: string; views: number; slug: string | null }>()(value(createSelectSchema(posts)));
  is<{ id?: number; title: string; views?: number }>()(
    value(createInsertSchema(posts, { views: (schema) => Type.Integer({ ...schema, minimum: 0 }) })),
  );
  const table = sqliteTable("t", {
    list: text({ mode: "json" }).$type<"a" | "b">().notNull(),
    place: customType<{ data: { at: Date } }>({ dataType: () => "text" })().notNull(),
  });
  is<{ list: "a" | "b"; place: { at: Date } }>()(value(createSelectSchema(table)));
}

function insertable(db: HonkerSQLiteDatabase): void {
  db.insert(kinds).values(value(createInsertSchema(kinds)));
  db.update(kinds).set(value(createUpdateSchema(kinds)));
}

function refinements(): void {
  is<{ id: 1; title: string; views: number; slug: string | null }>()(
    value(createSelectSchema(posts, { id: Type.Literal(1) })),
  );
  is<{ id?: number; title?: "x"; views?: number }>()(
    value(createUpdateSchema(posts, { title: () => Type.Literal("x") })),
  );
  createSelectSchema(posts, {
    title: (schema) => {
      is<TString>()(schema);
      return schema;
    },
  });
  // @ts-expect-error: no such column
  createSelectSchema(posts, { none: Type.String() });
  // @ts-expect-error: no such column
  createInsertSchema(posts, { title: Type.String(), none: Type.String() });
  // @ts-expect-error: no such column
  createUpdateSchema(posts, { none: Type.String() });
  // @ts-expect-error: a generated column takes no value
  createInsertSchema(posts, { slug: Type.String() });
  // @ts-expect-error: no schema
  createInsertSchema(posts, { title: 5 });
  // @ts-expect-error: a view takes no rows
  createInsertSchema(sqliteView("v").as((db) => db.select().from(posts)));
  const view = sqliteView("v").as((db) => db.select({ posts, up: sql<string>`x`.as("up") }).from(posts));
  const nested = createSelectSchema(view, { posts: { title: Type.Literal("x") }, up: () => Type.String() });
  is<"x">()(value(nested).posts.title);
  is<string>()(value(nested).up);
  // @ts-expect-error: no such column in posts
  createSelectSchema(view, { posts: { none: Type.String() } });
}

function codecs(): void {
  is<[number, string, string, boolean | null]>()(
    [] as unknown as [JsonOf<Date>, JsonOf<bigint>, JsonOf<Buffer>, JsonOf<boolean | null>],
  );
  const table = sqliteTable("t", {
    id: integer().primaryKey(),
    at: integer({ mode: "timestamp_ms" }).notNull(),
    bytes: blob({ mode: "buffer" }),
    big: blob({ mode: "bigint" }).notNull().default(1n),
    upper: text().generatedAlwaysAs(sql`1`),
  });
  const select = createJsonCodec(table, "select", { omit: ["upper"] });
  const row = { id: 1, at: new Date(), bytes: null, big: 1n };
  is<{ id: number; at: number; bytes: string | null; big: string }>()(select.encode(row));
  const insert = createJsonCodec(table, "insert");
  is<{ id?: number; at: number; bytes?: string | null; big?: string }>()(insert.encode({ at: new Date() }));
  is<Date>()(insert.decode({ at: 1 }).at);
  const update = createJsonCodec(table, "update");
  is<number | undefined>()(update.encode({}).at);
  // @ts-expect-error: at is required
  insert.encode({});
  // @ts-expect-error: a date is a number
  insert.decode({ at: new Date() });
  // @ts-expect-error: no such column
  createJsonCodec(table, "select", { omit: ["none"] });
  // @ts-expect-error: no such column
  createJsonCodec(table, "select", { refine: { none: Type.String() } });
  // @ts-expect-error: omitted
  select.encode(row).upper;
  const view = sqliteView("v").as((db) => db.select({ inner: table, n: sql<Date>`1`.as("n") }).from(table));
  const viewed = createJsonCodec(view, "select");
  is<number>()(viewed.encode({} as never).inner.at);
  is<number>()(viewed.encode({} as never).n);
  // @ts-expect-error: a view takes no rows
  createJsonCodec(view, "insert");
}

test("types are tested by the compiler", () => {
  for (const tested of [sameAsDrizzleTypebox, betterThanDrizzleTypebox, insertable, refinements, codecs]) {
    assert.equal(typeof tested, "function");
  }
});
