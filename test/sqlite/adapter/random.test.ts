import assert from "node:assert/strict";
import { test } from "node:test";
import BetterSqlite3 from "better-sqlite3";
import * as d from "drizzle-orm";
import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { alias, blob, integer, numeric, real, type SQLiteColumn, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { open } from "../../../src/honker/mod.ts";
import { createDrizzleWithAdapter } from "../../../src/sqlite/adapter.ts";
import { temporaryPath } from "../../support/temporary.ts";
import { randomFrom } from "../dialect/random.ts";
import { dump, outcome, recorder } from "./fixture.ts";
import type { Db } from "./works/work.ts";

const SEEDS = 40;
const QUERIES = 25; // per seed

type Random = ReturnType<typeof tools>;

/** Choices that are the same for the same seed. */
function tools(seed: number) {
  const random = randomFrom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const chance = (p: number) => random() < p;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const some = <T>(list: readonly T[]): T[] => list.filter(() => chance(0.5));
  const texts = ["", "a", "A", "ä🎉", "it's", '"q"', "10", "1e3", " ", "null", "%_"];
  const word = () => pick(texts) + (chance(0.5) ? below(5) : "");
  const whole = () => pick([0, 1, -1, 7, 255, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, below(10)]);
  const fraction = () => pick([0.5, -1.25, 1e-9, 0.1, 1e300, below(10) + 0.5]);
  return { below, chance, pick, some, word, whole, fraction };
}

/** The kinds of columns: each with its declaration, and values it can hold. */
const kinds = {
  int: { ddl: "INTEGER", column: () => integer(), value: (r: Random) => r.whole() },
  bool: { ddl: "INTEGER", column: () => integer({ mode: "boolean" }), value: (r: Random) => r.chance(0.5) },
  date: {
    ddl: "INTEGER",
    column: () => integer({ mode: "timestamp" }),
    value: (r: Random) => new Date(r.below(2 ** 31) * 1000),
  },
  ms: {
    ddl: "INTEGER",
    column: () => integer({ mode: "timestamp_ms" }),
    value: (r: Random) => new Date(r.below(2 ** 40)),
  },
  real: { ddl: "REAL", column: () => real(), value: (r: Random) => (r.chance(0.5) ? r.fraction() : r.below(100)) },
  text: { ddl: "TEXT", column: () => text(), value: (r: Random) => r.word() },
  json: {
    ddl: "TEXT",
    column: () => text({ mode: "json" }),
    value: (r: Random) => r.pick([{ a: r.word() }, [r.whole()], r.word(), r.fraction()]),
  },
  num: {
    ddl: "NUMERIC",
    column: () => numeric(),
    value: (r: Random) => (r.chance(0.5) ? String(r.fraction()) : r.word()),
  },
  numNumber: { ddl: "NUMERIC", column: () => numeric({ mode: "number" }), value: (r: Random) => r.whole() },
  numBig: {
    ddl: "NUMERIC",
    column: () => numeric({ mode: "bigint" }),
    value: (r: Random) => BigInt(r.whole()) * 1000n,
  },
  bytes: { ddl: "BLOB", column: () => blob({ mode: "buffer" }), value: (r: Random) => Buffer.from(r.word()) },
  big: { ddl: "BLOB", column: () => blob({ mode: "bigint" }), value: (r: Random) => BigInt(r.whole()) ** 3n },
} as const;
type Kind = keyof typeof kinds;

function randomTable(random: Random, name: string) {
  const chosen = Array.from(
    { length: 2 + random.below(5) },
    (_, i) => [`c${i}`, random.pick(Object.keys(kinds) as Kind[])] as const,
  );
  const unique = random.chance(0.3) ? random.pick(chosen)[0] : undefined;
  const ddl = chosen.map(([key, kind]) => `${key} ${kinds[kind].ddl}${key === unique ? " UNIQUE" : ""}`);
  const columns = Object.fromEntries(chosen.map(([key, kind]) => [key, kinds[kind].column()]));
  const table = sqliteTable(name, { id: integer().primaryKey(), ref: integer(), ...columns });
  const row = (random: Random) =>
    Object.fromEntries(
      chosen
        .filter(() => random.chance(0.8))
        .map(([key, kind]) => [key, random.chance(0.2) ? null : kinds[kind].value(random)]),
    );
  return {
    name,
    table,
    chosen,
    unique,
    row,
    ddl: `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, ref INTEGER, ${ddl.join(", ")})`,
  };
}
type RandomTable = ReturnType<typeof randomTable>;

/** A query with a total order, so that every plan gives the same rows. */
function randomQuery(random: Random, tables: readonly RandomTable[]): (db: Db) => unknown {
  const { chance, pick, some, below } = random;
  const main = pick(tables);
  const other = pick(tables);
  const columnsOf = (table: object) =>
    Object.values(d.getTableColumns(table as RandomTable["table"])) as SQLiteColumn[];
  const aliased = alias(other.table, "other");
  const columns = columnsOf(main.table);
  const comparison = (column: SQLiteColumn): SQL => {
    const operator = pick([d.eq, d.ne, d.lt, d.lte, d.gt, d.gte] as const);
    const kind = main.chosen.find(([key]) => key === column.name)?.[1];
    const value = () => (kind === undefined ? below(12) : kinds[kind].value(random));
    switch (below(6)) {
      case 0:
        return d.isNull(column);
      case 1:
        return d.inArray(column, [value(), value()]);
      case 2:
        return d.between(column, value(), value());
      case 3:
        return d.eq(column, pick(columns));
      default:
        return operator(column, value());
    }
  };
  const condition = (): SQL | undefined => {
    if (chance(0.2)) return undefined;
    const parts = [comparison(pick(columns)), comparison(pick(columns))];
    return pick([d.and, d.or])(...parts, chance(0.3) ? d.not(comparison(pick(columns))) : undefined);
  };
  const where = condition();
  const newRows = Array.from({ length: 1 + below(4) }, () => ({
    id: 100 + below(60),
    ref: below(10),
    ...main.row(random),
  }));
  const set = { ref: below(10), ...main.row(random) };
  const limit = below(6);
  const offset = below(3);
  const fields = Object.fromEntries([
    ["id", main.table.id] as const,
    ...some(columns).map((column) => [`f_${column.name}`, column] as const),
  ]);
  const joinFields = {
    ...fields,
    nested: Object.fromEntries(
      columnsOf(aliased)
        .slice(0, 3)
        .map((column) => [column.name, column]),
    ),
  };
  const join = pick(["leftJoin", "innerJoin", "rightJoin", "fullJoin"] as const);
  const order = (table: { id: SQLiteColumn }) => [pick([d.asc, d.desc])(table.id)];
  const ordered = order(main.table);
  const isPartial = chance(0.5);
  switch (below(10)) {
    case 0:
      return (db) =>
        db
          .select()
          .from(main.table)
          .where(where)
          .orderBy(...ordered)
          .limit(limit)
          .offset(offset)
          .all();
    case 1:
      return (db) =>
        db
          .select(fields)
          .from(main.table)
          .where(where)
          .orderBy(pick(columns), ...ordered)
          .all().length;
    case 2: {
      const on = d.eq(main.table.ref, aliased.id);
      return (db) =>
        (isPartial ? db.select(joinFields as never) : db.select())
          .from(main.table)
          [join](aliased, on)
          .where(where)
          .orderBy(main.table.id, aliased.id)
          .all();
    }
    case 3:
      return (db) =>
        db
          .select({
            ref: main.table.ref,
            n: d.count(),
            sum: d.sum(main.table.ref),
            max: d.max(columns.at(-1) as SQLiteColumn),
          })
          .from(main.table)
          .where(where)
          .groupBy(main.table.ref)
          .orderBy(main.table.ref)
          .all();
    case 4:
      return (db) => {
        const insert = db.insert(main.table).values(newRows as never);
        return isPartial ? insert.returning().all() : insert.run().changes;
      };
    case 5: {
      const target = main.unique && chance(0.5) ? main.table[main.unique as "id"] : main.table.id;
      return (db) =>
        db
          .insert(main.table)
          .values(newRows as never)
          .onConflictDoUpdate({ target, set: { ref: sql`excluded.ref + ${limit}` } })
          .returning(fields)
          .all();
    }
    case 6:
      return (db) => {
        const update = db
          .update(main.table)
          .set(set as never)
          .where(where);
        return isPartial ? sorted(update.returning().all()) : update.run().changes;
      };
    case 7:
      return (db) =>
        sorted(
          db
            .update(main.table)
            .set({ ref: limit } as never)
            .where(where)
            .orderBy(...ordered)
            .limit(limit)
            .returning()
            .all(),
        );
    case 8:
      return (db) =>
        db
          .delete(main.table)
          .where(where)
          .orderBy(...ordered)
          .limit(1 + below(2))
          .run().changes;
    default:
      return async (db) => [
        await db.$count(main.table, where),
        db
          .select({ id: main.table.id })
          .from(main.table)
          .where(d.exists(db.select().from(aliased).where(d.eq(aliased.id, main.table.ref))))
          .orderBy(main.table.id)
          .values(),
      ];
  }
}

/** Rows of a write come in the order of its plan. */
function sorted(rows: readonly object[]): unknown[] {
  return rows.map((row) => Object.values(row)).sort((a, b) => Number(a[0]) - Number(b[0]));
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`Drizzle gives what it gives on better-sqlite3 for random tables, rows and queries: seed ${seed}`, async (t) => {
    const setup = tools(seed);
    const tables = ["t0", "t1"].map((name) => randomTable(setup, name));
    const engine = open(temporaryPath(t, "ours.db"));
    const better = new BetterSqlite3(temporaryPath(t, "theirs.db"));
    t.after(() => {
      engine.close();
      better.close();
    });
    const [left, right] = [recorder(), recorder()];
    const sides = [
      createDrizzleWithAdapter(engine, { logger: left.logger }) as unknown as Db,
      drizzle(better, { logger: right.logger }) as unknown as Db,
    ] as const;
    for (const { ddl, table, row } of tables) {
      engine.run(ddl);
      better.exec(ddl);
      const rows = Array.from({ length: 12 }, (_, id) => ({ id, ref: setup.below(12), ...row(setup) }));
      for (const values of rows) {
        for (const db of sides)
          await outcome(() =>
            db
              .insert(table)
              .values(values as never)
              .run(),
          );
      }
    }
    for (let n = 0; n < QUERIES; n++) {
      // made for each side from the same choices
      const make = () => randomQuery(tools(seed * 1000 + n), tables);
      const found = await outcome(() => make()(sides[0]));
      const wanted = await outcome(() => make()(sides[1]));
      const sqlText = () => `seed ${seed}, query ${n}: ${JSON.stringify(right.log.at(-1))}`;
      assert.deepEqual(found, wanted, sqlText());
    }
    assert.deepEqual(
      dump((text) => engine.query(text)),
      dump((text) => better.prepare(text).all() as object[]),
    );
  });
}
