import { entityKind } from "drizzle-orm/entity";
import type { QueryWithTypings, SQL } from "drizzle-orm/sql/sql";
import type { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import type { Casing } from "drizzle-orm/utils";
import { HonkerSQLiteDialect } from "../dialect.ts";
import { checkColumns } from "./binding-values.ts";

/** How many columns a statement gives, by its query, where its rows come by name and that must be known. */
const columnCounts = new WeakMap<object, number>();

/** How many columns `query` gives, if it is a relational query for a binding whose rows come by name. */
export function columnCountOf(query: object): number | undefined {
  return columnCounts.get(query);
}

/** The dialect for a binding that gives rows as objects: returned columns are named by their place. */
export class BindingDialect extends HonkerSQLiteDialect {
  static override readonly [entityKind]: string = "BindingDialect";

  constructor(casing: Casing | undefined) {
    super({ casing, aliasReturning: true });
  }

  override buildRelationalQuery(
    config: Parameters<SQLiteSyncDialect["buildRelationalQuery"]>[0],
  ): ReturnType<SQLiteSyncDialect["buildRelationalQuery"]> {
    const result = super.buildRelationalQuery(config); // which comes here for each related table, too
    checkColumns(result.selection);
    columnCounts.set(result.sql, result.selection.length);
    return result;
  }

  override sqlToQuery(sql: SQL, invokeSource?: "indexes"): QueryWithTypings {
    const query = super.sqlToQuery(sql, invokeSource);
    const columnCount = columnCounts.get(sql);
    if (columnCount !== undefined) columnCounts.set(query, columnCount);
    return query;
  }
}
