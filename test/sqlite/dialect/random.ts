import * as d from "drizzle-orm";
import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, alias, type SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./compare.ts";
import { adults, archived, comments, editors, oldOnes, posts, totals, users } from "./schema.ts";

/** What a generator needs of a select: all of its methods, at any time. */
interface Select extends d.SQLWrapper {
  where(condition: SQL | undefined): Select;
  groupBy(...columns: unknown[]): Select;
  having(condition: SQL | undefined): Select;
  orderBy(...columns: unknown[]): Select;
  limit(n: unknown): Select;
  offset(n: unknown): Select;
  unionAll(other: Select): Select;
  except(other: Select): Select;
  as(alias: string): Record<string, AnySQLiteColumn>;
  leftJoin: Join;
  innerJoin: Join;
  rightJoin: Join;
  fullJoin: Join;
}
type Join = (table: unknown, on: SQL) => Select;
type From = { from(source: unknown): Select };
type Returning = { returning(fields?: unknown): d.SQLWrapper };
type Write = Returning & d.SQLWrapper & { where(c: SQL | undefined): Write; from(t: unknown): Write };
type Insert = Returning & d.SQLWrapper & Record<"onConflictDoNothing" | "onConflictDoUpdate", (c?: unknown) => Insert>;

/** A random number in [0, 1) per call, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A random query, the same one for the same seed. */
export function randomQuery(db: Database, seed: number): object {
  const random = randomFrom(seed);
  const chance = (p: number) => random() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(list: readonly T[]): T[] => list.filter(() => chance(0.4));

  const tables = [users, posts, comments, archived, editors, oldOnes, alias(posts, "p2")] as SQLiteTable[];
  const columnsOf = (table: object) => Object.values(d.getTableColumns(table as SQLiteTable)) as AnySQLiteColumn[];
  const values = [1, -2.5, "a'b", "", null, true, new Date(1e12), { a: 1 }, sql.placeholder("p"), Buffer.from("x")];

  const operand = (columns: readonly AnySQLiteColumn[], depth: number): SQL => {
    const column = pick(columns);
    const any = pick(columns);
    switch (Math.floor(random() * 9)) {
      case 0:
        return sql`${column}`;
      case 1:
        return sql`${pick(values)}`;
      case 2:
        return sql`lower(${column}, ${[pick(values), any]})`;
      case 3:
        return sql`${sql.identifier(pick(["x", 'y"z']))} + ${sql.param(pick([1, null]), any)}`;
      case 4:
        return depth > 0 ? sql`(${operand(columns, depth - 1)} || ${operand(columns, depth - 1)})` : sql.raw("0");
      case 5:
        return sql`${pick(values.slice(0, 6))}`.inlineParams();
      case 6:
        return depth > 0 ? sql`${select(depth - 1)}` : sql``;
      case 7:
        return d.count(column);
      default:
        return sql.join([sql`case`, column, any], sql.raw(pick([" ", ", "])));
    }
  };
  const condition = (columns: readonly AnySQLiteColumn[], depth: number): SQL => {
    const column = pick(columns);
    switch (Math.floor(random() * 8)) {
      case 0:
        return d.eq(column, pick(columns));
      case 1:
        return d.inArray(sql`${column}`, [pick(values), pick(values)]);
      case 2:
        return d.isNull(column);
      case 3:
        return depth > 0 ? d.not(condition(columns, depth - 1)) : sql`1`;
      case 4:
        return depth > 0 ? d.exists(select(depth - 1)) : sql`true`;
      case 5:
        return sql`${operand(columns, depth)} < ${operand(columns, depth)}`;
      default: {
        const parts = depth > 0 ? [condition(columns, depth - 1), condition(columns, depth - 1)] : [];
        return pick([d.and, d.or])(...parts, pick([undefined, sql`x`])) ?? sql`z`;
      }
    }
  };
  const source = (depth: number): { table: object; columns: AnySQLiteColumn[] } => {
    if (chance(0.15)) return { table: adults, columns: [adults.id, adults.fullName] };
    if (chance(0.1)) return { table: totals, columns: [totals.authorId, totals.total] };
    if (depth > 0 && chance(0.25)) {
      const { table, columns } = source(depth - 1);
      const picked = columns.slice(0, 2);
      const fields = Object.fromEntries(picked.map((column, i) => [`f${i}`, column]));
      const inner = (db.select(fields) as unknown as From).from(table).where(condition(columns, depth - 1));
      const sub = inner.as(pick(["s", "t", 'u"v']));
      return { table: sub, columns: picked.map((_, i) => sub[`f${i}`] as AnySQLiteColumn) };
    }
    const table = pick(tables);
    return { table, columns: columnsOf(table) };
  };
  const fieldsOf = (columns: readonly AnySQLiteColumn[], depth: number): Record<string, unknown> => {
    const fields: Record<string, unknown> = { first: pick(columns) };
    for (const [i, column] of some(columns).entries()) fields[`c${i}`] = column;
    if (chance(0.4)) fields.e = operand(columns, depth);
    if (chance(0.3)) fields.named = operand(columns, depth).as(pick(["named", 'na"med']));
    if (chance(0.2)) fields.nested = { a: pick(columns), b: { c: sql`${pick(columns)}` } };
    if (chance(0.1) && depth > 0) fields.sub = select(depth - 1).as("sub");
    return fields;
  };
  function select(depth: number): Select {
    const { table, columns } = source(depth);
    let reachable = columns;
    const isPartial = chance(0.5);
    const joined = chance(0.4) ? [source(depth - 1), ...(chance(0.5) ? [source(depth - 1)] : [])] : [];
    if (isPartial) for (const { columns } of joined) reachable = [...reachable, ...columns];
    const starts = [db.select.bind(db), db.selectDistinct.bind(db)] as unknown as ((fields?: unknown) => From)[];
    let query = pick(starts)(isPartial ? fieldsOf(reachable, depth - 1) : undefined).from(table);
    for (const { table, columns } of joined) {
      const on = condition([...reachable, ...columns], 1);
      query = query[pick(["leftJoin", "innerJoin", "rightJoin", "fullJoin"] as const)](table, on);
    }
    if (chance(0.7)) query = query.where(condition(reachable, depth));
    if (chance(0.3)) query = query.groupBy(pick(reachable), ...some([operand(reachable, 0)]));
    if (chance(0.2)) query = query.having(condition(reachable, 0));
    if (chance(0.1)) {
      const { table, columns } = source(0);
      const first = source(0);
      const left = (db.select({ f: pick(first.columns) }) as unknown as From).from(first.table);
      const right = (db.select({ f: pick(columns) }) as unknown as From).from(table).where(condition(columns, 0));
      query = chance(0.5) ? left.unionAll(right) : left.except(right);
      reachable = [pick(first.columns)];
    }
    if (chance(0.4)) query = query.orderBy(...some(reachable), d.desc(pick(reachable)), operand(reachable, 0).as("o"));
    if (chance(0.4)) query = query.limit(pick([0, 1, 10, -1, sql.placeholder("limit")]));
    if (chance(0.2)) query = query.offset(pick([0, 3, sql.placeholder("offset")]));
    return query;
  }
  const withOne = () => db.$with(pick(["w", 'w"x'])).as(select(1) as never);
  const rowOf = (table: SQLiteTable) => {
    const row: Record<string, unknown> = {};
    for (const [key, column] of Object.entries(d.getTableColumns(table))) {
      if (chance(0.5)) row[key] = pick([null, undefined, sql`${column}`, sql.placeholder("v"), sql`now(${1})`]);
      if (chance(0.3) && column.mapToDriverValue === d.Column.prototype.mapToDriverValue) row[key] = pick(values);
    }
    return row;
  };
  function insert(): d.SQLWrapper {
    const table = pick(tables);
    const rows = Array.from({ length: 1 + Math.floor(random() * 4) }, () => rowOf(table));
    let query = db.insert(table).values(rows as never) as unknown as Insert;
    const target = pick([pick(columnsOf(table)), columnsOf(table).slice(0, 2)]);
    if (chance(0.3))
      query = query.onConflictDoNothing(pick([undefined, { target, where: condition(columnsOf(table), 0) }]));
    if (chance(0.3))
      query = query.onConflictDoUpdate({
        target,
        set: { id: 1, ...rowOf(table) },
        setWhere: condition(columnsOf(table), 1),
      });
    return chance(0.5) ? query.returning(pick([undefined, fieldsOf(columnsOf(table), 0)])) : query;
  }
  function write(): d.SQLWrapper {
    const table = pick(tables);
    const scope = chance(0.3) ? db.with(withOne()) : db;
    const isUpdate = chance(0.6);
    let query = (isUpdate
      ? scope.update(table).set({ id: 2, ...rowOf(table) } as never)
      : scope.delete(table)) as unknown as Write;
    if (isUpdate && chance(0.3)) query = query.from(source(1).table);
    if (chance(0.7)) query = query.where(condition(columnsOf(table), 2));
    return chance(0.5) ? query.returning(pick([undefined, fieldsOf(columnsOf(table), 0)])) : query;
  }
  const relations = {
    users: ["posts", "comments"],
    posts: ["author", "comments"],
    comments: ["post", "user"],
  } as const;
  const targets = { posts: "posts", comments: "comments", author: "users", user: "users", post: "posts" } as const;
  const declared = { users, posts, comments };
  function relation(name: keyof typeof relations, depth: number): Record<string, unknown> {
    const table = declared[name];
    const keys = Object.keys(d.getTableColumns(table));
    const options: Record<string, unknown> = {};
    if (chance(0.3)) options.columns = Object.fromEntries([keys[0], ...some(keys)].map((key) => [key, chance(0.8)]));
    if (chance(0.4))
      options.where = pick([condition(columnsOf(table), 1), (t: typeof table) => condition(Object.values(t), 0)]);
    if (chance(0.3)) options.orderBy = pick([pick(columnsOf(table)), [d.desc(pick(columnsOf(table))), sql`1`]]);
    if (chance(0.3)) options.limit = pick([0, 3, sql.placeholder("n")]);
    if (chance(0.2)) options.offset = 2;
    if (chance(0.2)) options.extras = { more: operand(columnsOf(table), 0).as("more") };
    if (depth > 0 && chance(0.7)) {
      const inner = some(relations[name]).map((key) => [key, chance(0.3) || relation(targets[key], depth - 1)]);
      options.with = Object.fromEntries(inner);
    }
    return options;
  }
  const kind = random();
  if (kind < 0.45) return select(2);
  if (kind < 0.5) {
    const w = withOne();
    return (db.with(w).select() as unknown as From).from(w);
  }
  if (kind < 0.65) return insert();
  if (kind < 0.8) return write();
  const name = pick(["users", "posts", "comments"] as const);
  const target = db.query[name] as unknown as Record<"findMany" | "findFirst", (options: unknown) => object>;
  return target[pick(["findMany", "findFirst"] as const)](relation(name, 2));
}
