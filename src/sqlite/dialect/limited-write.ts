import {
  getTableConfig,
  type SQLiteDeleteConfig,
  type SQLiteTable,
  type SQLiteUpdateConfig,
} from "drizzle-orm/sqlite-core";
import type { Table } from "drizzle-orm/table";
import { TABLE_COLUMNS, tableOf } from "../drizzle-internals.ts";
import { addClause, addFrom, addJoins, addLimit, addList, hasLimit } from "./clauses.ts";
import type { Names } from "./names.ts";
import type { Tree } from "./tree.ts";

/** An update, or a delete, which has no `from` and no joins. */
type LimitedWrite = SQLiteDeleteConfig & Partial<Pick<SQLiteUpdateConfig, "from" | "joins">>;

/** Whether only some of the rows that meet the condition are to be written. */
export function isLimited({ limit, orderBy }: LimitedWrite): boolean {
  return hasLimit(limit) || (orderBy !== undefined && orderBy.length > 0);
}

/**
 * Appends the condition of an update or delete that has a limit or an order.
 *
 * The SQLite in Node is built without `SQLITE_ENABLE_UPDATE_DELETE_LIMIT`, so the rows are chosen by a subquery.
 *
 * An `update … from` keeps its condition outside as well, where it pairs the rows with their sources.
 */
export function addLimitedWhere(tree: Tree, names: Names, config: LimitedWrite): void {
  const { table, where, from, joins } = config;
  const identity = identityOf(names, table);
  const columns = identity.join(", ");
  tree.text(" where ");
  if (from && where) {
    tree.text("(");
    tree.chunk(where);
    tree.text(") and ");
  }
  tree.text(`${identity.length > 1 ? `(${columns})` : columns} in (select ${columns} from `);
  tree.chunk(table);
  if (from) {
    tree.text(", ");
    addFrom(tree, from);
  }
  addJoins(tree, joins);
  addClause(tree, " where ", where);
  addList(tree, " order by ", config.orderBy);
  addLimit(tree, config.limit);
  tree.text(")");
}

/**
 * What tells the rows of a table apart: its primary key, as the table may be one WITHOUT ROWID; or else the rowid, as where
 * the key may hold NULL, which is equal to nothing: then SQLite has made the table with a rowid.
 */
function identityOf(names: Names, table: SQLiteTable): string[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
  const isIdentity = key.length > 0 && key.every(({ notNull }) => notNull);
  if (isIdentity) return key.map((column) => names.column(column).qualified);
  return [`${names.table(table)}.${rowidName(names, table)}`];
}

/** The first name of the rowid that no column of the table has taken. */
function rowidName(names: Names, table: Table): string {
  const taken = new Set(
    Object.values(tableOf(table)[TABLE_COLUMNS]).map((column) => names.cased(column).toLowerCase()),
  );
  const free = ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name));
  if (free === undefined) {
    throw new TypeError(
      "Cannot limit an update or delete: one of the names rowid, _rowid_ and oid must be free: " +
        `received a table with all three as columns: ${names.table(table)}`,
    );
  }
  return free;
}
