import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { pgEnum, pgSchema } from "drizzle-orm/pg-core";
import { mapRelationalRow } from "drizzle-orm/relations";
import {
  alias,
  except,
  integer,
  intersect,
  primaryKey,
  QueryBuilder,
  SQLiteSyncDialect,
  type SQLiteTable,
  sqliteTable,
  text,
  union,
} from "drizzle-orm/sqlite-core";
import { HonkerSQLiteDialect } from "../../src/sqlite/dialect.ts";
import { assertSame, config, databaseOn, type Query } from "./dialect/compare.ts";
import { randomQuery } from "./dialect/random.ts";
import {
  adults,
  archived,
  comments,
  counted,
  editors,
  oldOnes,
  posts,
  schema,
  totals,
  users,
} from "./dialect/schema.ts";

const noFunction = () => 1;
const date = new Date(1_600_000_000_000);
const wrapper = { getSQL: () => sql`wrapped(${1})` };
const bareWrapper = { getSQL: () => sql`bare(${1})`, shouldOmitSQLParens: () => true };
const mood = pgEnum('mo"od', ["ok", "sad"]);
const moodInSchema = pgSchema("my").enum("mood", ["ok"]);

const chunks: Record<string, Query> = {
  nothing: () => sql``,
  "text with quotes": () => sql.raw(`select 'a''b', "c"`),
  "raw text that is none": () => sql`${sql.raw(undefined as never)}|${sql.raw(5 as never)}`,
  "a name with quotes": () => sql`select ${sql.identifier('a"b')}`,
  columns: () => sql`${users.fullName}, ${posts['ti"tle']}, ${archived.postId}`,
  "columns of aliases": () => sql`${editors.fullName}, ${oldOnes.postId}, ${alias(archived, 'x"y').note}`,
  tables: () => sql`${users} ${editors} ${archived} ${oldOnes}`,
  views: () => sql`${adults} ${totals} ${alias(totals, "t")} ${adults.fullName} ${totals.authorId} ${adults.shout}`,
  "primitive values": () => sql`${1} ${"a"} ${true} ${null} ${undefined} ${0} ${""} ${-1.5} ${Number.NaN}`,
  "a bigint": () => sql`${10n}`,
  objects: () => sql`${date} ${{ a: 1 }} ${new Uint8Array([1])} ${Buffer.from("a")} ${new Map()}`,
  lists: () => sql`${[]} ${[1]} ${[1, [2, users.id], sql`x`, undefined, null]} ${["a'b"]}`,
  params: () => sql`${sql.param(1)} ${sql.param(date, users.createdAt)} ${sql.param(null, users.createdAt)}`,
  encoders: () =>
    sql`${sql.param({ x: 1, y: 2 }, users.where)} ${sql.param(false, users.isActive)} ${sql.param({ theme: "a" }, users.settings)} ${sql.param(12n, posts.big)} ${sql.param(7n, posts.bigViews)}`,
  "encoders that give SQL": () => sql`${sql.param("a", users.shout)} ${[sql.param("b", users.shout)]}`,
  "an undefined param": () => sql`${sql.param(undefined)}`,
  "an encoder that throws": () => sql`${sql.param("no date" as never, users.createdAt)}`,
  placeholders: () => sql`${sql.placeholder("a")} ${sql.param(sql.placeholder("b"), users.createdAt)}`,
  aliases: () =>
    sql`${sql`count(*)`.as("n")} ${sql`x`.as(undefined as never)} ${new d.SQL.Aliased(sql`y ${1}`, undefined as never)}`,
  joined: () => sql.join([sql`a`, users.id, 1, sql.join([], sql`, `)] as d.SQL[], sql`; `),
  appended: () => sql`a ${1}`.append(sql` b ${2}`),
  inlined: () => sql`${1} ${sql`${2} ${"a'b"} ${null} ${true} ${date} ${{ a: 1 }} ${[1, "b"]}`.inlineParams()} ${3}`,
  "inlined placeholders": () => sql`${sql`${sql.placeholder("a")} ${sql.param(sql.placeholder("b"))}`.inlineParams()}`,
  "an inlined bigint": () => sql`${1n}`.inlineParams(),
  wrappers: () => sql`${wrapper} ${bareWrapper}`,
  functions: () => sql`${noFunction} ${Object.assign(() => 1, wrapper)}`,
  enums: () => sql`${mood} ${moodInSchema}`,
  "empty conditions": () => sql`a${sql` b`.if(false)}${sql` c`.if(true)}${d.and()}${d.or(undefined)}`,
  conditions: () =>
    d.and(
      d.eq(users.id, 1),
      d.or(d.inArray(users.role, ["admin"]), d.notInArray(users.id, [1, 2]), d.inArray(users.id, [])),
      d.between(users.createdAt, date, date),
      d.not(d.isNull(users.age)),
      d.like(users.fullName, "a%"),
      d.eq(users.where, { x: 1, y: 2 }),
      d.eq(users.isActive, true),
      d.eq(users.id, sql.placeholder("id")),
      d.eq(users.id, posts.authorId),
      d.arrayContains(users.id as never, [1] as never),
    ) as d.SQL,
  aggregates: () => sql`${d.count()} ${d.count(users.id)} ${d.sumDistinct(users.age)} ${d.max(users.createdAt)}`,
  orders: () => sql`${d.asc(users.id)} ${d.desc(sql`a`)}`,
};

const selects: Record<string, Query> = {
  everything: (db) => db.select().from(users),
  "an alias": (db) => db.select().from(editors).where(d.eq(editors.id, 1)),
  "a table of a schema": (db) => db.select().from(archived).where(d.gt(archived.postId, 3)),
  "an alias in a schema": (db) => db.select().from(oldOnes).orderBy(oldOnes.note),
  "a view": (db) =>
    db
      .select()
      .from(adults)
      .where(d.eq(adults.id, 1))
      .orderBy(adults.shout as never),
  "an existing view": (db) => db.select().from(totals).where(d.eq(totals.total, 1)),
  "a view of raw SQL": (db) => db.select({ n: counted.total }).from(counted),
  "raw SQL": (db) => db.select({ a: sql`a` }).from(sql`json_each(${"[]"})`),
  "a nested selection": (db) =>
    db.select({ u: { id: users.id, n: { x: sql`1` } }, users, n: users.fullName } as never).from(users),
  "an unnested column of a joined table": (db) => db.select({ id: posts.id }).from(users),
  "expressions of one table": (db) =>
    db
      .select({ a: sql`lower(${users.fullName}) || ${"x"}`, b: sql`${users.age} + ${sql`${users.age}`}`.as("twice") })
      .from(users),
  "expressions of joined tables": (db) =>
    db
      .select({ a: sql`lower(${users.fullName})`.as('a"b'), b: posts.bigViews, c: sql`${1}`.inlineParams() })
      .from(users)
      .innerJoin(posts, sql`true`),
  "inlined expressions of one table": (db) => db.select({ c: sql`${users.age} + ${1}`.inlineParams() }).from(users),
  "a bigint in a numeric column": (db) => db.select({ v: posts.bigViews }).from(posts),
  distinct: (db) => db.selectDistinct({ role: users.role }).from(users),
  "all clauses": (db) =>
    db
      .select({ role: users.role, n: d.count().as("n") })
      .from(users)
      .where(d.gt(users.age, 18))
      .groupBy(users.role, sql`${users.age} / ${10}`)
      .having(({ n }) => d.gt(n, 1))
      .orderBy(d.desc(users.role), users.age, sql`n`)
      .limit(10)
      .offset(5),
  callbacks: (db) =>
    db
      .select({ role: users.role, n: sql<number>`count(*)`.as("n") })
      .from(users)
      .where((f) => d.eq(f.role, "admin"))
      .groupBy((f) => [f.role])
      .orderBy((f) => [d.asc(f.n), f.role]),
  "limits of every kind": (db) => db.select().from(users).limit(sql.placeholder("l")).offset(sql.placeholder("o")),
  "a limit of zero": (db) => db.select().from(users).limit(0).offset(0),
  "a negative limit": (db) => db.select().from(users).limit(-1).offset(-1),
  "a limit that is null": (db) =>
    db
      .select()
      .from(users)
      .limit(null as never),
  "empty orders": (db) => db.select().from(users).orderBy().groupBy(),
  "an absent condition": (db) => db.select().from(users).where(undefined),
  "a column as condition": (db) =>
    db
      .select()
      .from(users)
      .where(users.isActive as never),
  "every join": (db) =>
    db
      .select()
      .from(users)
      .leftJoin(posts, d.eq(posts.authorId, users.id))
      .rightJoin(editors, d.eq(editors.id, users.id))
      .innerJoin(archived, d.eq(archived.postId, posts.id))
      .fullJoin(oldOnes, d.eq(oldOnes.id, archived.id))
      .crossJoin(comments)
      .leftJoin(adults, (f) => d.eq(f.users.id, adults.id)),
  "a self join": (db) => db.select().from(users).leftJoin(editors, d.eq(editors.id, users.age)),
  "a self join of an alias": (db) => db.select().from(editors).leftJoin(users, d.eq(editors.id, users.age)),
  "a joined subquery": (db) => {
    const s = db
      .select({ authorId: posts.authorId, n: sql<number>`count(*)`.as("n") })
      .from(posts)
      .groupBy(posts.authorId)
      .as("s");
    return db
      .select()
      .from(users)
      .leftJoin(s, d.eq(s.authorId, users.id))
      .where(d.gt(s.n, 1))
      .orderBy(s.n as never);
  },
  "a join of raw SQL": (db) => db.select({ id: users.id }).from(users).innerJoin(sql`json_each('[]') as j`, sql`true`),
  "a table joined twice": (db) => db.select().from(users).leftJoin(posts, sql`1`).leftJoin(posts, sql`1`),
  "a subquery": (db) => {
    const s = db.select().from(users).where(d.eq(users.id, 1)).as("s");
    return db.select().from(s).where(d.eq(s.fullName, "a")).orderBy(s.createdAt);
  },
  "a subquery of a subquery": (db) => {
    const s = db
      .select({ a: users.id, b: { c: users.fullName } })
      .from(users)
      .as("s");
    const t = db.select({ x: s.a, y: s.b.c }).from(s).as("t");
    return db.select().from(t).where(d.eq(t.x, 1));
  },
  "a subquery as a field": (db) => {
    const n = db.select({ n: d.count() }).from(posts).where(d.eq(posts.authorId, users.id)).as("n");
    const age = db.select({ age: users.age }).from(users).limit(1).as("one_age");
    return db.select({ id: users.id, n, age }).from(users);
  },
  "a select as an expression": (db) =>
    db
      .select({
        a: sql`(${db.select({ x: posts.id }).from(posts).groupBy(posts.id).orderBy(posts.id)})`,
        b: db.select({ x: posts.id }).from(posts).groupBy(posts.id).getSQL(),
      })
      .from(users),
  "a select in a condition": (db) =>
    db
      .select()
      .from(users)
      .where(
        d.and(d.inArray(users.id, db.select({ id: posts.authorId }).from(posts)), d.exists(db.select().from(posts))),
      ),
  "an alias that is referenced": (db) => {
    const s = db
      .select({ id: users.id, low: sql<string>`lower(${users.fullName})`.as("low") })
      .from(users)
      .as("s");
    return db
      .select({ low: s.low, x: sql`${s.low} || ${s.id}` })
      .from(s)
      .groupBy(s.low as never);
  },
  "common table expressions": (db) => {
    const a = db.$with("a").as(db.select().from(users).where(d.eq(users.id, 7)));
    const b = db.$with('b"c').as((qb) => qb.select({ id: a.id, n: sql<number>`${a.age} * ${2}`.as("n") }).from(a));
    return db.with(a, b).select().from(b).leftJoin(a, d.eq(a.id, b.id)).where(d.gt(b.n, 1));
  },
  "an empty list of common table expressions": (db) => db.with().select().from(users),
  "a common table expression of a write": (db) => {
    const gone = db
      .$with("gone", { id: users.id })
      .as(db.delete(users).where(d.eq(users.id, 1)).returning({ id: users.id }) as never);
    return db.with(gone).select().from(gone);
  },
  "a union": (db) => union(db.select({ id: users.id }).from(users), db.select({ id: posts.id }).from(posts)),
  "set operators in a row": (db) =>
    db
      .select({ id: users.id, n: users.fullName })
      .from(users)
      .where(d.eq(users.id, 1))
      .unionAll(db.select({ id: editors.id, n: editors.fullName }).from(editors).limit(3))
      .intersect(db.select({ id: users.id, n: users.email }).from(users))
      .orderBy(users.fullName, d.desc(users.id), sql`n`)
      .limit(5)
      .offset(sql.placeholder("o")),
  "nested set operators": (db) =>
    except(
      intersect(db.select({ id: users.id }).from(users), db.select({ id: posts.id }).from(posts)),
      db.select({ id: archived.id }).from(archived),
    ).orderBy((f) => f.id),
  "set operators in a subquery": (db) => {
    const u = union(db.select({ id: users.id }).from(users), db.select({ id: posts.id }).from(posts)).as("u");
    return db.select().from(u).where(d.gt(u.id, 3));
  },
  "a dynamic query that goes on": (db) => {
    const q = db.select().from(users).$dynamic();
    const s = q.as("s");
    q.where(d.eq(users.id, 1)).leftJoin(posts, sql`1`);
    return sql`${db.select().from(s)} ${q}`;
  },
  counts: (db) => sql`${db.$count(users, d.eq(users.id, 1))} ${db.$count(posts)}`,
  "a builder without a database": () =>
    new QueryBuilder({ casing: "snake_case" }).select().from(users).where(d.eq(users.id, 1)),
};

const writes: Record<string, Query> = {
  "one row": (db) => db.insert(users).values({ fullName: "a", email: "b" }),
  "many rows of many shapes": (db) =>
    db.insert(users).values([
      { fullName: "a", email: "b", age: null, createdAt: date, settings: { tags: ["x"] }, where: { x: 1, y: 2 } },
      {
        id: 2,
        fullName: sql`lower(${"B"})`,
        email: sql.placeholder("e"),
        isActive: false,
        shout: "s",
        token: undefined,
      },
    ]),
  "unknown keys": (db) => db.insert(users).values({ fullName: "a", email: "b", nothing: 1 } as never),
  "generated and default columns": (db) =>
    db.insert(posts).values({ authorId: 1, 'ti"tle': "t", bigViews: 3n, views: 2 }),
  "no rows": (db) => db.insert(users).values([]),
  "an alias": (db) => db.insert(editors).values({ fullName: "a", email: "b" }),
  "a column named constructor": (db) => db.insert(comments).values({ postId: 1, userId: 2, constructor: "c" }),
  "a schema": (db) => db.insert(archived).values({ id: 1 }).returning(),
  "returning everything": (db) => db.insert(posts).values({ authorId: 1, 'ti"tle': "t" }).returning(),
  "returning expressions": (db) =>
    db
      .insert(users)
      .values({ fullName: "a", email: "b" })
      .returning({ id: users.id, x: sql`${users.age} + ${1}`.as("x"), y: sql`lower(${users.fullName})` }),
  "conflicts that are ignored": (db) =>
    db
      .insert(users)
      .values({ fullName: "a", email: "b" })
      .onConflictDoNothing()
      .onConflictDoNothing({ target: users.email, where: sql`${users.id} > ${1}` }),
  "conflicts that update": (db) =>
    db
      .insert(users)
      .values({ fullName: "a", email: "b" })
      .onConflictDoUpdate({
        target: [users.email, users.id],
        targetWhere: d.eq(users.id, 1),
        set: { fullName: sql`excluded.full_name`, age: 3 },
        setWhere: d.gt(users.age, 1),
      })
      .returning(),
  select: (db) =>
    db
      .insert(archived)
      .select(
        db.select({ id: posts.id, postId: posts.authorId, note: posts.bodyText }).from(posts).where(d.eq(posts.id, 1)),
      ),
  "select by callback": (db) =>
    db
      .insert(archived)
      .select((qb) => qb.select({ id: posts.id, postId: posts.authorId, note: posts.bodyText }).from(posts)),
  "select of raw SQL": (db) => db.insert(archived).select(sql`select 1, ${2}, 'c'`),
  with: (db) => {
    const one = db.$with("one").as(db.select({ id: users.id }).from(users).where(d.eq(users.id, 9)));
    return db
      .with(one)
      .insert(archived)
      .select(db.select({ id: one.id, postId: one.id, note: sql<string>`''`.as("note") }).from(one));
  },
  "an update": (db) => db.update(users).set({ fullName: "a", createdAt: date, age: null }).where(d.eq(users.id, 1)),
  "an update by expressions": (db) =>
    db
      .update(users)
      .set({ age: sql`${users.age} + ${1}`, fullName: users.email, where: { x: 0, y: 0 } })
      .returning(),
  "an update of nothing": (db) => db.update(users).set({ fullName: undefined }),
  "an update of a column with $onUpdate": (db) => db.update(users).set({ updatedAt: date }),
  "an update from": (db) =>
    db
      .update(users)
      .set({ age: posts.id })
      .from(posts)
      .leftJoin(comments, d.eq(comments.postId, posts.id))
      .where(d.eq(posts.authorId, users.id))
      .returning({ id: users.id }),
  "an update from an alias": (db) =>
    db.update(users).set({ age: editors.id }).from(editors).where(d.eq(editors.id, users.id)),
  "an update from a subquery": (db) => {
    const s = db.select({ id: posts.authorId }).from(posts).as("s");
    return db.update(users).set({ age: s.id }).from(s).where(d.eq(s.id, users.id));
  },
  "an update with": (db) => {
    const w = db.$with("w").as(db.select({ id: posts.id }).from(posts));
    return db
      .with(w)
      .update(users)
      .set({ age: 1 })
      .where(d.inArray(users.id, sql`(select id from ${w})`));
  },
  "an update with a negative limit": (db) => db.update(users).set({ age: 1 }).limit(-1),
  "a delete": (db) => db.delete(posts).where(d.eq(posts.id, 1)).returning(),
  "a delete of all": (db) => db.delete(archived),
  "a delete with": (db) => {
    const w = db.$with("w").as(db.select({ id: posts.id }).from(posts));
    return db
      .with(w)
      .delete(users)
      .where(d.inArray(users.id, sql`(select id from ${w})`))
      .returning({ id: users.id });
  },
};

const relational: Record<string, Query> = {
  everything: (db) => db.query.users.findMany(),
  "the first": (db) => db.query.users.findFirst({ where: d.eq(users.id, 1) }),
  columns: (db) => db.query.users.findMany({ columns: { id: true, fullName: true, where: undefined } as never }),
  "excluded columns": (db) => db.query.posts.findMany({ columns: { raw: false, big: false } }),
  "no columns": (db) => db.query.posts.findMany({ columns: { id: false, ...{ nothing: true } } as never }),
  extras: (db) => db.query.users.findMany({ extras: { low: sql<string>`lower(${users.fullName})`.as("low") } }),
  callbacks: (db) =>
    db.query.users.findMany({
      where: (t, { eq, and, exists }) =>
        and(eq(t.id, 1), exists(db.select().from(posts)), sql`${t.age} > ${sql`${t.id}`}`),
      orderBy: (t, { desc }) => [desc(t.id), t.age as never],
      extras: (t, { sql }) => ({ n: sql<number>`${t.age} * 2`.as("n") }),
      limit: 3,
      offset: 2,
    }),
  relations: (db) =>
    db.query.users.findMany({
      with: {
        posts: {
          with: { comments: { limit: 2, orderBy: d.desc(comments.text) }, author: true },
          where: d.gt(posts.id, 1),
        },
        comments: true,
      },
    }),
  "relations with their own clauses": (db) =>
    db.query.posts.findFirst({
      columns: { id: true },
      with: {
        author: { columns: { fullName: true }, extras: { x: sql`${1}`.as("x") } },
        comments: {
          where: d.eq(comments.userId, sql.placeholder("u")),
          limit: sql.placeholder("l") as never,
          columns: { text: true } as never,
        },
      },
      orderBy: posts.authorId,
    }),
};

for (const [kind, queries] of Object.entries({ chunks, selects, writes, relational })) {
  for (const [label, query] of Object.entries(queries)) {
    test(`sqlToQuery() gives Drizzle's text and parameters when the ${kind} are of: ${label}`, () =>
      assertSame(query, label));
  }
}

test("sqlToQuery() gives Drizzle's text and parameters when queries are random", () => {
  for (let seed = 1; seed <= 600; seed++) assertSame((db) => randomQuery(db, seed), `seed ${seed}`);
});

test("sqlToQuery() leaves a tree alone when it writes itself in its own way", () => {
  const own = Object.assign(sql`a`, { toQuery: () => ({ sql: "own", params: [] }) });
  assert.deepStrictEqual(new HonkerSQLiteDialect().sqlToQuery(own), { sql: "own", params: [] });
});

/** Five rows a, b, c, d, e with the numbers 1 to 5, and the database on which statements run. */
function letters() {
  const table = sqliteTable("letters", { letter: text().primaryKey(), n: integer().notNull() });
  const file = new DatabaseSync(":memory:");
  file.exec("create table letters (letter text primary key, n integer not null); create table other (n integer)");
  file.exec(
    "insert into letters values ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5); insert into other values (2), (4)",
  );
  const dialect = new HonkerSQLiteDialect();
  const run = (query: object): unknown[] => {
    const { sql, params } = dialect.sqlToQuery((query as d.SQLWrapper).getSQL());
    return file
      .prepare(sql)
      .all(...(params as never[]))
      .map((row) => Object.values(row).join(""));
  };
  return { db: databaseOn(dialect), table, run, rows: () => run(sql`select * from letters order by letter`) };
}

test("buildRelationalQuery() gives a selection that decodes as Drizzle's when relations are nested", () => {
  const decoded = (dialect: SQLiteSyncDialect) => {
    const { selection } = dialect.buildRelationalQuery({
      fullSchema: schema,
      schema: config.tables,
      tableNamesMap: config.tableNamesMap,
      table: users,
      tableConfig: config.tables.users,
      queryConfig: {
        columns: { id: true, createdAt: true, settings: true, where: true, isActive: true },
        with: { posts: { columns: { id: true, price: true }, with: { author: { columns: { createdAt: true } } } } },
        extras: { n: sql`1`.mapWith(String).as("n") },
      },
      tableAlias: "users",
    });
    const row = [1, 1, 1e12, '{"theme":"dark"}', "1;2", 1, JSON.stringify([[7, 1.5, [1e12]]])];
    return mapRelationalRow(config.tables, config.tables.users, row, selection);
  };
  const ours = decoded(new HonkerSQLiteDialect());
  assert.deepStrictEqual(ours, decoded(new SQLiteSyncDialect()));
  assert.deepStrictEqual(ours.posts, [{ id: 7, price: "1.5", author: { createdAt: new Date(1e12) } }]);
});

test("buildDeleteQuery() deletes the first rows of the order when it has a limit", () => {
  const { db, table, run, rows } = letters();
  const query = db.delete(table).where(d.gt(table.n, 1)).orderBy(d.desc(table.n)).limit(2).returning();
  assert.deepStrictEqual(run(query).sort(), ["d4", "e5"]);
  assert.deepStrictEqual(rows(), ["a1", "b2", "c3"]);
});

test("buildDeleteQuery() deletes every row when it has an order but no limit", () => {
  const { db, table, run, rows } = letters();
  run(db.delete(table).orderBy(table.n));
  assert.deepStrictEqual(rows(), []);
});

test("buildDeleteQuery() deletes nothing when the limit is zero", () => {
  const { db, table, run, rows } = letters();
  run(db.delete(table).limit(0));
  assert.strictEqual(rows().length, 5);
});

test("buildUpdateQuery() updates the first rows of the order when it has a limit", () => {
  const { db, table, run, rows } = letters();
  const query = db
    .update(table)
    .set({ n: sql`${table.n} * 10` })
    .where(d.lt(table.n, 5))
    .orderBy(d.desc(table.n))
    .limit(2);
  assert.deepStrictEqual(run(query.returning({ n: table.n })).sort(), ["30", "40"]);
  assert.deepStrictEqual(rows(), ["a1", "b2", "c30", "d40", "e5"]);
});

test("buildUpdateQuery() takes each row's own source when it has a from and a limit", () => {
  const { db, table, run, rows } = letters();
  const other = sqliteTable("other", { n: integer().notNull() });
  run(
    db
      .update(table)
      .set({ n: sql`${other.n} + 100` })
      .from(other)
      .where(d.eq(other.n, table.n))
      .orderBy(d.desc(table.n))
      .limit(1),
  );
  assert.deepStrictEqual(rows(), ["a1", "b2", "c3", "d104", "e5"]);
});

function deleteText(table: SQLiteTable, where: d.SQL): string {
  const dialect = new HonkerSQLiteDialect();
  const query = databaseOn(dialect)
    .delete(table)
    .where(where)
    .limit(sql.placeholder("n") as never);
  return dialect.sqlToQuery((query as unknown as d.SQLWrapper).getSQL()).sql;
}

test("buildDeleteQuery() goes by another name of the rowid when a column has taken it", () => {
  const table = sqliteTable("t", { rowid: integer("rowid") });
  assert.strictEqual(
    deleteText(table, d.eq(table.rowid, 1)),
    'delete from "t" where "t"._rowid_ in (select "t"._rowid_ from "t" where "t"."rowid" = ? limit ?)',
  );
});

test("buildDeleteQuery() chooses rows by their primary key when it can hold no NULL", () => {
  assert.strictEqual(
    deleteText(comments, d.eq(comments.postId, 1)),
    'delete from "comments" where ("comments"."post_id", "comments"."userId") in ' +
      '(select "comments"."post_id", "comments"."userId" from "comments" where "comments"."post_id" = ? limit ?)',
  );
  const nullable = sqliteTable("t", { a: integer(), b: integer().notNull() }, (t) => [
    primaryKey({ columns: [t.a, t.b] }),
  ]);
  assert.match(deleteText(nullable, d.eq(nullable.a, 1)), /"t"\.rowid in \(select "t"\.rowid/);
});

test("buildDeleteQuery() throws a TypeError when columns have taken every name of the rowid", () => {
  const table = sqliteTable("t", { a: integer("ROWID"), b: integer("_rowid_"), c: integer("oid") });
  const query = databaseOn(new HonkerSQLiteDialect()).delete(table).limit(1);
  assert.throws(() => (query as unknown as d.SQLWrapper).getSQL(), {
    name: "TypeError",
    message:
      "Cannot limit an update or delete: one of the names rowid, _rowid_ and oid must be free: " +
      'received a table with all three as columns: "t"',
  });
});

test("buildInsertQuery() renames what it returns when aliasReturning is true", () => {
  const dialect = new HonkerSQLiteDialect({ aliasReturning: true });
  const db = databaseOn(dialect);
  const n = db
    .select({ n: sql<number>`count(*)`.as("n") })
    .from(users)
    .as("n");
  const query = db
    .insert(archived)
    .values({ id: 1, postId: 2, note: "x" })
    .returning({
      id: archived.id,
      up: sql`upper(${archived.note})`,
      low: sql`lower(${archived.note})`.as("low"),
      n: n as never,
    });
  assert.strictEqual(
    query.toSQL().sql,
    'insert into "old"."archived" ("id", "postId", "note") values (?, ?, ?) returning "id" as "c0", ' +
      'upper("note") as "c1", lower("note") as "c2", (select count(*) as "n" from "users") as "c3"',
  );
});

test("buildSelectQuery() keeps its names when aliasReturning is true", () => {
  const db = databaseOn(new HonkerSQLiteDialect({ aliasReturning: true }));
  assert.strictEqual(db.select({ id: users.id }).from(users).toSQL().sql, 'select "id" from "users"');
});
