import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { sql } from "drizzle-orm";
import type { HonkerClient } from "../../src/honker/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/adapter.ts";
import { honkerClientContract } from "../contract/honker-client.ts";
import { jsonBinding, openJsonBinding } from "../support/json-binding.ts";
import { temporaryPath } from "../support/temporary.ts";
import { openFilled } from "./adapter/fixture.ts";
import { bytes, groups, modes, schema, users } from "./adapter/schema.ts";

/** A module that has `open(path)`: a package, or a path from where the tests are run. */
const named = process.env.HONKER_CLIENT ?? "./src/honker/mod.ts";
const module = /^[./]/.test(named) ? pathToFileURL(resolve(named)).href : named;
const { open } = (await import(module)) as { open(path: string): HonkerClient };

honkerClientContract(named, (path) => open(path));
honkerClientContract("a binding of JSON", openJsonBinding);

test("the binding of JSON converts as the native binding does", (t) => {
  const client = openJsonBinding(temporaryPath(t));
  t.after(() => client.close());
  const [row] = client.query("SELECT 2 AS b, 1 AS a, 3 AS a, x'00FF' AS bytes, 9007199254740993 AS big, 1e999 AS inf");
  assert.deepEqual(Object.entries(row ?? {}), [
    ["a", 3],
    ["b", 2],
    ["big", 9007199254740992],
    ["bytes", "00ff"],
    ["inf", null],
  ]);
  assert.deepEqual(
    client.query("SELECT ? AS a, ? AS b, typeof(?) AS c, typeof(?) AS d", [
      new Uint8Array([7]),
      { b: 1, a: new Date() } as never,
      2 ** 32,
      2 ** 32 - 1,
    ]),
    [{ a: '{"0":7}', b: '{"a":{},"b":1}', c: "real", d: "integer" }],
  );
  for (const value of [1n, Buffer.from("x"), Number.NaN, undefined]) {
    assert.throws(() => client.query("SELECT ?", [value as never]), /Failed to convert/);
  }
});

/** Drizzle on the stand-in, and a look past it. */
function onBinding(t: Parameters<typeof openFilled>[0]) {
  const engine = openFilled(t);
  return { engine, db: createDrizzleWithAdapter(jsonBinding(engine), { schema }) };
}

const REFUSED = { name: "StorageError", code: "CLIENT_CANNOT_CARRY" };

test("a binding of JSON is refused what it can't carry before anything is run", async (t) => {
  const { db, engine } = onBinding(t);
  const refused = [
    () => db.select().from(bytes).all(),
    () => db.select({ big: bytes.big }).from(bytes).all(),
    () =>
      db
        .select({ inner: { numBig: bytes.numBig } })
        .from(bytes)
        .prepare(),
    () =>
      db
        .select()
        .from(db.select({ hex: bytes.hex }).from(bytes).as("inner"))
        .all(),
    () => db.query.bytes.findMany().sync(),
    () => db.query.bytes.findFirst({ columns: { big: true } }).sync(),
    () => db.insert(bytes).values({ ref: 1 }).returning().all(),
    () =>
      db
        .insert(bytes)
        .values({ buffer: Buffer.from("x") })
        .run(),
    () => db.insert(bytes).values({ hex: "ff" }).run(),
    () =>
      db
        .insert(users)
        .values({ name: "x", age: sql`${1n}` })
        .run(),
    () =>
      db
        .insert(users)
        .values({ name: "x", age: 2 ** 51 })
        .run(),
    () => db.insert(modes).values({ ratio: Number.POSITIVE_INFINITY }).run(),
    () =>
      db
        .update(bytes)
        .set({ buffer: Buffer.from("x") })
        .run(),
    () => db.all(sql`select ${new Uint8Array(1)} as a`),
    () => db.values(sql`select 1 as a`),
    () => db.values(sql`delete from groups`),
  ];
  for (const refuse of refused) assert.throws(refuse, REFUSED, String(refuse));
  assert.throws(
    () => db.run(sql`delete from groups where id = ${1n}`),
    ({ cause }) => cause.code === "CLIENT_CANNOT_CARRY",
  );
  await assert.rejects(async () => await db.insert(bytes).values({ buffer: Buffer.from("x") }), REFUSED);
  assert.deepEqual(
    ["bytes", "groups", "users", "modes"].map((table) => engine.row(`SELECT count(*) FROM ${table}`)?.[0]),
    [3, 2, 4, 2],
  );
});

test("a binding of JSON is refused an integer that it has rounded", (t) => {
  const { db, engine } = onBinding(t);
  engine.run("UPDATE users SET age = 9007199254740993 WHERE id = 1");
  assert.throws(() => db.select().from(users).all(), REFUSED);
  assert.throws(() => db.all(sql`select max(age) as age from users`), REFUSED);
  assert.throws(() => db.query.users.findMany().sync(), REFUSED);
  assert.throws(() => db.update(users).set({ name: "x" }).returning().all(), REFUSED);
  assert.equal(engine.row("SELECT count(*) FROM users WHERE name = 'x'")?.[0], 0);
  assert.deepEqual(db.get(sql`select cast(max(age) as text) as age, 1e300 as large from users`), {
    age: "9007199254740993",
    large: 1e300,
  });
});

test("a binding of JSON gets dates, maps and functions as refusals and objects as our JSON", (t) => {
  const { db } = onBinding(t);
  for (const value of [new Date(), new Map(), () => 1, Symbol("s"), undefined]) {
    assert.throws(() => db.all(sql`select ${sql.param(value)} as v`), TypeError);
  }
  const at = new Date(0);
  assert.deepEqual(db.get(sql`select ${{ b: 1, a: at }} as v`), { v: '{"b":1,"a":"1970-01-01T00:00:00.000Z"}' });
});

test("a binding of JSON gives the rows of a query whose names look like keywords", (t) => {
  const { db } = onBinding(t);
  const update = db.$with("update").as(db.select({ delete: groups.id, returning: groups.title }).from(groups));
  assert.deepEqual(db.with(update).select().from(update).all(), [
    { delete: "g1", returning: "Group 1" },
    { delete: "g2", returning: "Group 2" },
  ]);
  assert.equal(
    db.select({ v: sql<string>`'; insert into groups -- /*'` }).from(groups).get()?.v,
    "; insert into groups -- /*",
  );
  assert.equal(db.run(sql`update groups set title = 'returning' where id = 'g1'`).changes, 1);
});
