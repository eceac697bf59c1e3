import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import type { SelectedFieldsOrdered } from "drizzle-orm/sqlite-core";
import { StorageError } from "../../errors.ts";
import type { HonkerClient, HonkerTransaction, RawRow, Row, RunResult, SqlParameter } from "../../honker/mod.ts";
import type { Executor, Host, HostTransaction } from "./executor.ts";

/**
 * Honker's native Node binding below a session.
 *
 * Its rows are JSON objects with their names sorted and equal names made one, so every selected column is given a name of
 * its own by its place. Bytes and integers beyond 2^53 can't cross it, and a transaction that waits hangs the process:
 * those are refused.
 */
export function bindingHost(client: HonkerClient): Host {
  return {
    executor: new BindingExecutor(client),
    carriesAsync: false,
    begin: () => new BindingTransaction(client.transaction()),
    whenUnlocked: async (work) => work(),
    checkColumns,
  };
}

/** Statements outside a transaction: reads go to the binding's readers, each write is a transaction of its own. */
class BindingExecutor implements Executor {
  readonly #client: HonkerClient;

  constructor(client: HonkerClient) {
    this.#client = client;
  }

  run(sql: string, params: readonly SqlParameter[]): RunResult {
    return this.#inTransaction((tx) => tx.run(sql, params));
  }

  query(sql: string, params: readonly SqlParameter[]): Row[] {
    if (!isRead(sql)) return this.#inTransaction((tx) => tx.query(sql, params));
    return this.#client.query(sql, carriable(params)) as Row[];
  }

  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[] {
    if (!isRead(sql)) return this.#inTransaction((tx) => tx.values(sql, params, columnCount));
    return readByPlace((text) => this.#client.query(text, carriable(params)), sql, columnCount);
  }

  row(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow | undefined {
    return this.values(sql, params, columnCount)[0];
  }

  #inTransaction<T>(work: (tx: BindingTransaction) => T): T {
    const tx = new BindingTransaction(this.#client.transaction());
    try {
      const result = work(tx);
      tx.commit();
      return result;
    } catch (error) {
      tx.rollback();
      throw error;
    }
  }
}

class BindingTransaction implements HostTransaction {
  readonly #tx: HonkerTransaction;
  #isOpen = true;

  constructor(tx: HonkerTransaction) {
    this.#tx = tx;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  run(sql: string, params: readonly SqlParameter[]): RunResult {
    const changes = this.#tx.execute(sql, carriable(params));
    const [row] = this.#tx.query("SELECT last_insert_rowid() AS id");
    return { changes, lastInsertRowid: row!.id as number };
  }

  query(sql: string, params: readonly SqlParameter[]): Row[] {
    return this.#tx.query(sql, carriable(params)) as Row[];
  }

  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[] {
    return readByPlace((text) => this.#tx.query(text, carriable(params)), sql, columnCount);
  }

  row(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow | undefined {
    return this.values(sql, params, columnCount)[0];
  }

  commit(): void {
    this.#isOpen = false;
    this.#tx.commit();
  }

  rollback(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#tx.rollback();
  }

  raw(): HonkerTransaction {
    return this.#tx;
  }
}

/** Rows in column order: a SELECT is wrapped so that its columns are `c0`, `c1` …; the dialect names RETURNING's so. */
function readByPlace(read: (sql: string) => Record<string, unknown>[], sql: string, columnCount?: number): RawRow[] {
  if (columnCount === undefined) {
    refuse("read raw values", "its rows do not tell the order of the columns: select named columns");
  }
  const names = Array.from({ length: columnCount }, (_, i) => `c${i}`);
  const text = isRead(sql) ? `WITH honker_rows(${names.join(", ")}) AS (${sql}) SELECT * FROM honker_rows` : sql;
  return read(text).map((row) => names.map((name) => row[name]) as RawRow);
}

function isRead(sql: string): boolean {
  return /^\s*\(*\s*(?:select|values|with\b(?![^]*\b(?:insert|update|delete)\b))/i.test(sql);
}

/** @throws {StorageError} `CLIENT_CANNOT_CARRY` if a parameter would reach the file as something else. */
function carriable(params: readonly SqlParameter[]): SqlParameter[] {
  for (const param of params) {
    if (typeof param === "bigint") refuse("bind a bigint", "it has only JSON's numbers");
    if (ArrayBuffer.isView(param) || param instanceof ArrayBuffer) refuse("bind bytes", "it has no parameters of bytes");
    if (typeof param === "number" && !Number.isFinite(param)) refuse("bind a number", `it has no ${param}`);
  }
  return [...params];
}

function checkColumns(fields: SelectedFieldsOrdered): void {
  for (const { field } of fields) {
    if (!is(field, Column)) continue;
    const isBytes = field.getSQLType() === "blob";
    if (isBytes || field.dataType === "bigint") {
      refuse(`read column "${field.name}"`, isBytes ? "bytes come back as text" : "integers beyond 2^53 are rounded");
    }
  }
}

function refuse(action: string, why: string): never {
  throw new StorageError("CLIENT_CANNOT_CARRY", `Cannot ${action} through this Honker binding: ${why}`);
}
