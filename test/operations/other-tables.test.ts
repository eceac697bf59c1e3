import assert from "node:assert/strict";
import { test } from "node:test";
import { eq } from "drizzle-orm";
import {
  blob,
  integer,
  numeric,
  primaryKey,
  real,
  type SQLiteTable,
  sqliteTable,
  sqliteView,
  text,
} from "drizzle-orm/sqlite-core";
import {
  handlersFor,
  type Identity,
  OperationRegistry,
  operationsFromTable,
  type TableOperationsOptions,
} from "../../src/operations/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";
import { failsWith, type Page } from "./fixture.ts";

const ANN: Identity = { id: "ann", scopes: ["t:read", "t:write"] };

/** Operations on a table named `t`, or a view over such. */
function serve<T extends SQLiteTable>(
  t: TestScope,
  create: string[],
  table: T,
  options: TableOperationsOptions<T> = {},
) {
  const client = temporaryDatabase(t);
  for (const statement of create) client.run(statement);
  const db = createDrizzleWithAdapter(client);
  const specs = operationsFromTable(table, { ...options, namespace: "t" });
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(db, specs, { events: "notify" }));
  const call = async <R = Record<string, unknown>>(name: string, input: unknown = {}, identity = ANN) =>
    (await registry.execute(`t.${name}`, input, { identity })).data as R;
  return { client, call };
}

const KEYS = {
  text: [text(), ["a", "b"]],
  integer: [integer(), [1, 2]],
  real: [real(), [1.5, 2.5]],
  boolean: [integer({ mode: "boolean" }), [true, false]],
  timestamp: [integer({ mode: "timestamp" }), [1000, 2000]],
  timestamp_ms: [integer({ mode: "timestamp_ms" }), [1001, 1002]],
  numeric: [numeric(), ["1", "2"]],
  "numeric bigint": [numeric({ mode: "bigint" }), ["1", "2"]],
  "blob buffer": [blob({ mode: "buffer" }), ["AA==", "AQ=="]],
  "blob bigint": [blob({ mode: "bigint" }), ["1", "2"]],
} as const;

for (const [kind, [column, [id, other]]] of Object.entries(KEYS)) {
  test(`a row is found, changed and deleted by a key of kind ${kind}`, async (t) => {
    const rows = sqliteTable("t", { id: column.primaryKey() as never, n: integer() });
    const { call } = serve(
      t,
      [`CREATE TABLE t (id ${kind.startsWith("numeric") ? "NUMERIC" : ""} PRIMARY KEY, n)`],
      rows as never,
    );
    await call("create", { id, n: 1 });
    assert.deepEqual(await call("find", { id }), { id, n: 1 });
    await failsWith("NOT_FOUND", call("find", { id: other }));
    assert.deepEqual(await call("update", { id, set: { n: 2 } }), { id, n: 2 });
    assert.deepEqual(await call("delete", { id }), { deleted: true });
    await failsWith("NOT_FOUND", call("find", { id }));
  });
}

test("a key must be unique: by the primary key, a constraint or an index", () => {
  const slugs = sqliteTable("t", { id: integer().primaryKey(), owner: text(), slug: text(), code: text().unique() });
  assert.throws(() => operationsFromTable(slugs, { key: ["slug"] }), /key must be the primary key, or be unique/);
  assert.throws(() => operationsFromTable(slugs, { key: [] }), TypeError);
  operationsFromTable(slugs, { key: ["code"] });
  operationsFromTable(slugs, { key: ["id"] });
});

test("a write by a key that names several rows after all writes none", async (t) => {
  const slugs = sqliteTable("t", { id: integer().primaryKey(), owner: text(), slug: text().unique() }); // says the program
  const { call, client } = serve(t, ["CREATE TABLE t (id INTEGER PRIMARY KEY, owner, slug)"], slugs, { key: ["slug"] });
  client.run("INSERT INTO t (owner, slug) VALUES ('ann', 'x'), ('bob', 'x')");
  await failsWith("EXECUTION_ERROR", call("update", { id: "x", set: { owner: "eve" } }));
  await failsWith("EXECUTION_ERROR", call("delete", { id: "x" }));
  assert.deepEqual(client.values("SELECT owner FROM t"), [["ann"], ["bob"]]);
});

test("a write by a key that names several rows leaves those outside the row filter alone", async (t) => {
  const slugs = sqliteTable("t", { id: integer().primaryKey(), owner: text(), slug: text().unique() });
  const { call, client } = serve(t, ["CREATE TABLE t (id INTEGER PRIMARY KEY, owner, slug)"], slugs, {
    key: ["slug"],
    rowFilter: (identity) => identity !== undefined && { owner: identity.id },
  });
  client.run("INSERT INTO t (owner, slug) VALUES ('ann', 'x'), ('bob', 'x')");
  await call("delete", { id: "x" });
  assert.deepEqual(client.values("SELECT owner FROM t"), [["bob"]]);
});

test("a row of a composite key is found, and its deletion told, by the values that it has", async (t) => {
  const pairs = sqliteTable("t", { a: text(), b: integer({ mode: "timestamp" }), n: integer() }, (table) => [
    primaryKey({ columns: [table.a, table.b] }),
  ]);
  const { call, client } = serve(
    t,
    ["CREATE TABLE t (a TEXT COLLATE NOCASE, b INTEGER, n, PRIMARY KEY (a, b))"],
    pairs,
  );
  await call("create", { a: "K", b: 1000, n: 1 });
  assert.deepEqual(await call("find", { key: { a: "k", b: 1000 } }), { a: "K", b: 1000, n: 1 });
  await call("delete", { key: { a: "k", b: 1000 } });
  const told = client
    .values("SELECT payload FROM _honker_notifications ORDER BY id")
    .map(([payload]) => JSON.parse(payload as string));
  assert.deepEqual(told, [
    { a: "K", b: 1000 },
    { a: "K", b: 1000 },
  ]);
});

test("times in seconds are compared with their fraction", async (t) => {
  const times = sqliteTable("t", { id: integer().primaryKey(), at: integer({ mode: "timestamp" }) });
  const { call } = serve(t, ["CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER)"], times);
  for (const at of [1000, 2000]) await call("create", { at });
  const at = async (condition: unknown) =>
    (await call<{ items: { at: number }[] }>("list", { filter: { at: condition } })).items.map((row) => row.at);
  assert.deepEqual(await at({ lt: 1500 }), [1000]);
  assert.deepEqual(await at({ lte: 1500 }), [1000]);
  assert.deepEqual(await at({ gt: 1500 }), [2000]);
  assert.deepEqual(await at({ gte: 1500 }), [2000]);
  assert.deepEqual(await at({ gte: 1000, lt: 2000 }), [1000]);
  assert.deepEqual(await at({ eq: 1500 }), []);
  assert.deepEqual(await at({ eq: 2000 }), [2000]);
  assert.deepEqual(await at({ in: [1500, 1000] }), [1000]);
  assert.deepEqual(await at({ ne: 1500 }), [1000, 2000]);
});

test("a number that is called updatedAt is a version only where it is asked for, and then counts", async (t) => {
  const counted = sqliteTable("t", {
    id: integer().primaryKey(),
    n: integer(),
    updatedAt: integer("updated_at").notNull().default(7),
  });
  const create = ["CREATE TABLE t (id INTEGER PRIMARY KEY, n, updated_at INTEGER NOT NULL DEFAULT 7)"];
  const plain = serve(t, create, counted);
  await plain.call("create", { n: 1 });
  assert.equal((await plain.call("update", { id: 1, set: { n: 2 } })).updatedAt, 7);
  const asked = serve(t, create, counted, { updatedAt: "updatedAt" });
  await asked.call("create", { n: 1 });
  assert.equal((await asked.call("update", { id: 1, set: { n: 2 }, expectedUpdatedAt: 7 })).updatedAt, 8);
  await failsWith("CONFLICT", asked.call("update", { id: 1, set: { n: 3 }, expectedUpdatedAt: 7 }));
});

test("times that the table sets are not sent, also where other columns are hidden", async (t) => {
  const rows = sqliteTable("t", {
    id: integer().primaryKey(),
    role: text(),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" })
      .notNull()
      .$onUpdateFn(() => new Date()),
  });
  const create = ["CREATE TABLE t (id INTEGER PRIMARY KEY, role, updated_at INTEGER NOT NULL)"];
  const { call } = serve(t, create, rows, { hidden: { input: ["role"] } });
  await failsWith("VALIDATION_ERROR", call("create", { updatedAt: 8.64e15 }));
  await failsWith("VALIDATION_ERROR", call("create", { role: "admin" }));
  await call("create", {});
});

test("pages of a view give rows in which an outer join leaves a column absent", async (t) => {
  const people = sqliteTable("people", { id: integer("id").primaryKey() });
  const pets = sqliteTable("pets", { owner: integer("owner").notNull(), name: text("name").notNull() });
  const view = sqliteView("t").as((db) =>
    db.select({ id: people.id, pet: pets.name }).from(people).leftJoin(pets, eq(pets.owner, people.id)),
  );
  const { call } = serve(
    t,
    [
      "CREATE TABLE people (id INTEGER PRIMARY KEY)",
      "CREATE TABLE pets (owner INTEGER NOT NULL, name TEXT NOT NULL)",
      "INSERT INTO people VALUES (1), (2), (3), (4)",
      "INSERT INTO pets VALUES (2, 'b'), (4, 'a')",
      "CREATE VIEW t AS SELECT people.id, pets.name AS name FROM people LEFT JOIN pets ON pets.owner = people.id",
    ],
    view as never,
    { key: ["id"], verbs: ["list"] } as never,
  );
  for (const direction of ["asc", "desc"]) {
    const found: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page: Page = await call("list", {
        sort: [{ field: "pet", direction }],
        limit: 1,
        ...(cursor && { cursor }),
      });
      found.push(...page.items.map(({ pet }) => pet));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    const wanted = [null, null, "a", "b"];
    assert.deepEqual(found, direction === "asc" ? wanted : wanted.reverse());
  }
});

test("assign() that gives no columns is refused, and nothing is written", async (t) => {
  const rows = sqliteTable("t", { id: integer().primaryKey(), owner: text() });
  for (const assigned of [undefined, null, { ownr: "ann" }, Promise.reject(new Error("no")), ["ann"], "ann"]) {
    const create = ["CREATE TABLE t (id INTEGER PRIMARY KEY, owner)"];
    const { call, client } = serve(t, create, rows, { assign: () => assigned as never });
    await failsWith("EXECUTION_ERROR", call("create", { owner: "victim" }));
    assert.deepEqual(client.values("SELECT * FROM t"), []);
  }
});

test("a row filter that rejects fails its call, and no more", async (t) => {
  const rows = sqliteTable("t", { id: integer().primaryKey() });
  const rowFilter = () => Promise.reject(new Error("no")) as never;
  const { call } = serve(t, ["CREATE TABLE t (id INTEGER PRIMARY KEY)"], rows, { rowFilter });
  await failsWith("EXECUTION_ERROR", call("list"));
});

test("a filter of more conditions, or more weight, than SQLite bears is refused by a VALIDATION_ERROR", async (t) => {
  const rows = sqliteTable("t", { id: integer().primaryKey(), name: text() });
  const { call } = serve(t, ["CREATE TABLE t (id INTEGER PRIMARY KEY, name)"], rows);
  let deep: unknown = { id: 1 };
  for (let i = 0; i < 15; i++) deep = { AND: [deep, ...Array(99).fill({ NOT: {} })] };
  await failsWith("VALIDATION_ERROR", call("list", { filter: deep }));
  const patterns = Array.from({ length: 9 }, (_, i) => ({ name: { like: `%${i}%` } }));
  await failsWith("VALIDATION_ERROR", call("count", { filter: { AND: patterns } }));
  assert.deepEqual(await call("count", { filter: { AND: patterns.slice(0, 7) } }), { count: 0 });
  const most = { AND: Array.from({ length: 3 }, () => ({ AND: Array(99).fill({ NOT: { id: 1 } }) })) };
  await failsWith("VALIDATION_ERROR", call("count", { filter: most }));
  const bearable = { OR: Array.from({ length: 2 }, () => ({ AND: Array(60).fill({ NOT: { id: 1 } }) })) };
  assert.deepEqual(await call("count", { filter: bearable }), { count: 0 });
});
