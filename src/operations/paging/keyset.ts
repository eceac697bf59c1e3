import { and, asc, desc, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import { is } from "drizzle-orm/entity";
import { type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { SqlValue } from "../../honker/mod.ts";
import type { TableShape } from "../table/table-shape.ts";

/** One of the columns by which rows are sorted, the first counting most. */
export interface SortTerm {
  readonly name: string;
  readonly column: SQLiteColumn;
  readonly direction: "asc" | "desc";
  /** Whether there may be rows without a value: of a view always, as an outer join makes them. */
  readonly isNullable: boolean;
}

/** What a caller may sort by. */
export interface SortInput {
  readonly field: string;
  readonly direction?: "asc" | "desc";
}

/**
 * The terms of a total order: those that are asked for, each column once, and then the key, in the direction of the last of
 * them, so that no two rows are equal.
 */
export function sortTerms(asked: readonly SortInput[], { table, key, columns }: TableShape): readonly SortTerm[] {
  const isView = !is(table, SQLiteTable);
  const terms = new Map<string, SortTerm>();
  const add = (name: string, direction: "asc" | "desc") => {
    const column = columns.get(name)!;
    if (!terms.has(name)) terms.set(name, { name, column, direction, isNullable: isView || !column.notNull });
  };
  for (const { field, direction = "asc" } of asked) add(field, direction);
  const last = [...terms.values()].at(-1)?.direction ?? "asc";
  for (const name of key) add(name, last);
  return [...terms.values()];
}

/** The order in SQL. */
export function orderBy(terms: readonly SortTerm[]): SQL[] {
  return terms.map(({ column, direction }) => (direction === "asc" ? asc(column) : desc(column)));
}

/**
 * The rows behind the one whose stored values are `last`, in SQL; undefined where there can be none.
 *
 * NULL comes first where values rise, as SQLite sorts it. `(a > ?) or (a = ? and b > ?)` alone is searched by no index: so
 * the range of the first column stands before it.
 */
export function behind(terms: readonly SortTerm[], last: readonly SqlValue[]): SQL | undefined {
  const ways: SQL[] = [];
  for (let i = 0; i < terms.length; i++) {
    const beyond = isBeyond(terms[i]!, last[i]!);
    if (beyond === undefined) continue;
    const before = terms.slice(0, i).map(({ column }, j) => isSame(column, last[j]!));
    ways.push(and(...before, beyond)!);
  }
  if (ways.length === 0) return undefined;
  const first = terms.length === 1 ? undefined : isFrom(terms[0]!, last[0]!);
  return and(first, or(...ways));
}

function isSame(column: SQLiteColumn, value: SqlValue): SQL {
  return value === null ? isNull(column) : sql`${column} = ${sql.param(value)}`;
}

function isBeyond({ column, direction, isNullable }: SortTerm, value: SqlValue): SQL | undefined {
  if (direction === "asc") return value === null ? isNotNull(column) : sql`${column} > ${sql.param(value)}`;
  if (value === null) return undefined;
  const less = sql`${column} < ${sql.param(value)}`;
  return isNullable ? or(less, isNull(column)) : less;
}

function isFrom({ column, direction, isNullable }: SortTerm, value: SqlValue): SQL | undefined {
  if (value === null) return direction === "asc" ? undefined : isNull(column);
  if (direction === "asc") return sql`${column} >= ${sql.param(value)}`;
  const less = sql`${column} <= ${sql.param(value)}`;
  return isNullable ? or(less, isNull(column)) : less;
}
