import { StorageError } from "../errors.ts";
import type { CommitFeed, CommitListener } from "./commit-feed.ts";
import type { ReadCommitted } from "./notification-dispatcher.ts";

const BATCH = 1024; // events looked at per wake: bounds the time other work waits

/** Waits for events of one topic. */
export interface TopicListener extends CommitListener {
  readonly topic: string;
  readonly consumer: string;
  /** The offset up to which it is done. */
  readonly position: number;
  readonly ref: boolean;
  /** Ends it because the database closes. */
  end(): void;
}

/** Wakes the subscriptions of the topics that have new events: one look per wake, however many subscriptions there are. */
export class StreamDispatcher implements CommitListener {
  readonly #feed: CommitFeed;
  readonly #read: ReadCommitted;
  readonly #topics = new Map<string, Set<TopicListener>>();
  #lastOffset = 0;
  #continuing: NodeJS.Immediate | undefined;

  constructor(feed: CommitFeed, read: ReadCommitted) {
    this.#feed = feed;
    this.#read = read;
  }

  add(listener: TopicListener): void {
    if (this.#topics.size === 0) this.#start();
    const listeners = this.#topics.get(listener.topic);
    if (listeners === undefined) this.#topics.set(listener.topic, new Set([listener]));
    else listeners.add(listener);
    if (listener.ref) this.#feed.ref();
  }

  remove(listener: TopicListener): void {
    const listeners = this.#topics.get(listener.topic);
    if (!listeners?.delete(listener)) return;
    if (listeners.size === 0) this.#topics.delete(listener.topic);
    if (listener.ref) this.#feed.unref();
    if (this.#topics.size > 0) return;
    this.#feed.remove(this);
    clearImmediate(this.#continuing);
    this.#continuing = undefined;
  }

  /** Who reads a topic in this process, and how far each is. */
  subscribers(topic: string): TopicListener[] {
    return [...(this.#topics.get(topic) ?? [])];
  }

  wake(): void {
    if (this.#continuing !== undefined) return;
    const rows = this.#read("SELECT offset, topic FROM _honker_stream WHERE offset > ? ORDER BY offset LIMIT 0 + ?", [
      this.#lastOffset,
      BATCH,
    ]);
    let lock: unknown;
    for (const topic of new Set(rows.map((row) => row[1] as string))) {
      for (const listener of this.#topics.get(topic) ?? []) {
        try {
          listener.wake();
        } catch (error) {
          // One that can't read must not keep the others from their events.
          if (error instanceof StorageError && error.retryable) lock = error;
          else listener.fail(error);
        }
      }
    }
    if (lock !== undefined) throw lock; // the feed comes again, and finds the same topics
    if (rows.length > 0) this.#lastOffset = rows.at(-1)![0] as number;
    if (rows.length < BATCH || this.#topics.size === 0) return;
    this.#continuing = setImmediate(() => {
      this.#continuing = undefined;
      this.#feed.announce();
    });
  }

  fail(error: unknown): void {
    for (const listener of this.#all()) listener.fail(error);
  }

  /** Ends every subscription. */
  close(): void {
    for (const listener of this.#all()) listener.end();
  }

  #start(): void {
    try {
      this.#feed.add(this); // before the look where to start, or a commit between the two would be missed
      this.#lastOffset = this.#read("SELECT coalesce(max(offset), 0) FROM _honker_stream", [])[0]![0] as number;
    } catch (error) {
      this.#feed.remove(this);
      throw error;
    }
  }

  #all(): TopicListener[] {
    return [...this.#topics.values()].flatMap((listeners) => [...listeners]);
  }
}
