/**
 * Where Drizzle on our engine gives something else than on better-sqlite3, on purpose: the whole list. The table in
 * `docs/architecture/sqlite-host.md` says it for readers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eq, sql } from "drizzle-orm";
import { ours, outcome, theirs } from "./fixture.ts";
import { bytes, comments, groups, modes, posts } from "./schema.ts";
import type { Db } from "./works/work.ts";

interface Difference {
  readonly use: (db: Db) => unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

const refused = (name: string) => ({ thrown: { name } });
const BIG = 2n ** 53n + 1n;
const ROUNDED = 2 ** 53;

const differences: Record<string, Difference> = {
  "whole numbers are bound as INTEGER": {
    use: (db) => db.get(sql`select 7 / ${2} as q, typeof(${1}) as t, ${1} || '' as s`),
    ours: { result: { q: 3, t: "integer", s: "1" } },
    theirs: { result: { q: 3.5, t: "real", s: "1.0" } },
  },
  "integers beyond 2^53 are bigints instead of rounded": {
    use: (db) => {
      db.run(sql`update bytes set ref = ${BIG} where id = 1`);
      const where = eq(bytes.id, 1);
      return [
        db.select({ ref: bytes.ref }).from(bytes).where(where).get(),
        db.query.bytes.findFirst({ columns: { ref: true }, where }).sync(),
        db.values(sql`select ref from bytes where id = 1`),
        db
          .insert(posts)
          .values({ id: sql`${BIG}`, authorId: 1, title: "" } as never)
          .run().lastInsertRowid,
      ];
    },
    ours: { result: [{ ref: BIG }, { ref: BIG }, [[BIG]], BIG] },
    theirs: { result: [{ ref: ROUNDED }, { ref: ROUNDED }, [[ROUNDED]], ROUNDED] },
  },
  "NaN is refused instead of stored as NULL": {
    use: (db) => db.insert(modes).values({ ratio: Number.NaN }).returning({ ratio: modes.ratio }).get(),
    ours: refused("TypeError"),
    theirs: { result: { ratio: null } },
  },
  "booleans are bound as 1 and 0": {
    use: (db) => db.get(sql`select ${true} as t, ${false} as f`),
    ours: { result: { t: 1, f: 0 } },
    theirs: refused("TypeError"),
  },
  "plain objects and arrays are bound as JSON": {
    use: (db) => db.get(sql`select ${sql.param({ a: 1 })} as o, ${sql.param([1, "b"])} as l`),
    ours: { result: { o: '{"a":1}', l: '[1,"b"]' } },
    theirs: { result: { o: 1, l: "b" } }, // read as a named value and as a list of values
  },
  "bytes of a DataView are bound": {
    use: (db) => db.get(sql`select hex(${new DataView(new ArrayBuffer(3), 1, 1)}) as v`),
    ours: { result: { v: "00" } },
    theirs: { thrown: { name: "Error", message: "Invalid argument", cause: undefined } },
  },
  "a placeholder that is null stores NULL whatever the column": {
    use: (db) =>
      db
        .insert(modes)
        .values({ flag: sql.placeholder("flag"), json: sql.placeholder("json") })
        .returning({ flag: sql`flag`, json: sql`json` })
        .prepare()
        .get({ flag: null, json: null }),
    ours: { result: { flag: null, json: null } },
    theirs: { result: { flag: 0, json: "null" } },
  },
  "a placeholder that is null may stand for a date": {
    use: (db) =>
      db
        .insert(modes)
        .values({ at: sql.placeholder("at") })
        .returning({ at: modes.at })
        .prepare()
        .get({ at: null }),
    ours: { result: { at: null } },
    theirs: refused("TypeError"),
  },
  "a placeholder that is undefined is refused": {
    use: (db) =>
      db
        .insert(modes)
        .values({ flag: sql.placeholder("flag") })
        .prepare()
        .run({ flag: undefined }),
    ours: refused("TypeError"),
    theirs: { result: { changes: 1, lastInsertRowid: 3 } },
  },
  "all() and get() of a statement without rows give none": {
    use: (db) => [db.all(sql`delete from comments where id = 1`), db.get(sql`delete from comments where id = 2`)],
    ours: { result: [[], undefined] },
    theirs: refused("TypeError"),
  },
  "get() of a write throws when a deferred foreign key undoes it": {
    use: (db) =>
      db.insert(comments).values({ id: 9, postId: 1, userId: 99, body: "X" }).returning({ id: comments.id }).get(),
    ours: {
      thrown: { name: "SqliteError", code: "SQLITE_CONSTRAINT_FOREIGNKEY", message: "FOREIGN KEY constraint failed" },
    },
    theirs: { result: { id: 9 } },
  },
  "reads and writes by db inside a transaction are outside it": {
    use: (db) =>
      db.transaction((tx) => {
        tx.insert(groups).values({ id: "x", title: "" }).run();
        return db.select({ id: groups.id }).from(groups).all().length;
      }),
    ours: { result: 2 },
    theirs: { result: 3 },
  },
  "an async transaction is carried": {
    use: async (db) => {
      await db.transaction(async (tx) => {
        await tx.insert(groups).values({ id: "x", title: "" });
      });
      return db.select().from(groups).all().length;
    },
    ours: { result: 3 },
    theirs: refused("TypeError"),
  },
  "a query of a missing table fails where it is run": {
    use: (db) => {
      db.run(sql`drop table modes`);
      return typeof db.select().from(modes).prepare();
    },
    ours: { result: "object" },
    theirs: { thrown: { name: "SqliteError", code: "SQLITE_ERROR", message: "no such table: modes" } },
  },
};

for (const [name, { use, ...wanted }] of Object.entries(differences)) {
  test(`Drizzle differs from better-sqlite3 on purpose: ${name}`, async (t) => {
    assert.deepEqual(await outcome(() => use(ours(t).db)), wanted.ours, "on our engine");
    assert.deepEqual(await outcome(() => use(theirs(t).db)), wanted.theirs, "on better-sqlite3");
  });
}
