import { StorageError } from "../../errors.ts";
import type { RawRow, Row, RunResult, SqlParameter } from "../../honker/mod.ts";
import type { Executor, HostTransaction } from "./executor.ts";

/**
 * A part of a transaction that can be undone alone.
 *
 * States: *open* → `release` → kept, → `rollback` → undone; over as well once its transaction is. Then every use throws.
 */
export class Savepoint implements Executor {
  readonly #transaction: HostTransaction;
  readonly #name: string;
  #isOver = false;

  constructor(transaction: HostTransaction, name: string) {
    this.#transaction = transaction;
    this.#name = name;
    transaction.run(`SAVEPOINT ${name}`, []);
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#transaction.isOpen;
  }

  run(sql: string, params: readonly SqlParameter[]): RunResult {
    return this.#open().run(sql, params);
  }

  query(sql: string, params: readonly SqlParameter[]): Row[] {
    return this.#open().query(sql, params);
  }

  values(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow[] {
    return this.#open().values(sql, params, columnCount);
  }

  row(sql: string, params: readonly SqlParameter[], columnCount?: number): RawRow | undefined {
    return this.#open().row(sql, params, columnCount);
  }

  /** Keeps what was written since, as part of the transaction. */
  release(): void {
    this.#open().run(`RELEASE ${this.#name}`, []);
    this.#isOver = true;
  }

  /** Undoes what was written since. Does nothing once it is over, or SQLite has ended the whole transaction. */
  rollback(): void {
    if (!this.isOpen) return;
    this.#isOver = true;
    this.#transaction.run(`ROLLBACK TO ${this.#name}`, []);
    this.#transaction.run(`RELEASE ${this.#name}`, []); // ROLLBACK TO leaves it on the stack
  }

  /** Releases it when `result` resolves, rolls it back when it rejects. */
  async settle<T>(result: PromiseLike<T>): Promise<T> {
    try {
      const value = await result;
      this.release();
      return value;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  #open(): HostTransaction {
    if (!this.#isOver) return this.#transaction;
    throw new StorageError("TRANSACTION_FINISHED", "Cannot use a nested transaction: it is over");
  }
}
