/**
 * What `node:sqlite` does to the unwary, one test for each trap. How a driver meets the traps of migrations is tested in
 * `test/sqlite/migrate.test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { eq, sql } from "drizzle-orm";
import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { open } from "../../../src/honker/mod.ts";
import { StatementCache } from "../../../src/honker/statement-cache.ts";
import { createDrizzleWithAdapter } from "../../../src/sqlite/adapter.ts";
import { jsonBinding } from "../../support/json-binding.ts";
import { openOurs } from "./fixture.ts";
import { bytes, comments, groups, modes, posts, schema, users } from "./schema.ts";

const one = <T>(rows: unknown[]) => rows[0] as T;

// 1
test("a first parameter that is an object is bound by its position, or refused, not read as names", (t) => {
  const { db } = openOurs(t);
  assert.deepEqual(db.get(sql`select ${{ a: 1 }} as v`), { v: '{"a":1}' });
  assert.deepEqual(db.get(sql`select ${sql.param([1, "b"])} as v`), { v: '[1,"b"]' });
  assert.deepEqual(db.get(sql`select hex(${new Uint8Array([1, 255]).buffer}) as v`), { v: "01FF" });
  assert.deepEqual(db.get(sql`select hex(${new Uint16Array([1])}) as v`), { v: "0100" });
  for (const value of [new Date(), new Map(), /x/, new (class Own {})()]) {
    assert.throws(() => db.get(sql`select ${value} as v`), { name: "TypeError", message: /Cannot bind parameter 1/ });
  }
});

// 2
test("a statement is refused when it has too few or too many parameters", (t) => {
  const { db, client } = openOurs(t);
  assert.throws(() => db.all(sql.raw("select ? as v")), {
    name: "RangeError",
    message: /1 parameters are wanted: received 0/,
  });
  assert.throws(() => client.values("select ?", [1, 2]), RangeError);
  assert.throws(
    () => db.run(sql.raw("delete from comments where id = ?")),
    ({ cause }) => cause instanceof RangeError,
  );
  assert.equal(client.row("select count(*) from comments")?.[0], 4);
});

// 3, as far as it is not the migrations': a text of two statements
test("a text of two statements is refused and none is run", (t) => {
  const { db, client } = openOurs(t);
  assert.throws(
    () => db.run(sql.raw("delete from comments; delete from members")),
    ({ cause }) => cause instanceof TypeError,
  );
  assert.throws(() => db.all(sql.raw("")), TypeError);
  assert.equal(client.row("select count(*) from comments")?.[0], 4);
});

// 6
test("an async callback that is refused after it began writes nothing later", async (t) => {
  const { client } = openOurs(t);
  const db = createDrizzleWithAdapter(jsonBinding(client), { schema });
  let late: unknown;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const body = async (tx: Parameters<Parameters<typeof db.transaction>[0]>[0]) => {
    tx.insert(groups).values({ id: "early", title: "" }).run();
    await Promise.resolve();
    try {
      tx.insert(groups).values({ id: "late", title: "" }).run();
    } catch (error) {
      late = (error as { code: string }).code;
    }
    resolve();
  };
  assert.throws(() => db.transaction((tx) => body(tx)), { code: "ASYNC_NOT_SUPPORTED" });
  await done;
  assert.equal(late, "TRANSACTION_FINISHED");
  assert.equal(client.row("select count(*) from groups")?.[0], 2);
});

// 7
test("a statement that runs itself again by a function of SQL gets rows of its own", () => {
  const database = new DatabaseSync(":memory:");
  const cache = new StatementCache(database);
  const text = "SELECT value, again(value) FROM json_each('[1,2,3]')";
  let depth = 0;
  const run = () => {
    const entry = cache.checkOut(text);
    entry.statement.setReturnArrays(true);
    depth++;
    try {
      return entry.statement.all() as unknown as unknown[][];
    } finally {
      depth--;
      entry.busy = false;
    }
  };
  database.function("again", (_value) => (depth > 1 ? 0 : run().length));
  const rows = run();
  database.close();
  assert.deepEqual(rows, [
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

// 8
test("rows keep their form when one text is read as objects, as arrays and with large integers by turns", (t) => {
  const { db } = openOurs(t);
  const query = sql.raw("select 1 as a, max(ref) as ref from bytes");
  for (let i = 0; i < 2; i++) {
    db.update(bytes).set({ ref: 1 }).run();
    assert.deepEqual(db.all(query), [{ a: 1, ref: 1 }]);
    assert.deepEqual(db.values(query), [[1, 1]]);
    assert.deepEqual(db.get(query), { a: 1, ref: 1 });
    db.run(sql`update bytes set ref = ${2n ** 60n}`);
    assert.deepEqual(db.values(query), [[1, 2n ** 60n]]);
    assert.deepEqual(db.get(query), { a: 1, ref: 2n ** 60n });
    db.run(sql`update bytes set ref = 1`);
  }
});

// 9
test("get() of a write gives no row when a deferred foreign key undoes it", (t) => {
  const { db, client } = openOurs(t);
  const nobody = { id: 9, postId: 1, userId: 99, body: "nobody's" };
  assert.throws(() => db.insert(comments).values(nobody).returning().get(), { code: "SQLITE_CONSTRAINT_FOREIGNKEY" });
  assert.throws(() => db.get(sql`update comments set user_id = 99 where id = 1 returning id`), {
    code: "SQLITE_CONSTRAINT_FOREIGNKEY",
  });
  assert.throws(() => db.insert(comments).values(nobody).returning().prepare().get(), {
    code: "SQLITE_CONSTRAINT_FOREIGNKEY",
  });
  assert.equal(client.row("select count(*) from comments where user_id = 99")?.[0], 0);
});

// 10
test("a write that returns a large integer is run once and gives it exactly", (t) => {
  const { db, client } = openOurs(t);
  const big = 2n ** 53n + 1n;
  assert.deepEqual(
    db
      .insert(users)
      .values({ name: "Big", age: sql`${big}` })
      .returning({ age: users.age })
      .all(),
    [{ age: big }],
  );
  assert.deepEqual(db.all(sql`insert into users (name, age) values ('Big', ${big}) returning age`), [{ age: big }]);
  assert.equal(client.row("select count(*) from users where name = 'Big'")?.[0], 2);
  assert.equal(
    db
      .insert(posts)
      .values({ id: sql`${big}`, authorId: 1, title: "" } as never)
      .run().lastInsertRowid,
    big,
  );
  assert.equal(db.insert(posts).values({ id: -5, authorId: 1, title: "" }).run().lastInsertRowid, -5);
});

// 11
test("bytes are Buffers wherever they come from", async (t) => {
  const { db } = openOurs(t);
  const found = [
    one<{ buffer: unknown }>(db.select().from(bytes).all()).buffer,
    db
      .select({ b: sql`${bytes.buffer}` })
      .from(bytes)
      .get()?.b,
    (await db.query.bytes.findFirst())?.buffer,
    one<unknown[]>(db.values(sql`select buffer from bytes`))[0],
    one<unknown[]>(db.select({ buffer: bytes.buffer }).from(bytes).values())[0],
    one<{ buffer: unknown }>(db.all(sql`select buffer from bytes`)).buffer,
    (db.get(sql`select buffer from bytes`) as { buffer: unknown }).buffer,
    db
      .insert(bytes)
      .values({ buffer: Buffer.from([0, 255, 16]) })
      .returning()
      .get().buffer,
  ];
  for (const value of found) {
    assert.ok(Buffer.isBuffer(value));
    assert.equal(value.toString("hex"), value.length === 3 ? value.toString("hex") : "");
  }
  assert.deepEqual(db.select({ hex: bytes.hex }).from(bytes).all(), [
    { hex: "beef" },
    { hex: null },
    { hex: "" },
    { hex: null },
  ]);
});

// 12
test("raw rows are plain objects, and mapped rows keep columns of equal names apart", (t) => {
  const { db } = openOurs(t);
  assert.equal(Object.getPrototypeOf(db.get(sql`select 1 as a`)), Object.prototype);
  assert.equal(Object.getPrototypeOf(one(db.all(sql`select 1 as a`))), Object.prototype);
  const joined = db
    .select({ user: users.id, post: posts.id, comment: comments.id, two: sql<number>`2`, one: sql<number>`1` })
    .from(comments)
    .innerJoin(posts, eq(posts.id, comments.postId))
    .innerJoin(users, eq(users.id, posts.authorId))
    .where(eq(comments.id, 3))
    .all();
  assert.deepEqual(joined, [{ user: 2, post: 3, comment: 3, two: 2, one: 1 }]);
});

// 13
test("whole numbers are bound as integers, booleans as 1 and 0, and undefined is refused", (t) => {
  const { db } = openOurs(t);
  assert.deepEqual(db.get(sql`select 7 / ${2} as q, typeof(${1}) as t, ${1} || '' as s, json_array(${1}) as j`), {
    q: 3,
    t: "integer",
    s: "1",
    j: "[1]",
  });
  db.insert(groups)
    .values({ id: sql`${1}`, title: sql`${2.5}` })
    .run();
  assert.deepEqual(db.values(sql`select id, title from groups where id = '1'`), [["1", "2.5"]]);
  assert.deepEqual(db.get(sql`select ${true} as t, ${false} as f`), { t: 1, f: 0 });
  assert.throws(() => db.get(sql`select ${sql.param(undefined)} as u`), {
    name: "TypeError",
    message: /received undefined/,
  });
  assert.throws(() => db.get(sql`select ${Number.NaN} as u`), { name: "TypeError", message: /NaN/ });
});

// 14
test("text with a NUL character comes back whole or is refused", (t) => {
  const { db } = openOurs(t);
  const title = "a\0b";
  let isRefused = false;
  try {
    db.insert(groups).values({ id: "nul", title }).run();
  } catch (error) {
    assert.ok(error instanceof TypeError);
    isRefused = true;
  }
  const stored = db.select({ title: groups.title }).from(groups).where(eq(groups.id, "nul")).get();
  assert.deepEqual(stored, isRefused ? undefined : { title });
});

test("rows have the new columns when another connection has altered the table", (t) => {
  const { db, client } = openOurs(t);
  const other = open(client.path);
  t.after(() => other.close());
  const read = () => db.get(sql`select * from groups where id = 'g1'`);
  assert.deepEqual(read(), { id: "g1", title: "Group 1" });
  other.run("ALTER TABLE groups ADD COLUMN extra TEXT DEFAULT 'new'");
  assert.deepEqual(read(), { id: "g1", title: "Group 1", extra: "new" });
  client.run("ALTER TABLE groups RENAME COLUMN extra TO renamed");
  assert.deepEqual(read(), { id: "g1", title: "Group 1", renamed: "new" });
  db.transaction((tx) => tx.run(sql`alter table groups drop column renamed`));
  assert.deepEqual(read(), { id: "g1", title: "Group 1" });
});

// 15
test("a placeholder stores NULL when it is null, whatever the column's encoder", (t) => {
  const { db } = openOurs(t);
  const names = ["flag", "at", "atMs", "json", "num", "numNumber", "ratio", "point", "shout"] as const;
  const places = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as object;
  const insert = db.insert(modes).values(places).returning().prepare();
  const nothing = Object.fromEntries(names.map((name) => [name, null]));
  const { id: _, ...row } = insert.get(nothing) as Record<string, unknown>;
  assert.deepEqual(row, { ...nothing, role: null });
  const set = db
    .update(modes)
    .set({ at: sql.placeholder("at") as never })
    .where(eq(modes.id, 1))
    .returning({ at: modes.at })
    .prepare();
  assert.deepEqual(set.get({ at: null }), { at: null });
  assert.throws(() => insert.get({ ...nothing, flag: undefined }), TypeError);
  assert.throws(() => set.get({}), { name: "TypeError", message: /no value for placeholder "at"/ });
  assert.throws(
    () =>
      db
        .select()
        .from(groups)
        .where(eq(groups.id, sql.placeholder("constructor")))
        .prepare()
        .all({}),
    TypeError,
  );
});

// 16
test("a nested transaction that was undone leaves no savepoint behind", (t) => {
  const { db } = openOurs(t);
  db.transaction((tx) => {
    assert.throws(() => tx.transaction((nested) => nested.rollback()));
    assert.throws(() => tx.$honkerTx.run("RELEASE sp0"), { message: /no such savepoint/ });
  });
});

// 17
test("a statement with more variables than SQLite takes is refused and writes nothing", (t) => {
  const { db, client } = openOurs(t);
  // SQLite in Node and Deno takes 32 766, in Bun 250 000
  const rows = Array.from({ length: 125_001 }, (_, i) => ({ id: `r${i}`, title: "" }));
  assert.throws(() => db.insert(groups).values(rows).run(), { message: /too many SQL variables/ });
  assert.equal(client.row("select count(*) from groups")?.[0], 2);
  assert.equal(db.insert(groups).values(rows.slice(0, 16_383)).run().changes, 16_383);
});

test("a relation with bytes is refused by SQLite with its own words", (t) => {
  const parents = sqliteTable("users", { id: integer().primaryKey() });
  const { client } = openOurs(t);
  const blobs = sqliteTable("bytes", { id: integer().primaryKey(), buffer: blob({ mode: "buffer" }) });
  const db = createDrizzleWithAdapter(client);
  const query = db
    .select({ json: sql<string>`json_array(${blobs.buffer})` })
    .from(blobs)
    .innerJoin(parents, eq(parents.id, blobs.id));
  assert.throws(() => query.all(), { code: "SQLITE_ERROR", message: "JSON cannot hold BLOB values" });
});

// 18
test("errors carry SQLite's symbol, and neither SQL nor parameters where a log would print them", (t) => {
  const { db } = openOurs(t);
  const insert = () => db.insert(users).values({ name: "secret", email: "ann@example.com" }).run();
  assert.throws(insert, {
    name: "SqliteError",
    code: "SQLITE_CONSTRAINT_UNIQUE",
    errcode: 2067,
    message: "UNIQUE constraint failed: users.email",
  });
  try {
    insert();
  } catch (error) {
    assert.ok(!JSON.stringify(error).includes("secret"));
    assert.ok(!Object.keys(error as object).some((key) => key === "sql" || key === "params"));
    assert.match((error as { sql: string }).sql, /^insert into "users"/);
  }
});

// 19
test("update and delete keep to their order and limit", (t) => {
  const { db, client } = openOurs(t);
  db.update(users).set({ age: 1 }).orderBy(sql`${users.id} desc`).limit(2).run();
  assert.deepEqual(client.values("select id from users where age = 1 order by id"), [[3], [4]]);
  db.delete(comments).where(eq(comments.postId, 1)).limit(1).run();
  assert.equal(client.row("select count(*) from comments")?.[0], 3);
  db.update(comments).set({ body: "none" }).limit(0).run();
  assert.equal(client.row("select count(*) from comments where body = 'none'")?.[0], 0);
});

test("update and delete keep to their order and limit in a table without rowid", (t) => {
  const { db, client } = openOurs(t);
  assert.equal(db.update(groups).set({ title: "last" }).orderBy(sql`${groups.id} desc`).limit(1).run().changes, 1);
  assert.deepEqual(client.values("select id, title from groups"), [
    ["g1", "Group 1"],
    ["g2", "last"],
  ]);
});

test("columns follow from a query's own fields when two queries have one text", (t) => {
  const { db } = openOurs(t);
  const plain = sqliteTable("modes", { id: integer().primaryKey(), at: integer() });
  const dated = sqliteTable("modes", { id: integer().primaryKey(), at: integer({ mode: "timestamp" }) });
  const named = sqliteTable("modes", { key: integer("id").primaryKey(), when: text("at") });
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(db.select().from(plain).get(), { id: 1, at: 1_700_000_000 });
    assert.deepEqual(db.select().from(dated).get(), { id: 1, at: new Date(1_700_000_000_000) });
    assert.deepEqual(db.select().from(named).get(), { key: 1, when: 1_700_000_000 });
  }
});

test("columns follow from a query's own fields when two queries begin with the same column", (t) => {
  const { db } = openOurs(t);
  const at = new Date(1_700_000_000_000);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(db.select({ id: modes.id, v: modes.at }).from(modes).get(), { id: 1, v: at });
    assert.deepEqual(db.select({ id: modes.id, v: modes.json }).from(modes).get(), { id: 1, v: [1, { a: null }] });
    assert.deepEqual(db.select({ id: modes.id, w: modes.json }).from(modes).get(), { id: 1, w: [1, { a: null }] });
  }
});
