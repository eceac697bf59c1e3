import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { alias, except, intersect, union, unionAll } from "drizzle-orm/sqlite-core";
import { adults, comments, groups, members, modes, postCounts, posts, users } from "../schema.ts";
import type { Works } from "./work.ts";

const managers = alias(users, "managers");

export const selects: Works = {
  "select all rows": (db) => db.select().from(users).all(),
  "select one row": (db) => db.select().from(users).where(d.eq(users.id, 2)).get(),
  "select no row": (db) => db.select().from(users).where(d.eq(users.id, 99)).get(),
  "select no rows": (db) => db.select().from(users).where(d.eq(users.id, 99)).all(),
  "select values": (db) => db.select().from(posts).orderBy(posts.id).values(),
  "select run": (db) => db.select().from(users).run(),
  "select awaited": async (db) => await db.select().from(users).orderBy(d.desc(users.id)),
  "select caught and finally": async (db) => {
    let isDone = false;
    const rows = await db
      .select()
      .from(users)
      .finally(() => {
        isDone = true;
      });
    return [rows.length, isDone];
  },
  "select some fields": (db) =>
    db
      .select({ id: users.id, nested: { name: users.name, role: users.role } })
      .from(users)
      .all(),
  "select expressions": (db) =>
    db
      .select({
        upper: sql<string>`upper(${users.name})`,
        named: sql<number>`${users.age} + 1`.as("named"),
        mapped: sql`${users.age}`.mapWith(String),
        json: sql`${users.settings}`.mapWith(users.settings),
        literal: sql`${"text"}`,
      })
      .from(users)
      .all(),
  "select distinct": (db) => db.selectDistinct({ role: users.role }).from(users).orderBy(users.role).all(),
  "select without a table": (db) => db.select({ one: sql`1`, two: sql`'two'` }).from(sql`(select 1)`).all(),
  "select where": (db) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(
        d.or(
          d.and(d.gt(users.age, 20), d.lte(users.age, 52), d.like(users.name, "A%")),
          d.inArray(users.name, ["Bob", "nobody"]),
          d.between(users.age, 10, 17),
          d.isNull(users.active),
        ),
      )
      .all(),
  "select where not": (db) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(d.not(d.or(d.isNotNull(users.settings), d.notInArray(users.id, [1, 2, 4]))!))
      .all(),
  "select where by boolean, json and date": (db) => [
    db.select({ id: users.id }).from(users).where(d.eq(users.active, false)).all(),
    db
      .select({ id: users.id })
      .from(users)
      .where(d.eq(users.settings, { theme: "light" }))
      .all(),
    db
      .select({ id: posts.id })
      .from(posts)
      .where(d.gt(posts.at, new Date(1_700_000_000_500)))
      .all(),
  ],
  "select where exists": (db) =>
    db
      .select({ name: users.name })
      .from(users)
      .where(d.exists(db.select({ one: sql`1` }).from(posts).where(d.eq(posts.authorId, users.id))))
      .all(),
  "select where in a subquery": (db) =>
    db
      .select({ name: users.name })
      .from(users)
      .where(d.notInArray(users.id, db.select({ id: posts.authorId }).from(posts)))
      .all(),
  "group by and having": (db) =>
    db
      .select({
        author: posts.authorId,
        n: d.count(),
        best: d.max(posts.score),
        sum: d.sum(posts.score),
        avg: d.avg(posts.score),
      })
      .from(posts)
      .groupBy(posts.authorId)
      .having(({ n }) => d.gte(n, 1))
      .orderBy(posts.authorId)
      .all(),
  aggregates: (db) =>
    db
      .select({
        count: d.count(users.age),
        distinct: d.countDistinct(users.role),
        sum: d.sum(users.age),
        sumDistinct: d.sumDistinct(users.age),
        min: d.min(users.age),
        max: d.max(posts.at),
        avgDistinct: d.avgDistinct(users.age),
      })
      .from(users)
      .leftJoin(posts, d.eq(posts.authorId, users.id))
      .get(),
  "order by, limit and offset": (db) =>
    db.select({ id: users.id }).from(users).orderBy(d.desc(users.role), d.asc(users.name)).limit(2).offset(1).all(),
  "order by a function": (db) =>
    db
      .select({ id: users.id, n: sql<number>`length(${users.name})`.as("n") })
      .from(users)
      .orderBy(({ n, id }) => [d.desc(n), id])
      .all(),
  "inner join": (db) =>
    db.select().from(posts).innerJoin(users, d.eq(posts.authorId, users.id)).orderBy(posts.id).all(),
  "left join": (db) =>
    db.select().from(users).leftJoin(posts, d.eq(posts.authorId, users.id)).orderBy(users.id, posts.id).all(),
  "right join": (db) =>
    db.select().from(posts).rightJoin(users, d.eq(posts.authorId, users.id)).orderBy(users.id, posts.id).all(),
  "full join": (db) =>
    db.select().from(comments).fullJoin(users, d.eq(comments.userId, users.id)).orderBy(comments.id, users.id).all(),
  "cross join": (db) =>
    db.select().from(groups).crossJoin(members).orderBy(groups.id, members.userId, members.groupId).all(),
  "left join get": (db) =>
    db.select().from(users).leftJoin(posts, d.eq(posts.authorId, users.id)).where(d.eq(users.id, 3)).get(),
  "joins of some fields": (db) =>
    db
      .select({ name: users.name, post: { title: posts.title, score: posts.score }, title: posts.title })
      .from(users)
      .leftJoin(posts, d.eq(posts.authorId, users.id))
      .orderBy(users.id, posts.id)
      .all(),
  "joins of whole tables": (db) =>
    db
      .select({ user: users, post: posts })
      .from(users)
      .leftJoin(posts, d.eq(posts.authorId, users.id))
      .orderBy(users.id, posts.id)
      .all(),
  "joins of columns with equal names": (db) =>
    db
      .select({ a: users.id, b: posts.id, c: comments.id })
      .from(users)
      .innerJoin(posts, d.eq(posts.authorId, users.id))
      .innerJoin(comments, d.eq(comments.postId, posts.id))
      .orderBy(comments.id)
      .all(),
  "three tables": (db) =>
    db
      .select()
      .from(users)
      .leftJoin(members, d.eq(members.userId, users.id))
      .leftJoin(groups, d.eq(groups.id, members.groupId))
      .orderBy(users.id, groups.id)
      .all(),
  "self join": (db) =>
    db.select().from(users).leftJoin(managers, d.eq(users.managerId, managers.id)).orderBy(users.id).all(),
  "self join of some fields": (db) =>
    db
      .select({ name: users.name, manager: managers.name, settings: managers.settings })
      .from(users)
      .innerJoin(managers, d.eq(users.managerId, managers.id))
      .orderBy(users.id)
      .all(),
  "select from an alias": (db) => db.select().from(managers).where(d.eq(managers.id, 1)).all(),
  "join of a subquery": (db) => {
    const counts = db
      .select({ author: posts.authorId, n: d.count().as("n") })
      .from(posts)
      .groupBy(posts.authorId)
      .as("counts");
    return db
      .select({ name: users.name, n: counts.n })
      .from(users)
      .leftJoin(counts, d.eq(counts.author, users.id))
      .orderBy(users.id)
      .all();
  },
  "select from a subquery": (db) => {
    const inner = db
      .select({ id: users.id, at: modes.atMs, json: modes.json })
      .from(users)
      .leftJoin(modes, d.eq(modes.id, users.id))
      .as("inner");
    return db.select().from(inner).orderBy(inner.id).all();
  },
  "select with a subquery as a field": (db) =>
    db
      .select({
        name: users.name,
        latest: sql<number>`(select max(${posts.id}) from ${posts} where ${posts.authorId} = ${users.id})`,
      })
      .from(users)
      .orderBy(users.id)
      .all(),
  "select with a count as a field": (db) =>
    db
      .select({ name: users.name, posts: db.$count(posts, d.eq(posts.authorId, users.id)) })
      .from(users)
      .orderBy(users.id)
      .all(),
  $count: async (db) => [
    await db.$count(users),
    await db.$count(users, d.gt(users.age, 20)),
    await db.$count(adults),
    await db.$count(db.select().from(posts).as("p")),
  ],
  "a view": (db) => db.select().from(adults).orderBy(adults.id).all(),
  "some fields of a view": (db) => db.select({ shout: adults.shout }).from(adults).orderBy(adults.id).all(),
  "an existing view": (db) =>
    db.select().from(postCounts).innerJoin(users, d.eq(postCounts.authorId, users.id)).orderBy(users.id).all(),
  union: (db) =>
    db
      .select({ name: users.name })
      .from(users)
      .union(db.select({ name: groups.title }).from(groups))
      .orderBy(sql`name`)
      .all(),
  "union all with limit": (db) =>
    unionAll(
      db.select({ id: users.id, t: sql<string>`'u'`.as("t") }).from(users),
      db.select({ id: posts.id, t: sql<string>`'p'`.as("t") }).from(posts),
    )
      .orderBy(sql`1`, sql`2`)
      .limit(3)
      .offset(1)
      .all(),
  "set operations as functions": (db) => {
    const ids = db.select({ id: users.id }).from(users);
    const authors = db.select({ id: posts.authorId }).from(posts);
    return [union(ids, authors).all(), intersect(ids, authors).all(), except(ids, authors).all()];
  },
  "set operations as methods": (db) => {
    const ids = () => db.select({ id: users.id }).from(users);
    const authors = db.select({ id: posts.authorId }).from(posts);
    return [ids().unionAll(authors).all().length, ids().intersect(authors).all(), ids().except(authors).get()];
  },
  "a CTE": (db) => {
    const grown = db.$with("grown").as(db.select().from(users).where(d.gte(users.age, 18)));
    return db.with(grown).select({ id: grown.id, settings: grown.settings }).from(grown).orderBy(grown.id).all();
  },
  "two CTEs, one on the other": (db) => {
    const scored = db
      .$with("scored")
      .as(db.select({ author: posts.authorId, s: sql<number>`coalesce(${posts.score}, 0)`.as("s") }).from(posts));
    const totals = db.$with("totals").as((qb) =>
      qb
        .select({ author: scored.author, total: sql<number>`sum(${scored.s})`.as("total") })
        .from(scored)
        .groupBy(scored.author),
    );
    return db
      .with(scored, totals)
      .select({ name: users.name, total: totals.total })
      .from(users)
      .innerJoin(totals, d.eq(totals.author, users.id))
      .orderBy(users.id)
      .all();
  },
  "a CTE of raw SQL": (db) => {
    const chain = db
      .$with("chain", { id: users.id })
      .as(
        sql`select id from ${users} where ${users.id} = ${4} union select ${users.managerId} from ${users}, chain where ${users.id} = chain.id`,
      );
    return db.with(chain).select().from(chain).where(d.isNotNull(chain.id)).orderBy(chain.id).all();
  },
  "a CTE, distinct": (db) => {
    const roles = db.$with("roles").as(db.select({ role: users.role }).from(users));
    return db.with(roles).selectDistinct().from(roles).orderBy(roles.role).all();
  },
  "a CTE named like a keyword": (db) => {
    const update = db.$with("update").as(db.select({ delete: users.id }).from(users));
    return db.with(update).select({ id: update.delete }).from(update).orderBy(update.delete).all();
  },
  "a dynamic query": (db) => {
    const query = db.select().from(users).$dynamic();
    query.where(d.eq(users.role, "member")).orderBy(users.id).limit(1);
    return query.all();
  },
  "toSQL and getSQL": (db) => {
    const query = db
      .select()
      .from(users)
      .where(d.inArray(users.id, [1, 2]))
      .limit(1);
    return [
      query.toSQL(),
      db
        .select({ n: sql`${query.getSQL()} is not null` })
        .from(groups)
        .toSQL().sql.length > 0,
    ];
  },
  "window functions and json functions": (db) =>
    db
      .select({
        rank: sql<number>`rank() over (order by ${posts.score} desc)`,
        theme: sql<string>`json_extract(${users.settings}, '$.theme')`,
        object: sql`json_object('id', ${posts.id})`.mapWith(JSON.parse as (text: string) => unknown),
      })
      .from(posts)
      .innerJoin(users, d.eq(users.id, posts.authorId))
      .orderBy(posts.id)
      .all(),
};
