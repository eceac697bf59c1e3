import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { SqlValue } from "../../honker/mod.ts";
import { compileFilter, FilterError, type FilterInput } from "../filters/compile-filter.ts";
import type { RowCondition } from "../filters/row-filter.ts";
import type { OperationDatabase } from "../handler-source.ts";
import type { OperationContext } from "../operation-spec.ts";
import { cursorUse, type Position } from "../paging/cursor.ts";
import { behind, orderBy, type SortInput, type SortTerm, sortTerms } from "../paging/keyset.ts";
import { invalidInput } from "../validate-input.ts";
import { rowNotFound } from "./row-errors.ts";
import type { RowOperation, RowWork } from "./row-operation.ts";
import type { Row, TablePlan } from "./table-plan.ts";

/** How an input names one row: `id`, or `key` where the key has several columns. */
export interface RowKey {
  readonly id?: unknown;
  readonly key?: Readonly<Record<string, unknown>>;
}

interface ListInput {
  readonly filter?: FilterInput;
  readonly sort?: readonly SortInput[];
  readonly limit?: number;
  readonly cursor?: string;
}

/** What reads rows: the database, or a transaction on it. */
export type RowReader = Pick<OperationDatabase, "select">;

const NO_SORT: readonly SortInput[] = [];

/** HOT (bench/operations.ts): `find`, by a statement that is prepared once where the caller may see every row. */
export function findRow({ plan, source }: RowOperation): RowWork {
  const { shape, output, rowsFor } = plan;
  const conditions = shape.key.map((name) => {
    const column = columnOf(plan, name);
    return sql`${column} = ${sql.param(sql.placeholder(name), column)}`; // eq() would leave its encoder out
  });
  const selected = selectedColumns(plan);
  const prepared = source.db
    .select(selected)
    .from(shape.table as SQLiteTable)
    .where(and(...conditions))
    .prepare(); // without a limit, which would make SQLite plan anew each time
  return (input: RowKey, { identity }: OperationContext) => {
    const rows = rowsFor?.(identity, "find");
    if (rows === undefined) {
      const row = prepared.get(keyValues(plan, input)) as Row | undefined;
      if (row === undefined) throw rowNotFound();
      return output.encode(row);
    }
    const row = readRow(plan, source.db, input, rows);
    if (row === undefined) throw rowNotFound();
    return output.encode(row);
  };
}

/** `list`: a page of rows, and where the next one begins. */
export function listRows({ plan, source, id }: RowOperation): RowWork {
  const { shape, output, rowsFor, defaultLimit } = plan;
  return async (input: ListInput, { identity }: OperationContext) => {
    const { filter, sort = NO_SORT, limit = defaultLimit, cursor } = input;
    const rows = rowsFor?.(identity, "list");
    const terms = sortTerms(sort, shape);
    const where = [toCondition(plan, filter, id)];
    const use = () =>
      cursorUse(
        id,
        identity?.id ?? null,
        filter ?? null,
        terms.map(({ name, direction }) => [name, direction]),
      );
    if (cursor !== undefined) {
      const position = (await source.sealer()).unseal(cursor, use());
      if (position?.length !== terms.length) throw invalidCursor(id);
      const next = behind(terms, position);
      if (next === undefined) return { items: [] };
      where.push(next);
    }
    if (rows === false) return { items: [] };
    const found = readPage(plan, source.db, terms, [...where, rows], limit + 1);
    const items = found.slice(0, limit).map(({ row }) => output.encode(row));
    if (found.length <= limit) return { items };
    const last = found[limit - 1]!.position;
    return { items, nextCursor: (await source.sealer()).seal(last, use()) };
  };
}

/** `count`: how many rows there are. */
export function countRows({ plan, source, id }: RowOperation): RowWork {
  const { shape, rowsFor } = plan;
  return ({ filter }: ListInput, { identity }: OperationContext) => {
    const rows = rowsFor?.(identity, "count");
    const condition = toCondition(plan, filter, id);
    if (rows === false) return { count: 0 };
    const query = source.db.select({ count: count() }).from(shape.table as SQLiteTable);
    return { count: query.where(and(condition, rows)).get()!.count };
  };
}

/** The row with the key of `input`, as far as it is put out, if `rows` has it. */
export function readRow(plan: TablePlan, reader: RowReader, input: RowKey, rows: RowCondition): Row | undefined {
  if (rows === false) return undefined;
  return reader
    .select(selectedColumns(plan))
    .from(plan.shape.table as SQLiteTable)
    .where(and(keyCondition(plan, input), rows))
    .get() as Row | undefined;
}

/** The row with the key of `input`, in SQL. */
export function keyCondition(plan: TablePlan, input: RowKey): SQL | undefined {
  const values = keyValues(plan, input);
  return and(...plan.shape.key.map((name) => eq(columnOf(plan, name), values[name])));
}

/** The columns that are put out, as Drizzle selects them. */
export function selectedColumns({ shape, visible }: TablePlan): Record<string, SQLiteColumn> {
  return Object.fromEntries([...shape.columns].filter(([name]) => visible.has(name)));
}

/** A column of the table. */
export function columnOf({ shape }: TablePlan, name: string): SQLiteColumn {
  return shape.columns.get(name)!;
}

/** The values of the key by column, as Drizzle takes them. */
function keyValues({ shape, keyCodecs }: TablePlan, { id, key }: RowKey): Row {
  if (keyCodecs.length === 1) return { [shape.key[0]!]: keyCodecs[0]!.decode(id) };
  return Object.fromEntries(shape.key.map((name, i) => [name, keyCodecs[i]!.decode(key![name])]));
}

function toCondition(plan: TablePlan, filter: FilterInput | undefined, id: string): SQL | undefined {
  if (filter === undefined) return undefined;
  try {
    return compileFilter(filter, plan.filterable);
  } catch (error) {
    throw error instanceof FilterError ? invalidInput(id, error.mismatch) : error;
  }
}

/** Rows, each with the stored values of its sort columns. */
function readPage(
  plan: TablePlan,
  reader: RowReader,
  terms: readonly SortTerm[],
  where: readonly RowCondition[],
  most: number,
): { row: Row; position: Position }[] {
  const stored = terms.map(({ column }, i) => [`s${i}`, sql<SqlValue>`${column}`] as const);
  const found = reader
    .select({ row: selectedColumns(plan), at: Object.fromEntries(stored) })
    .from(plan.shape.table as SQLiteTable)
    .where(and(...(where as SQL[])))
    .orderBy(...orderBy(terms))
    .limit(sql`0 + ${most}` as unknown as number) // bound alone, SQLite would plan anew for each value
    .all() as { row: Row; at: Record<string, SqlValue> }[];
  return found.map(({ row, at }) => ({ row, position: terms.map((_, i) => at[`s${i}`]!) }));
}

function invalidCursor(id: string) {
  return invalidInput(id, {
    expected: "the nextCursor of a page with the same filter and sort",
    path: "$.cursor",
    received: "another text",
  });
}
