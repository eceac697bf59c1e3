import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { comments, groups, modes, posts, users } from "../schema.ts";
import type { Works } from "./work.ts";

export const raws: Works = {
  "raw run": (db) => [db.run(sql`insert into groups values (${"r"}, ${"raw"})`).changes, db.run("delete from members")],
  "raw run of DDL": (db) => [
    db.run(sql`create table fresh (a, b)`),
    db.run(sql`pragma user_version = 3`),
    db.run(sql`select 1`),
  ],
  "raw all": (db) => db.all(sql`select id, name as "n" from ${users} where ${users.id} < ${3} order by id`),
  "raw all of text": (db) => db.all("select 1 as one, 'two' as two, null as three, 0.5 as half"),
  "raw all of no row": (db) => db.all(sql`select 1 where 0`),
  "raw all with equal names": (db) => db.all(sql`select 1 as a, 2 as b, 3 as a`),
  "raw all with names like integers": (db) => db.all(sql`select 'x' as "1", 'y' as "0", 'z' as "constructor"`),
  "raw all of an insert returning": (db) =>
    db.all(sql`insert into groups values ('r', 'raw') returning id, title as t`),
  "raw get": (db) => db.get(sql`select name from users order by id desc`),
  "raw get of no row": (db) => [db.get(sql`select name from users where 0`)],
  "raw get of an update returning": (db) => db.get(sql`update users set age = ${9} where id = ${1} returning age`),
  "raw awaited": async (db) => [await db.all(sql`select 1 as a`), (await db.run(sql`delete from comments`)).changes],
  "raw pragma": (db) => db.all(sql`pragma table_info(groups)`),
  "raw explain": (db) => (db.all(sql`explain query plan select * from users`) as unknown[]).length,
  "raw rows are plain objects": (db) => Object.getPrototypeOf(db.get(sql`select 1 as a`)) === Object.prototype,
  "raw with a comment": (db) => db.all(sql.raw("/* a */ select 1 as a -- b")),
  "every parameter kind": (db) =>
    db.all(
      sql`select ${1} as i, ${1.5} as f, ${"s"} as s, ${null} as n, ${-0.5} as m, ${"a'b"} as q, ${1e300} as big, typeof(${"1"}) as t`,
    ),
  "parameters in every place": (db) => {
    const list = [1, 2];
    return db.all(
      sql`select ${users.name} as name, ${sql.raw("1 + 1")} as two, ${sql.identifier("age")} as age from ${users}
        where ${d.inArray(users.id, list)} and ${users.role} in ${["admin", "member"]} ${sql.join([sql`order by`, users.id], sql` `)} limit ${5}`,
    );
  },
  "parameters encoded by columns": (db) =>
    db.all(
      sql`select ${sql.param({ theme: "x" }, users.settings)} as a, ${sql.param(false, users.active)} as b,
        ${sql.param(new Date(5000), modes.at)} as c, ${sql.param({ x: 1, y: 2 }, modes.point)} as d`,
    ),
  "inlined parameters": (db) => db.all(sql`select ${"a'b"} as a, ${1} as b, ${null} as c`.inlineParams()),
  "prepared select": (db) => {
    const query = db
      .select()
      .from(users)
      .where(d.eq(users.id, sql.placeholder("id")))
      .prepare();
    return [
      query.get({ id: 1 }),
      query.all({ id: 2 }),
      query.get({ id: 99 }),
      query.execute({ id: 3 }).sync(),
      query.getQuery(),
    ];
  },
  "prepared awaited": async (db) => {
    const query = db
      .select({ id: users.id })
      .from(users)
      .where(d.gt(users.id, sql.placeholder("id")))
      .prepare();
    return [await query.execute({ id: 2 }), await query.execute({ id: 3 })];
  },
  "prepared join": (db) => {
    const query = db
      .select()
      .from(users)
      .leftJoin(posts, d.eq(posts.authorId, users.id))
      .where(d.eq(users.id, sql.placeholder("id")))
      .orderBy(posts.id)
      .prepare();
    return [query.all({ id: 1 }), query.all({ id: 3 }), query.get({ id: 3 })];
  },
  "placeholders in limit and offset": (db) => {
    const query = db
      .select({ id: users.id })
      .from(users)
      .orderBy(users.id)
      .limit(sql.placeholder("n"))
      .offset(sql.placeholder("o"))
      .prepare();
    return [query.all({ n: 1, o: 2 }), query.all({ n: -1, o: 0 }), query.all({ n: 0, o: 0 })];
  },
  "placeholders in values": (db) => {
    const query = db
      .insert(users)
      .values({
        name: sql.placeholder("name"),
        settings: sql.placeholder("settings"),
        active: sql.placeholder("active"),
        age: sql.placeholder("age"),
      })
      .returning()
      .prepare();
    return [
      query.get({ name: "P", settings: { theme: "p" }, active: false, age: null }),
      query.execute({ name: "Q", settings: { theme: "q" }, active: true, age: 3 }).sync(),
    ];
  },
  "placeholders in many values": (db) => {
    const query = db
      .insert(groups)
      .values([
        { id: sql.placeholder("a"), title: sql.placeholder("t") },
        { id: sql.placeholder("b"), title: sql.placeholder("t") },
      ])
      .prepare();
    return [query.run({ a: "x", b: "y", t: "same" }), query.execute({ a: "v", b: "w", t: "other" }).sync()];
  },
  "placeholders in set": (db) => {
    const query = db
      .update(posts)
      .set({ title: sql.placeholder("title") as never, at: sql.placeholder("at") as never })
      .where(d.eq(posts.id, sql.placeholder("id")))
      .returning()
      .prepare();
    return [
      query.get({ title: "New", at: new Date(1_700_000_000_001), id: 2 }),
      query.all({ title: "X", at: new Date(0), id: 99 }),
    ];
  },
  "placeholders in sql and in lists": (db) => {
    const query = db
      .select({ id: users.id, twice: sql`${sql.placeholder("x")} || ${sql.placeholder("x")}` })
      .from(users)
      .where(d.inArray(users.id, [sql.placeholder("a"), sql.placeholder("b")] as never))
      .orderBy(users.id)
      .prepare();
    return query.all({ x: "z", a: 1, b: 3 });
  },
  "a prepared delete": (db) => {
    const query = db
      .delete(comments)
      .where(d.eq(comments.id, sql.placeholder("id")))
      .returning({ body: comments.body })
      .prepare();
    return [query.all({ id: 1 }), query.get({ id: 2 }), query.all({ id: 2 })];
  },
  "a prepared query run again after the rows changed": (db) => {
    const query = db.select({ n: d.count() }).from(comments).prepare();
    const before = query.get();
    db.delete(comments).run();
    return [before, query.get()];
  },
  "a transaction": (db) => [
    db.transaction((tx) => {
      tx.insert(groups).values({ id: "t", title: "T" }).run();
      return tx.select().from(groups).orderBy(groups.id).all();
    }),
    db.select().from(groups).orderBy(groups.id).all(),
  ],
  "a transaction with a behaviour": (db) =>
    (["deferred", "immediate", "exclusive"] as const).map((behavior) =>
      db.transaction((tx) => tx.update(users).set({ age: 1 }).run().changes, { behavior }),
    ),
  "a transaction that throws": (db) => {
    try {
      db.transaction((tx) => {
        tx.delete(comments).run();
        throw new RangeError("mine");
      });
    } catch (error) {
      return [(error as Error).message, db.select({ n: d.count() }).from(comments).get()];
    }
    return "not thrown";
  },
  "a transaction that rolls back": (db) =>
    db.transaction((tx) => {
      tx.delete(comments).run();
      tx.rollback();
    }),
  "nested transactions": (db) => {
    const seen: unknown[] = [];
    db.transaction((tx) => {
      tx.insert(groups).values({ id: "1", title: "kept" }).run();
      tx.transaction((inner) => {
        inner.insert(groups).values({ id: "2", title: "kept" }).run();
        try {
          inner.transaction((third) => {
            third.insert(groups).values({ id: "3", title: "undone" }).run();
            seen.push(third.select({ id: groups.id }).from(groups).all());
            third.rollback();
          });
        } catch (error) {
          seen.push((error as Error).message);
        }
        seen.push(inner.select({ id: groups.id }).from(groups).all());
      });
      try {
        tx.transaction((inner) => {
          inner.delete(groups).run();
          throw new Error("undo");
        });
      } catch {}
    });
    return [seen, db.select().from(groups).orderBy(groups.id).all()];
  },
};

/** Rows without names, which a binding that gives objects can't tell apart. */
export const rawValues: Works = {
  "raw values": (db) => db.values(sql`select id, name, id from ${users} order by id`),
  "raw values of no row": (db) => db.values(sql`select 1 where 0`),
  "raw values with equal names": (db) => db.values(sql`select 1 as a, 2 as a`),
};

/** What SQLite or Drizzle refuses. */
export const refusals: Works = {
  "a unique constraint": (db) => db.insert(users).values({ name: "X", email: "ann@example.com" }).run(),
  "a unique constraint, returning": (db) =>
    db.insert(users).values({ name: "X", email: "ann@example.com" }).returning().all(),
  "a unique constraint, get": (db) =>
    db.insert(users).values({ name: "X", email: "ann@example.com" }).returning().get(),
  "a unique constraint, awaited": async (db) => await db.insert(users).values({ name: "X", email: "ann@example.com" }),
  "a primary key": (db) => db.insert(groups).values({ id: "g1", title: "X" }).run(),
  "a rowid": (db) => db.insert(users).values({ id: 1, name: "X" }).run(),
  "a primary key of two columns": (db) => db.run(sql`insert into members values (1, 'g1')`),
  "a not null constraint": (db) =>
    db
      .insert(users)
      .values({ name: null as never })
      .run(),
  "a check constraint": (db) =>
    db
      .insert(users)
      .values({ name: "X", role: "boss" as never })
      .run(),
  "a foreign key": (db) => db.insert(posts).values({ id: 9, authorId: 99, title: "X" }).run(),
  "a foreign key on delete": (db) => db.delete(users).where(d.eq(users.id, 1)).run(),
  "a deferred foreign key": (db) => db.insert(comments).values({ id: 9, postId: 1, userId: 99, body: "X" }).run(),
  "a deferred foreign key at commit": (db) =>
    db.transaction((tx) => {
      tx.insert(comments).values({ id: 9, postId: 1, userId: 99, body: "X" }).run();
    }),
  "a missing table": (db) => db.all(sql`select * from missing`),
  "a missing column": (db) => db.all(sql`select missing from users`),
  "a syntax error": (db) => db.all(sql`selec 1`),
  "a syntax error in run": (db) => db.run(sql`selec 1`),
  "a division of types": (db) => db.run(sql`insert into users (id, name) values ('abc', 'x')`),
  "a failing function": (db) => db.all(sql`select json_extract('{', '$.a')`),
  "an integer overflow": (db) => db.all(sql`select abs(-9223372036854775807 - 1)`),
};
