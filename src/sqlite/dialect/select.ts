import type { Column } from "drizzle-orm/column";
import type { SQL } from "drizzle-orm/sql/sql";
import type { SQLiteSelectConfig } from "drizzle-orm/sqlite-core";
import {
  type SelectedField,
  subqueryOf,
  TABLE_BASE_NAME,
  TABLE_IS_ALIAS,
  TABLE_NAME,
  type TableInternals,
  tableOf,
  VIEW_CONFIG,
  viewOf,
} from "../drizzle-internals.ts";
import { addClause, addFrom, addJoins, addLimit, addList, addWith } from "./clauses.ts";
import { COLUMN, kindOf, SUBQUERY, TREE, VIEW } from "./kinds.ts";
import type { Names } from "./names.ts";
import { addSelection, orderFields } from "./selection.ts";
import { Tree } from "./tree.ts";

type Config = Omit<SQLiteSelectConfig, "setOperators">;

/** HOT (bench/drizzle.ts): the tree of a select without its set operators. */
export function selectTree(names: Names, config: Config): SQL {
  const { table, joins } = config;
  const fields = config.fieldsFlat ?? orderFields(config.fields);
  checkFields(fields, table, joins);
  const tree = new Tree("");
  addWith(tree, config.withList);
  tree.text(config.distinct ? "select distinct " : "select ");
  addSelection(tree, names, fields, !joins || joins.length === 0);
  tree.text(" from ");
  addFrom(tree, table);
  addJoins(tree, joins);
  addClause(tree, " where ", config.where);
  addList(tree, " group by ", config.groupBy);
  addClause(tree, " having ", config.having);
  addList(tree, " order by ", config.orderBy);
  addLimit(tree, config.limit);
  addClause(tree, " offset ", config.offset);
  return tree.end();
}

/** Refuses a column whose table is not part of the query. The text of the error is Drizzle's. */
function checkFields(fields: readonly SelectedField[], source: object, joins: Config["joins"]): void {
  let sourceName: string | undefined;
  let isNameKnown = false;
  let lastTable: unknown = source;
  for (let i = 0; i < fields.length; i++) {
    const { field, path } = fields[i] as SelectedField;
    if (kindOf(field as object) !== COLUMN) continue;
    const column = field as Column;
    if (column.table === lastTable) continue; // just found to be part of the query
    if (!isNameKnown) {
      sourceName = nameOf(source);
      isNameKnown = true;
    }
    const table = tableOf(column.table);
    const name = table[TABLE_NAME];
    if (name !== sourceName && !joins?.some((join) => join.alias === joinedName(table))) {
      throw new Error(
        `Your "${path.join("->")}" field references a column "${name}"."${column.name}", ` +
          `but the table "${name}" is not part of the query! Did you forget to join it?`,
      );
    }
    lastTable = column.table;
  }
}

function nameOf(source: object): string | undefined {
  switch (kindOf(source)) {
    case SUBQUERY:
      return subqueryOf(source).alias;
    case VIEW:
      return viewOf(source)[VIEW_CONFIG].name;
    case TREE:
      return undefined;
    default:
      return tableOf(source)[TABLE_NAME];
  }
}

function joinedName(table: TableInternals): string {
  return table[TABLE_IS_ALIAS] ? table[TABLE_NAME] : table[TABLE_BASE_NAME];
}
