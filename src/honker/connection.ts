import type { DatabaseSync as NodeDatabase, SQLInputValue } from "node:sqlite";
import { type SqlValue, toBindings } from "./parameters.ts";
import { backup, DatabaseSync, repeatsAfterThrow } from "./runtime.ts";
import type { StatementKind } from "./sql-text.ts";
import { toSqliteError } from "./sqlite-error.ts";
import { type CachedStatement, StatementCache } from "./statement-cache.ts";

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

/** Where statements run: a connection, or an open transaction. */
export interface Sql {
  run(sql: string, params?: readonly unknown[]): RunResult;
  values(sql: string, params?: readonly unknown[]): RawRow[];
  row(sql: string, params?: readonly unknown[]): RawRow | undefined;
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
  readonly #busyTimeoutMs: number;
  #controlRuns = 0;
  #hasFunctions = false;
  #thrown: { readonly error: unknown } | undefined; // by a function of ours, while a statement runs

  /** @param path A file path or `file:` URI. Waiting for another process's lock lasts up to `busyTimeoutMs`. */
  constructor(path: string, busyTimeoutMs: number) {
    try {
      // `timeout` as an option: the pragma would itself run into a lock before it is in force.
      this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    } catch (error) {
      throw toSqliteError(error, "", NONE);
    }
    this.#statements = new StatementCache(this.#database);
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** The file as SQLite calls it: absolute, with symbolic links followed. */
  get path(): string {
    return this.values("PRAGMA database_list")[0]![2] as string;
  }

  /** How many rows this connection has changed since it was opened. */
  get totalChanges(): number {
    return this.row("SELECT total_changes()")![0] as number;
  }

  /** Rises with each change of tables and indexes, by anyone. */
  get schemaVersion(): number {
    return this.row("PRAGMA schema_version")![0] as number;
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Whether SQLite itself says that a transaction is open: RAISE(ROLLBACK) or a failed COMMIT can have ended it. */
  get inTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  /** How many statements were run that may have begun or ended a transaction. */
  get controlRuns(): number {
    return this.#controlRuns;
  }

  /** What running `sql` does; see {@link StatementKind}. Told from the text: nothing is prepared. */
  kindOf(sql: string): StatementKind {
    return this.#statements.kindOf(sql);
  }

  /** Whether `sql` gives rows, as SELECT and RETURNING do. */
  returnsRows(sql: string): boolean {
    const entry = this.#checkOut(sql, NONE);
    entry.busy = false;
    entry.returnsRows ??= entry.statement.columns().length > 0;
    return entry.returnsRows;
  }

  /** HOT (bench/drizzle.ts): runs `sql` for its effect; rows it gives are dropped. */
  run(sql: string, params: readonly unknown[] = NONE): RunResult {
    const entry = this.#checkOut(sql, params);
    try {
      const { changes, lastInsertRowid } = entry.statement.run(...bind(entry, params));
      // after any other statement, SQLite still tells the changes of the last write
      const changed = entry.kind === "write" ? Number(changes) : 0;
      return { changes: changed, lastInsertRowid: this.#exact(lastInsertRowid) };
    } catch (error) {
      this.#thrown = undefined;
      throw toSqliteError(error, sql, params);
    } finally {
      entry.busy = false;
    }
  }

  /** All rows of `sql`, by column name. */
  objects(sql: string, params: readonly unknown[] = NONE): Row[] {
    const rows = this.#all(sql, params, false) as Row[];
    for (let i = 0; i < rows.length; i++) rows[i] = { ...rows[i]! }; // node:sqlite's have no prototype
    return rows;
  }

  /** HOT (bench/drizzle.ts): all rows of `sql`, in column order. */
  values(sql: string, params: readonly unknown[] = NONE): RawRow[] {
    return this.#all(sql, params, true) as RawRow[];
  }

  /** HOT (bench/drizzle.ts): the first row of `sql` in column order, or undefined. */
  row(sql: string, params: readonly unknown[] = NONE): RawRow | undefined {
    const entry = this.#checkOut(sql, params);
    if (entry.kind !== "read") {
      // A write is run to its end: stopped after its first row, a deferred check could undo what we already return.
      entry.busy = false;
      return (this.#all(sql, params, true) as RawRow[])[0];
    }
    try {
      const bindings = bind(entry, params);
      setArrays(entry, true);
      return readSafely(entry, () => {
        const row = entry.statement.get(...bindings) as RawRow | undefined;
        return row !== undefined && entry.bigints ? narrowRow(row) : row;
      });
    } catch (error) {
      this.#thrown = undefined;
      throw toSqliteError(error, sql, params);
    } finally {
      entry.busy = false;
    }
  }

  /** Runs `work` such that a lock of another process is not waited for. */
  withoutWaiting<T>(work: () => T): T {
    this.values("PRAGMA busy_timeout = 0");
    try {
      return work();
    } finally {
      this.values(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }

  /** Makes `call` a function of SQL on this connection. Its integers are bigints, both ways; it may run statements. */
  define(name: string, argumentCount: number, call: (...values: never[]) => SqlValue): void {
    // node:sqlite takes the number of arguments from the function itself
    const guarded = (...values: never[]) => {
      if (this.#thrown !== undefined) return null;
      try {
        return call(...values);
      } catch (error) {
        if (repeatsAfterThrow) this.#thrown = { error };
        throw error;
      }
    };
    const counted = Object.defineProperty(guarded, "length", { value: argumentCount });
    this.#hasFunctions = true;
    this.#database.function(name, { useBigIntArguments: true }, counted as (...values: SqlValue[]) => SqlValue);
  }

  /**
   * Copies what this connection reads to the file at `to`, in parts of so many `pages`; after each but the last,
   * `onPart` is told how many are left, and ends the copy if it throws.
   *
   * @returns The number of pages. Deno and Bun copy all parts in one turn of the event loop.
   */
  async copyTo(to: string, pages: number, onPart: (remaining: number, total: number) => void): Promise<number> {
    let thrown: { readonly error: unknown } | undefined;
    const progress = ({ remainingPages, totalPages }: { remainingPages: number; totalPages: number }) => {
      try {
        onPart(remainingPages, totalPages);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    try {
      return await backup(this.#database, to, { rate: pages, progress });
    } catch (error) {
      if (thrown !== undefined) throw thrown.error;
      throw toSqliteError(error, "", NONE);
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #all(sql: string, params: readonly unknown[], arrays: boolean): unknown[] {
    return repeatsAfterThrow && this.#hasFunctions
      ? this.#undoThrown(sql, () => this.#allOnce(sql, params, arrays))
      : this.#allOnce(sql, params, arrays);
  }

  /** For a runtime that runs a statement again when a function of ours throws: the second run does nothing, and is undone. */
  #undoThrown<T>(sql: string, work: () => T): T {
    const isSaved = this.kindOf(sql) === "write" && this.#mayCall(sql) && this.#save();
    try {
      const result = work();
      if (this.#thrown !== undefined) throw this.#thrown.error;
      if (isSaved) this.run("RELEASE honker_statement");
      return result;
    } catch (error) {
      const { error: cause } = this.#thrown ?? { error };
      this.#thrown = undefined;
      if (isSaved && this.inTransaction) {
        this.run("ROLLBACK TO honker_statement");
        this.run("RELEASE honker_statement");
      }
      throw cause;
    }
  }

  /** Whether a write may come to a function of ours: by its text or by a trigger. */
  #mayCall(sql: string): boolean {
    if (/notify|honker_/i.test(sql)) return true;
    const triggers = `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger')
      OR EXISTS (SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger')`;
    return this.row(triggers)![0] === 1;
  }

  /** In a trigger SQLite allows no savepoint: there the statement that set it off is undone. */
  #save(): boolean {
    try {
      this.run("SAVEPOINT honker_statement");
      return true;
    } catch {
      return false;
    }
  }

  #allOnce(sql: string, params: readonly unknown[], arrays: boolean): unknown[] {
    const entry = this.#checkOut(sql, params);
    try {
      return readAll(entry, bind(entry, params), arrays);
    } catch (error) {
      throw toSqliteError(error, sql, params);
    } finally {
      entry.busy = false;
    }
  }

  #checkOut(sql: string, params: readonly unknown[]): CachedStatement {
    try {
      const entry = this.#statements.checkOut(sql);
      if (entry.kind === "control") this.#controlRuns++;
      return entry;
    } catch (error) {
      throw toSqliteError(error, sql, params);
    }
  }

  /** `node:sqlite` gives the last rowid as a number, rounded beyond 2^53 − 1, unless the statement reads bigints. */
  #exact(rowid: number | bigint): number | bigint {
    if (Number.isSafeInteger(rowid)) return rowid;
    const exact = typeof rowid === "bigint" ? rowid : this.values("SELECT last_insert_rowid()")[0]![0];
    return narrow(exact as bigint) as number | bigint;
  }
}

/** Values by position; where the text needs names, one object of them, which `node:sqlite` takes in the first place. */
function bind(entry: CachedStatement, params: readonly unknown[]): SQLInputValue[] {
  if (!Array.isArray(params)) {
    throw new TypeError(`Cannot run a statement: parameters must be an array: received ${typeof params}`);
  }
  if (params.length !== entry.parameterCount) {
    throw new RangeError(
      `Cannot run a statement: ${entry.parameterCount} parameters are wanted: received ${params.length}`,
    );
  }
  const bindings = toBindings(params);
  if (entry.parameterNames === undefined) return bindings;
  const named = Array.from(entry.parameterNames, ([name, position]) => [name, bindings[position]!] as const);
  return [Object.fromEntries(named) as unknown as SQLInputValue];
}

function readAll(entry: CachedStatement, bindings: SQLInputValue[], arrays: boolean): unknown[] {
  setArrays(entry, arrays);
  if (entry.kind !== "read") setBigInts(entry, true); // it can't be run twice, so read it safely at once
  return readSafely(entry, () => {
    const rows = entry.statement.all(...bindings) as unknown[];
    if (entry.bigints) for (let i = 0; i < rows.length; i++) narrowRow(rows[i] as RawRow | Row);
    return rows;
  });
}

/**
 * Reads with numbers, and again with bigints once an integer does not fit in a number. Only a read is run twice: all
 * others read bigints from the start.
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
  if (entry.bigints === bigints) return;
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
