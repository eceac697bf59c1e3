import { StorageError } from "../errors.ts";
import { CommitBell } from "./commit-bell.ts";
import { CommitFeed } from "./commit-feed.ts";
import { CommitWatcher, type CommitWatcherOptions } from "./commit-watcher.ts";
import type { Connection, RawRow, RunResult, Sql } from "./connection.ts";
import { refuseNewerGeneration } from "./schema.ts";
import { type CommitSubscriber, SharedFile } from "./shared-file.ts";
import { Snapshot } from "./snapshot.ts";
import { SqliteError } from "./sqlite-error.ts";
import { Transaction, type TransactionOutcome } from "./transaction.ts";

/** What `open` hands to a `Database`. */
export interface OpenFileParts {
  readonly path: string;
  readonly writer: Connection;
  /** Opens a second connection that can only read. */
  readonly openReader: () => Connection;
  /** Opens a second connection that checks neither foreign keys nor CHECK constraints. */
  readonly openLoader: () => Connection;
  readonly watcher: CommitWatcherOptions;
}

const VERIFY_MS = 1000; // at most so often it is looked whether the path still leads to the file

const openFiles = new WeakMap<object, OpenFile>();

/**
 * An open file as the parts of the engine see it: its connections, who holds the write lock, and who hears of commits.
 *
 * `Database` is its face. Everything that writes goes through {@link transact}, {@link write} or a {@link Transaction}, so
 * that a commit is announced in one place.
 */
export class OpenFile {
  readonly path: string;
  readonly feed: CommitFeed;
  /** Called when it closes. */
  readonly closing = new Set<() => void>();
  readonly #writer: Connection;
  readonly #openReader: () => Connection;
  readonly #openLoader: () => Connection;
  readonly #shared: SharedFile;
  readonly #bell: CommitBell;
  readonly #subscriber: CommitSubscriber;
  #reader: Connection | undefined;
  #idleSnapshot: Connection | undefined; // its connection, kept for the next one
  readonly #snapshots = new Set<Snapshot>();
  #transaction: Transaction | undefined;
  #rings = false;
  #totalChanges = 0; // of rows, when a commit was last announced
  #schemaVersion = 0;
  #verifyAtMs = performance.now() + VERIFY_MS;
  #isReplaced = false;
  #reads = 0;
  #isClosed = false;

  constructor(parts: OpenFileParts) {
    this.path = parts.path;
    this.#writer = parts.writer;
    this.#openReader = parts.openReader;
    this.#openLoader = parts.openLoader;
    this.#bell = new CommitBell(parts.path);
    // Always of the writer: the version is counted per connection, and of others' commits only.
    const readVersion = () => this.#writer.values("PRAGMA data_version")[0]![0];
    const feed = new CommitFeed(
      new CommitWatcher(
        parts.path,
        parts.watcher,
        readVersion,
        () => feed.deliver(),
        () => this.#failIfReplaced(),
      ),
    );
    this.feed = feed;
    this.#subscriber = {
      get isListening() {
        return feed.isHeard;
      },
      onCommit: () => feed.announce(),
    };
    this.#shared = SharedFile.join(parts.path, this.#subscriber);
  }

  /** Lets {@link of} find it by the database that is its face. */
  serve(database: object): void {
    openFiles.set(database, this);
  }

  /** @throws {TypeError} If `database` was not made by `open`. */
  static of(database: object, action: string): OpenFile {
    const file = openFiles.get(database);
    if (file === undefined)
      throw new TypeError(`Cannot ${action}: what open() returns is wanted: received another object`);
    return file;
  }

  /** Whether a transaction of this process is open on the file. */
  get isLocked(): boolean {
    return this.#shared.isLocked;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Begins a write transaction at once, and takes the write lock of the file. */
  begin(): Transaction {
    this.#refuseUnusable();
    this.#shared.refuseIfLocked("begin a transaction");
    const transaction = new Transaction(this.#writer, this.path, {
      committing: () => this.#refuseReplaced(),
      ended: (outcome) => this.#ended(outcome),
    });
    this.#transaction = transaction;
    this.#shared.lock(transaction);
    return transaction;
  }

  /** The same on a connection of its own, which is closed with it; `prepare` gets it ready. */
  beginUnchecked(prepare: (connection: Connection) => void): Transaction {
    this.#refuseUnusable();
    this.#shared.refuseIfLocked("begin a transaction");
    const connection = this.#openSecond(this.#openLoader);
    try {
      prepare(connection);
      const transaction = new Transaction(connection, this.path, {
        committing: () => this.#refuseReplaced(),
        ended: (outcome) => {
          connection.close();
          if (outcome.committed && this.#shared.isHeard) this.#shared.announceCommit(); // the writer has counted nothing
          this.#ended(outcome);
        },
      });
      this.#transaction = transaction;
      this.#shared.lock(transaction);
      return transaction;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** HOT (bench/events.ts): reads committed rows, whatever transaction is open. */
  read(sql: string, params: readonly unknown[] = []): RawRow[] {
    this.#refuseUnusable();
    return this.#readingConnection().values(sql, params);
  }

  /** HOT (bench/events.ts): one statement in a transaction of its own. With `rings`, other processes are told at once. */
  write(sql: string, params: readonly unknown[], rings = false): RunResult {
    if (!this.#isClosed || !this.#writer.isOpen) this.#refuseUnusable(); // subscriptions save while the database closes
    this.#shared.refuseIfLocked("write outside a transaction");
    const result = this.#writer.run(sql, params);
    this.#announce(rings);
    return result;
  }

  /** As {@link write}, but throws `SQLITE_BUSY` at once where another process holds the lock. */
  writeWithoutWaiting(sql: string, params: readonly unknown[]): RunResult {
    return this.#writer.withoutWaiting(() => this.write(sql, params));
  }

  /**
   * HOT (bench/events.ts): runs `work` in a write transaction of its own, all or nothing. With `rings`, other processes are
   * told at once. `work` must not wait for anything.
   */
  transact<T>(work: (sql: Sql) => T, rings = false): T {
    this.#refuseUnusable();
    this.#shared.refuseIfLocked("write outside a transaction");
    this.#writer.run("BEGIN IMMEDIATE");
    let result: T;
    try {
      result = work(this.#writer);
      this.#writer.run("COMMIT");
    } catch (error) {
      this.#rings = false;
      if (this.#writer.inTransaction) this.#writer.run("ROLLBACK");
      // A newer Honker that upgrades the file drops the index that claims go by.
      if (error instanceof SqliteError && error.message.includes("_honker_live_claim")) {
        refuseNewerGeneration(this.#writer, this.path);
      }
      throw error;
    }
    this.#announce(rings);
    return result;
  }

  /**
   * Runs any statement where it belongs: a read on committed rows, a write by itself.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if it writes while a transaction is open.
   */
  runStatement<T>(sql: string, work: (connection: Connection) => T): T {
    const kind = this.#writer.kindOf(sql);
    if (kind === "read") {
      this.refuseClosed();
      if (this.#isReplaced || (++this.#reads & 7) === 0) this.#refuseReplaced(); // the clock would be a part of a short read
      const rows = work(this.#readingConnection());
      if (this.#rings && !this.isLocked) this.#announce(false); // a view called a function that wrote
      return rows;
    }
    this.#refuseUnusable();
    if (kind === "call") return this.transact(() => work(this.#writer));
    if (kind === "control") {
      throw new TypeError("Cannot begin or end a transaction by SQL: use transaction(), commit() and rollback()");
    }
    // one that sets something would set it on the reader only
    if (kind === "pragma" && this.isLocked && !sql.includes("=")) return work(this.#readingConnection());
    this.#shared.refuseIfLocked("write outside a transaction");
    const result = work(this.#writer);
    if (kind !== "pragma") this.#announce(false, kind === "schema");
    return result;
  }

  /**
   * `tx`, if it is an open transaction of this file. With `rings`, other processes are told at once when it commits.
   *
   * @throws {TypeError} If `tx` is not a transaction of this file.
   */
  inside(tx: unknown, action: string, rings = false): Transaction {
    if (!(tx instanceof Transaction)) {
      const isDrizzles = typeof tx === "object" && tx !== null && "$honkerTx" in tx;
      const received = isDrizzles ? "Drizzle's: pass tx.$honkerTx" : typeof tx;
      throw new TypeError(`Cannot ${action}: tx must be what transaction() returns: received ${received}`);
    }
    if (tx.path !== this.path) {
      throw new TypeError(`Cannot ${action}: tx must be of "${this.path}": received one of "${tx.path}"`);
    }
    if (rings) tx.ring();
    return tx;
  }

  /** The state that is committed now, until it is closed. */
  snapshot(): Snapshot {
    this.#refuseUnusable();
    const connection = this.#idleSnapshot ?? this.#openSecond(this.#openReader);
    this.#idleSnapshot = undefined;
    try {
      const snapshot = new Snapshot(this.path, connection, () => {
        this.#snapshots.delete(snapshot);
        if (this.#isClosed || this.#idleSnapshot !== undefined) connection.close();
        else this.#idleSnapshot = connection;
      });
      this.#snapshots.add(snapshot);
      return snapshot;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Has other processes told of what is committed next, by a touch of the file. */
  ringOnceCommitted(): void {
    this.#rings = true;
  }

  /** Runs `work` as soon as no transaction of this process is open, in the order of the calls. */
  whenUnlocked<T>(work: () => T): Promise<T> {
    return this.#shared.whenUnlocked(work);
  }

  refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new StorageError("DATABASE_CLOSED", `Cannot use "${this.path}": Database is closed`);
  }

  /** Rolls back an open transaction, ends who waits, and lets the file go. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#transaction?.rollback();
    } finally {
      for (const end of [...this.closing]) end();
      for (const snapshot of [...this.#snapshots]) snapshot.close();
      this.#idleSnapshot?.close();
      this.#bell.stop();
      this.#shared.leave(this.#subscriber);
      this.#reader?.close();
      this.#writer.close();
    }
  }

  /**
   * After a commit. Not for what changed nothing: who looks again on each wake, and writes nothing, would wake itself for
   * ever.
   *
   * @param mayBeSchema whether it may have changed tables, which no count of rows tells.
   */
  #announce(rings: boolean, mayBeSchema = false): void {
    if (rings || this.#rings) {
      this.#rings = false;
      this.#bell.ring();
    }
    if (!this.#shared.isHeard) return;
    const totalChanges = this.#writer.totalChanges;
    const schemaVersion = mayBeSchema ? this.#writer.schemaVersion : this.#schemaVersion;
    if (totalChanges === this.#totalChanges && schemaVersion === this.#schemaVersion) return;
    this.#totalChanges = totalChanges;
    this.#schemaVersion = schemaVersion;
    this.#shared.announceCommit();
  }

  #ended({ committed, rings }: TransactionOutcome): void {
    this.#transaction = undefined;
    if (committed) this.#announce(rings, true);
    this.#rings = false;
    this.#shared.unlock();
  }

  /** The writer has a warm cache and sees its own commits; the reader is for the time of an open transaction. */
  #readingConnection(): Connection {
    if (!this.isLocked) return this.#writer;
    this.#reader ??= this.#openSecond(this.#openReader);
    return this.#reader;
  }

  #openSecond(open: () => Connection): Connection {
    this.#verifyAtMs = 0; // a second connection would be to the other file
    this.#refuseReplaced();
    return open();
  }

  #refuseUnusable(): void {
    this.refuseClosed();
    this.#refuseReplaced();
  }

  /** What is written to a file that nobody can open by its path any more is lost: looked at once a second at most. */
  #refuseReplaced(): void {
    const nowMs = performance.now();
    if (nowMs >= this.#verifyAtMs) {
      this.#verifyAtMs = nowMs + VERIFY_MS;
      this.#isReplaced ||= !this.#shared.isAt(this.path);
    }
    if (!this.#isReplaced) return;
    throw new StorageError(
      "FILE_REPLACED",
      `Cannot use "${this.path}": the file was replaced or deleted while it was open: open it anew`,
    );
  }

  /** Who waits for commits to a lost file would wait for ever. */
  #failIfReplaced(): void {
    try {
      this.#refuseReplaced();
    } catch (error) {
      this.feed.fail(error);
    }
  }
}
