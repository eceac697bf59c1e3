import type { CommitFeed, CommitListener } from "./commit-feed.ts";

const DIED = "honker update watcher died or was closed (subscription channel closed)"; // the binding's own words

/**
 * Tells of commits to the file, of this process and of others, without saying which.
 *
 * A commit that comes while nobody waits is kept: the next `next()` resolves at once. Several become one.
 */
export class UpdateEvents {
  readonly #feed: CommitFeed;
  readonly #listener: CommitListener;
  readonly #ref: boolean;
  readonly #onEnd: () => void;
  #pending: PromiseWithResolvers<void> | undefined;
  #committed = false;
  #state: "open" | "closed" | "dead" = "open";

  constructor(feed: CommitFeed, ref: boolean, onEnd: () => void) {
    this.#feed = feed;
    this.#ref = ref;
    this.#onEnd = onEnd;
    this.#listener = { wake: () => this.#wake(), fail: () => this.end() };
    feed.add(this.#listener);
    if (ref) feed.ref();
  }

  /**
   * Resolves at the next commit by anyone, or at once if one came since the last; all callers that wait, together.
   *
   * After {@link close} it resolves at once.
   *
   * @throws {Error} If the database was closed, or `close()` was called while it waited.
   */
  next(): Promise<void> {
    if (this.#state === "dead") return Promise.reject(new Error(DIED));
    if (this.#state === "closed") return Promise.resolve();
    if (this.#committed) {
      this.#committed = false;
      return Promise.resolve();
    }
    this.#pending ??= Promise.withResolvers<void>();
    return this.#pending.promise;
  }

  raw(): this {
    return this;
  }

  close(): void {
    this.#stop("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Ends it because its database closed: what waits and what comes is refused. */
  end(): void {
    this.#stop("dead");
  }

  #stop(state: "closed" | "dead"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#onEnd();
    this.#feed.remove(this.#listener);
    if (this.#ref) this.#feed.unref();
    this.#pending?.reject(new Error(DIED));
    this.#pending = undefined;
  }

  #wake(): void {
    if (this.#pending === undefined) {
      this.#committed = true;
      return;
    }
    const { resolve } = this.#pending;
    this.#pending = undefined;
    resolve();
  }
}
