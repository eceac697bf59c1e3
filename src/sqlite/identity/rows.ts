import { checkInteger, checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import type { RawRow, SqlParameter } from "../../honker/mod.ts";
import { quote } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { notFound } from "./refusals.ts";

/** What every record of identity has. */
export interface CommonMembers {
  readonly id: string;
  readonly metadata: JsonObject;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

/** Which part of a list is wanted. */
export interface PageOptions {
  /** The id of the last one that is known already: the list goes on behind it. @default from the beginning */
  readonly after?: string;
  /** At most so many. @default 100 */
  readonly limit?: number;
}

/** A table as the functions of this folder read it. */
export interface RecordTable<T> {
  /** One of it, as a message names it: `account`. */
  readonly name: string;
  /** In double quotes. */
  readonly table: string;
  /** The columns that {@link decode} takes after the common ones, in double quotes. */
  readonly columns: readonly string[];
  /** @param row its columns after the common ones. */
  decode(common: CommonMembers, row: RawRow): T;
}

const PAGE = ["after", "limit"];
const COMMON = ['"id"', '"metadata"', '"created_at"', '"updated_at"'];

/** The record with this id. @throws {StorageError} `NOT_FOUND` */
export function getRecord<T>(reader: Executor, table: RecordTable<T>, id: string, action: string): T {
  checkName(id, action, `id of the ${table.name}`);
  const found = findRecord(reader, table, '"id" = ?', [id]);
  if (found === undefined) throw notFound(action, `${table.name} ${quote(id)}`);
  return found;
}

/** The one record that fits `condition`. */
export function findRecord<T>(
  reader: Executor,
  table: RecordTable<T>,
  condition: string,
  values: readonly SqlParameter[],
): T | undefined {
  const row = reader.row(`${select(table)} WHERE ${condition}`, values, COMMON.length + table.columns.length);
  return row && decodeRow(table, row);
}

/** The records that fit all `conditions`, which are columns and their values, by id: those with ids of our own, by age. */
export function listRecords<T>(
  reader: Executor,
  table: RecordTable<T>,
  conditions: readonly (readonly [column: string, value: SqlParameter | undefined])[],
  page: PageOptions,
  action: string,
): T[] {
  const { after, limit = 100 } = page;
  if (after !== undefined) checkName(after, action, "id in after");
  checkInteger(limit, 1, action, "limit");
  const given = conditions.filter(([, value]) => value !== undefined);
  const terms = given.map(([column]) => `${column} = ?`);
  const values = given.map(([, value]) => value as SqlParameter);
  if (after !== undefined) {
    terms.push('"id" > ?');
    values.push(after);
  }
  const where = terms.length === 0 ? "" : ` WHERE ${terms.join(" AND ")}`;
  // LIMIT bound alone, SQLite would plan anew for each value
  const sql = `${select(table)}${where} ORDER BY "id" LIMIT 0 + ?`;
  const rows = reader.values(sql, [...values, limit], COMMON.length + table.columns.length);
  return rows.map((row) => decodeRow(table, row));
}

/** Writes `values` by column, and the time. @throws {StorageError} `NOT_FOUND` */
export function setColumns(
  executor: Executor,
  table: RecordTable<unknown>,
  id: string,
  columns: Readonly<Record<string, SqlParameter>>,
  action: string,
): void {
  const assigned = [...Object.keys(columns), "updated_at"].map((column) => `"${column}" = ?`).join(", ");
  const values = [...Object.values(columns), Date.now(), id];
  const { changes } = executor.run(`UPDATE ${table.table} SET ${assigned} WHERE "id" = ?`, values);
  if (changes === 0) throw notFound(action, `${table.name} ${quote(id)}`);
}

/** Checks the options of a list. */
export function checkPage(options: unknown, known: readonly string[], callee: string): void {
  checkOptions(options, [...known, ...PAGE], callee);
}

/** The columns that {@link decodeRow} takes, of the table by another name. */
export function columnsOf({ columns }: RecordTable<unknown>, alias: string): string[] {
  return [...COMMON, ...columns].map((column) => `${alias}.${column}`);
}

/** A record out of the columns that {@link columnsOf} names; what follows them is left alone. */
export function decodeRow<T>(table: RecordTable<T>, row: RawRow): T {
  const common: CommonMembers = {
    id: row[0] as string,
    metadata: JSON.parse(row[1] as string) as JsonObject,
    createdAt: row[2] as number,
    updatedAt: row[3] as number,
  };
  return table.decode(common, row.slice(COMMON.length));
}

function select({ table, columns }: RecordTable<unknown>): string {
  return `SELECT ${[...COMMON, ...columns].join(", ")} FROM ${table}`;
}
