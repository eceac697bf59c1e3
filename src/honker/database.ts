import { checkBoolean, checkInteger, checkName, checkOptions, checkSeconds, checkSignal } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { CommitFeed } from "./commit-feed.ts";
import { CommitBell, CommitWatcher, type CommitWatcherOptions } from "./commit-watcher.ts";
import type { Connection, RawRow, Row, RunResult } from "./connection.ts";
import { encodePayload } from "./json.ts";
import type { Listener } from "./listener.ts";
import { NotificationDispatcher } from "./notification-dispatcher.ts";
import type { SqlParameter } from "./parameters.ts";
import { type CommitSubscriber, SharedFile } from "./shared-file.ts";
import { Stream } from "./stream.ts";
import { StreamDispatcher } from "./stream-dispatcher.ts";
import { NOTIFY, Transaction, type TransactionOutcome } from "./transaction.ts";
import { UpdateEvents } from "./update-events.ts";

/** How a listener waits. */
export interface ListenOptions {
  /** How long a lost wake may go unnoticed, in seconds; null leaves it to the database's own look, once a second. @default 15 */
  readonly fallbackPollS?: number | null;
  /** Closes the listener when it aborts. */
  readonly signal?: AbortSignal;
  /** Whether waiting keeps the process alive. @default false */
  readonly ref?: boolean;
}

/** What `open` hands to a {@link Database}. */
export interface DatabaseParts {
  readonly path: string;
  readonly writer: Connection;
  /** Opens a second connection that can only read. */
  readonly openReader: () => Connection;
  readonly watcher: CommitWatcherOptions;
}

/**
 * An open file with all that Honker keeps in it.
 *
 * It has one writer; while a transaction is open, reads outside it go to a reader of their own and see committed state.
 * Made by `open`; who opened it closes it.
 */
export class Database {
  readonly path: string;
  readonly #writer: Connection;
  readonly #openReader: () => Connection;
  readonly #file: SharedFile;
  readonly #bell: CommitBell;
  readonly #feed: CommitFeed;
  readonly #notifications: NotificationDispatcher;
  readonly #streams: StreamDispatcher;
  readonly #updates = new Set<UpdateEvents>();
  readonly #subscriber: CommitSubscriber;
  readonly #read = (sql: string, params: readonly unknown[]) => this.#readingConnection().values(sql, params);
  #reader: Connection | undefined;
  #transaction: Transaction | undefined;
  #ringsAtCommit = false;
  #changeMark = "";
  #isClosed = false;

  constructor(parts: DatabaseParts) {
    this.path = parts.path;
    this.#writer = parts.writer;
    this.#openReader = parts.openReader;
    this.#bell = new CommitBell(parts.path);
    // Always of the writer: the version is counted per connection, and of others' commits only.
    const readVersion = () => this.#writer.values("PRAGMA data_version")[0]![0];
    const feed = new CommitFeed(new CommitWatcher(parts.path, parts.watcher, readVersion, () => feed.announce()));
    this.#feed = feed;
    this.#subscriber = {
      get isListening() {
        return feed.isHeard;
      },
      onCommit: () => feed.announce(),
    };
    this.#file = SharedFile.join(parts.path, this.#subscriber);
    this.#notifications = new NotificationDispatcher(this.#feed, this.#read);
    this.#streams = new StreamDispatcher(this.#feed, this.#read);
  }

  /**
   * Begins a write transaction at once, and takes the write lock of the file.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if this process has one open on the file: waiting for it would never end.
   * @throws {SqliteError} `SQLITE_BUSY` if another process keeps the lock for longer than the busy timeout.
   */
  transaction(): Transaction {
    this.#refuseClosed();
    this.#file.refuseIfLocked("begin a transaction");
    const transaction = new Transaction(this.#writer, { ended: (outcome) => this.#ended(outcome) });
    this.#transaction = transaction;
    this.#file.lock(transaction);
    return transaction;
  }

  /**
   * Runs a statement and gives its rows by column name. It sees committed state only; a write commits by itself.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if it writes while a transaction is open.
   */
  query(sql: string, params: readonly SqlParameter[] = []): Row[] {
    return this.#use(sql, (connection) => connection.objects(sql, params));
  }

  /** Runs a statement and gives its rows in column order, with columns of equal names kept. See {@link query}. */
  values(sql: string, params: readonly SqlParameter[] = []): RawRow[] {
    return this.#use(sql, (connection) => connection.values(sql, params));
  }

  /** The first row of a statement in column order, or undefined. See {@link query}. */
  row(sql: string, params: readonly SqlParameter[] = []): RawRow | undefined {
    return this.#use(sql, (connection) => connection.row(sql, params));
  }

  /** Runs a statement and tells how many rows it changed and the last rowid. See {@link query}. */
  run(sql: string, params: readonly SqlParameter[] = []): RunResult {
    return this.#use(sql, (connection) => connection.run(sql, params));
  }

  /**
   * Runs `work` as soon as no transaction of this process is open on the file, in the order of the calls.
   *
   * For callers that can wait, where {@link transaction} would refuse.
   */
  whenUnlocked<T>(work: () => T): Promise<T> {
    return this.#file.whenUnlocked(work);
  }

  /** Whether a transaction of this process is open on the file. */
  get inTransaction(): boolean {
    return this.#file.isLocked;
  }

  /**
   * Sends a message to all who listen on `channel`, in this and other processes, in a transaction of its own.
   *
   * @returns The id of the message: rising in the order of commits.
   */
  notify(channel: string, payload: unknown): number {
    checkName(channel, "notify", "channel");
    const { lastInsertRowid } = this.run(NOTIFY, [channel, encodePayload(payload, `notify "${channel}"`)]);
    this.#bell.ring();
    return lastInsertRowid as number;
  }

  /** The same inside the open transaction `tx`: sent when it commits, never if it rolls back. */
  notifyTx(tx: { notify(channel: string, payload: unknown): number }, channel: string, payload: unknown): number {
    return tx.notify(channel, payload);
  }

  /** The messages that are committed on `channel` from now on, by any process. */
  listen(channel: string, options: ListenOptions = {}): Listener {
    this.#refuseClosed();
    checkOptions(options, ["fallbackPollS", "signal", "ref"], "listen");
    checkName(channel, "listen", "channel");
    const { fallbackPollS = 15, signal, ref = false } = options;
    checkSeconds(fallbackPollS, `listen to "${channel}"`, "fallbackPollS");
    checkSignal(signal, `listen to "${channel}"`);
    checkBoolean(ref, `listen to "${channel}"`, "ref");
    if (fallbackPollS !== null) this.#feed.pollWithin(fallbackPollS * 1000);
    const listener = this.#notifications.listen(channel, { signal, ref });
    if (signal?.aborted) listener.close();
    return listener;
  }

  /** The durable stream `name`. It begins with its first event; asking for it writes nothing. */
  stream(name: string): Stream {
    this.#refuseClosed();
    return new Stream(
      {
        read: (sql, params) => {
          this.#refuseClosed();
          return this.#read(sql, params);
        },
        write: (sql, params) => this.#write(sql, params),
        isLocked: () => this.#file.isLocked,
        published: () => this.#ringOnceCommitted(),
        dispatcher: () => this.#streams,
      },
      name,
    );
  }

  /** Tells of every commit to the file, by anyone. */
  updateEvents(options: { readonly ref?: boolean } = {}): UpdateEvents {
    this.#refuseClosed();
    checkOptions(options, ["ref"], "updateEvents");
    const events = new UpdateEvents(this.#feed, options.ref ?? false, () => this.#updates.delete(events));
    this.#updates.add(events);
    return events;
  }

  /**
   * Deletes notifications that are older than `olderThanS` seconds, and those that are not among the newest `maxKeep` of
   * all channels. A condition that is not given deletes nothing.
   *
   * @returns How many were deleted. Listeners that had not read them yet do not get them.
   */
  pruneNotifications(olderThanS?: number | null, maxKeep?: number | null): number {
    const conditions: string[] = [];
    const params: number[] = [];
    if (olderThanS !== undefined && olderThanS !== null) {
      checkInteger(olderThanS, Number.MIN_SAFE_INTEGER, "prune notifications", "olderThanS");
      conditions.push("created_at < unixepoch() - ?");
      params.push(olderThanS);
    }
    if (maxKeep !== undefined && maxKeep !== null) {
      if (maxKeep < 0) throw new RangeError("maxKeep must not be negative"); // the binding's own words
      checkInteger(maxKeep, 0, "prune notifications", "maxKeep");
      conditions.push("id <= (SELECT id FROM _honker_notifications ORDER BY id DESC LIMIT 1 OFFSET ?)");
      params.push(maxKeep);
    }
    if (conditions.length === 0) return 0;
    return this.run(`DELETE FROM _honker_notifications WHERE ${conditions.join(" OR ")}`, params).changes;
  }

  /** The object itself: there is no other binding below. */
  raw(): this {
    return this;
  }

  /**
   * Ends all listeners and subscriptions, rolls back an open transaction and lets the file go. Idempotent.
   *
   * What waited resolves as done; subscriptions save the offset of their last done event.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#transaction?.rollback();
    } finally {
      for (const events of this.#updates) events.end();
      this.#notifications.close();
      this.#streams.close();
      this.#bell.stop();
      this.#file.leave(this.#subscriber);
      this.#reader?.close();
      this.#writer.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #use<T>(sql: string, work: (connection: Connection) => T): T {
    this.#refuseClosed();
    const kind = this.#writer.kindOf(sql);
    if (kind === "read") return work(this.#readingConnection());
    if (kind === "control") {
      throw new TypeError("Cannot begin or end a transaction by SQL: use transaction(), commit() and rollback()");
    }
    // one that sets something would set it on the reader only
    if (kind === "pragma" && this.#file.isLocked && !sql.includes("=")) return work(this.#readingConnection());
    this.#file.refuseIfLocked("write outside a transaction");
    const result = work(this.#writer);
    if (kind !== "pragma") this.#announceChanges();
    return result;
  }

  /** Not for what changed nothing: who looks again on each wake, and writes nothing, would wake itself for ever. */
  #announceChanges(): void {
    if (!this.#file.isHeard) return;
    const mark = this.#writer.changeMark;
    if (mark === this.#changeMark) return;
    this.#changeMark = mark;
    this.#file.announceCommit();
  }

  /** For subscriptions, which save once more while the database closes. */
  #write(sql: string, params: readonly unknown[]): RunResult {
    if (!this.#writer.isOpen) this.#refuseClosed();
    this.#file.refuseIfLocked("write outside a transaction");
    const result = this.#writer.run(sql, params);
    this.#announceChanges();
    return result;
  }

  /** The writer has a warm cache and sees its own commits; the reader is for the time of an open transaction. */
  #readingConnection(): Connection {
    if (!this.#file.isLocked) return this.#writer;
    if (this.#reader === undefined) {
      if (!this.#file.isAt(this.path)) {
        throw new StorageError(
          "OPEN_FAILED",
          `Cannot read "${this.path}": the file was replaced while it was open: open it anew`,
        );
      }
      this.#reader = this.#openReader();
    }
    return this.#reader;
  }

  #ended({ committed, notified }: TransactionOutcome): void {
    const rings = notified || this.#ringsAtCommit;
    this.#transaction = undefined;
    this.#ringsAtCommit = false;
    if (committed && rings) this.#bell.ring();
    if (committed) this.#announceChanges();
    this.#file.unlock();
  }

  #ringOnceCommitted(): void {
    if (this.#transaction !== undefined) this.#ringsAtCommit = true;
    else this.#bell.ring();
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new StorageError("DATABASE_CLOSED", `Cannot use "${this.path}": Database is closed`);
  }
}
