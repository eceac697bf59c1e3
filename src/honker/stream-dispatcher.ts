import { StorageError } from "../errors.ts";
import type { CommitFeed, CommitListener } from "./commit-feed.ts";
import type { ReadCommitted } from "./notification-dispatcher.ts";

/** Waits for events of one topic. */
export interface TopicListener extends CommitListener {
  readonly topic: string;
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

  constructor(feed: CommitFeed, read: ReadCommitted) {
    this.#feed = feed;
    this.#read = read;
  }

  add(listener: TopicListener): void {
    const isFirst = this.#topics.size === 0;
    if (isFirst) {
      this.#feed.add(this); // before reading where to start, or a commit between the two would be missed
      this.#lastOffset = this.#read("SELECT coalesce(max(offset), 0) FROM _honker_stream", [])[0]![0] as number;
    }
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
    if (this.#topics.size === 0) this.#feed.remove(this);
  }

  wake(): void {
    const rows = this.#read("SELECT topic, max(offset) FROM _honker_stream WHERE offset > ? GROUP BY topic", [
      this.#lastOffset,
    ]);
    let lock: unknown;
    for (const [topic] of rows) {
      for (const listener of this.#topics.get(topic as string) ?? []) {
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
    for (const [, offset] of rows) this.#lastOffset = Math.max(this.#lastOffset, offset as number);
  }

  fail(error: unknown): void {
    for (const listener of this.#all()) listener.fail(error);
  }

  /** Ends every subscription. */
  close(): void {
    for (const listener of this.#all()) listener.end();
  }

  #all(): TopicListener[] {
    return [...this.#topics.values()].flatMap((listeners) => [...listeners]);
  }
}
