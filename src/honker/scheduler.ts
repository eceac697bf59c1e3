import { checkInteger, checkName, checkOptions, checkSignal, MAX_SECONDS } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { CommitWaiter } from "./commit-waiter.ts";
import { encodePayload } from "./json.ts";
import { acquireLock, RELEASE_LOCK, RENEW_LOCK } from "./lock.ts";
import { OpenFile } from "./open-file.ts";
import { parseSchedule } from "./schedule-expression.ts";
import {
  LAST_TIME_S,
  LIST_TASKS,
  PAUSE_TASK,
  RESUME_TASK,
  registerTask,
  type ScheduledFire,
  type ScheduleRow,
  SOONEST,
  type TaskChanges,
  tick,
  toScheduleRows,
  UNREGISTER_TASK,
  updateTask,
  warnOfPaused,
} from "./schedules.ts";
import { warn } from "./warnings.ts";

/** A task to enqueue jobs by a schedule. */
export interface SchedulerAddOptions {
  /** Adding one of the same name replaces it. */
  readonly name: string;
  readonly queue: string;
  /** `@every 5s`, or cron text of five or six fields, in local time. */
  readonly schedule?: string;
  /** The same, by its older name. */
  readonly cron?: string;
  readonly payload: unknown;
  /** @default 0 */
  readonly priority?: number;
  /** Seconds after which a job is not worth doing any more, or null. @default null */
  readonly expiresS?: number | null;
  /** @default 3 */
  readonly maxAttempts?: number;
}

/** What to change of a task: what is not given stays. */
export interface SchedulerUpdateOptions {
  readonly schedule?: string;
  readonly cron?: string;
  readonly payload?: unknown;
  readonly priority?: number;
  /** null: jobs do not expire. */
  readonly expiresS?: number | null;
  /** null: 3. */
  readonly maxAttempts?: number | null;
}

const ADD_OPTIONS = ["name", "queue", "schedule", "cron", "payload", "priority", "expiresS", "maxAttempts"];
const UPDATE_OPTIONS = ["schedule", "cron", "payload", "priority", "expiresS", "maxAttempts"];
const LEADER_LOCK = "honker-scheduler"; // these four are Honker's own
const LEADER_TTL_S = 60;
const HEARTBEAT_MS = 20_000;
const STANDBY_MS = 5000;
const RETRY_MS = 500; // after a lock, a full disk, …
const MAX_RETRY_MS = 30_000;
const LEAST_WAIT_MS = 1;
const LOOK = `SELECT EXISTS (SELECT 1 FROM _honker_locks WHERE name = ? AND owner <> ? AND expires_at > unixepoch()), (${SOONEST})`;

/** When a leader has last renewed its lock; undefined for who does not lead. */
interface Term {
  renewedAtMs: number | undefined;
  /** How long to wait after the next failure; it doubles with each in a row. */
  retryMs: number;
}

/**
 * Stored schedules, and the loop that enqueues a job each time one is due.
 *
 * Of all processes that {@link run} it on a file, one leads; another takes over within seconds of its end, or within a minute
 * of its death. Each time a task is due gives one job.
 */
export class Scheduler {
  readonly #file: OpenFile;

  /** @param database what `open()` returned. */
  constructor(database: object) {
    this.#file = OpenFile.of(database, "make a scheduler");
  }

  /**
   * Stores a task, to fire first at the next time of its schedule: times missed until now are dropped. One that is paused stays
   * paused.
   *
   * @throws {TypeError | RangeError} If the schedule is not one, or never comes.
   */
  add(options: SchedulerAddOptions): void {
    checkOptions(options, ADD_OPTIONS, "add");
    const given: Partial<SchedulerAddOptions> = options ?? {};
    const { name, queue, schedule = given.cron, payload, priority = 0, expiresS = null, maxAttempts = 3 } = given;
    checkName(name, "add a task", "name");
    checkName(queue, `add task "${name}"`, "queue");
    if (schedule === undefined) throw new TypeError("must provide schedule or cron"); // the binding's own words
    parseSchedule(schedule);
    const changes = checkChanges(name, { payload, priority, expiresS, maxAttempts });
    this.#file.transact(
      (sql) => registerTask(sql, { ...(changes as Required<TaskChanges>), name, queue, schedule }),
      true,
    );
  }

  /** Deletes a task. @returns How many were deleted: 0 or 1. */
  remove(name: string): number {
    return this.#change(UNREGISTER_TASK, name, "remove");
  }

  /** Stops a task from firing. False if it was paused already, or is not there. */
  pause(name: string): boolean {
    return this.#change(PAUSE_TASK, name, "pause") > 0;
  }

  /** Lets a task fire again, also for the times since it was paused, 64 at most. False if it was not paused. */
  resume(name: string): boolean {
    return this.#change(RESUME_TASK, name, "resume") > 0;
  }

  /** All tasks, by name. */
  list(): ScheduleRow[] {
    return toScheduleRows(this.#file.read(LIST_TASKS));
  }

  /**
   * Changes a task as it is stored. A new schedule counts from now on.
   *
   * @returns False if there is no such task or nothing was given.
   */
  update(name: string, options: SchedulerUpdateOptions = {}): boolean {
    checkName(name, "update a task", "name");
    checkOptions(options, UPDATE_OPTIONS, "update");
    const schedule = options?.schedule ?? options?.cron;
    if (schedule !== undefined) parseSchedule(schedule);
    const changes = checkChanges(name, options);
    return this.#file.transact(
      (sql) => updateTask(sql, name, schedule === undefined ? changes : { ...changes, schedule }),
      true,
    );
  }

  /**
   * Enqueues a job for each time up to `now` at which a task was due, 64 at most of one task; the rest is skipped. Any process
   * may call it.
   *
   * A task that can't be run is paused, with a warning of the process; the others go on.
   *
   * @param now Unix seconds. @default the time
   */
  tick(now: number = Math.floor(Date.now() / 1000)): ScheduledFire[] {
    checkInteger(now, 0, "tick", "now", LAST_TIME_S);
    const { fires, paused } = this.#file.transact((sql) => tick(sql, now), true);
    warnOfPaused(paused);
    return fires;
  }

  /** When the next task fires, in Unix seconds; 0 if there is none. */
  soonest(): number {
    return this.#file.read(SOONEST)[0]![0] as number;
  }

  /**
   * Leads or stands by, until `signal` aborts or the database closes: each time a task is due, its job is there. It keeps the
   * process alive, and goes on after a lock held by others, a full disk and the like.
   *
   * @param owner who leads: another name in each process.
   */
  async run(owner: string, signal?: AbortSignal): Promise<void> {
    checkName(owner, "run a scheduler", "owner");
    checkSignal(signal, "run a scheduler");
    this.#file.refuseClosed();
    const isOver = () => this.#file.isClosed || signal?.aborted === true;
    const commits = new CommitWaiter(this.#file, signal, true);
    const term: Term = { renewedAtMs: undefined, retryMs: RETRY_MS };
    const release = () => this.#releaseAtClose(owner);
    this.#file.closing.add(release);
    try {
      while (!isOver()) await commits.wait(Math.max(await this.#step(owner, term, isOver), LEAST_WAIT_MS));
    } finally {
      commits.close();
      await this.#release(owner);
      this.#file.closing.delete(release);
    }
  }

  /** Does what there is to do, if it leads or can, and says how long there is nothing more. */
  async #step(owner: string, term: Term, isOver: () => boolean): Promise<number> {
    try {
      const found = this.#look(owner);
      if (found.isTaken) {
        term.renewedAtMs = undefined;
        return STANDBY_MS;
      }
      const renewMs = (term.renewedAtMs ?? Number.NEGATIVE_INFINITY) + HEARTBEAT_MS - performance.now();
      const waitMs = Math.min(found.waitMs, renewMs);
      if (waitMs > 0) return waitMs;
      await this.#unlocked(() => isOver() || this.#lead(owner, term));
      return term.renewedAtMs === undefined ? STANDBY_MS : LEAST_WAIT_MS; // and look again
    } catch (error) {
      if (this.#file.isClosed) return 0;
      if (!(error instanceof StorageError) || error.code === "FILE_REPLACED") throw error;
      if (!error.retryable) warn(error);
      term.retryMs = Math.min(2 * term.retryMs, MAX_RETRY_MS);
      return term.retryMs / 2;
    }
  }

  /** Whether another leads, and how long until a task is due. It writes nothing: any commit makes it look. */
  #look(owner: string): { isTaken: boolean; waitMs: number } {
    const [row] = this.#file.read(LOOK, [LEADER_LOCK, owner]);
    const [isTaken, soonest] = row as [number, unknown];
    const waitMs = soonest === 0 ? Number.POSITIVE_INFINITY : Number(soonest) * 1000 - Date.now();
    return { isTaken: isTaken === 1, waitMs: Number.isNaN(waitMs) ? 0 : waitMs }; // what is no time is set aside by a tick
  }

  /** Leadership and what is due, in one transaction: who was replaced enqueues nothing. */
  #lead(owner: string, term: Term): void {
    const now = Math.floor(Date.now() / 1000);
    const result = this.#file.transact((sql) => {
      const leads =
        sql.run(RENEW_LOCK, [LEADER_TTL_S, LEADER_LOCK, owner]).changes > 0 ||
        acquireLock(sql, LEADER_LOCK, owner, LEADER_TTL_S);
      return leads ? tick(sql, now) : undefined;
    }, true);
    term.renewedAtMs = result === undefined ? undefined : performance.now();
    term.retryMs = RETRY_MS;
    warnOfPaused(result?.paused ?? []);
  }

  /** So that another leads at once, also after a `close()` in the same turn as the abort. */
  #releaseAtClose(owner: string): void {
    try {
      this.#file.write(RELEASE_LOCK, [LEADER_LOCK, owner], true);
    } catch {
      // It ends by itself within a minute.
    }
  }

  async #release(owner: string): Promise<void> {
    if (this.#file.isClosed) return;
    try {
      await this.#unlocked(() => this.#file.write(RELEASE_LOCK, [LEADER_LOCK, owner], true));
    } catch {
      // It ends by itself within a minute.
    }
  }

  #unlocked<T>(work: () => T): T | Promise<T> {
    return this.#file.isLocked ? this.#file.whenUnlocked(work) : work();
  }

  #change(sql: string, name: string, what: string): number {
    checkName(name, `${what} a task`, "name");
    return this.#file.write(sql, [name], true).changes;
  }
}

/** What is to be stored of the options that are given, checked. */
function checkChanges(name: string, options: Omit<SchedulerUpdateOptions, "schedule" | "cron">): TaskChanges {
  const action = `schedule "${name}"`;
  const changes: { -readonly [K in keyof TaskChanges]: TaskChanges[K] } = {};
  const { payload, priority, expiresS, maxAttempts } = options;
  if (Object.hasOwn(options, "payload")) changes.payload = encodePayload(payload, action);
  if (priority !== undefined) {
    checkInteger(priority, Number.MIN_SAFE_INTEGER, action, "priority");
    changes.priority = priority;
  }
  if (expiresS !== undefined) {
    if (expiresS !== null) checkInteger(expiresS, 0, action, "expiresS", MAX_SECONDS);
    changes.expiresS = expiresS;
  }
  if (maxAttempts !== undefined) {
    if (maxAttempts !== null) checkInteger(maxAttempts, 1, action, "maxAttempts");
    changes.maxAttempts = maxAttempts ?? 3;
  }
  return changes;
}
