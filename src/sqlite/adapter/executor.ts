import type { SelectedFieldsOrdered } from "drizzle-orm/sqlite-core";
import type { RawRow, Row, RunResult, SqlParameter } from "../../honker/mod.ts";

/**
 * Where the statements of a session run: an open database, a transaction, or a savepoint in one.
 *
 * `Database` and `Transaction` of the engine have it as they are; for Honker's native binding see `binding.ts`.
 */
export interface Executor {
  run(sql: string, params: readonly SqlParameter[]): RunResult;
  /** Rows by column name. */
  query(sql: string, params: readonly SqlParameter[]): Row[];
  /** Rows in column order. `columnCount` says how many columns there are, where the caller knows. */
  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[];
  /** The first row in column order. */
  row(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow | undefined;
}

/** The database below a session: where its statements run outside transactions, and how transactions begin. */
export interface Host {
  readonly executor: Executor;
  /** Whether a transaction may stay open while its callback waits. */
  readonly carriesAsync: boolean;
  /** Begins a transaction and takes the write lock. */
  begin(): HostTransaction;
  /** The same without the checks of foreign keys and CHECK constraints, where the client can do so. */
  readonly beginUnchecked?: () => HostTransaction;
  /** Runs `work`, the callback of the transaction that `scope` stands for. */
  runCallback<T>(scope: { readonly isOpen: boolean }, work: () => T): T;
  /** Runs `work` once no transaction of this process is open, in the order of the calls. */
  whenUnlocked<T>(work: () => T): Promise<T>;
  /** Several reads of one committed state; of whatever is committed at each where the client can't do better. */
  snapshot(): Pick<Executor, "values" | "row"> & { close(): void };
  /** Refuses, before anything is run, a selection whose values it would give back wrong. */
  checkColumns(fields: SelectedFieldsOrdered): void;
}

/** An open transaction of a {@link Host}. */
export interface HostTransaction extends Executor {
  readonly isOpen: boolean;
  commit(): void;
  rollback(): void;
  /** What `tx.$honkerTx` gives: the transaction of the client that was passed in. */
  raw(): unknown;
}
