/**
 * The two sides of a scenario: Honker ("H") and our engine ("E"), each a process of its own with one file open, told to
 * do the same things in the same words.
 *
 * @module
 */
import type { Program, ProgramEvent } from "./program.ts";

export type Row = Record<string, unknown>;

/** As in `Queue.enqueue`. */
export interface EnqueueOptions {
  readonly runAt?: number;
  readonly delay?: number;
  readonly priority?: number;
  readonly expires?: number;
  readonly maxAttempts?: number;
}

/** A job as either side claims it. */
export interface ClaimedJob {
  readonly id: number;
  readonly queue: string;
  readonly payload: unknown;
  readonly workerId: string;
  readonly attempts: number;
  readonly claimExpiresAt: number;
}

/** An event as either side reads it. */
export interface ReadEvent {
  readonly offset: number;
  readonly topic: string;
  readonly key: string | null;
  readonly payload: unknown;
}

/** As in `Scheduler.add`. */
export interface Task {
  readonly name: string;
  readonly queue: string;
  readonly schedule: string;
  readonly payload: unknown;
  readonly priority?: number;
  readonly expiresS?: number | null;
  readonly maxAttempts?: number;
}

/** As in `Scheduler.update`. */
export interface TaskChanges {
  readonly schedule?: string;
  readonly payload?: unknown;
  readonly priority?: number;
  readonly expiresS?: number | null;
  readonly maxAttempts?: number | null;
}

/** A job that a tick has enqueued. */
export interface Fire {
  readonly name: string;
  readonly queue: string;
  readonly fire_at: number;
  readonly job_id: number;
}

/** Something in the background of a side. */
export class Background {
  readonly tag: string;
  readonly #program: Program;

  constructor(program: Program, tag: string) {
    this.#program = program;
    this.tag = tag;
  }

  /** The next thing it reports. */
  async next(): Promise<ProgramEvent> {
    const event = await this.#program.next(this.tag);
    if (event.ended !== true) return event;
    throw new Error(`Cannot hear of "${this.tag}" of ${this.#program.name}: it ended: ${event.failed ?? "by itself"}`);
  }

  /** The next `count` things it reports. */
  async take(count: number): Promise<ProgramEvent[]> {
    const events: ProgramEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** What it has reported that nobody has read yet. */
  drain(): ProgramEvent[] {
    return this.#program.drain(this.tag);
  }

  /** Waits for its end, and gives what it had reported until then. */
  async end(): Promise<ProgramEvent[]> {
    const events: ProgramEvent[] = [];
    for (;;) {
      const event = await this.#program.next(this.tag);
      if (event.failed !== undefined) throw new Error(`"${this.tag}" of ${this.#program.name} failed: ${event.failed}`);
      if (event.ended === true) return events;
      events.push(event);
    }
  }

  /** Ends it, and gives what it had reported until then. */
  async stop(): Promise<ProgramEvent[]> {
    await this.#program.call("stop", this.tag);
    return this.end();
  }
}

/** One side. What both do by the same command or the same SQL stands here. */
export abstract class Side {
  abstract readonly name: "H" | "E";
  readonly program: Program;
  #tags = 0;

  constructor(program: Program) {
    this.program = program;
  }

  /** Opens the file, at a given time where several are to do it at once. */
  async open(path: string, atMs = 0): Promise<void> {
    await this.program.call("open", path, atMs);
  }

  sql(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return this.program.call<Row[]>("sql", sql, params);
  }

  /** The first column of the first row. */
  async value<T = unknown>(sql: string, params: readonly unknown[] = []): Promise<T> {
    return Object.values((await this.sql(sql, params))[0] ?? {})[0] as T;
  }

  /** The first value, or `{ error }`, for each list of parameters. */
  sqlEach(sql: string, lists: readonly (readonly unknown[])[]): Promise<unknown[]> {
    return this.program.call<unknown[]>("sqlEach", sql, lists);
  }

  abstract begin(): Promise<void>;
  abstract commit(): Promise<void>;
  abstract rollback(): Promise<void>;

  abstract notify(channel: string, payload: unknown): Promise<number>;
  abstract prune(olderThanS: number | null, maxKeep: number | null): Promise<number>;

  abstract publish(topic: string, payload: unknown, key?: string | null): Promise<number>;
  abstract readSince(topic: string, offset: number, limit: number): Promise<ReadEvent[]>;
  abstract saveOffset(topic: string, consumer: string, offset: number): Promise<boolean>;
  abstract getOffset(topic: string, consumer: string): Promise<number>;

  abstract enqueue(queue: string, payload: unknown, options?: EnqueueOptions): Promise<number>;
  abstract claim(queue: string, worker: string, n: number, visibilityTimeoutS?: number): Promise<ClaimedJob[]>;
  abstract ack(id: number, worker: string): Promise<boolean>;
  abstract ackBatch(queue: string, ids: readonly number[], worker: string): Promise<number>;
  abstract retry(id: number, worker: string, delayS: number, error: string): Promise<boolean>;
  abstract fail(id: number, worker: string, error: string): Promise<boolean>;
  abstract heartbeat(id: number, worker: string, extendS: number): Promise<boolean>;
  abstract cancel(id: number): Promise<boolean>;
  abstract sweepExpired(queue: string): Promise<number>;

  abstract lock(name: string, owner: string, ttlS: number): Promise<boolean>;
  abstract renew(name: string, owner: string, ttlS: number): Promise<boolean>;
  abstract release(name: string, owner: string): Promise<boolean>;
  abstract tryRateLimit(name: string, limit: number, per: number): Promise<boolean>;
  abstract sweepRateLimits(olderThanS: number): Promise<number>;

  abstract register(task: Task): Promise<void>;
  abstract unregister(name: string): Promise<number>;
  abstract pause(name: string): Promise<boolean>;
  abstract resume(name: string): Promise<boolean>;
  abstract updateTask(name: string, changes: TaskChanges): Promise<boolean>;
  abstract listTasks(): Promise<Row[]>;
  abstract tick(now?: number): Promise<Fire[]>;
  abstract soonest(): Promise<number>;

  abstract saveResult(jobId: number, value: string, ttlS: number): Promise<void>;
  abstract getResult(jobId: number): Promise<string | null>;
  abstract sweepResults(): Promise<number>;

  /** When the next job of the queue comes due, or 0. There is no typed call for it on both sides. */
  nextClaimAt(queue: string): Promise<number> {
    return this.value("SELECT honker_queue_next_claim_at(?) AS at", [queue]);
  }

  /** Reports `{ id, channel, payload }`, the payload as JSON text. */
  listen(channel: string): Promise<Background> {
    return this.#start("listen", channel);
  }

  /** Reports `count` events `{ offset, topic, key, payload }`, saves the offset and ends. */
  subscribe(topic: string, consumer: string, saveEveryN: number, count: number): Promise<Background> {
    return this.#start("subscribe", topic, consumer, saveEveryN, count);
  }

  /** Claims `count` jobs as they come and reports `{ id, attempts }`, without an ack. It never polls by itself. */
  waker(queue: string, worker: string, visibilityTimeoutS: number, count: number): Promise<Background> {
    return this.#start("waker", queue, worker, visibilityTimeoutS, count);
  }

  /** Claims jobs until it is stopped and acks each in one transaction with a row of `acked(id, worker, attempts)`. */
  work(queue: string, worker: string, visibilityTimeoutS: number): Promise<Background> {
    return this.#start("work", queue, worker, visibilityTimeoutS);
  }

  /** Delivers until it is stopped and reports `{ payload, refused }`: those with `fail: true` are refused. */
  outbox(
    name: string,
    worker: string,
    { baseBackoffS = 5, maxAttempts = 5, visibilityTimeoutS = 60 } = {},
  ): Promise<Background> {
    return this.#start("outbox", name, worker, baseBackoffS, maxAttempts, visibilityTimeoutS);
  }

  /** Leads the schedules, or waits to, until it is stopped. */
  schedule(owner: string): Promise<Background> {
    return this.#start("schedule", owner);
  }

  async #start(command: string, ...args: readonly unknown[]): Promise<Background> {
    const tag = `${command} ${++this.#tags}`;
    await this.program.call(command, tag, ...args);
    return new Background(this.program, tag);
  }
}
