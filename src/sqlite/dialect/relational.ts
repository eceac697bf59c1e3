import type { BuildRelationalQueryResult, TableRelationalConfig, TablesRelationalConfig } from "drizzle-orm/relations";
import { COLUMN, kindOf } from "./kinds.ts";

/**
 * Puts the columns themselves where a built relational query selects them through aliased tables.
 *
 * HOT (bench/drizzle.ts): Drizzle asks the selection once per value for its decoder, and through the proxy of an aliased
 * column each question takes many times as long. By now the SQL is built, so nobody needs the alias.
 */
export function unwrapColumns(
  selection: BuildRelationalQueryResult["selection"],
  table: TableRelationalConfig,
  tables: TablesRelationalConfig,
): void {
  for (const item of selection) {
    if (item.isJson) {
      const related = item.relationTableTsKey === undefined ? undefined : tables[item.relationTableTsKey];
      if (related !== undefined) unwrapColumns(item.selection, related, tables);
    } else if (kindOf(item.field) === COLUMN) {
      item.field = table.columns[item.tsKey] ?? item.field;
    }
  }
}
