import { checkName, checkOptions, checkSeconds, checkSignal } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { Job } from "./job.ts";
import type { OpenFile } from "./open-file.ts";
import type { JobWaiter, QueueDispatcher, QueueUser } from "./queue-dispatcher.ts";

/** How a {@link ClaimWaker} waits. */
export interface ClaimWakerOptions {
  /** How long at most until it looks without having been told anything, in seconds; null for never. @default 5 */
  readonly idlePollS?: number | null;
}

/** What a {@link ClaimWaker} asks of its queue. */
export interface ClaimedQueue<T> {
  readonly name: string;
  claimOne(workerId: string): Job<T> | null;
}

const MAX_BACKOFF_MS = 1000;

/** The option `idlePollS`, checked. */
export function checkIdlePoll(queue: string, { idlePollS = 5 }: ClaimWakerOptions): number | null {
  checkSeconds(idlePollS, `wait for jobs of "${queue}"`, "idlePollS");
  return idlePollS;
}

/** Waits for the jobs of a queue. It costs nothing while it waits, and several may wait at once. */
export class ClaimWaker<T> implements QueueUser {
  readonly #file: OpenFile;
  readonly #dispatcher: QueueDispatcher;
  readonly #queue: ClaimedQueue<T>;
  readonly #idlePollS: number | null;
  readonly #ends = new Set<() => void>(); // of those that wait
  #isClosed = false;

  /** Made by `Queue.claimWaker()`. */
  constructor(file: OpenFile, dispatcher: QueueDispatcher, queue: ClaimedQueue<T>, options: ClaimWakerOptions) {
    file.refuseClosed();
    checkOptions(options, ["idlePollS"], "claimWaker");
    const idlePollS = checkIdlePoll(queue.name, options);
    this.#file = file;
    this.#dispatcher = dispatcher;
    this.#queue = queue;
    this.#idlePollS = idlePollS;
    dispatcher.attach(this);
  }

  /**
   * Claims a job, and waits for one where none is due. A lock held by others only makes it wait longer.
   *
   * @returns The job, or null once `signal` aborts or the waker or the database is closed.
   */
  async next(workerId: string, options: { readonly signal?: AbortSignal } = {}): Promise<Job<T> | null> {
    const { name } = this.#queue;
    checkOptions(options, ["signal"], "next");
    checkName(workerId, `claim from "${name}"`, "workerId");
    const { signal } = options;
    checkSignal(signal, `claim from "${name}"`);
    for (let backoffMs = 10; this.#isOpen(signal); ) {
      try {
        const job = await this.#claim(workerId, signal);
        if (job !== null) return job;
        backoffMs = 10;
        if (this.#isOpen(signal)) await this.#wait(signal);
      } catch (error) {
        if (!(error instanceof StorageError && error.retryable)) throw error;
        await this.#wait(signal, backoffMs);
        backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
      }
    }
    this.#dispatcher.lookSoon(); // it may have been told of a job that it does not take any more
    return null;
  }

  /** Ends it: what waits resolves with null. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#dispatcher.detach(this);
  }

  /** @internal */
  databaseClosed(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #isOpen(signal: AbortSignal | undefined): boolean {
    return !this.#isClosed && !this.#file.isClosed && !signal?.aborted;
  }

  /** At once, or as soon as the open transaction of this process has ended: then only for who still wants it. */
  #claim(workerId: string, signal: AbortSignal | undefined): Job<T> | null | Promise<Job<T> | null> {
    if (!this.#file.isLocked) return this.#queue.claimOne(workerId);
    return this.#file.whenUnlocked(() => (this.#isOpen(signal) ? this.#queue.claimOne(workerId) : null));
  }

  /** Until there may be a job, it is over, or `atMostMs` have passed. */
  #wait(signal: AbortSignal | undefined, atMostMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { feed } = this.#file;
      const settle = (done: () => void) => {
        if (!this.#ends.delete(end)) return;
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        this.#dispatcher.unwait(waiter);
        feed.unref();
        done();
      };
      const end = () => settle(resolve);
      const waiter: JobWaiter = {
        queue: this.#queue.name,
        idlePollS: this.#idlePollS,
        wanted: 1,
        claimable: end,
        fail: (error) => settle(() => reject(error)),
      };
      const timer = atMostMs === undefined ? undefined : setTimeout(end, atMostMs);
      this.#ends.add(end);
      feed.ref();
      signal?.addEventListener("abort", end, { once: true });
      if (atMostMs === undefined) this.#dispatcher.wait(waiter);
    });
  }
}
