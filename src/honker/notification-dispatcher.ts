import type { CommitFeed, CommitListener } from "./commit-feed.ts";
import type { RawRow } from "./connection.ts";
import { Listener, type NotificationSource } from "./listener.ts";

const BATCH = 256; // rows per read: bounds memory and the time other work waits

/** Reads committed rows, whatever transaction is open. */
export type ReadCommitted = (sql: string, params: readonly unknown[]) => RawRow[];

/** How a listener waits. */
export interface ListenerSettings {
  readonly signal: AbortSignal | undefined;
  readonly ref: boolean;
}

/**
 * Reads new notifications once per wake for all listeners and hands each to the listeners of its channel.
 *
 * A commit costs one read of what is new, however many listeners and channels there are.
 */
export class NotificationDispatcher implements CommitListener, NotificationSource {
  readonly #feed: CommitFeed;
  readonly #read: ReadCommitted;
  readonly #channels = new Map<string, Set<Listener>>();
  readonly #refs = new Set<Listener>();
  #lastId = 0;
  #continuing: NodeJS.Immediate | undefined;

  constructor(feed: CommitFeed, read: ReadCommitted) {
    this.#feed = feed;
    this.#read = read;
  }

  /** A listener that gets what is committed from now on. */
  listen(channel: string, settings: ListenerSettings): Listener {
    const listener = new Listener(this, channel, this.#start(), settings.signal);
    const listeners = this.#channels.get(channel);
    if (listeners === undefined) this.#channels.set(channel, new Set([listener]));
    else listeners.add(listener);
    if (settings.ref) {
      this.#refs.add(listener);
      this.#feed.ref();
    }
    return listener;
  }

  remove(listener: Listener): void {
    const listeners = this.#channels.get(listener.channel);
    if (listeners?.delete(listener) && listeners.size === 0) this.#channels.delete(listener.channel);
    if (this.#refs.delete(listener)) this.#feed.unref();
    if (this.#channels.size > 0) return;
    this.#feed.remove(this);
    clearImmediate(this.#continuing);
    this.#continuing = undefined;
  }

  readAfter(channel: string, id: number, limit: number): RawRow[] {
    return this.#read(
      "SELECT id, payload, created_at FROM _honker_notifications WHERE channel = ? AND id > ? ORDER BY id LIMIT 0 + ?",
      [channel, id, limit],
    );
  }

  /** HOT (bench/events.ts): reads what is new, a batch a turn of the event loop, so that a flood leaves room for others. */
  wake(): void {
    if (this.#continuing !== undefined) return;
    const rows = this.#read(
      "SELECT id, payload, created_at, channel FROM _honker_notifications WHERE id > ? ORDER BY id LIMIT 0 + ?",
      [this.#lastId, BATCH],
    );
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      this.#lastId = row[0] as number;
      const listeners = this.#channels.get(row[3] as string);
      if (listeners !== undefined) for (const listener of listeners) listener.offer(row);
    }
    if (rows.length < BATCH || this.#channels.size === 0) return;
    this.#continuing = setImmediate(() => {
      this.#continuing = undefined;
      this.#feed.announce();
    });
  }

  /** The id up to which all listeners of this process have read or been handed what is theirs, if there are any. */
  get readUpTo(): number | undefined {
    if (this.#channels.size === 0) return undefined;
    return Math.min(this.#lastId, ...this.laggards().map(({ lastId }) => lastId));
  }

  /** The listeners that have rows to read which were committed a while ago. */
  laggards(): { channel: string; lastId: number }[] {
    const listeners = [...this.#channels.values()].flatMap((set) => [...set]);
    return listeners.filter(({ isBehind }) => isBehind).map(({ channel, lastId }) => ({ channel, lastId }));
  }

  fail(error: unknown): void {
    this.#endAll(error);
  }

  /** Ends every listener. */
  close(): void {
    this.#endAll(undefined);
  }

  /** The id after which a new listener starts. */
  #start(): number {
    const isFirst = this.#channels.size === 0;
    try {
      if (isFirst) this.#feed.add(this); // before the look where to start, or a commit between the two would be missed
      const lastId = this.#read("SELECT coalesce(max(id), 0) FROM _honker_notifications", [])[0]![0] as number;
      if (isFirst) this.#lastId = lastId;
      return lastId;
    } catch (error) {
      if (isFirst) this.#feed.remove(this);
      throw error;
    }
  }

  #endAll(error: unknown): void {
    for (const listeners of [...this.#channels.values()]) for (const listener of [...listeners]) listener.end(error);
  }
}
