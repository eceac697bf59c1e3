import { StorageError } from "../errors.ts";
import type { Connection, RawRow, Row } from "./connection.ts";
import type { SqlParameter } from "./parameters.ts";

/**
 * One committed state of a file, to read from for as long as it is open, whatever is committed meanwhile.
 *
 * It has a connection of its own, so it may be kept across an `await` and beside an open transaction, of which it sees
 * nothing. While it is open SQLite can't reuse the log from there on: close it soon.
 */
export class Snapshot {
  readonly #path: string;
  readonly #release: () => void;
  #connection: Connection | undefined;

  /** Made by `Database.snapshot()`. @param release takes the connection back. */
  constructor(path: string, connection: Connection, release: () => void) {
    this.#path = path;
    this.#release = release;
    this.#connection = connection;
    connection.run("BEGIN");
    connection.row("SELECT 1 FROM sqlite_schema LIMIT 1"); // the state is chosen by the first read
  }

  /** The rows of a statement by column name. */
  query(sql: string, params: readonly SqlParameter[] = []): Row[] {
    return this.#read(sql).objects(sql, params);
  }

  /** The rows of a statement in column order, with columns of equal names kept. */
  values(sql: string, params: readonly SqlParameter[] = []): RawRow[] {
    return this.#read(sql).values(sql, params);
  }

  /** The first row of a statement in column order, or undefined. */
  row(sql: string, params: readonly SqlParameter[] = []): RawRow | undefined {
    return this.#read(sql).row(sql, params);
  }

  /** Lets the state go. Idempotent. */
  close(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    if (connection.inTransaction) connection.run("ROLLBACK");
    this.#release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(sql: string): Connection {
    const connection = this.#connection;
    if (!connection?.isOpen) {
      throw new StorageError("DATABASE_CLOSED", `Cannot use a snapshot of "${this.#path}": it is closed`);
    }
    const kind = connection.kindOf(sql);
    if (kind === "read") return connection; // a COMMIT would let the state go, a PRAGMA stay for the next snapshot
    throw new TypeError(`Cannot use a snapshot: a statement that only reads is wanted: received a ${kind} statement`);
  }
}
