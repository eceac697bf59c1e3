import {
  checkBoolean,
  checkDuration,
  checkInteger,
  checkName,
  checkOptions,
  checkSeconds,
  checkSignal,
  MAX_SECONDS,
} from "../arguments.ts";
import type { Job } from "./job.ts";
import type { JsonValue } from "./json.ts";
import { warn } from "./warnings.ts";

/**
 * Does one job. What it returns, or resolves with, acks the job; what it throws retries it. `signal` aborts when the lease is
 * lost, the job is cancelled, or the worker stops without waiting: stop then, the result would not count.
 */
export type JobHandler<T = JsonValue> = (job: Job<T>, signal: AbortSignal) => unknown;

/** How long a job that failed waits, in whole seconds. `attempts` counts its claims: 1 after the first. */
export type RetryDelay = (attempts: number, error: unknown) => number;

/** How a `Worker` works. */
export interface WorkOptions {
  /** How many handlers run at once. @default 1 */
  readonly concurrency?: number;
  /** Who holds the leases. @default a random name */
  readonly workerId?: string;
  /** Stops it when it aborts, as `stop()` does. */
  readonly signal?: AbortSignal;
  /** How long at most until it looks without having been told anything, in seconds; null for never. @default 5 */
  readonly idlePollS?: number | null;
  /** How often leases are renewed, in seconds. @default a third of the queue's `visibilityTimeoutS` */
  readonly heartbeatS?: number;
  /** How long a job that failed waits. @default exponentialDelay() */
  readonly retryDelayS?: number | RetryDelay;
  /**
   * Keeps what handlers return as the jobs' results for so many seconds, 0 for good; not given, nothing is kept. A job whose
   * result has no JSON form is dead: done again, it would give the same.
   */
  readonly resultTtlS?: number;
  /** How long `stop()` waits for running handlers until it aborts them. @default 30 */
  readonly drainTimeoutS?: number;
  /** Whether it keeps the process alive. @default true */
  readonly ref?: boolean;
  /**
   * Hears of what a handler threw, with its job, and of what kept the worker from working, without one; it goes on after both.
   * @default a warning of the process
   */
  readonly onError?: (error: unknown, job?: Job<unknown>) => void;
}

/** The options of a worker, checked and complete. */
export interface WorkSettings {
  readonly concurrency: number;
  readonly workerId: string;
  readonly signal: AbortSignal | undefined;
  readonly idlePollS: number | null;
  readonly heartbeatMs: number;
  readonly retryDelayS: RetryDelay;
  readonly resultTtlS: number | undefined;
  readonly drainTimeoutMs: number;
  readonly ref: boolean;
  readonly onError: (error: unknown, job?: Job<unknown>) => void;
}

const OPTIONS = [
  "concurrency",
  "workerId",
  "signal",
  "idlePollS",
  "heartbeatS",
  "retryDelayS",
  "resultTtlS",
  "drainTimeoutS",
  "ref",
  "onError",
];
const LEAST_HEARTBEAT_MS = 100;
const MAX_DOUBLINGS = 1000; // 2 ** 1024 is no number any more

/** Checks what `Queue.work()` was called with. */
export function checkWork(
  queue: string,
  visibilityTimeoutS: number,
  handler: unknown,
  options: WorkOptions,
): WorkSettings {
  const action = `work on "${queue}"`;
  if (typeof handler !== "function") {
    throw new TypeError(`Cannot ${action}: handler must be a function: received ${typeof handler}`);
  }
  checkOptions(options, OPTIONS, "work");
  const {
    concurrency = 1,
    workerId = `worker-${crypto.randomUUID()}`,
    signal,
    idlePollS = 5,
    heartbeatS = visibilityTimeoutS / 3,
    retryDelayS = exponentialDelay(),
    resultTtlS,
    drainTimeoutS = 30,
    ref = true,
    onError = warn,
  } = options;
  checkInteger(concurrency, 1, action, "concurrency");
  checkName(workerId, action, "workerId");
  checkSignal(signal, action);
  checkSeconds(idlePollS, action, "idlePollS");
  checkDuration(heartbeatS, action, "heartbeatS");
  if (heartbeatS > 0 && heartbeatS >= visibilityTimeoutS) {
    throw new RangeError(
      `Cannot ${action}: heartbeatS must be less than visibilityTimeoutS, ${visibilityTimeoutS}: received ${heartbeatS}`,
    );
  }
  if (typeof retryDelayS !== "function") checkInteger(retryDelayS, 0, action, "retryDelayS", MAX_SECONDS);
  if (resultTtlS !== undefined) checkInteger(resultTtlS, 0, action, "resultTtlS", MAX_SECONDS);
  checkDuration(drainTimeoutS, action, "drainTimeoutS");
  checkBoolean(ref, action, "ref");
  if (typeof onError !== "function") {
    throw new TypeError(`Cannot ${action}: onError must be a function: received ${typeof onError}`);
  }
  return {
    concurrency,
    workerId,
    signal,
    idlePollS,
    heartbeatMs: Math.max(heartbeatS * 1000, LEAST_HEARTBEAT_MS),
    retryDelayS: typeof retryDelayS === "function" ? retryDelayS : () => retryDelayS,
    resultTtlS,
    drainTimeoutMs: drainTimeoutS * 1000,
    ref,
    onError,
  };
}

/** How {@link exponentialDelay} grows. */
export interface ExponentialDelayOptions {
  /** After the first attempt, in seconds. @default 1 */
  readonly baseS?: number;
  /** In seconds. @default 3600 */
  readonly maxS?: number;
  /** What share of the delay is left to chance, so that jobs that failed together do not come back together: 0 to 1. @default 0.5 */
  readonly jitter?: number;
}

/**
 * A delay that doubles with each attempt: for base 1 and no jitter 1, 2, 4, 8, … seconds. It comes out in whole seconds,
 * rounded up: the file keeps no finer time.
 */
export function exponentialDelay(options: ExponentialDelayOptions = {}): RetryDelay {
  checkOptions(options, ["baseS", "maxS", "jitter"], "exponentialDelay");
  const { baseS = 1, maxS = 3600, jitter = 0.5 } = options;
  checkDuration(baseS, "compute a delay", "baseS");
  checkDuration(maxS, "compute a delay", "maxS");
  if (maxS > MAX_SECONDS) {
    throw new RangeError(`Cannot compute a delay: maxS must be <= ${MAX_SECONDS}: received ${maxS}`);
  }
  if (!(typeof jitter === "number" && jitter >= 0 && jitter <= 1)) {
    throw new RangeError(`Cannot compute a delay: jitter must be from 0 to 1: received ${String(jitter)}`);
  }
  return (attempts) => {
    const delayS = Math.min(baseS * 2 ** Math.min(attempts - 1, MAX_DOUBLINGS), maxS);
    return Math.ceil(delayS * (1 - jitter * Math.random()));
  };
}
