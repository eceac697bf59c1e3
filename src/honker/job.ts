import { checkInteger, checkName, MAX_SECONDS } from "../arguments.ts";
import { ack, ackStatement, type ClaimedJob, fail, heartbeatStatement, retry } from "./jobs.ts";
import type { JsonValue } from "./json.ts";
import type { OpenFile } from "./open-file.ts";

/**
 * A job that a worker has claimed, as it was then.
 *
 * Everything done to it holds only as long as the lease, and for this claim: a worker whose lease has lapsed gets `false`
 * once another has claimed the job, even under the same worker id.
 */
export class Job<T = JsonValue> {
  readonly id: number;
  readonly queue: string;
  /** What was enqueued; text that is not JSON, from another writer, comes as it is. */
  readonly payload: T;
  readonly workerId: string;
  /** How often it has been claimed, this claim included. */
  readonly attempts: number;
  /** Unix seconds: the lease is good through this second. */
  readonly claimExpiresAt: number | null;
  readonly state: "processing" = "processing";
  readonly priority: number;
  /** Unix seconds from which it could be claimed. */
  readonly runAt: number;
  readonly maxAttempts: number;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Unix seconds from which it is not worth doing, or null. */
  readonly expiresAt: number | null;
  readonly #file: OpenFile;
  #settledBy: "ack" | "retry" | "fail" | undefined;

  /** Made by a claim. */
  constructor(file: OpenFile, queue: string, workerId: string, claimed: ClaimedJob, payload: T) {
    this.#file = file;
    this.id = claimed.id;
    this.queue = queue;
    this.payload = payload;
    this.workerId = workerId;
    this.attempts = claimed.attempts;
    this.claimExpiresAt = claimed.claimExpiresAt;
    this.priority = claimed.priority;
    this.runAt = claimed.runAt;
    this.maxAttempts = claimed.maxAttempts;
    this.createdAt = claimed.createdAt;
    this.expiresAt = claimed.expiresAt;
  }

  /** What was done to it through this object last; by a transaction, even if that was undone. */
  get settledBy(): "ack" | "retry" | "fail" | undefined {
    return this.#settledBy;
  }

  /** Whether it was acked, retried or failed through this object. */
  get isSettled(): boolean {
    return this.#settledBy !== undefined;
  }

  /** Says that it is done: it leaves the queue without a trace. False if the lease was lost or the job cancelled. */
  ack(): boolean {
    const { sql, params } = ackStatement(this);
    return this.#settled("ack", this.#file.write(sql, params).changes > 0);
  }

  /** The same inside the open transaction `tx`, together with what the job has caused: exactly once, if `tx` commits. */
  ackTx(tx: unknown): boolean {
    return this.#settled("ack", ack(this.#file.inside(tx, `ack job ${this.id}`), this));
  }

  /**
   * Gives it back, to be claimed again after `delayS` seconds, or among the dead jobs with `error` if it has no attempts
   * left. `error` is not kept otherwise.
   *
   * @returns False if the lease was lost or the job cancelled.
   */
  retry(delayS = 60, error = ""): boolean {
    this.#checkRetry(delayS, error);
    return this.#settled(
      "retry",
      this.#file.transact((sql) => retry(sql, this, delayS, error), true),
    );
  }

  /** The same inside the open transaction `tx`. */
  retryTx(tx: unknown, delayS = 60, error = ""): boolean {
    this.#checkRetry(delayS, error);
    const sql = this.#file.inside(tx, `retry job ${this.id}`, true);
    return this.#settled("retry", retry(sql, this, delayS, error));
  }

  /** Moves it to the dead jobs with `error`, whatever attempts are left. False if the lease was lost. */
  fail(error = ""): boolean {
    checkName(error, `fail job ${this.id}`, "error");
    return this.#settled(
      "fail",
      this.#file.transact((sql) => fail(sql, this, error), true),
    );
  }

  /** The same inside the open transaction `tx`. */
  failTx(tx: unknown, error = ""): boolean {
    checkName(error, `fail job ${this.id}`, "error");
    return this.#settled("fail", fail(this.#file.inside(tx, `fail job ${this.id}`, true), this, error));
  }

  /** Has the lease end `extendS` seconds from now, later or sooner than before. False if it was lost. */
  heartbeat(extendS: number): boolean {
    checkInteger(extendS, 0, `extend the lease of job ${this.id}`, "extendS", MAX_SECONDS);
    const { sql, params } = heartbeatStatement(this, extendS);
    return this.#file.write(sql, params).changes > 0;
  }

  #checkRetry(delayS: number, error: string): void {
    checkInteger(delayS, 0, `retry job ${this.id}`, "delayS", MAX_SECONDS);
    checkName(error, `retry job ${this.id}`, "error");
  }

  #settled(by: "ack" | "retry" | "fail", isDone: boolean): boolean {
    if (isDone) this.#settledBy = by;
    return isDone;
  }
}
