import assert from "node:assert/strict";
import {
  Column,
  createTableRelationsHelpers,
  type ExtractTablesWithRelations,
  extractTablesRelationalConfig,
  getTableName,
  Param,
  Placeholder,
  type SQLWrapper,
  type Query as Written,
} from "drizzle-orm";
import { BaseSQLiteDatabase, type SQLiteSession, SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import type { Casing } from "drizzle-orm/utils";
import { HonkerSQLiteDialect } from "../../../src/sqlite/dialect.ts";
import { schema } from "./schema.ts";

type Relational = ExtractTablesWithRelations<typeof schema>;

/** What Drizzle derives from the tables and their relations. */
export const config = extractTablesRelationalConfig<Relational>(schema, createTableRelationsHelpers);

/** A database that can build queries and has nothing to run them on. */
export function databaseOn(dialect: SQLiteSyncDialect) {
  const session = {} as SQLiteSession<"sync", void, typeof schema, Relational>;
  return new BaseSQLiteDatabase<"sync", void, typeof schema, Relational>("sync", dialect, session, {
    fullSchema: schema,
    schema: config.tables,
    tableNamesMap: config.tableNamesMap,
  });
}

export type Database = ReturnType<typeof databaseOn>;

/** Makes a query. Called once per dialect, it must make the same one each time. */
export type Query = (db: Database) => object;

const CASINGS: readonly (Casing | undefined)[] = [undefined, "snake_case", "camelCase"];

/** Asserts that both dialects write `query` alike, each also the tree that the other one built. */
export function assertSame(query: Query, label = String(query)): void {
  for (const casing of CASINGS) {
    const theirs = new SQLiteSyncDialect(casing && { casing });
    const ours = new HonkerSQLiteDialect({ casing });
    for (const source of [undefined, "indexes"] as const) {
      const wanted = outcome(query, theirs, theirs, source);
      assert.deepStrictEqual(outcome(query, ours, ours, source), wanted, `${label} (${casing}, ${source})`);
      assert.deepStrictEqual(outcome(query, theirs, ours, source), wanted, `their tree, our text: ${label}`);
      assert.deepStrictEqual(outcome(query, ours, theirs, source), wanted, `our tree, their text: ${label}`);
    }
    assert.deepStrictEqual(inlined(query, ours), inlined(query, theirs), `${label} (${casing}, inlined)`);
  }
}

function outcome(query: Query, builder: SQLiteSyncDialect, writer: SQLiteSyncDialect, source: "indexes" | undefined) {
  return attempt(() => writer.sqlToQuery((query(databaseOn(builder)) as SQLWrapper).getSQL(), source));
}

function inlined(query: Query, dialect: SQLiteSyncDialect) {
  return attempt(() => dialect.sqlToQuery((query(databaseOn(dialect)) as SQLWrapper).getSQL().inlineParams()));
}

function attempt(action: () => Written): object | string {
  try {
    const written = action();
    return { ...written, params: written.params.map(comparable) };
  } catch (error) {
    return error instanceof TypeError ? "TypeError" : String(error); // V8 words a TypeError by the code it met
  }
}

/** A parameter that waits for its value leads to its table and all the others: named instead. */
function comparable(param: unknown): unknown {
  if (!(param instanceof Param) || !(param.value instanceof Placeholder)) return param;
  const { encoder } = param;
  const encodedBy = encoder instanceof Column ? `${getTableName(encoder.table)}.${encoder.name}` : encoder;
  return { placeholder: param.value.name, encodedBy };
}
