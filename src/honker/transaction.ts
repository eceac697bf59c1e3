import { checkName } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { Connection, RawRow, Row, RunResult } from "./connection.ts";
import { encodePayload } from "./json.ts";
import type { SqlParameter } from "./parameters.ts";

/** How a {@link Transaction} ended. */
export interface TransactionOutcome {
  /** Whether others may see something new; by a COMMIT among the statements, too. */
  readonly committed: boolean;
  /** Whether others are to be told at once. */
  readonly rings: boolean;
}

/** What a {@link Transaction} tells its database. */
export interface TransactionOwner {
  /** It is about to commit. What is thrown keeps it from that. */
  committing(): void;
  /** It is over, and the lock is free. */
  ended(outcome: TransactionOutcome): void;
}

/**
 * A write transaction: it holds the write lock of the file from the moment it is made.
 *
 * States: *open* → `commit` → *committed*; *open* → `rollback`, a failed commit, SQLite's own roll-back, the end of the
 * database → *rolled back*. Once it is over, everything but `commit` and `rollback` throws.
 */
export class Transaction {
  /** The file it writes to. */
  readonly path: string;
  readonly #connection: Connection;
  readonly #owner: TransactionOwner;
  readonly #controlRuns: number; // of the connection, when it began
  #state: "open" | "committed" | "rolled back" | "undone by SQLite" = "open";
  #rings = false;

  /** Begins. Made by `Database.transaction()`. */
  constructor(connection: Connection, path: string, owner: TransactionOwner) {
    this.path = path;
    this.#connection = connection;
    this.#owner = owner;
    connection.run("BEGIN IMMEDIATE");
    this.#controlRuns = connection.controlRuns;
  }

  /** Whether it still holds the lock. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Runs a statement that gives no rows.
   *
   * @returns How many rows it changed.
   * @throws {TypeError} If it gives rows, as SELECT and RETURNING do: nothing is run then.
   */
  execute(sql: string, params: readonly SqlParameter[] = []): number {
    return this.#use(() => {
      if (this.#connection.returnsRows(sql)) {
        throw new TypeError("Cannot execute a statement that returns rows: use query()");
      }
      return this.#connection.run(sql, params).changes;
    });
  }

  /** Runs a statement and tells how many rows it changed and the last rowid; rows it gives are dropped. */
  run(sql: string, params: readonly SqlParameter[] = []): RunResult {
    return this.#use(() => this.#connection.run(sql, params));
  }

  /** Runs a statement and gives its rows by column name. It sees what this transaction has written. */
  query(sql: string, params: readonly SqlParameter[] = []): Row[] {
    return this.#use(() => this.#connection.objects(sql, params));
  }

  /** Runs a statement and gives its rows in column order, with columns of equal names kept. */
  values(sql: string, params: readonly SqlParameter[] = []): RawRow[] {
    return this.#use(() => this.#connection.values(sql, params));
  }

  /** The first row of a statement in column order, or undefined. */
  row(sql: string, params: readonly SqlParameter[] = []): RawRow | undefined {
    return this.#use(() => this.#connection.row(sql, params));
  }

  /**
   * Sends a message to all who listen on `channel`, in this and other processes, once this transaction commits.
   *
   * @returns The id of the message: rising in the order of commits.
   */
  notify(channel: string, payload: unknown): number {
    checkName(channel, "notify", "channel");
    const text = encodePayload(payload, `notify "${channel}"`);
    return this.#use(() => {
      const { lastInsertRowid } = this.#connection.run(NOTIFY, [channel, text]);
      this.#rings = true;
      return lastInsertRowid as number;
    });
  }

  /** Has other processes told at once when it commits. Messages do that by themselves. */
  ring(): void {
    this.#rings = true;
  }

  /**
   * Makes all it wrote visible at once, or, if SQLite refuses or the file was replaced, nothing: then it is rolled back and the
   * reason thrown.
   */
  commit(): void {
    if (this.#state === "undone by SQLite") throw this.#finished();
    if (this.#state !== "open") return;
    try {
      this.#owner.committing();
      this.#connection.run("COMMIT");
    } catch (error) {
      this.rollback();
      throw error;
    }
    this.#end("committed");
  }

  /** Undoes all it wrote. Does nothing once it is over. */
  rollback(): void {
    if (this.#state !== "open") return;
    try {
      if (this.#connection.isOpen && this.#connection.inTransaction) this.#connection.run("ROLLBACK");
    } finally {
      this.#end("rolled back");
    }
  }

  /** The object itself: there is no other binding below. */
  raw(): this {
    return this;
  }

  /** Rolls back what was not committed. */
  [Symbol.dispose](): void {
    this.rollback();
  }

  #use<T>(work: () => T): T {
    if (this.#state !== "open") throw this.#finished();
    let isDone = false;
    try {
      const result = work();
      isDone = true;
      return result;
    } finally {
      // RAISE(ROLLBACK), ON CONFLICT ROLLBACK or a COMMIT among the statements may have ended it; nothing else can.
      const mayHaveEnded = !isDone || this.#connection.controlRuns !== this.#controlRuns;
      if (mayHaveEnded && !this.#connection.inTransaction) this.#end("undone by SQLite");
    }
  }

  #end(state: "committed" | "rolled back" | "undone by SQLite"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#owner.ended({ committed: state !== "rolled back", rings: this.#rings });
  }

  #finished(): StorageError {
    const why = this.#state === "undone by SQLite" ? "SQLite has ended it" : `it was ${this.#state}`;
    return new StorageError("TRANSACTION_FINISHED", `Cannot use a transaction: transaction already finished: ${why}`);
  }
}

/** Stores a message for who listens on a channel. */
export const NOTIFY = "INSERT INTO _honker_notifications(channel, payload) VALUES (?, ?)";
