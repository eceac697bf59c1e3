import { checkBoolean, checkInteger, checkName, checkOptions, checkSeconds, checkSignal } from "../arguments.ts";
import type { RawRow, Row, RunResult } from "./connection.ts";
import { encodePayload, type JsonValue } from "./json.ts";
import type { Listener } from "./listener.ts";
import { Lock } from "./lock.ts";
import { NotificationDispatcher, type ReadCommitted } from "./notification-dispatcher.ts";
import { OpenFile, type OpenFileParts } from "./open-file.ts";
import { type Delivery, Outbox, type OutboxOptions } from "./outbox.ts";
import type { SqlParameter } from "./parameters.ts";
import { Queue } from "./queue.ts";
import { QueueDispatcher } from "./queue-dispatcher.ts";
import type { QueueOptions } from "./queue-options.ts";
import { SWEEP_RATE_LIMITS, tryRateLimit } from "./rate-limits.ts";
import { getResult, SWEEP_RESULTS, saveResult, type WaitResultOptions, waitResult } from "./results.ts";
import { Retention, type RetentionOptions } from "./retention.ts";
import { Scheduler } from "./scheduler.ts";
import type { Snapshot } from "./snapshot.ts";
import { registerSqlFunctions } from "./sql-functions.ts";
import { Stream } from "./stream.ts";
import { StreamDispatcher } from "./stream-dispatcher.ts";
import { NOTIFY, type Transaction } from "./transaction.ts";
import { UpdateEvents } from "./update-events.ts";

/** How a listener waits. */
export interface ListenOptions {
  /** How long a lost wake may go unnoticed, in seconds; null leaves it to the database's own looks. @default 15 */
  readonly fallbackPollS?: number | null;
  /** Closes the listener when it aborts. */
  readonly signal?: AbortSignal;
  /** Whether waiting keeps the process alive. @default false */
  readonly ref?: boolean;
}

/**
 * An open file with all that Honker keeps in it.
 *
 * It has one writer; while a transaction is open, reads outside it go to a reader of their own and see committed state.
 * Made by `open`; who opened it closes it.
 */
export class Database {
  readonly path: string;
  readonly #file: OpenFile;
  readonly #notifications: NotificationDispatcher;
  readonly #streams: StreamDispatcher;
  readonly #queues: QueueDispatcher;

  /** Made by `open`. */
  constructor(parts: OpenFileParts) {
    const file = new OpenFile(parts);
    const read: ReadCommitted = (sql, params) => file.read(sql, params);
    this.path = parts.path;
    this.#file = file;
    this.#notifications = new NotificationDispatcher(file.feed, read);
    this.#streams = new StreamDispatcher(file.feed, read);
    this.#queues = new QueueDispatcher(file);
    for (const dispatcher of [this.#notifications, this.#streams, this.#queues]) {
      file.closing.add(() => dispatcher.close());
    }
    file.serve(this);
    registerSqlFunctions(parts.writer, () => file.ringOnceCommitted());
  }

  /**
   * Begins a write transaction at once, and takes the write lock of the file.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if this process has one open on the file: waiting for it would never end.
   * @throws {SqliteError} `SQLITE_BUSY` if another process keeps the lock for longer than the busy timeout.
   */
  transaction(): Transaction {
    return this.#file.begin();
  }

  /**
   * Begins a write transaction to load much at once, in which SQLite enforces neither foreign keys nor CHECK constraints: who
   * loads finds out itself, before the commit, whether all fits together.
   *
   * It works on a connection of its own, without the temporary tables of others; else it is as {@link transaction}. What
   * does not fit in its cache, such as the sorting for a new index, goes to temporary files.
   */
  uncheckedTransaction(): Transaction {
    const file = this.#file;
    return file.beginUnchecked((connection) => registerSqlFunctions(connection, () => file.ringOnceCommitted()));
  }

  /**
   * Runs a statement and gives its rows by column name. It sees committed state only; a write commits by itself.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if it writes while a transaction is open.
   */
  query(sql: string, params: readonly SqlParameter[] = []): Row[] {
    return this.#file.runStatement(sql, (connection) => connection.objects(sql, params));
  }

  /** Runs a statement and gives its rows in column order, with columns of equal names kept. See {@link query}. */
  values(sql: string, params: readonly SqlParameter[] = []): RawRow[] {
    return this.#file.runStatement(sql, (connection) => connection.values(sql, params));
  }

  /** The first row of a statement in column order, or undefined. See {@link query}. */
  row(sql: string, params: readonly SqlParameter[] = []): RawRow | undefined {
    return this.#file.runStatement(sql, (connection) => connection.row(sql, params));
  }

  /** Runs a statement and tells how many rows it changed and the last rowid. See {@link query}. */
  run(sql: string, params: readonly SqlParameter[] = []): RunResult {
    return this.#file.runStatement(sql, (connection) => connection.run(sql, params));
  }

  /**
   * The state that is committed now, to read from until it is closed: several reads of one state, also across an `await` and
   * beside an open transaction.
   */
  snapshot(): Snapshot {
    return this.#file.snapshot();
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
    const text = encodePayload(payload, `notify "${channel}"`);
    return this.#file.write(NOTIFY, [channel, text], true).lastInsertRowid as number;
  }

  /** The same inside the open transaction `tx`: sent when it commits, never if it rolls back. */
  notifyTx(tx: unknown, channel: string, payload: unknown): number {
    return this.#file.inside(tx, "notify").notify(channel, payload);
  }

  /** The messages that are committed on `channel` from now on, by any process. */
  listen(channel: string, options: ListenOptions = {}): Listener {
    this.#file.refuseClosed();
    checkOptions(options, ["fallbackPollS", "signal", "ref"], "listen");
    checkName(channel, "listen", "channel");
    const { fallbackPollS = 15, signal, ref = false } = options;
    checkSeconds(fallbackPollS, `listen to "${channel}"`, "fallbackPollS");
    checkSignal(signal, `listen to "${channel}"`);
    checkBoolean(ref, `listen to "${channel}"`, "ref");
    if (fallbackPollS !== null) this.#file.feed.pollWithin(fallbackPollS * 1000);
    const listener = this.#notifications.listen(channel, { signal, ref });
    if (signal?.aborted) listener.close();
    return listener;
  }

  /** The durable stream `name`. It begins with its first event; asking for it writes nothing. */
  stream(name: string): Stream {
    this.#file.refuseClosed();
    return new Stream(this.#file, this.#streams, name);
  }

  /**
   * The queue `name`. Asking for it writes nothing.
   *
   * With a TypeBox `schema`, payloads have its type and are checked against it, before they are written and before a worker
   * gets them.
   */
  queue<T = JsonValue>(name: string, options: QueueOptions<T> = {}): Queue<T> {
    this.#file.refuseClosed();
    return new Queue(this.#file, this.#queues, name, options);
  }

  /** The outbox `name`: messages that `delivery` takes to the outside, at least once. Asking for it writes nothing. */
  outbox<T = JsonValue>(name: string, delivery: Delivery<T>, options: OutboxOptions = {}): Outbox<T> {
    checkName(name, "open an outbox", "name");
    return new Outbox<T>(name, delivery, options, (queue, queueOptions) => this.queue<T>(queue, queueOptions));
  }

  /** The stored schedules of the file. */
  scheduler(): Scheduler {
    return new Scheduler(this);
  }

  /**
   * Takes the lock `name` for `ttlS` seconds if nobody else has it, in any process. For the same owner again it stays as it is.
   *
   * @returns The lock, or null if another owner has it.
   */
  tryLock(name: string, owner: string, ttlS: number): Lock | null {
    return Lock.try(this.#file, name, owner, ttlS);
  }

  /**
   * Counts one more of at most `limit` in each window of `per` seconds, over all processes.
   *
   * @returns Whether it was admitted.
   */
  tryRateLimit(name: string, limit: number, per: number): boolean {
    return tryRateLimit(this.#file, name, limit, per);
  }

  /** Deletes the counts of windows that began more than `olderThanS` seconds ago. @returns How many. */
  sweepRateLimits(olderThanS: number): number {
    checkInteger(olderThanS, 0, "sweep rate limits", "olderThanS");
    return this.#file.write(SWEEP_RATE_LIMITS, [olderThanS]).changes;
  }

  /**
   * Keeps `value`, text as it is, as the result of a job for `ttlS` seconds; for good if that is 0 or less. For readers of other
   * bindings it should be JSON.
   */
  saveResult(jobId: number, value: string, ttlS: number): void {
    saveResult(this.#file, jobId, value, ttlS);
  }

  /** The text kept as the result of a job, or null if there is none or its time is over. */
  getResult(jobId: number): string | null {
    return getResult(this.#file, jobId);
  }

  /** Deletes the results whose time is over. @returns How many. */
  sweepResults(): number {
    return this.#file.write(SWEEP_RESULTS, []).changes;
  }

  /**
   * Waits for the result of a job, kept by `work` with `resultTtlS`, by `saveResult` or by another binding.
   *
   * @returns The result, decoded from JSON.
   * @throws {StorageError} `JOB_DEAD`, with its last error as the cause; `RESULT_MISSING` if the job ended without one;
   * `RESULT_TIMEOUT`.
   */
  waitResult(jobId: number, options: WaitResultOptions = {}): Promise<JsonValue> {
    return waitResult(this.#file, jobId, options);
  }

  /** Deletes from time to time what the options name, and never what somebody has not done with. See {@link RetentionOptions}. */
  retention(options: RetentionOptions): Retention {
    const readers = {
      readUpTo: () => this.#notifications.readUpTo,
      laggards: () => this.#notifications.laggards(),
      subscribers: (topic: string) => this.#streams.subscribers(topic),
    };
    return new Retention(this.#file, readers, options);
  }

  /** Tells of every commit to the file, by anyone. */
  updateEvents(options: { readonly ref?: boolean } = {}): UpdateEvents {
    this.#file.refuseClosed();
    checkOptions(options, ["ref"], "updateEvents");
    const { closing, feed } = this.#file;
    const events = new UpdateEvents(feed, options.ref ?? false, () => closing.delete(end));
    const end = () => events.end();
    closing.add(end);
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
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
