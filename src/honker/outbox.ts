import { checkDuration, checkOptions } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { Job } from "./job.ts";
import type { JsonValue } from "./json.ts";
import type { ClaimOptions, Queue } from "./queue.ts";
import type { EnqueueOptions } from "./queue-options.ts";
import { warn } from "./warnings.ts";
import { exponentialDelay } from "./worker-options.ts";

/** Delivers one message; it may wait. What it throws has the message delivered again later. */
export type Delivery<T = JsonValue> = (payload: T, job: Job<T>) => unknown;

/** How messages are kept and delivered again. */
export interface OutboxOptions {
  /** How long a delivery may go without a sign of life, in seconds. @default 60 */
  readonly visibilityTimeoutS?: number;
  /** @default 5 */
  readonly maxAttempts?: number;
  /** The delay after the first failure, in seconds; it doubles with each. @default 5 */
  readonly baseBackoffS?: number;
}

/** How {@link Outbox.runWorker} waits and tells. */
export interface RunWorkerOptions<T = JsonValue> extends ClaimOptions {
  /**
   * Hears of each delivery that failed, with its job, and of what kept the worker from working, without one.
   * @default a warning of the process
   */
  readonly onError?: (error: unknown, job?: Job<T>) => void;
}

const LONGEST_DELAY_S = 365 * 24 * 3600; // a doubling has to end somewhere

/**
 * Messages to the outside that are written with what they tell of, in one transaction, and delivered after it, at least
 * once: the queue `_outbox:` + name with a delivery function.
 */
export class Outbox<T = JsonValue> {
  readonly name: string;
  /** The queue that keeps the messages. */
  readonly queue: Queue<T>;
  /** How often a message may be tried. */
  readonly maxAttempts: number;
  /** The delay after the first failure, in seconds. */
  readonly baseBackoffS: number;
  /** What takes a message to the outside. */
  readonly delivery: Delivery<T>;

  /** Made by `Database.outbox()`. */
  constructor(
    name: string,
    delivery: Delivery<T>,
    options: OutboxOptions,
    openQueue: (name: string, options: { visibilityTimeoutS: number; maxAttempts: number }) => Queue<T>,
  ) {
    if (typeof delivery !== "function") throw new TypeError("delivery must be a function"); // the binding's own words
    checkOptions(options, ["visibilityTimeoutS", "maxAttempts", "baseBackoffS"], "outbox");
    const { visibilityTimeoutS = 60, maxAttempts = 5, baseBackoffS = 5 } = options;
    checkDuration(baseBackoffS, `open outbox "${name}"`, "baseBackoffS");
    this.name = name;
    this.delivery = delivery;
    this.maxAttempts = maxAttempts;
    this.baseBackoffS = baseBackoffS;
    this.queue = openQueue(`_outbox:${name}`, { visibilityTimeoutS, maxAttempts });
  }

  /** Adds a message, in a transaction of its own or in `options.tx`. @returns Its job id. */
  enqueue(payload: T, options?: EnqueueOptions): number {
    return this.queue.enqueue(payload, options);
  }

  /** Adds a message inside the open transaction `tx`: it is delivered once that commits, and never if it rolls back. */
  enqueueTx(tx: unknown, payload: T, options?: EnqueueOptions): number {
    return this.queue.enqueueTx(tx, payload, options);
  }

  /**
   * Delivers messages one after the other until `signal` aborts or the database closes.
   *
   * A failed one comes again after 5, 10, 20, … seconds (`baseBackoffS` doubled) until its attempts are spent. A lease that
   * was lost, a message that was cancelled and a lock held by others do not end it. It keeps the process alive.
   *
   * @throws {StorageError} `FILE_REPLACED`.
   */
  async runWorker(workerId: string, options: RunWorkerOptions<T> = {}): Promise<void> {
    checkOptions(options, ["idlePollS", "signal", "onError"], "runWorker");
    const { onError = warn, ...waiting } = options;
    if (typeof onError !== "function") {
      throw new TypeError(`Cannot run outbox "${this.name}": onError must be a function: received ${typeof onError}`);
    }
    let lost: StorageError | undefined;
    const hear = (error: unknown, job?: Job<unknown>) => {
      if (error instanceof StorageError && error.code === "FILE_REPLACED") lost = error;
      else onError(error, job as Job<T> | undefined);
    };
    const retryDelayS = exponentialDelay({ baseS: this.baseBackoffS, maxS: LONGEST_DELAY_S, jitter: 0 });
    const deliver = (job: Job<T>) => this.delivery(job.payload, job);
    await this.queue.work(deliver, { ...waiting, workerId, retryDelayS, onError: hear }).done;
    if (lost !== undefined) throw lost;
  }
}
