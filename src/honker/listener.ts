import type { RawRow } from "./connection.ts";
import { decodePayload, type JsonValue } from "./json.ts";
import { Mailbox } from "./mailbox.ts";

/** A message that was sent to a channel by `notify`. */
export interface Notification {
  readonly id: number;
  readonly channel: string;
  readonly payload: JsonValue;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** What a {@link Listener} asks of the database. */
export interface NotificationSource {
  /** Up to `limit` committed rows of `channel` after `id`, oldest first: id, payload, created_at. */
  readAfter(channel: string, id: number, limit: number): RawRow[];
  remove(listener: Listener): void;
}

const BATCH = 256; // notifications held for a listener that does not take them, and rows per catch-up read

/**
 * The notifications of one channel, from the moment of `listen` on, in the order of their commits, each once.
 *
 * States: *live* (the dispatcher hands rows over) → 256 rows wait untaken → *behind* (it re-reads from the table as the
 * consumer asks, so memory stays bounded) → a read finds the end → live; `close`, `break`, an abort or the end of the
 * database → *ended*. Rows that are pruned while it is behind are not delivered.
 */
export class Listener implements AsyncIterableIterator<Notification> {
  readonly channel: string;
  readonly #source: NotificationSource;
  readonly #mailbox: Mailbox<Notification>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.close();
  #lastId: number;
  #isBehind = false;

  constructor(source: NotificationSource, channel: string, lastId: number, signal: AbortSignal | undefined) {
    this.channel = channel;
    this.#source = source;
    this.#lastId = lastId;
    this.#mailbox = new Mailbox(() => (this.#isBehind ? this.#readOn() : []));
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether rows wait in the table for it. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** The id of the last row it has read. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Resolves with the next notification, or with `done` once the listener has ended. */
  next(): Promise<IteratorResult<Notification, undefined>> {
    return this.#mailbox.next();
  }

  /** Closes the listener: what `break` in `for await` calls. */
  return(): Promise<IteratorResult<Notification, undefined>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Ends it: a waiting `next()` resolves as done, what nobody took is dropped. Idempotent. */
  close(): void {
    this.end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** HOT (bench/events.ts): takes the next row of its channel from the dispatcher. */
  offer(row: RawRow): void {
    const id = row[0] as number;
    if (this.#isBehind || id <= this.#lastId) return; // read already, or to be read when it is asked for
    if (this.#mailbox.size >= BATCH) {
      this.#isBehind = true;
      return;
    }
    this.#lastId = id;
    this.#mailbox.offer([this.#decode(row)]);
  }

  /** Ends it, with `error` if that is why. */
  end(error?: unknown): void {
    if (this.#mailbox.isEnded) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#source.remove(this);
    this.#mailbox.end(error);
  }

  #readOn(): Notification[] {
    const rows = this.#source.readAfter(this.channel, this.#lastId, BATCH);
    if (rows.length < BATCH) this.#isBehind = false;
    if (rows.length > 0) this.#lastId = rows.at(-1)![0] as number;
    return rows.map((row) => this.#decode(row));
  }

  #decode([id, payload, createdAt]: RawRow): Notification {
    return {
      id: id as number,
      channel: this.channel,
      payload: decodePayload(payload),
      createdAt: createdAt as number,
    };
  }
}
