import { checkInteger, checkName, checkOptions } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { ADOPT_OFFSET, type Checkpoint, readCheckpoint, SAVE_OFFSET } from "./checkpoints.ts";
import type { Sql } from "./connection.ts";
import { insertAll } from "./insert-all.ts";
import { decodePayload, encodePayload } from "./json.ts";
import type { OpenFile } from "./open-file.ts";
import type { StreamDispatcher } from "./stream-dispatcher.ts";
import { type StreamEvent, StreamSubscription, type SubscribeOptions } from "./stream-subscription.ts";

/** How events are appended together. */
export interface PublishBatchOptions {
  /** By which consumers can filter. @default null */
  readonly key?: string | null;
  /** The open transaction to append in. */
  readonly tx?: unknown;
}

/** Appends an event. Values: topic, key, payload. */
export const PUBLISH = "INSERT INTO _honker_stream(topic, key, payload) VALUES (?, ?, ?)";
const PUBLISH_ALL = "INSERT INTO _honker_stream(topic, key, payload) SELECT ?, ?, text";
const RETRY_MS = 1000; // after the registration of a consumer met a lock
const RESERVED = "_honker:queue-events:v1"; // Honker's own feed of queue events

/** @throws {TypeError} If `name` is the stream in which Honker itself tells of queues. */
export function refuseReserved(name: string): void {
  if (name === RESERVED)
    throw new TypeError(`Cannot publish to stream "${name}": the name is Honker's own: choose another`);
}

/** A durable, ordered log of events under one name. Events stay until they are deleted; consumers keep their own offset. */
export class Stream {
  readonly name: string;
  readonly #file: OpenFile;
  readonly #dispatcher: StreamDispatcher;

  /** Made by `Database.stream()`. */
  constructor(file: OpenFile, dispatcher: StreamDispatcher, name: string) {
    checkName(name, "open a stream", "name");
    this.name = name;
    this.#file = file;
    this.#dispatcher = dispatcher;
  }

  /**
   * Appends an event in a transaction of its own.
   *
   * @returns Its offset: higher than every earlier one in this file, of any stream.
   */
  publish(payload: unknown): number {
    return this.#publish(null, payload);
  }

  /** Appends an event with a key, by which consumers can filter. */
  publishWithKey(key: string | null, payload: unknown): number {
    return this.#publish(key, payload);
  }

  /**
   * HOT (bench/events.ts): appends an event per payload, all or none, in their order; `options.key` is the key of all.
   *
   * One commit for many events is several times as fast as one each.
   *
   * @returns Their offsets.
   */
  publishBatch(payloads: readonly unknown[], options: PublishBatchOptions = {}): number[] {
    const action = `publish to stream "${this.name}"`;
    checkOptions(options, ["key", "tx"], "publishBatch");
    const { key = null, tx } = options;
    if (!Array.isArray(payloads)) {
      throw new TypeError(`Cannot ${action}: payloads must be an array: received ${typeof payloads}`);
    }
    this.#checkEvent(key, action);
    const texts = payloads.map((payload) => encodePayload(payload, action));
    const publish = (sql: Sql) => insertAll(sql, "_honker_stream", PUBLISH_ALL, [this.name, key], texts);
    if (tx !== undefined && tx !== null) return publish(this.#file.inside(tx, action, true));
    return texts.length === 0 ? [] : this.#file.transact(publish, true);
  }

  /** Appends an event inside the open transaction `tx`: it is there once `tx` commits, and never if it rolls back. */
  publishTx(tx: unknown, payload: unknown, key: string | null = null): number {
    const event = this.#event(key, payload);
    const sql = this.#file.inside(tx, `publish to stream "${this.name}"`, true);
    return sql.run(PUBLISH, event).lastInsertRowid as number;
  }

  /** Up to `limit` events after `offset`, oldest first; a negative limit means all. */
  readSince(offset: number, limit: number): StreamEvent[] {
    checkInteger(offset, Number.MIN_SAFE_INTEGER, `read stream "${this.name}"`, "offset");
    checkInteger(limit, Number.MIN_SAFE_INTEGER, `read stream "${this.name}"`, "limit");
    const rows = this.#file.read(
      "SELECT offset, key, payload, created_at FROM _honker_stream WHERE topic = ? AND offset > ? ORDER BY offset LIMIT 0 + ?",
      [this.name, offset, limit],
    );
    return rows.map(([at, key, payload, createdAt]) => ({
      offset: at as number,
      topic: this.name,
      key: key as string | null,
      payload: decodePayload(payload),
      createdAt: createdAt as number,
    }));
  }

  /** Up to `limit` events after the saved offset of `consumer`, which stays as it is. */
  readFromConsumer(consumer: string, limit: number): StreamEvent[] {
    return this.readSince(this.getOffset(consumer), limit);
  }

  /**
   * Saves that `consumer` is done with all events up to `offset`, in a transaction of its own.
   *
   * @returns Whether the saved offset rose: a lower or equal one changes nothing.
   */
  saveOffset(consumer: string, offset: number): boolean {
    return this.#file.write(SAVE_OFFSET, this.#checkpoint(consumer, offset)).changes > 0;
  }

  /**
   * As {@link saveOffset}, but throws at once where another process holds the lock.
   *
   * @internal
   */
  trySaveOffset(consumer: string, offset: number): void {
    this.#file.writeWithoutWaiting(SAVE_OFFSET, this.#checkpoint(consumer, offset));
  }

  /** Saves an offset inside the open transaction `tx`, so that it commits together with what the events caused. */
  saveOffsetTx(tx: unknown, consumer: string, offset: number): boolean {
    const sql = this.#file.inside(tx, `save an offset of stream "${this.name}"`);
    return sql.run(SAVE_OFFSET, this.#checkpoint(consumer, offset)).changes > 0;
  }

  /**
   * The saved offset of `consumer`, 0 if there is none.
   *
   * @throws {CheckpointMigrationError} If an old binding stored it swapped and that can't be verified.
   */
  getOffset(consumer: string): number {
    checkName(consumer, `read an offset of stream "${this.name}"`, "consumer");
    const { offset, isSwapped } = this.#readCheckpoint(consumer);
    // Keep it under its right name while its event is still there to prove it.
    if (isSwapped && !this.#file.isLocked) this.#file.write(ADOPT_OFFSET, this.#checkpoint(consumer, offset));
    return offset;
  }

  /**
   * Delivers the events after the saved offset of `consumer`, then those to come, at least once.
   *
   * An event counts as done when the next one is asked for; offsets of done events are saved every `saveEveryN` events or
   * `saveEveryS` seconds, and on close. An event that was being handled when the process died comes again.
   */
  subscribe(consumer: string, options: SubscribeOptions = {}): StreamSubscription {
    checkOptions(options, ["saveEveryN", "saveEveryS", "signal", "ref"], "subscribe");
    checkName(consumer, `subscribe to stream "${this.name}"`, "consumer");
    const isKnown = this.#readCheckpoint(consumer).isStored;
    const subscription = new StreamSubscription(this, this.#dispatcher, consumer, options);
    if (!isKnown) this.#register(subscription);
    return subscription;
  }

  /** Lets retention in all processes know from the start that there is one who has read nothing; locked out, after that. */
  #register(subscription: StreamSubscription): void {
    if (subscription.isEnded || this.#file.isClosed) return;
    if (this.#file.isLocked) {
      void this.#file.whenUnlocked(() => this.#register(subscription));
      return;
    }
    try {
      this.#file.write(ADOPT_OFFSET, this.#checkpoint(subscription.consumer, 0));
    } catch (error) {
      if (error instanceof StorageError && error.retryable) {
        setTimeout(() => this.#register(subscription), RETRY_MS).unref();
      } else subscription.fail(error); // its next() tells
    }
  }

  #readCheckpoint(consumer: string): Checkpoint {
    return readCheckpoint((sql, params) => this.#file.read(sql, params), this.name, consumer);
  }

  #publish(key: string | null, payload: unknown): number {
    return this.#file.write(PUBLISH, this.#event(key, payload), true).lastInsertRowid as number;
  }

  #event(key: string | null, payload: unknown): (string | null)[] {
    const action = `publish to stream "${this.name}"`;
    this.#checkEvent(key, action);
    return [this.name, key, encodePayload(payload, action)];
  }

  #checkEvent(key: string | null, action: string): void {
    refuseReserved(this.name);
    if (key !== null) checkName(key, action, "key");
  }

  #checkpoint(consumer: string, offset: number): (string | number)[] {
    const action = `save an offset of stream "${this.name}"`;
    checkName(consumer, action, "consumer");
    checkInteger(offset, 0, action, "offset");
    return [consumer, this.name, offset];
  }
}
