import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { comments, defaults, groups, members, posts, resetCounter, users } from "../schema.ts";
import type { Works } from "./work.ts";

const eva = { name: "Eva", email: "eva@example.com" };

export const writes: Works = {
  insert: (db) => db.insert(users).values(eva).run(),
  "insert awaited": async (db) => await db.insert(users).values(eva),
  "insert executed": async (db) => await db.insert(users).values(eva).execute(),
  "insert returning all": (db) =>
    db
      .insert(users)
      .values({ ...eva, settings: { theme: "x" }, active: false })
      .returning()
      .all(),
  "insert returning get": (db) => db.insert(users).values(eva).returning().get(),
  "insert returning values": (db) =>
    db.insert(users).values(eva).returning({ id: users.id, name: users.name }).values(),
  "insert returning run": (db) => db.insert(users).values(eva).returning().run(),
  "insert returning awaited": async (db) => await db.insert(users).values(eva).returning(),
  "insert returning expressions": (db) =>
    db
      .insert(users)
      .values(eva)
      .returning({ name: users.name, up: sql<string>`upper(${users.name})`, n: sql<number>`${users.id} + 1`.as("n") })
      .all(),
  "insert many": (db) =>
    db
      .insert(posts)
      .values(
        Array.from({ length: 300 }, (_, i) => ({ id: 100 + i, authorId: 1 + (i % 4), title: `T${i}`, score: i / 2 })),
      )
      .returning({ id: posts.id, slug: posts.slug })
      .all(),
  "insert many with different keys": (db) =>
    db
      .insert(users)
      .values([
        { name: "E", age: 1 },
        { name: "F", email: "f" },
        { name: "G", settings: null, active: undefined },
      ])
      .run(),
  "insert nothing": (db) => db.insert(users).values([]).run(),
  "insert expressions": (db) =>
    db
      .insert(users)
      .values({ name: sql`upper(${"eva"})`, age: sql`(select max(age) + ${1} from users)` })
      .returning()
      .get(),
  "insert from select": (db) =>
    db
      .insert(groups)
      .select(db.select({ id: sql<string>`'u' || ${users.id}`.as("id"), title: users.name }).from(users))
      .returning()
      .all(),
  "insert from select by a function": (db) =>
    db
      .insert(members)
      .select((qb) =>
        qb
          .select({ userId: users.id, groupId: sql<string>`'g2'`.as("group_id") })
          .from(users)
          .where(d.gt(users.id, 1)),
      )
      .run(),
  "insert from select awaited": async (db) =>
    await db
      .insert(groups)
      .select(db.select({ id: sql<string>`'x' || ${users.id}`.as("id"), title: users.name }).from(users)),
  "insert from raw SQL": (db) => db.insert(groups).select(sql`select 'r', 'raw'`).run(),
  "insert with a CTE": (db) => {
    const names = db
      .$with("names")
      .as(db.select({ id: sql<string>`'c' || ${users.id}`.as("id"), title: users.name }).from(users));
    return db.with(names).insert(groups).select(db.select().from(names)).returning().all();
  },
  "on conflict do nothing": (db) => [
    db.insert(users).values({ id: 1, name: "X" }).onConflictDoNothing().run(),
    db
      .insert(users)
      .values({ name: "X", email: "ann@example.com" })
      .onConflictDoNothing({ target: users.email })
      .returning()
      .all(),
    db
      .insert(users)
      .values({ name: "X", email: "ann@example.com" })
      .onConflictDoNothing({ target: users.email })
      .returning()
      .get(),
  ],
  "on conflict do update": (db) =>
    db
      .insert(users)
      .values([{ ...eva, email: "ann@example.com" }, eva])
      .onConflictDoUpdate({ target: users.email, set: { name: sql`excluded.name`, age: 1 } })
      .returning()
      .all(),
  "on conflict do update where": (db) =>
    db
      .insert(groups)
      .values([
        { id: "g1", title: "A" },
        { id: "g2", title: "B" },
      ])
      .onConflictDoUpdate({
        target: groups.id,
        set: { title: sql`${groups.title} || excluded.title` },
        setWhere: d.eq(groups.title, "Group 2"),
      })
      .returning()
      .all(),
  "on conflict of two columns": (db) =>
    db
      .insert(members)
      .values({ userId: 1, groupId: "g1" })
      .onConflictDoUpdate({ target: [members.userId, members.groupId], set: { groupId: "g1" } })
      .run(),
  "generated columns": (db) => [
    db.insert(posts).values({ id: 50, authorId: 1, title: "HeLLo" }).returning().get(),
    db
      .update(posts)
      .set({ title: "ByE" })
      .where(d.eq(posts.id, 50))
      .returning({ slug: posts.slug, length: posts.length })
      .get(),
  ],
  defaults: (db) => {
    resetCounter();
    return [
      db.insert(defaults).values({}).returning().get(),
      db
        .insert(defaults)
        .values([{ fixed: null }, { computed: "own", expression: 1 }])
        .returning()
        .all(),
      db.update(defaults).set({ fixed: "set" }).where(d.lte(defaults.id, 2)).returning().all(),
      db
        .update(defaults)
        .set({ touched: 99, updated: new Date(0) })
        .where(d.eq(defaults.id, 3))
        .returning()
        .get(),
    ];
  },
  update: (db) => db.update(users).set({ age: 1 }).where(d.gt(users.id, 1)).run(),
  "update awaited": async (db) => await db.update(users).set({ age: 1 }).where(d.gt(users.id, 1)),
  "update all rows": (db) =>
    db
      .update(users)
      .set({ age: sql`${users.age} + ${1}`, settings: null })
      .run(),
  "update no row": (db) => db.update(users).set({ age: 1 }).where(d.eq(users.id, 99)).run(),
  "update nothing": (db) => db.update(users).set({}).run(),
  "update returning": (db) =>
    db
      .update(users)
      .set({ settings: { theme: "new" } })
      .where(d.eq(users.id, 2))
      .returning()
      .all(),
  "update returning get": (db) =>
    db
      .update(users)
      .set({ active: false })
      .where(d.eq(users.id, 2))
      .returning({ id: users.id, active: users.active })
      .get(),
  "update returning awaited": async (db) =>
    await db.update(users).set({ age: 3 }).where(d.lt(users.id, 3)).returning({ age: users.age }),
  "update from": (db) =>
    db
      .update(posts)
      .set({ title: sql`${users.name} || ': ' || ${posts.title}` })
      .from(users)
      .where(d.eq(posts.authorId, users.id))
      .run(),
  "update from a subquery": (db) => {
    const best = db
      .select({ author: posts.authorId, s: d.max(posts.score).as("s") })
      .from(posts)
      .groupBy(posts.authorId)
      .as("best");
    return db
      .update(users)
      .set({ age: sql`${best.s} * 10` })
      .from(best)
      .where(d.eq(best.author, users.id))
      .returning({ id: users.id, age: users.age })
      .all();
  },
  "update with a CTE": (db) => {
    const old = db.$with("old").as(db.select({ id: users.id }).from(users).where(d.gt(users.age, 30)));
    return db
      .with(old)
      .update(users)
      .set({ role: "admin" })
      .where(d.inArray(users.id, db.select({ id: old.id }).from(old)))
      .returning({ id: users.id })
      .all();
  },
  delete: (db) => db.delete(comments).where(d.eq(comments.postId, 1)).run(),
  "delete awaited": async (db) => await db.delete(comments).where(d.eq(comments.postId, 1)),
  "delete all rows": (db) => db.delete(members).run(),
  "delete with cascade": (db) => db.delete(posts).where(d.eq(posts.id, 1)).run(),
  "delete returning": (db) => db.delete(comments).where(d.lt(comments.id, 3)).returning().all(),
  "delete returning get": (db) =>
    db.delete(comments).where(d.eq(comments.id, 2)).returning({ body: comments.body }).get(),
  "delete returning awaited": async (db) => await db.delete(comments).returning({ id: comments.id }),
  "delete with a CTE": (db) => {
    const one = db.$with("one").as(db.select({ id: posts.id }).from(posts).where(d.eq(posts.title, "First")));
    return db
      .with(one)
      .delete(comments)
      .where(d.inArray(comments.postId, db.select().from(one)))
      .returning()
      .all();
  },
  "update in order with a limit": (db) => [
    db.update(users).set({ name: "oldest" }).where(d.isNotNull(users.age)).orderBy(d.desc(users.age)).limit(1).run(),
    db.select({ id: users.id }).from(users).where(d.eq(users.name, "oldest")).all(),
  ],
  "update with a limit returning": (db) =>
    db
      .update(posts)
      .set({ score: 9 })
      .where(d.gt(posts.id, 1))
      .orderBy(posts.id)
      .limit(2)
      .returning({ id: posts.id })
      .all(),
  "update with a limit and from": (db) =>
    db
      .update(posts)
      .set({ title: users.name })
      .from(users)
      .where(d.eq(users.id, posts.authorId))
      .orderBy(posts.id)
      .limit(1)
      .returning({ id: posts.id, title: posts.title })
      .all(),
  "delete in order with a limit": (db) => [
    db.delete(comments).orderBy(d.desc(comments.id)).limit(3).run(),
    db.select({ id: comments.id }).from(comments).all(),
  ],
  "delete with a limit of placeholders": (db) => {
    const query = db
      .delete(comments)
      .where(d.lt(comments.id, sql.placeholder("id")))
      .limit(sql.placeholder("n") as never)
      .prepare();
    return [query.run({ id: 4, n: 2 }), query.run({ id: 4, n: 0 }), query.run({ id: 4, n: 9 })];
  },
  "last row ids": (db) => [
    db.insert(users).values({ name: "E" }).run(),
    db
      .insert(users)
      .values([{ name: "F" }, { name: "G" }])
      .run(),
    db.update(users).set({ age: 1 }).run(),
    db.insert(users).values({ id: 1000, name: "H" }).run(),
  ],
};
