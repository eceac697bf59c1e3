import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import { isView, SQL, type View } from "drizzle-orm/sql/sql";
import { isTable, type Table } from "drizzle-orm/table";
import { getTableColumns, getViewSelectedFields } from "drizzle-orm/utils";
import { describeKind } from "../../json-values.ts";

/** What a table or a view has under its keys: columns; in a view expressions, too, and objects and tables of such. */
export type Fields = Readonly<Record<string, unknown>>;

/** By the name that a column class gives itself: a class made from another one keeps it. */
export function isColumnType(column: Column, columnTypes: readonly string[]): boolean {
  return columnTypes.includes(column.columnType);
}

export function isWithEnum(column: Column): column is Column & { enumValues: [string, ...string[]] } {
  return Array.isArray(column.enumValues) && column.enumValues.length > 0;
}

export function isUnsigned(column: Column): boolean {
  return column.getSQLType().includes("unsigned");
}

/** @throws {TypeError} If `entity` is neither a table nor a view. */
export function fieldsOf(entity: unknown, action: string): Fields {
  if (isTable(entity as Table)) return getTableColumns(entity as Table);
  if (isView(entity as View)) return getViewSelectedFields(entity as View);
  throw new TypeError(`Cannot ${action}: a table or a view is wanted: received ${describeKind(entity)}`);
}

/** What lies inside of `field`, or undefined where it is a column or an expression. */
export function innerFieldsOf(field: unknown): Fields | undefined {
  if (typeof field !== "object" || field === null) return undefined;
  if (is(field, Column) || is(field, SQL) || is(field, SQL.Aliased)) return undefined;
  return isTable(field as Table) || isView(field as View) ? fieldsOf(field, "read fields") : (field as Fields);
}
