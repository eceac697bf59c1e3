import { StorageError } from "../errors.ts";
import type { CommitListener } from "./commit-feed.ts";
import type { OpenFile } from "./open-file.ts";

/** Waits for jobs of one queue. */
export interface JobWaiter {
  readonly queue: string;
  /** Wants to look at least so often, whatever is told; null for never. */
  readonly idlePollS: number | null;
  /** How many jobs it could take. */
  readonly wanted: number;
  /** There may be a job. It waits no longer, unless it says so again. */
  claimable(): void;
  /** The file can't be read, for good. */
  fail(error: unknown): void;
}

/** Waits, or will: it hears of the end of the database. */
export interface QueueUser {
  databaseClosed(): void;
}

const MAX_DELAY_MS = 60_000; // a clock that was set on is noticed after so long
const RETRY_MS = 50; // after a look met a lock

/** For each queue: how many jobs could be claimed at once (at most so many are counted), and when the next one comes due. */
const LOOK = `SELECT value,
  (SELECT count(*) FROM (SELECT 1 FROM _honker_live
     WHERE queue = value AND state = 'pending' AND run_at <= unixepoch() LIMIT 0 + ?))
  + (SELECT count(*) FROM (SELECT 1 FROM _honker_live
     WHERE queue = value AND state = 'processing' AND claim_expires_at < unixepoch() LIMIT 0 + ?)),
  (SELECT min(run_at) FROM _honker_live
     WHERE queue = value AND state = 'pending' AND run_at > unixepoch() AND run_at < ''),
  (SELECT min(claim_expires_at) + 1 FROM _honker_live
     WHERE queue = value AND state = 'processing' AND claim_expires_at >= unixepoch() AND claim_expires_at < '')
  FROM json_each(?)`;

/**
 * Tells waiting workers when there is something to claim: one look per wake for all of them, and a timer for the next
 * time at which a job comes due or a lease lapses.
 *
 * As many workers are told as there are jobs, in the order in which they began to wait.
 */
export class QueueDispatcher implements CommitListener {
  readonly #file: OpenFile;
  readonly #queues = new Map<string, Set<JobWaiter>>();
  readonly #users = new Set<QueueUser>();
  #timer: NodeJS.Timeout | undefined;
  #lookAtMs = 0; // when the timer will look

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** Begins to hear of commits. Before the first claim of `user`, so that it misses none after it. */
  attach(user: QueueUser): void {
    if (this.#users.size === 0) this.#file.feed.add(this);
    this.#users.add(user);
  }

  detach(user: QueueUser): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    this.#file.feed.remove(this);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Has `waiter` told once there may be a job. */
  wait(waiter: JobWaiter): void {
    const waiters = this.#queues.get(waiter.queue);
    if (waiters === undefined) this.#queues.set(waiter.queue, new Set([waiter]));
    else waiters.add(waiter);
    this.#lookWithin(1); // when its next job comes due, and what was committed since it claimed
  }

  unwait(waiter: JobWaiter): void {
    const waiters = this.#queues.get(waiter.queue);
    if (waiters?.delete(waiter) && waiters.size === 0) this.#queues.delete(waiter.queue);
  }

  /** For who was told of a job and does not take it: somebody else may. */
  lookSoon(): void {
    if (this.#queues.size > 0) this.#lookWithin(1);
  }

  wake(): void {
    if (this.#queues.size > 0) this.#look();
  }

  fail(error: unknown): void {
    for (const waiter of this.#all()) {
      this.unwait(waiter);
      waiter.fail(error);
    }
  }

  /** Ends everyone who waits, or would. */
  close(): void {
    clearTimeout(this.#timer);
    for (const user of [...this.#users]) user.databaseClosed();
  }

  #look(): void {
    let most = 0;
    for (const waiters of this.#queues.values()) {
      let wanted = 0;
      for (const waiter of waiters) wanted += waiter.wanted;
      most = Math.max(most, wanted);
    }
    const queues = JSON.stringify([...this.#queues.keys()]);
    clearTimeout(this.#timer);
    this.#timer = undefined; // who is told and waits again may set it anew
    let nextMs = MAX_DELAY_MS;
    for (const [queue, claimable, dueAt, lapsesAt] of this.#file.read(LOOK, [most, most, queues])) {
      this.#tellSome(queue as string, claimable as number);
      if (!this.#queues.has(queue as string)) continue;
      const nextAt = Math.min(...[dueAt, lapsesAt].filter((at) => at !== null).map(Number));
      nextMs = Math.min(nextMs, nextAt * 1000 - Date.now() + 1);
    }
    for (const { idlePollS } of this.#all()) if (idlePollS !== null) nextMs = Math.min(nextMs, idlePollS * 1000);
    if (this.#queues.size > 0) this.#lookWithin(Math.max(nextMs, 1));
  }

  #tellSome(queue: string, claimable: number): void {
    let left = claimable;
    for (const waiter of [...(this.#queues.get(queue) ?? [])]) {
      // a copy: one that is told may wait again at once
      if (left <= 0) return;
      left -= waiter.wanted;
      this.#tell(waiter);
    }
  }

  #tell(waiter: JobWaiter): void {
    this.unwait(waiter);
    waiter.claimable();
  }

  #lookWithin(delayMs: number): void {
    const atMs = performance.now() + delayMs;
    if (this.#timer !== undefined && this.#lookAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#lookAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lookAgain();
    }, delayMs);
    this.#timer.unref(); // what keeps the process alive is the feed, where a waiter asks for it
  }

  #lookAgain(): void {
    try {
      this.wake();
    } catch (error) {
      if (error instanceof StorageError && error.retryable) this.#lookWithin(RETRY_MS);
      else this.fail(error);
    }
  }

  #all(): JobWaiter[] {
    return [...this.#queues.values()].flatMap((waiters) => [...waiters]);
  }
}
