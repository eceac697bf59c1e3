import type { DatabaseSync as NodeDatabase, SQLInputValue } from "node:sqlite";
import { type SqlValue, toBindings } from "./parameters.ts";
import { DatabaseSync } from "./runtime.ts";
import { toSqliteError } from "./sqlite-error.ts";
import { type CachedStatement, StatementCache, type StatementKind } from "./statement-cache.ts";

/** A result row by column name. Of columns with one name the last wins: ask for raw rows where names repeat. */
export type Row = Record<string, SqlValue>;
/** A result row in column order, with every column, whatever their names. */
export type RawRow = SqlValue[];

/** What a statement without rows did. */
export interface RunResult {
  /** Rows inserted, updated or deleted by the statement itself, not by triggers or foreign keys. */
  readonly changes: number;
  /** The rowid of the last inserted row on this connection; `bigint` beyond 2^53 − 1. */
  readonly lastInsertRowid: number | bigint;
}

const NONE: readonly unknown[] = [];

/**
 * One SQLite connection: prepares each text once, binds, runs, and turns SQLite's refusals into {@link SqliteError}.
 *
 * It knows nothing of transactions' owners or of who listens: that is `Database`.
 */
export class Connection {
  readonly #database: NodeDatabase;
  readonly #statements: StatementCache;

  /** @param path A file path or `file:` URI. Waiting for another process's lock lasts up to `busyTimeoutMs`. */
  constructor(path: string, busyTimeoutMs: number) {
    // `timeout` as an option: the pragma would itself run into a lock before it is in force.
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    this.#statements = new StatementCache(this.#database);
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Whether SQLite itself says that a transaction is open: RAISE(ROLLBACK) or a failed COMMIT can have ended it. */
  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** What running `sql` does; see {@link StatementKind}. Prepares it, so a syntax error shows here. */
  kindOf(sql: string): StatementKind {
    return this.#statements.kindOf(sql) ?? this.#use(sql, NONE, (entry) => entry.kind);
  }

  /** Whether `sql` gives rows, as SELECT and RETURNING do. */
  returnsRows(sql: string): boolean {
    return this.#use(sql, NONE, (entry) => entry.statement.columns().length > 0);
  }

  /** HOT (bench/drizzle.ts): runs `sql` for its effect; rows it gives are dropped. */
  run(sql: string, params: readonly unknown[] = NONE): RunResult {
    return this.#use(sql, params, (entry) => {
      const bindings = bind(entry, params);
      if (entry.kind !== "read" && !entry.bigints) setBigInts(entry, true); // or lastInsertRowid is rounded above 2^53
      const { changes, lastInsertRowid } = entry.statement.run(...bindings);
      return { changes: Number(changes), lastInsertRowid: narrow(lastInsertRowid) as number | bigint };
    });
  }

  /** All rows of `sql`, by column name. */
  objects(sql: string, params: readonly unknown[] = NONE): Row[] {
    return this.#use(sql, params, (entry) => {
      const rows = readAll(entry, bind(entry, params), false) as Row[];
      for (let i = 0; i < rows.length; i++) rows[i] = { ...rows[i]! }; // node:sqlite's have no prototype
      return rows;
    });
  }

  /** HOT (bench/drizzle.ts): all rows of `sql`, in column order. */
  values(sql: string, params: readonly unknown[] = NONE): RawRow[] {
    return this.#use(sql, params, (entry) => readAll(entry, bind(entry, params), true) as RawRow[]);
  }

  /** HOT (bench/drizzle.ts): the first row of `sql` in column order, or undefined. */
  row(sql: string, params: readonly unknown[] = NONE): RawRow | undefined {
    return this.#use(sql, params, (entry) => {
      const bindings = bind(entry, params);
      // A write is run to its end: stopped after its first row, a deferred check could undo what we already return.
      if (entry.kind !== "read") return (readAll(entry, bindings, true) as RawRow[])[0];
      setArrays(entry, true);
      return readSafely(entry, () => {
        const row = entry.statement.get(...bindings) as unknown as RawRow | undefined;
        return row !== undefined && entry.bigints ? narrowRow(row) : row;
      });
    });
  }

  /** Forgets the prepared statements, whose columns may be others after a change of the schema. */
  clearStatements(): void {
    this.#statements.clear();
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #use<T>(sql: string, params: readonly unknown[], work: (entry: CachedStatement) => T): T {
    let entry: CachedStatement | undefined;
    try {
      entry = this.#statements.checkOut(sql);
      return work(entry);
    } catch (error) {
      throw toSqliteError(error, sql, params);
    } finally {
      if (entry !== undefined) entry.busy = false;
    }
  }
}

function bind(entry: CachedStatement, params: readonly unknown[]): SQLInputValue[] {
  if (!Array.isArray(params)) {
    throw new TypeError(`Cannot run a statement: parameters must be an array: received ${typeof params}`);
  }
  if (params.length !== entry.parameterCount) {
    throw new RangeError(
      `Cannot run a statement: ${entry.parameterCount} parameters are wanted: received ${params.length}`,
    );
  }
  return toBindings(params);
}

function readAll(entry: CachedStatement, bindings: SQLInputValue[], arrays: boolean): unknown[] {
  setArrays(entry, arrays);
  return readSafely(entry, () => {
    const rows = entry.statement.all(...bindings) as unknown[];
    if (entry.bigints) for (let i = 0; i < rows.length; i++) narrowRow(rows[i] as SqlValue[]);
    return rows;
  });
}

/**
 * Reads with numbers, and again with bigints once an integer does not fit in a number. Only a read is run twice: every
 * write reads bigints from the start.
 */
function readSafely<T>(entry: CachedStatement, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (entry.bigints || (error as { code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
    setBigInts(entry, true);
    return read();
  }
}

function setArrays(entry: CachedStatement, arrays: boolean): void {
  if (entry.arrays === arrays) return;
  entry.statement.setReturnArrays(arrays);
  entry.arrays = arrays;
}

function setBigInts(entry: CachedStatement, bigints: boolean): void {
  entry.statement.setReadBigInts(bigints);
  entry.bigints = bigints;
}

/** Turns the bigints of `row` that a number can hold into numbers, in place. */
function narrowRow<T extends SqlValue[] | Row>(row: T): T {
  const cells = row as Record<string | number, SqlValue>;
  if (Array.isArray(row)) for (let i = 0; i < row.length; i++) cells[i] = narrow(row[i]!);
  else for (const name in row) cells[name] = narrow((row as Row)[name]!);
  return row;
}

function narrow(value: SqlValue): SqlValue {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
