import { Param, type SQL, type SQLChunk, StringChunk } from "drizzle-orm/sql/sql";
import type { SQLiteDeleteConfig, SQLiteInsertConfig, SQLiteUpdateConfig } from "drizzle-orm/sqlite-core";
import type { UpdateSet } from "drizzle-orm/utils";
import { type ColumnInternals, type SelectedField, TABLE_COLUMNS, tableOf } from "../drizzle-internals.ts";
import { addClause, addFrom, addJoins, addWith } from "./clauses.ts";
import { isKind, PARAM, TREE } from "./kinds.ts";
import { addLimitedWhere, isLimited } from "./limited-write.ts";
import type { Names } from "./names.ts";
import { addRenamedSelection, addSelection } from "./selection.ts";
import { Tree } from "./tree.ts";

/** How the trees of one dialect are written. */
export interface Style {
  readonly names: Names;
  /** Whether what a statement returns is renamed to `c0`, `c1` … */
  readonly aliasReturning: boolean;
}

const NULL = new StringChunk("null");

/** HOT (bench/drizzle.ts): the tree of an insert. Calls the default functions of columns that got no value. */
export function insertTree(style: Style, config: SQLiteInsertConfig): SQL {
  const { table, values, select, onConflict } = config;
  const shape = style.names.insert(table);
  const tree = new Tree("");
  addWith(tree, config.withList);
  tree.text("insert into ");
  tree.chunk(table);
  tree.text(` ${shape.columns} `);
  if (select) {
    const source = values as Exclude<typeof values, unknown[]>;
    tree.chunk(source.getSQL());
  } else {
    tree.text("values ");
    const rows = values as Record<string, SQLChunk>[];
    for (let i = 0; i < rows.length; i++) {
      if (i > 0) tree.text(", ");
      tree.chunk(rowOf(shape.entries, rows[i] as Record<string, SQLChunk>));
    }
  }
  if (onConflict) for (const clause of onConflict) tree.chunk(clause);
  addReturning(tree, style, config.returning);
  return tree.end();
}

function rowOf(
  entries: readonly (readonly [key: string, column: ColumnInternals])[],
  values: Record<string, SQLChunk>,
): SQLChunk[] {
  const row: SQLChunk[] = [];
  for (let i = 0; i < entries.length; i++) {
    const [key, column] = entries[i] as (typeof entries)[number];
    const value = values[key];
    row.push(isMissing(value) ? defaultOf(column) : value);
  }
  return row;
}

function isMissing(value: SQLChunk): boolean {
  return value === undefined || (isKind(value, PARAM) && (value as Param).value === undefined);
}

function defaultOf(column: ColumnInternals): SQLChunk {
  if (column.default !== null && column.default !== undefined) return bound(column.default, column);
  if (column.defaultFn !== undefined) return bound(column.defaultFn(), column);
  if (!column.default && column.onUpdateFn !== undefined) return bound(column.onUpdateFn(), column);
  return NULL;
}

/** What a default stands for: an expression as it is, a value to be encoded by its column. */
function bound(value: unknown, column: ColumnInternals): SQLChunk {
  return isKind(value, TREE) ? (value as SQL) : new Param(value, column);
}

/** HOT (bench/drizzle.ts): the tree of an update's assignments. Calls the `$onUpdate` functions of the columns. */
export function assignmentTree(names: Names, table: object, set: UpdateSet): SQL {
  const columns = tableOf(table)[TABLE_COLUMNS];
  const tree = new Tree("");
  let isFirst = true;
  for (const [key, column] of Object.entries(columns)) {
    const { onUpdateFn } = column;
    if (set[key] === undefined && onUpdateFn === undefined) continue;
    const fallback = onUpdateFn?.(); // called even where there is a value, as by Drizzle
    tree.text(`${isFirst ? "" : ", "}${names.column(column).name} = `);
    tree.chunk(set[key] ?? bound(fallback, column));
    isFirst = false;
  }
  return tree.end();
}

/** The tree of an update. */
export function updateTree(style: Style, config: SQLiteUpdateConfig): SQL {
  const { table, from, joins, where } = config;
  const tree = new Tree("");
  addWith(tree, config.withList);
  tree.text("update ");
  tree.chunk(table);
  tree.text(" set ");
  tree.chunk(assignmentTree(style.names, table, config.set));
  if (from) {
    tree.text(" from ");
    addFrom(tree, from);
  }
  addJoins(tree, joins);
  if (isLimited(config)) addLimitedWhere(tree, style.names, config);
  else addClause(tree, " where ", where);
  addReturning(tree, style, config.returning);
  return tree.end();
}

/** The tree of a delete. */
export function deleteTree(style: Style, config: SQLiteDeleteConfig): SQL {
  const tree = new Tree("");
  addWith(tree, config.withList);
  tree.text("delete from ");
  tree.chunk(config.table);
  if (isLimited(config)) addLimitedWhere(tree, style.names, config);
  else addClause(tree, " where ", config.where);
  addReturning(tree, style, config.returning);
  return tree.end();
}

function addReturning(tree: Tree, style: Style, fields: readonly SelectedField[] | undefined): void {
  if (!fields) return;
  tree.text(" returning ");
  if (style.aliasReturning) addRenamedSelection(tree, style.names, fields);
  else addSelection(tree, style.names, fields, true);
}
