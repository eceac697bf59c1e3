/**
 * The same tables and rows twice: on our engine, and on better-sqlite3 by Drizzle's own driver.
 *
 * @module
 */
import BetterSqlite3 from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import type { Logger } from "drizzle-orm/logger";
import type { Casing } from "drizzle-orm/utils";
import { type Database, open } from "../../../src/honker/mod.ts";
import {
  type AdapterOptions,
  createDrizzleWithAdapter,
  type HonkerSQLiteDatabase,
} from "../../../src/sqlite/adapter.ts";
import { type TestScope, temporaryPath } from "../../support/temporary.ts";
import { SETUP, schema } from "./schema.ts";
import type { Db } from "./works/work.ts";

/** A Drizzle database with what it told its logger, and a look at the file past Drizzle. */
export interface Side {
  readonly db: Db;
  readonly log: unknown[];
  /** All rows of all tables, with the storage type of each value. */
  dump(): unknown;
}

type Schema = typeof schema;

/** A filled file of our engine. The client is closed after the test. */
export function openFilled(t: TestScope): Database {
  const client = open(temporaryPath(t, "ours.db"));
  t.after(() => client.close());
  for (const statement of SETUP) client.run(statement);
  return client;
}

/** Drizzle on our engine, on a filled file of its own. */
export function openOurs(
  t: TestScope,
  options: Omit<AdapterOptions<Schema>, "schema"> = {},
): { db: HonkerSQLiteDatabase<Schema>; client: Database } {
  const client = openFilled(t);
  return { db: createDrizzleWithAdapter(client, { schema, ...options }), client };
}

export function ours(t: TestScope, casing?: Casing): Side {
  const { log, logger } = recorder();
  const { db, client } = openOurs(t, { logger, ...(casing && { casing }) });
  return { db: db as unknown as Db, log, dump: () => dump((sql) => client.query(sql)) };
}

export function theirs(t: TestScope, casing?: Casing): Side {
  const { log, logger } = recorder();
  const client = new BetterSqlite3(temporaryPath(t, "theirs.db"));
  t.after(() => void client.close());
  client.pragma("journal_mode = WAL");
  client.pragma("synchronous = NORMAL");
  for (const statement of SETUP) client.exec(statement);
  const db = drizzle(client, { schema, logger, ...(casing && { casing }) });
  return { db: db as unknown as Db, log, dump: () => dump((sql) => client.prepare(sql).all() as object[]) };
}

/** What came of an action: its result, or what it threw. */
export async function outcome(action: () => unknown): Promise<unknown> {
  try {
    return { result: await action() };
  } catch (error) {
    return { thrown: describe(error) };
  }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, code } = error as Error & { code?: string };
  if (name === "TypeError" || name === "RangeError") return { name }; // worded by whoever looked first
  return code === undefined ? { name, message, cause: describe(error.cause) } : { name, code, message };
}

export function recorder(): { log: unknown[]; logger: Logger } {
  const log: unknown[] = [];
  return { log, logger: { logQuery: (sql, params) => void log.push([sql, [...params]]) } };
}

/**
 * All rows of all tables of a file, with the storage type of each value. `rows` runs a query.
 *
 * What is no REAL comes as SQL text, so that nothing is lost whatever carries it; how a REAL is spelled differs among
 * versions of SQLite.
 */
export function dump(rows: (sql: string) => object[]): unknown {
  const names = (sql: string) => (rows(sql) as { name: string }[]).map(({ name }) => name);
  const tables = names(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_honker_*' AND name NOT GLOB 'sqlite_*' ORDER BY name",
  );
  return tables.map((table) => {
    const values = names(`SELECT name FROM pragma_table_xinfo('${table}')`).map(
      (name, i) =>
        `iif(typeof("${name}") = 'real', "${name}", quote("${name}")) AS value${i}, typeof("${name}") AS type${i}`,
    );
    return [table, rows(`SELECT ${values.join(", ")} FROM "${table}" ORDER BY 1, 3`)];
  });
}
