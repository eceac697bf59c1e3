import assert from "node:assert/strict";
import { test } from "node:test";
import { is } from "drizzle-orm";
import { BaseSQLiteDatabase, SQLitePreparedQuery, SQLiteSession, SQLiteTransaction } from "drizzle-orm/sqlite-core";
import {
  createDrizzleWithAdapter,
  HonkerPreparedQuery,
  HonkerSQLiteDatabase,
  HonkerSQLiteSession,
  HonkerSQLiteTransaction,
} from "../../../src/sqlite/adapter.ts";
import { jsonBinding } from "../../support/json-binding.ts";
import { openFilled, ours, outcome, theirs } from "./fixture.ts";
import { cased, groups, schema } from "./schema.ts";
import type { Db } from "./works/work.ts";

test("createDrizzleWithAdapter() throws a TypeError when the client is none", () => {
  const wanted = (received: string) =>
    `Cannot create a Drizzle database: an open Honker database is wanted: received ${received}`;
  for (const [client, received] of [
    ["app.db", "a path (open it first)"],
    [undefined, "undefined"],
    [null, "object"],
    [{}, "object"],
    [{ query() {}, transaction() {} }, "object"],
  ] as const) {
    assert.throws(() => createDrizzleWithAdapter(client as never), { name: "TypeError", message: wanted(received) });
  }
});

test("createDrizzleWithAdapter() throws a TypeError when an option is unknown", (t) => {
  const client = openFilled(t);
  assert.throws(() => createDrizzleWithAdapter(client, { schemas: schema } as never), {
    name: "TypeError",
    message: 'Unknown option "schemas" for createDrizzleWithAdapter(): did you mean "schema"',
  });
  assert.throws(() => createDrizzleWithAdapter(client, { casing: "kebab-case" } as never), TypeError);
});

test("createDrizzleWithAdapter() gives objects that Drizzle knows", (t) => {
  const client = openFilled(t);
  const db = createDrizzleWithAdapter(client, { schema });
  assert.ok(is(db, BaseSQLiteDatabase) && db instanceof HonkerSQLiteDatabase);
  const { session } = db as unknown as { session: unknown };
  assert.ok(is(session, SQLiteSession) && session instanceof HonkerSQLiteSession);
  const prepared = db.select().from(groups).prepare();
  assert.ok(is(prepared, SQLitePreparedQuery) && prepared instanceof HonkerPreparedQuery);
  db.transaction((tx) => assert.ok(is(tx, SQLiteTransaction) && tx instanceof HonkerSQLiteTransaction));
  assert.equal(db.$client, client);
  assert.deepEqual(Object.keys(db._.fullSchema), Object.keys(schema));
});

test("names follow from keys by the casing that was asked for, as they do on better-sqlite3", async (t) => {
  const use = (db: Db) => [
    db.insert(cased).values({ id: 3, firstName: "Cem" }).returning().get(),
    db.select().from(cased).orderBy(cased.firstName).all(),
    db.query.cased.findMany({ columns: { firstName: true } }).sync(),
    db.update(cased).set({ lastName: "C" }).returning({ name: cased.lastName }).values(),
    db.select().from(cased).toSQL(),
  ];
  const [left, right] = [ours(t, "snake_case"), theirs(t, "snake_case")];
  const found = await outcome(() => use(left.db));
  assert.deepEqual(found, await outcome(() => use(right.db)));
  assert.ok("result" in (found as object));
  assert.deepEqual(left.log, right.log);
  const client = jsonBinding(openFilled(t));
  const bound = createDrizzleWithAdapter(client, { schema, casing: "snake_case" }) as unknown as Db;
  assert.deepEqual(await outcome(() => use(bound)), found);
});

test("the logger prints each statement when it is true", (t) => {
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (...parts: unknown[]) => void printed.push(parts.join(" "));
  try {
    createDrizzleWithAdapter(openFilled(t), { logger: true }).select().from(groups).all();
  } finally {
    console.log = log;
  }
  assert.deepEqual(printed, ['Query: select "id", "title" from "groups"']);
});
