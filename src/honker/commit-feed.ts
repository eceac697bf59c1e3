import { StorageError } from "../errors.ts";
import type { CommitWatcher } from "./commit-watcher.ts";

const RETRY_MS = 20; // after a reader met a lock
const WAKES_A_TURN = 64; // so many at most by microtasks: who commits on each wake must leave room for timers and I/O

/** Who is woken after commits. */
export interface CommitListener {
  /** Re-reads what it waits for. Several commits may have come, or none that concern it. */
  wake(): void;
  /** Is told that waking it failed for good. */
  fail(error: unknown): void;
}

/**
 * Wakes listeners after every commit: of this process at once, of others when the watcher sees them.
 *
 * States: *idle* (nobody listens, the watcher is stopped) → `add` → *watching* → last `remove` → idle; `close` ends both.
 */
export class CommitFeed {
  readonly #watcher: CommitWatcher;
  readonly #listeners = new Set<CommitListener>();
  #refs = 0;
  #scheduled = false;
  #wakes = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(watcher: CommitWatcher) {
    this.#watcher = watcher;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: CommitListener): void {
    this.#watcher.start();
    this.#listeners.add(listener);
  }

  remove(listener: CommitListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#watcher.stop();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  /** Keeps the process alive until the matching {@link unref}. */
  ref(): void {
    if (this.#refs++ === 0) this.#watcher.ref();
  }

  unref(): void {
    if (--this.#refs === 0) this.#watcher.unref();
  }

  /** Makes sure that commits of others are looked for at least every `intervalMs`, whatever the file system tells. */
  pollWithin(intervalMs: number): void {
    this.#watcher.pollWithin(intervalMs);
  }

  /** Ends all listeners: the file is lost. */
  fail(error: unknown): void {
    for (const listener of [...this.#listeners]) listener.fail(error);
  }

  /** Wakes all listeners at once, for who is called by the event loop itself; now and then at its next turn. */
  deliver(): void {
    if (++this.#wakes % WAKES_A_TURN === 0) this.announce();
    else this.#wakeAll();
  }

  /** Wakes all listeners at the next microtask, now and then at the next turn, once for all commits until then. */
  announce(): void {
    if (this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = true;
    if (++this.#wakes % WAKES_A_TURN !== 0) queueMicrotask(() => this.#wakeAll());
    else setImmediate(() => this.#wakeAll());
  }

  #wakeAll(): void {
    this.#scheduled = false;
    for (const listener of this.#listeners) this.#wake(listener);
  }

  #wake(listener: CommitListener): void {
    try {
      listener.wake();
    } catch (error) {
      if (error instanceof StorageError && error.retryable) this.#retryLater();
      else listener.fail(error);
    }
  }

  #retryLater(): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.announce();
    }, RETRY_MS);
    this.#retry.unref();
  }
}
