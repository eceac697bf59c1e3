import { checkInteger, checkName, checkOptions, checkSignal } from "../arguments.ts";
import { findSchemaMismatch, type Mismatch, mismatchText, type SchemaOf } from "../schema-check.ts";
import { ClaimWaker, type ClaimWakerOptions, checkIdlePoll } from "./claim-waker.ts";
import type { Sql } from "./connection.ts";
import { type DeadJob, type DeadJobsOptions, deadJobs, type PurgeOptions, purgeDead, replayDead } from "./dead-jobs.ts";
import { Job } from "./job.ts";
import {
  ack,
  bury,
  CANCEL,
  type ClaimedJob,
  claim,
  enqueue,
  enqueueAll,
  enqueueStatement,
  GET_JOB,
  type NewJob,
  sweepExpired,
} from "./jobs.ts";
import { decodePayload, type JsonValue } from "./json.ts";
import type { OpenFile } from "./open-file.ts";
import type { QueueDispatcher } from "./queue-dispatcher.ts";
import { checkEnqueue, checkQueue, type EnqueueOptions, encodeJob, type QueueOptions } from "./queue-options.ts";
import { type QueueStats, readStats } from "./queue-stats.ts";
import { Worker } from "./worker.ts";
import type { JobHandler, WorkOptions } from "./worker-options.ts";

/** A job that waits or is being worked on, as it is stored. */
export interface JobSnapshot<T = JsonValue> {
  readonly id: number;
  readonly queue: string;
  readonly payload: T;
  readonly state: string;
  readonly priority: number;
  /** Unix seconds, as are the times below. */
  readonly runAt: number;
  readonly workerId: string | null;
  readonly claimExpiresAt: number | null;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** How {@link Queue.claim} waits. */
export interface ClaimOptions extends ClaimWakerOptions {
  /** Ends the loop when it aborts. */
  readonly signal?: AbortSignal;
}

/** What a claim gave: `hasMore` where more may be claimable at once. */
export interface Claim<T> {
  readonly jobs: Job<T>[];
  readonly hasMore: boolean;
}

const ALL = Number.POSITIVE_INFINITY;

/**
 * Jobs under one name, done at least once by whichever worker of whichever process claims them.
 *
 * A claim leases a job for `visibilityTimeoutS`; if its worker dies, another gets it after that. A job that was claimed
 * `maxAttempts` times without being acked goes to the dead jobs. Asking for a queue writes nothing.
 */
export class Queue<T = JsonValue> {
  readonly name: string;
  /** How long a claim holds a job, in seconds. */
  readonly visibilityTimeoutS: number;
  /** How often a job of this queue may be claimed, unless its `enqueue` said otherwise. */
  readonly maxAttempts: number;
  readonly #file: OpenFile;
  readonly #dispatcher: QueueDispatcher;
  readonly #schema: SchemaOf<T> | undefined;

  /** Made by `Database.queue()`. */
  constructor(file: OpenFile, dispatcher: QueueDispatcher, name: string, options: QueueOptions<T> = {}) {
    const { visibilityTimeoutS, maxAttempts } = checkQueue(name, options);
    this.name = name;
    this.visibilityTimeoutS = visibilityTimeoutS;
    this.maxAttempts = maxAttempts;
    this.#file = file;
    this.#dispatcher = dispatcher;
    this.#schema = options.schema;
  }

  /**
   * HOT (bench/events.ts): adds a job, in a transaction of its own or in `options.tx`.
   *
   * It is seen, and idle workers are woken, once that commits.
   *
   * @returns The job id, unique within this file and never reused.
   * @throws {TypeError} If the payload has no JSON form or is not what the schema wants.
   */
  enqueue(payload: T, options: EnqueueOptions = {}): number {
    const { tx } = options ?? {};
    if (tx !== undefined && tx !== null) return this.enqueueTx(tx, payload, options);
    const { sql, params } = enqueueStatement(this.#toJob(payload, options));
    return this.#file.write(sql, params, true).lastInsertRowid as number;
  }

  /** Adds a job inside the open transaction `tx`: a rollback leaves no trace. */
  enqueueTx(tx: unknown, payload: T, options: EnqueueOptions = {}): number {
    const job = this.#toJob(payload, options);
    return enqueue(this.#inside(tx), job);
  }

  /**
   * HOT (bench/events.ts): adds a job per payload, all or none, in their order.
   *
   * @returns Their ids.
   */
  enqueueBatch(payloads: readonly T[], options: EnqueueOptions = {}): number[] {
    const job = checkEnqueue(this.name, this.maxAttempts, options);
    if (!Array.isArray(payloads)) {
      throw new TypeError(`Cannot enqueue to "${this.name}": payloads must be an array: received ${typeof payloads}`);
    }
    const texts = payloads.map((payload) => encodeJob(this.name, this.#schema, payload));
    const { tx } = options;
    if (tx !== undefined && tx !== null) return enqueueAll(this.#inside(tx), job, texts);
    return texts.length === 0 ? [] : this.#file.transact((sql) => enqueueAll(sql, job, texts), true);
  }

  /**
   * Leases up to `n` due jobs, those of the highest priority first, then the oldest; a negative `n` leases all.
   *
   * @returns The jobs in that order.
   */
  claimBatch(workerId: string, n: number): Job<T>[] {
    this.#checkWorker(workerId);
    checkInteger(n, Number.MIN_SAFE_INTEGER, `claim from "${this.name}"`, "n");
    const most = n < 0 ? ALL : n;
    const jobs: Job<T>[] = [];
    for (;;) {
      const found = this.#file.transact((sql) => this.claimIn(sql, workerId, most - jobs.length));
      jobs.push(...found.jobs);
      if (!found.hasMore || jobs.length >= most) return jobs;
    }
  }

  /** Leases the job that is next, or gives null where none is due. */
  claimOne(workerId: string): Job<T> | null {
    return this.claimBatch(workerId, 1)[0] ?? null;
  }

  /**
   * Claims one job after the other and waits where there is none, until `signal` aborts or the database closes.
   *
   * A lock held by others only makes it wait. It keeps the process alive. Ack each job; `break` ends it.
   */
  claim(workerId: string, options: ClaimOptions = {}): AsyncGenerator<Job<T>, undefined> {
    this.#file.refuseClosed();
    checkOptions(options, ["idlePollS", "signal"], "claim");
    this.#checkWorker(workerId);
    checkSignal(options.signal, `claim from "${this.name}"`);
    const { signal, ...waiting } = options;
    checkIdlePoll(this.name, waiting);
    return claimAll(() => this.claimWaker(waiting), workerId, signal);
  }

  /** What waits for jobs of this queue, one at a time. Close it. */
  claimWaker(options: ClaimWakerOptions = {}): ClaimWaker<T> {
    return new ClaimWaker(this.#file, this.#dispatcher, this, options);
  }

  /**
   * Takes jobs that are done out of the queue. Jobs count only for the claim they came from, bare ids for any claim of this
   * worker.
   *
   * @returns How many were still held by the worker.
   */
  ackBatch(jobs: readonly (number | Job<T>)[], workerId: string): number {
    this.#checkWorker(workerId);
    if (!Array.isArray(jobs)) {
      throw new TypeError(`Cannot ack jobs of "${this.name}": an array is wanted: received ${typeof jobs}`);
    }
    const holders = jobs.map((job) => {
      if (job instanceof Job) return { id: job.id, workerId, attempts: job.attempts };
      checkInteger(job, 0, `ack jobs of "${this.name}"`, "a job id");
      return { id: job, workerId };
    });
    return holders.length === 0 ? 0 : this.#file.transact((sql) => holders.filter((holder) => ack(sql, holder)).length);
  }

  /** Moves expired jobs to the dead ones. A claim does so with those it meets. @returns How many. */
  sweepExpired(): number {
    let count = 0;
    for (;;) {
      const swept = this.#file.transact((sql) => sweepExpired(sql, this.name));
      count += swept;
      if (swept === 0) return count;
    }
  }

  /** Deletes a job, of any queue, that waits or is being worked on: its worker's signal aborts. False if there is none. */
  cancel(jobId: number): boolean {
    checkInteger(jobId, 0, "cancel a job", "jobId");
    return this.#file.write(CANCEL, [jobId], true).changes > 0;
  }

  /** A job of this queue that waits or is being worked on, or null. */
  getJob(jobId: number): JobSnapshot<T> | null {
    checkInteger(jobId, 0, `look up a job of "${this.name}"`, "jobId");
    const [row] = this.#file.read(GET_JOB, [jobId]);
    if (row === undefined || row[1] !== this.name) return null;
    const [
      id,
      queue,
      payload,
      state,
      priority,
      runAt,
      workerId,
      claimExpiresAt,
      attempts,
      maxAttempts,
      createdAt,
      expiresAt,
    ] = row as [number, string, unknown, string, number, number, string | null, number | null, ...number[]];
    return {
      id,
      queue,
      payload: decodePayload(payload) as T,
      state,
      priority,
      runAt,
      workerId,
      claimExpiresAt,
      attempts: attempts!,
      maxAttempts: maxAttempts!,
      createdAt: createdAt!,
      expiresAt: expiresAt as number | null,
    };
  }

  /** How many jobs wait, are delayed, are being worked on and are dead, and when the next one comes due. */
  stats(): QueueStats {
    return readStats(this.#file, this.name);
  }

  /** The dead jobs of this queue, oldest first, with the reason of each. */
  deadJobs(options: DeadJobsOptions = {}): DeadJob<T>[] {
    return deadJobs<T>(this.#file, this.name, options);
  }

  /**
   * Lets a dead job be done again: as a new job, with all its attempts, after `delay` seconds.
   *
   * @returns The id of the new job, or null if there is no such dead job in this queue.
   */
  replayDead(jobId: number, options: { readonly delay?: number } = {}): number | null {
    return replayDead(this.#file, this.name, jobId, this.maxAttempts, options);
  }

  /** Deletes dead jobs of this queue: all, or those that the options name. @returns How many. */
  purgeDead(options: PurgeOptions = {}): number {
    return purgeDead(this.#file, this.name, options);
  }

  /**
   * Claims jobs and runs `handler` on each until it is stopped, several at once if asked, and acks what it returns from.
   *
   * Leases are renewed while a handler runs. If it throws, the job waits for `retryDelayS` and is done again, or is dead
   * where its attempts are spent. Its signal aborts when the lease is lost, the job cancelled, or the worker told to stop
   * without waiting. See {@link WorkOptions}.
   */
  work(handler: JobHandler<T>, options: WorkOptions = {}): Worker<T> {
    return new Worker(this.#file, this.#dispatcher, this, handler, options);
  }

  /**
   * Claims within a transaction; what no handler should get is moved to the dead jobs.
   *
   * @internal
   */
  claimIn(sql: Sql, workerId: string, n: number, isStrict = false): Claim<T> {
    const most = n === ALL ? -1 : n;
    const { jobs: rows, hasMore } = claim(sql, this.name, workerId, most, this.visibilityTimeoutS);
    const jobs: Job<T>[] = [];
    let isShort = false;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const decoded = this.#decode(row, isStrict);
      if ("reason" in decoded) {
        bury(sql, row.id, decoded.reason);
        isShort = true;
      } else jobs.push(new Job(this.#file, this.name, workerId, row, decoded.payload));
    }
    return { jobs, hasMore: hasMore || isShort };
  }

  /** HOT (bench/events.ts): the payload of a claimed job, or why nobody should get it. */
  #decode(row: ClaimedJob, isStrict: boolean): { payload: T } | { reason: string } {
    let payload: unknown;
    try {
      payload = JSON.parse(row.payload);
    } catch {
      if (isStrict || this.#schema !== undefined) return { reason: "invalid row: payload is not JSON" };
      payload = row.payload; // as the binding hands it out
    }
    const mismatch = this.#schema === undefined ? undefined : mismatchOf(this.#schema, payload);
    if (mismatch === undefined) return { payload: payload as T };
    return { reason: `invalid payload: ${mismatchText(mismatch)}` };
  }

  #toJob(payload: T, options: EnqueueOptions): NewJob {
    const job = checkEnqueue(this.name, this.maxAttempts, options);
    return { ...job, payload: encodeJob(this.name, this.#schema, payload) };
  }

  #inside(tx: unknown): Sql {
    return this.#file.inside(tx, `enqueue to "${this.name}"`, true);
  }

  #checkWorker(workerId: string): void {
    checkName(workerId, `claim from "${this.name}"`, "workerId");
  }
}

/** A check that throws (its depth has an end, and a format of your own may do anything) must not stop the queue. */
function mismatchOf(schema: SchemaOf<unknown>, payload: unknown): Mismatch | undefined {
  try {
    return findSchemaMismatch(schema, payload);
  } catch {
    return { expected: "a value that the schema can be checked on", path: "$", received: "one whose check throws" };
  }
}

async function* claimAll<T>(
  openWaker: () => ClaimWaker<T>,
  workerId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Job<T>, undefined> {
  const waker = openWaker(); // not before somebody asks: a loop that never begins could not close it
  try {
    for (;;) {
      const job = await waker.next(workerId, signal === undefined ? {} : { signal });
      if (job === null) return;
      yield job;
    }
  } finally {
    waker.close();
  }
}
