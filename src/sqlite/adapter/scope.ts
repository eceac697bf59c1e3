import type { Logger } from "drizzle-orm/logger";
import { StorageError } from "../../errors.ts";
import type { RawRow, Row, RunResult, SqlParameter } from "../../honker/mod.ts";
import type { Executor, HostTransaction } from "./executor.ts";

/**
 * What one callback of `db.transaction` or `tx.transaction` writes in: the transaction, or a savepoint in it that can be
 * undone alone.
 *
 * States: *open* → `commit` → kept, → `rollback` → undone; over as well once what it lies in is. Then every use throws. At
 * most one lies in another, and that one must end first.
 */
export class Scope implements Executor {
  readonly #transaction: HostTransaction;
  readonly #logger: Logger | undefined;
  readonly #parent: Scope | undefined;
  readonly #savepoint: string;
  /** In how many others it lies. */
  readonly depth: number;
  /** The promise by which its user learns of its end, if its callback waits. */
  settled: Promise<unknown> | undefined;
  #nested: Scope | undefined;
  #isOver = false;

  /** @param parent what it is a part of; not given, it is the whole transaction. */
  constructor(transaction: HostTransaction, logger: Logger | undefined, parent?: Scope) {
    this.#transaction = transaction;
    this.#logger = logger;
    this.#parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.#savepoint = `savepoint sp${this.depth - 1}`;
    if (parent !== undefined) this.#run(this.#savepoint);
  }

  get isOpen(): boolean {
    return !this.#isOver && (this.#parent ?? this.#transaction).isOpen;
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

  /** What `tx.$honkerTx` gives. */
  raw(): unknown {
    return this.#transaction.raw();
  }

  /** @throws {StorageError} `TRANSACTION_OPEN` if there is one that has not ended. */
  nest(): Scope {
    this.#open();
    if (this.#nested?.isOpen) {
      throw new StorageError(
        "TRANSACTION_OPEN",
        "Cannot begin a nested transaction: one is already open in this transaction: await it first",
      );
    }
    this.#nested = new Scope(this.#transaction, this.#logger, this);
    return this.#nested;
  }

  /**
   * Keeps what was written: for good, or as part of what it lies in.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if a nested one still waits, of which it would keep a part;
   * `TRANSACTION_FINISHED` if it is over already.
   */
  commit(): void {
    this.#open();
    if (this.#nested?.isOpen) {
      this.#nested.settled?.catch(() => {}); // its failure is told here, to who did not wait for it
      throw new StorageError(
        "TRANSACTION_OPEN",
        "Cannot commit a transaction: a nested one is still open in it: await it first",
      );
    }
    if (this.#parent === undefined) this.#transaction.commit();
    else this.#run(`release ${this.#savepoint}`);
    this.#isOver = true;
  }

  /** Undoes what was written. Does nothing once it is over, as it is when SQLite has ended the whole transaction. */
  rollback(): void {
    if (!this.isOpen) return;
    this.#isOver = true;
    if (this.#parent === undefined) {
      this.#transaction.rollback();
    } else {
      this.#run(`rollback to ${this.#savepoint}`);
      this.#transaction.run(`release ${this.#savepoint}`, []); // ROLLBACK TO leaves it on the stack
    }
  }

  #run(sql: string): void {
    this.#logger?.logQuery(sql, []); // as Drizzle's other drivers do
    this.#transaction.run(sql, []);
  }

  #open(): HostTransaction {
    if (this.isOpen) return this.#transaction;
    throw new StorageError(
      "TRANSACTION_FINISHED",
      "Cannot use a transaction: transaction already finished: it was committed or rolled back",
    );
  }
}
