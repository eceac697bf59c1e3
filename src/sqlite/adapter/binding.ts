import { StorageError } from "../../errors.ts";
import type { HonkerClient, HonkerTransaction, RawRow, Row, RunResult, SqlParameter } from "../../honker/mod.ts";
import { carriedParams, carriedRow, checkColumns, refuse } from "./binding-values.ts";
import type { Executor, Host, HostTransaction } from "./executor.ts";

/**
 * Honker's native Node binding below a session.
 *
 * Its rows are JSON objects with their names sorted and equal names made one, so every selected column is given a name of
 * its own by its place. Bytes and integers beyond 2^53 can't cross it, and a transaction that waits hangs the process:
 * those are refused.
 */
export function bindingHost(client: HonkerClient): Host {
  const executor = new BindingExecutor(client);
  const snapshot = {
    values: executor.values.bind(executor),
    row: executor.row.bind(executor),
    close: () => {},
  };
  return {
    executor,
    carriesAsync: false,
    begin: () => begin(client),
    runCallback: (_scope, work) => work(),
    whenUnlocked: async (work) => work(),
    snapshot: () => snapshot,
    checkColumns,
  };
}

/** The last transaction on each client. While it is open, the binding would wait for its end for ever. */
const transactions = new WeakMap<HonkerClient, BindingTransaction>();

function begin(client: HonkerClient): BindingTransaction {
  if (transactions.get(client)?.isOpen) {
    throw new StorageError(
      "TRANSACTION_OPEN",
      "Cannot begin a transaction: one is already open on this Honker binding: pass its tx instead",
    );
  }
  const transaction = new BindingTransaction(client.transaction());
  transactions.set(client, transaction);
  return transaction;
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
    return read((text) => this.#client.query(text, carriedParams(params)), sql);
  }

  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[] {
    if (!isRead(sql)) return this.#inTransaction((tx) => tx.values(sql, params, columnCount));
    return readByPlace((text) => this.#client.query(text, carriedParams(params)), sql, columnCount);
  }

  row(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow | undefined {
    return this.values(sql, params, columnCount)[0];
  }

  #inTransaction<T>(work: (tx: BindingTransaction) => T): T {
    const tx = begin(this.#client);
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
    const code = codeOf(sql);
    // execute() refuses a statement that gives rows, and may have run it by then
    if (isRead(sql) || /\breturning\b/i.test(code)) this.#tx.query(sql, carriedParams(params));
    else this.#tx.execute(sql, carriedParams(params));
    const [row] = this.query("SELECT changes() AS changes, last_insert_rowid() AS id", []);
    // after any other statement, SQLite still tells the changes of the last write
    const isWrite = !isRead(sql) && /^\s*(?:insert|replace|update|delete|with)\b/i.test(code);
    return { changes: isWrite ? (row!.changes as number) : 0, lastInsertRowid: row!.id as number };
  }

  query(sql: string, params: readonly SqlParameter[]): Row[] {
    return read((text) => this.#tx.query(text, carriedParams(params)), sql);
  }

  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[] {
    return readByPlace((text) => this.#tx.query(text, carriedParams(params)), sql, columnCount);
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

type Read = (sql: string) => Record<string, unknown>[];

function read(query: Read, sql: string): Row[] {
  return query(sql).map(carriedRow);
}

/** Rows in column order: a SELECT is wrapped so that its columns are `c0`, `c1` …; the dialect names RETURNING's so. */
function readByPlace(query: Read, sql: string, columnCount: number | undefined): RawRow[] {
  if (columnCount === undefined) {
    refuse("read raw values", "its rows do not tell the order of the columns: select named columns");
  }
  const names = Array.from({ length: columnCount }, (_, i) => `c${i}`);
  const text = isRead(sql) ? `WITH _honker_rows(${names.join(", ")}) AS (${sql}) SELECT * FROM _honker_rows` : sql;
  return read(query, text).map((row) => names.map((name) => row[name]!));
}

function isRead(sql: string): boolean {
  return /^[\s(]*(?:select|values|with\b(?![\s\S]*\b(?:insert|update|delete)\b))/i.test(codeOf(sql));
}

/** `sql` without what is quoted, which may look like a keyword. */
function codeOf(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
}
