import { and } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { transactionInTurn } from "../../sqlite/mod.ts";
import { CallError } from "../call-error.ts";
import type { RowCondition } from "../filters/row-filter.ts";
import type { HandlerSource, OperationDatabase } from "../handler-source.ts";
import type { OperationContext } from "../operation-spec.ts";
import { columnOf, keyCondition, type RowKey, readRow, selectedColumns } from "./read-rows.ts";
import { rowNotFound } from "./row-errors.ts";
import type { RowOperation, RowWork } from "./row-operation.ts";
import type { JsonRow, Row, TablePlan } from "./table-plan.ts";

interface UpdateInput extends RowKey {
  readonly set: JsonRow;
  readonly expectedUpdatedAt?: unknown;
}

const MAX_TIME_MS = 8.64e15; // of a Date

type DeleteInput = Omit<UpdateInput, "set">;
type Transaction = Parameters<Parameters<OperationDatabase["transaction"]>[0]>[0];

/** `create`: a row and its change event in one transaction. */
export function createRow({ plan, source }: RowOperation): RowWork {
  const { shape, create, output, rowsFor, assign } = plan;
  return (input: JsonRow, { identity }: OperationContext) => {
    const values = { ...create!.decode(input), ...assign?.(identity, "create") };
    return transactionInTurn(source.db, (tx) => {
      const inserted = tx.insert(shape.table as SQLiteTable).values(values);
      const created = inserted.returning(selectedColumns(plan)).get() as Row | undefined;
      if (created === undefined) throw ignored();
      const row = output.encode(created);
      const seen = seenRow(plan, tx, row, rowsFor?.(identity, "create"));
      tellChange(plan, source, tx, "created", keyOf(plan, row));
      return seen;
    });
  };
}

/** `update`: changes a row that is as the caller expects it, and tells of it, in one transaction. */
export function updateRow({ plan, source }: RowOperation): RowWork {
  const { shape, update, output, rowsFor, assign } = plan;
  return (input: UpdateInput, { identity }: OperationContext) => {
    const values = { ...update!.decode(input.set), ...assign?.(identity, "update") };
    return transactionInTurn(source.db, (tx) => {
      const rows = rowsFor?.(identity, "update");
      const version = requireExpected(plan, tx, input, rows);
      const set = shape.version === undefined ? values : { ...values, [shape.version]: risen(plan, version) };
      const changed = tx
        .update(shape.table as SQLiteTable)
        .set(set)
        .where(and(keyCondition(plan, input), rows || undefined))
        .returning(selectedColumns(plan))
        .all() as Row[];
      const row = output.encode(only(changed));
      const seen = seenRow(plan, tx, row, rows);
      tellChange(plan, source, tx, "updated", keyOf(plan, row));
      return seen;
    });
  };
}

/** `delete`: deletes a row that is as the caller expects it, and tells of it, in one transaction. */
export function deleteRow({ plan, source }: RowOperation): RowWork {
  const { shape, output, rowsFor } = plan;
  return (input: DeleteInput, { identity }: OperationContext) =>
    transactionInTurn(source.db, (tx) => {
      const rows = rowsFor?.(identity, "delete");
      requireExpected(plan, tx, input, rows);
      const deleted = tx
        .delete(shape.table as SQLiteTable)
        .where(and(keyCondition(plan, input), rows || undefined))
        .returning(selectedColumns(plan))
        .all() as Row[];
      tellChange(plan, source, tx, "deleted", keyOf(plan, output.encode(only(deleted))));
      return { deleted: true };
    });
}

/**
 * The stored version of the row, if it has one.
 *
 * @throws {CallError} `NOT_FOUND` if the caller may not see such a row, `CONFLICT` if it is not as expected.
 */
function requireExpected(plan: TablePlan, tx: Transaction, input: DeleteInput, rows: RowCondition): unknown {
  const { version, key, table } = plan.shape;
  if (rows === false) throw rowNotFound();
  const name = version ?? key[0]!;
  const stored = tx
    .select({ version: columnOf(plan, name) })
    .from(table as SQLiteTable)
    .where(and(keyCondition(plan, input), rows))
    .get();
  if (stored === undefined) throw rowNotFound();
  if (input.expectedUpdatedAt !== undefined) {
    const updatedAt = stored.version === null ? null : plan.versionCodec!.encode(stored.version);
    if (updatedAt !== input.expectedUpdatedAt) {
      throw new CallError("CONFLICT", "The row was changed meanwhile", { updatedAt });
    }
  }
  return stored.version;
}

/**
 * What the caller gets of a row that was written.
 *
 * @throws {CallError} `ACCESS_DENIED` if it is none that the caller may see: what was written is undone.
 */
function seenRow(plan: TablePlan, tx: Transaction, row: JsonRow, rows: RowCondition): JsonRow {
  if (rows === undefined) return row;
  const key = keyOf(plan, row);
  const seen = readRow(plan, tx, plan.shape.key.length === 1 ? { id: Object.values(key)[0] } : { key }, rows);
  if (seen !== undefined) return plan.output.encode(seen);
  throw new CallError("ACCESS_DENIED", "The row would be none that the caller may see", {});
}

/** The one row that was written. Of two the key would be no key: what was written is undone. */
function only(written: readonly Row[]): Row {
  if (written.length > 1) throw new Error("the key of the operations names several rows");
  if (written.length === 0) throw ignored();
  return written[0]!;
}

/**
 * The next value of the version: now, or just behind the last one where the clock has not moved on since, or went back. Numbers
 * that are not made by the table's own function are counted.
 */
function risen({ shape }: TablePlan, last: unknown): unknown {
  const column = shape.columns.get(shape.version!)!;
  const made: unknown = column.onUpdateFn?.();
  if (column.dataType === "date") {
    const now = made instanceof Date ? made.getTime() : Date.now();
    const unitMs = (column as { mode?: unknown }).mode === "timestamp" ? 1000 : 1; // a timestamp is stored in seconds
    return new Date(Math.min(last instanceof Date ? Math.max(now, last.getTime() + unitMs) : now, MAX_TIME_MS));
  }
  const next = typeof last === "number" ? last + 1 : 1;
  return typeof made === "number" ? Math.max(made, next) : next;
}

function keyOf({ shape }: TablePlan, row: JsonRow): JsonRow {
  return Object.fromEntries(shape.key.map((name) => [name, row[name]]));
}

/** Tells of a change by the key of the row alone: whatever else it holds may be hidden. */
function tellChange(
  { shape }: TablePlan,
  { teller }: HandlerSource,
  tx: Transaction,
  what: string,
  key: JsonRow,
): void {
  teller.tell(tx.$honkerTx, `${shape.name}:${what}`, key);
}

/** A trigger may say `RAISE(IGNORE)`: then nothing is written, and nothing thrown. */
function ignored(): CallError {
  return new CallError("CONSTRAINT", "A rule of the table does not allow it", {});
}
