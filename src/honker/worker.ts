import { MAX_SECONDS } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { CommitListener } from "./commit-feed.ts";
import type { Sql } from "./connection.ts";
import type { Job } from "./job.ts";
import { heartbeatStatement } from "./jobs.ts";
import type { JsonValue } from "./json.ts";
import type { OpenFile } from "./open-file.ts";
import { doneWith, type Outcome, settle, textOf } from "./outcome.ts";
import type { JobWaiter, QueueDispatcher, QueueUser } from "./queue-dispatcher.ts";
import { MAX_DELAY_MS } from "./timers.ts";
import { tell } from "./warnings.ts";
import { checkWork, type JobHandler, type WorkOptions, type WorkSettings } from "./worker-options.ts";

/** What a {@link Worker} asks of its queue. */
export interface WorkedQueue<T> {
  readonly name: string;
  readonly visibilityTimeoutS: number;
  claimIn(sql: Sql, workerId: string, n: number, isStrict: boolean): { jobs: Job<T>[]; hasMore: boolean };
}

const JOBS_A_TURN = 256; // claimed at once, whatever the concurrency
const CHECK_MS = 100; // at most so often it is looked whether the jobs in hand are still held
const ABORT_GRACE_MS = 1000; // for handlers that were aborted, until their jobs are given back
const LAST_TURN_MS = 1000; // for what is to be written after that
const RETRY_MS = 500; // after a heartbeat met a lock
const MIN_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 5000;
const FALLBACK_DELAY_S = 60; // Honker's own default, where retryDelayS itself fails
const REFUSED = /^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)/; // what will be refused again; a full disk will not
const NOTHING = { jobs: [], hasMore: false };

/**
 * Claims jobs of one queue and runs a handler on each.
 *
 * States: *working* → `stop()` or its signal → *draining* (claims no more, waits for its handlers, after the drain time
 * aborts them and gives their jobs back) → *stopped*; the end of the database stops it at once.
 *
 * One transaction settles all jobs that have finished since the last one and claims for the places that are free.
 */
export class Worker<T = JsonValue> implements JobWaiter, QueueUser, CommitListener {
  /** The name of its queue. */
  readonly queue: string;
  /** Who holds the leases of its jobs. */
  readonly workerId: string;
  /** How long at most until it looks without having been told anything, in seconds; null for never. */
  readonly idlePollS: number | null;
  /** Resolves once it has stopped. It never rejects. */
  readonly done: Promise<void>;
  readonly #file: OpenFile;
  readonly #dispatcher: QueueDispatcher;
  readonly #source: WorkedQueue<T>;
  readonly #handler: JobHandler<T>;
  readonly #settings: WorkSettings;
  readonly #running = new Map<Job<T>, AbortController>();
  readonly #finish: () => void;
  readonly #onAbort = () => void this.stop();
  #outcomes: Outcome<T>[] = [];
  #state: "working" | "draining" | "stopped" = "working";
  #mayHaveWork = true;
  #turn: NodeJS.Immediate | undefined;
  #waitsForLock = false;
  #backoffMs = MIN_BACKOFF_MS;
  #backoff: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isBeating = false;
  #drain: NodeJS.Timeout | undefined;

  /** Made by `Queue.work()`. */
  constructor(
    file: OpenFile,
    dispatcher: QueueDispatcher,
    source: WorkedQueue<T>,
    handler: JobHandler<T>,
    options: WorkOptions,
  ) {
    file.refuseClosed();
    this.#settings = checkWork(source.name, source.visibilityTimeoutS, handler, options);
    this.queue = source.name;
    this.workerId = this.#settings.workerId;
    this.idlePollS = this.#settings.idlePollS;
    this.#file = file;
    this.#dispatcher = dispatcher;
    this.#source = source;
    this.#handler = handler;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
    dispatcher.attach(this);
    file.feed.add(this);
    if (this.#settings.ref) file.feed.ref();
    const { signal } = this.#settings;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#soon();
    if (signal?.aborted) void this.stop();
  }

  /** How many handlers are running. */
  get running(): number {
    return this.#running.size;
  }

  /** How many more it could run. */
  get wanted(): number {
    return this.#settings.concurrency - this.#running.size;
  }

  /**
   * Claims no more, waits for the running handlers and their acks, and ends.
   *
   * After `drainTimeoutS` their signals abort, and a second later the jobs of handlers that still run are given back: to wait
   * again, or among the dead ones where it was their last attempt. It ends two seconds after that time in any case.
   */
  stop(): Promise<void> {
    if (this.#state !== "working") return this.done;
    this.#state = "draining";
    this.#dispatcher.unwait(this);
    this.#dispatcher.lookSoon(); // it may have been told of a job that it does not take any more
    const { drainTimeoutMs } = this.#settings;
    this.#drain = setTimeout(() => this.#abortAll(), Math.min(drainTimeoutMs, MAX_DELAY_MS));
    this.#soon();
    return this.done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** There may be a job. @internal */
  claimable(): void {
    this.#mayHaveWork = true;
    this.#takeTurn();
  }

  /** A job that it holds may have been cancelled, or claimed by another. @internal */
  wake(): void {
    if (this.#running.size === 0 || this.#check !== undefined) return;
    this.#check = setTimeout(() => {
      this.#check = undefined;
      this.#abortLost(() =>
        this.#file.read(HELD, [this.workerId, JSON.stringify(this.#unsettled().map(({ id }) => id))]),
      );
    }, CHECK_MS).unref();
  }

  /** The file could not be read or written. @internal */
  fail(error: unknown): void {
    if (this.#state === "stopped") return;
    this.#report(error);
    if (error instanceof StorageError && error.code === "FILE_REPLACED") this.#end(error);
    else this.#again();
  }

  /** @internal */
  databaseClosed(): void {
    this.#end(new StorageError("DATABASE_CLOSED", `Cannot go on working on "${this.queue}": Database is closed`));
  }

  #soon(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  /** HOT (bench/events.ts): writes what has finished and claims for the free places, in one transaction. */
  #takeTurn(): void {
    if (this.#state === "stopped" || this.#waitsForLock || this.#backoff !== undefined) return;
    if (this.#file.isClosed) return; // it is just being closed, which ends this worker, too
    if (this.#file.isLocked) {
      this.#whenUnlocked(() => this.#takeTurn());
      return;
    }
    const outcomes = this.#outcomes;
    const wanted = this.#state === "working" && this.#mayHaveWork ? Math.min(this.wanted, JOBS_A_TURN) : 0;
    if (outcomes.length > 0 || wanted > 0) {
      const { resultTtlS } = this.#settings;
      let claimed: { readonly jobs: readonly Job<T>[]; readonly hasMore: boolean };
      try {
        claimed = this.#file.transact((sql) => {
          for (let i = 0; i < outcomes.length; i++) settle(sql, outcomes[i]!, resultTtlS);
          return wanted > 0 ? this.#source.claimIn(sql, this.workerId, wanted, true) : NOTHING;
        }, resultTtlS !== undefined);
      } catch (error) {
        if (outcomes.length > 0 && !(error instanceof StorageError && error.retryable)) this.#settleEach();
        this.fail(error);
        return;
      }
      this.#backoffMs = MIN_BACKOFF_MS;
      this.#outcomes = [];
      if (wanted > 0) this.#mayHaveWork = claimed.hasMore;
      for (let i = 0; i < claimed.jobs.length; i++) this.#start(claimed.jobs[i]!);
    }
    this.#goOn();
  }

  /** What there is to do before the next handler ends. */
  #goOn(): void {
    if (this.#state === "working") {
      if (this.wanted <= 0) this.#dispatcher.unwait(this);
      else if (this.#mayHaveWork) this.#soon();
      else this.#dispatcher.wait(this);
    } else if (this.#running.size === 0 && this.#outcomes.length === 0) this.#end();
  }

  #start(job: Job<T>): void {
    const controller = new AbortController();
    this.#running.set(job, controller);
    this.#heartbeat ??= setInterval(() => this.#beat(), Math.min(this.#settings.heartbeatMs, MAX_DELAY_MS)).unref();
    queueMicrotask(() => void this.#run(job, controller)); // who ended a transaction, or told of the job, goes on first
  }

  async #run(job: Job<T>, controller: AbortController): Promise<void> {
    if (!this.#running.has(job)) return; // the database was closed meanwhile
    let outcome: Outcome<T>;
    try {
      const result = await this.#handler(job, controller.signal);
      outcome = doneWith(job, result, this.#settings.resultTtlS);
      if (outcome.kind === "dead") this.#report(outcome.cause, job);
    } catch (error) {
      outcome = { job, kind: "retry", delayS: this.#delayAfter(job, error, controller), error: textOf(error) };
      if (!controller.signal.aborted) this.#report(error, job);
    }
    if (!this.#running.delete(job)) return; // given back by now, or the database is closed
    if (this.#running.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    }
    this.#outcomes.push(outcome);
    this.#soon(); // with all others that end in this turn of the event loop
  }

  /** One that can't be written must not keep the others from it; its lease gives the job back. */
  #settleEach(): void {
    this.#outcomes = this.#outcomes.filter((outcome) => {
      try {
        this.#file.transact((sql) => settle(sql, outcome, this.#settings.resultTtlS));
        return false;
      } catch (error) {
        return !(error instanceof StorageError && REFUSED.test(error.code));
      }
    });
  }

  /** Of a handler that was told to stop, the job waits for nothing. */
  #delayAfter(job: Job<T>, error: unknown, { signal }: AbortController): number {
    if (signal.aborted) return 0;
    try {
      const delayS = this.#settings.retryDelayS(job.attempts, error);
      if (Number.isSafeInteger(delayS) && delayS >= 0 && delayS <= MAX_SECONDS) return delayS;
      throw new RangeError(
        `Cannot retry job ${job.id}: retryDelayS must give an integer >= 0 and <= ${MAX_SECONDS}: received ${delayS}`,
      );
    } catch (cause) {
      this.#report(cause, job);
      return FALLBACK_DELAY_S;
    }
  }

  /** Renews all leases in one transaction, as soon as it can, and aborts the handlers of those that are lost. */
  #beat(): void {
    if (this.#isBeating) return;
    this.#isBeating = true;
    void this.#file.whenUnlocked(() => {
      this.#isBeating = false;
      this.#abortLost(() => this.#file.transact((sql) => this.#renew(sql)));
    });
  }

  #renew(sql: Sql): [id: number, attempts: number][] {
    // also those that were acked: a transaction may have undone that
    const held = [...this.#running.keys()].filter((job) => {
      const { sql: text, params } = heartbeatStatement(job, this.#source.visibilityTimeoutS);
      return sql.run(text, params).changes > 0;
    });
    return held.map(({ id, attempts }) => [id, attempts]);
  }

  /** Aborts the handlers of jobs that are not among those that `readHeld` gives as held. */
  #abortLost(readHeld: () => readonly (readonly unknown[])[]): void {
    if (this.#state === "stopped" || this.#file.isClosed || this.#running.size === 0) return;
    try {
      const held = new Map(readHeld() as [id: number, attempts: number][]);
      for (const job of this.#unsettled()) if (held.get(job.id) !== job.attempts) this.#abort(job);
    } catch (error) {
      if (!(error instanceof StorageError && error.retryable)) this.#report(error);
      else this.#retry ??= setTimeout(() => this.#beatAgain(), RETRY_MS).unref();
    }
  }

  #beatAgain(): void {
    this.#retry = undefined;
    this.#beat();
  }

  #abort(job: Job<T>): void {
    this.#running
      .get(job)!
      .abort(
        new StorageError(
          "LEASE_LOST",
          `Cannot go on with job ${job.id} of "${this.queue}": its lease was lost or it was cancelled`,
          { details: { jobId: job.id, attempts: job.attempts } },
        ),
      );
  }

  #unsettled(): Job<T>[] {
    return [...this.#running].filter(([job, { signal }]) => !job.isSettled && !signal.aborted).map(([job]) => job);
  }

  #abortAll(): void {
    const reason = new StorageError(
      "WORKER_STOPPED",
      `Cannot go on working on "${this.queue}": the worker was stopped`,
    );
    for (const controller of this.#running.values()) controller.abort(reason);
    this.#drain = setTimeout(() => this.#giveBack(), ABORT_GRACE_MS);
  }

  #giveBack(): void {
    for (const job of this.#running.keys()) {
      this.#outcomes.push({ job, kind: "retry", delayS: 0, error: "the worker was stopped" });
    }
    this.#running.clear();
    this.#soon();
    this.#drain = setTimeout(() => this.#giveUp(), LAST_TURN_MS);
  }

  /** A lock that others keep must not keep a process from ending: the leases give the jobs to the next worker. */
  #giveUp(): void {
    const jobs = this.#outcomes.length;
    if (this.#state === "stopped") return;
    this.#report(
      new StorageError(
        "WORKER_STOPPED",
        `Cannot settle ${jobs} jobs of "${this.queue}": the file was locked until the worker had to stop: they come again`,
        { details: { jobs } },
      ),
    );
    this.#end();
  }

  #whenUnlocked(work: () => void): void {
    this.#waitsForLock = true;
    void this.#file.whenUnlocked(() => {
      this.#waitsForLock = false;
      work();
    });
  }

  /** Takes a turn after a while, a longer one each time. */
  #again(): void {
    if (this.#state === "stopped") return;
    this.#dispatcher.unwait(this);
    clearTimeout(this.#backoff);
    this.#backoff = setTimeout(() => {
      this.#backoff = undefined;
      this.#mayHaveWork = true;
      this.#takeTurn();
    }, this.#backoffMs);
    if (!this.#settings.ref) this.#backoff.unref();
    this.#backoffMs = Math.min(2 * this.#backoffMs, MAX_BACKOFF_MS);
  }

  #end(reason?: StorageError): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    const { signal, ref } = this.#settings;
    signal?.removeEventListener("abort", this.#onAbort);
    clearImmediate(this.#turn);
    for (const timer of [this.#backoff, this.#heartbeat, this.#check, this.#retry, this.#drain]) clearTimeout(timer);
    this.#dispatcher.unwait(this);
    this.#dispatcher.detach(this);
    this.#file.feed.remove(this);
    if (ref) this.#file.feed.unref();
    const controllers = [...this.#running.values()];
    this.#running.clear();
    for (const controller of controllers) controller.abort(reason);
    this.#finish();
  }

  #report(error: unknown, job?: Job<T>): void {
    tell(this.#settings.onError, error, job);
  }
}

const HELD = `SELECT id, attempts FROM _honker_live
  WHERE worker_id = ? AND state = 'processing' AND id IN (SELECT value FROM json_each(?))`;
