/**
 * What can be done to stored schedules, as statements: of Honker 0.4, with a bad row set aside instead of stopping all.
 *
 * A task is *enabled* → `pause` → *paused* → `resume` → enabled; a task that can't be run (a schedule or payload that is
 * none) is paused by the tick that meets it.
 *
 * @module
 */
import type { Sql } from "./connection.ts";
import { enqueue } from "./jobs.ts";
import { isJson } from "./json.ts";
import { parseSchedule } from "./schedule-expression.ts";

/** A job that a tick has enqueued. The names are the binding's. */
export interface ScheduledFire {
  readonly name: string;
  readonly queue: string;
  /** The time it was due, in Unix seconds. */
  readonly fire_at: number;
  readonly job_id: number;
}

/** A stored task, as the binding lists it. */
export interface ScheduleRow {
  readonly name: string;
  readonly queue: string;
  readonly cron_expr: string;
  /** JSON text. */
  readonly payload: string;
  readonly priority: number;
  readonly expires_s: number | null;
  readonly next_fire_at: number;
  readonly enabled: boolean;
  readonly max_attempts: number;
}

/** What is stored of a new task. */
export interface NewTask {
  readonly name: string;
  readonly queue: string;
  readonly schedule: string;
  readonly payload: string;
  readonly priority: number | bigint;
  readonly expiresS: number | bigint | null;
  readonly maxAttempts: number | bigint;
}

/** What to change of a task: what is not given stays. */
export type TaskChanges = Partial<Omit<NewTask, "name" | "queue">>;

/** A task that was found to be no good, and paused. */
interface PausedTask {
  readonly name: string;
  readonly reason: unknown;
}

/** The last time that can be asked about: JavaScript's calendar ends some days later. */
export const LAST_TIME_S = 8_200_000_000_000;
const FIRES_A_TICK = 64; // of one task; what was missed beyond is skipped

/** Stores a task, to fire first at the first time after now. One that is paused stays paused. */
export function registerTask(sql: Sql, task: NewTask): void {
  const nextFireAt = parseSchedule(task.schedule).nextAfter(nowOf(sql));
  sql.run(
    `INSERT INTO _honker_scheduler_tasks(name, queue, cron_expr, payload, priority, expires_s, next_fire_at, max_attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT(name) DO UPDATE SET queue = excluded.queue, cron_expr = excluded.cron_expr, payload = excluded.payload,
       priority = excluded.priority, expires_s = excluded.expires_s, next_fire_at = excluded.next_fire_at,
       max_attempts = excluded.max_attempts`,
    [task.name, task.queue, task.schedule, task.payload, task.priority, task.expiresS, nextFireAt, task.maxAttempts],
  );
}

/** Changes what is given. False if there is no such task or nothing is given. A new schedule counts from now on. */
export function updateTask(sql: Sql, name: string, changes: TaskChanges): boolean {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.length === 0) return false;
  if (sql.row("SELECT 1 FROM _honker_scheduler_tasks WHERE name = ?", [name]) === undefined) return false;
  for (const [key, value] of given) {
    sql.run(UPDATES[key as keyof TaskChanges], [value, name]);
    if (key !== "schedule") continue;
    const nextFireAt = parseSchedule(value).nextAfter(nowOf(sql));
    sql.run("UPDATE _honker_scheduler_tasks SET next_fire_at = ? WHERE name = ?", [nextFireAt, name]);
  }
  return true;
}

const UPDATES: Readonly<Record<keyof TaskChanges, string>> = {
  schedule: "UPDATE _honker_scheduler_tasks SET cron_expr = ? WHERE name = ?",
  payload: "UPDATE _honker_scheduler_tasks SET payload = ? WHERE name = ?",
  priority: "UPDATE _honker_scheduler_tasks SET priority = ? WHERE name = ?",
  expiresS: "UPDATE _honker_scheduler_tasks SET expires_s = ? WHERE name = ?",
  maxAttempts: "UPDATE _honker_scheduler_tasks SET max_attempts = ? WHERE name = ?",
};

export const UNREGISTER_TASK = "DELETE FROM _honker_scheduler_tasks WHERE name = ?";
export const PAUSE_TASK = "UPDATE _honker_scheduler_tasks SET enabled = 0 WHERE name = ? AND enabled <> 0";
export const RESUME_TASK = "UPDATE _honker_scheduler_tasks SET enabled = 1 WHERE name = ? AND enabled = 0";
/** When the next enabled task fires, 0 if none does. */
export const SOONEST = "SELECT coalesce(min(next_fire_at), 0) FROM _honker_scheduler_tasks WHERE enabled <> 0";
export const LIST_TASKS = `SELECT name, queue, cron_expr, payload, priority, expires_s, next_fire_at, enabled, max_attempts
  FROM _honker_scheduler_tasks ORDER BY name`;

/** The stored tasks by name. */
export function toScheduleRows(rows: readonly unknown[][]): ScheduleRow[] {
  return rows.map((row) => ({
    name: row[0] as string,
    queue: row[1] as string,
    cron_expr: row[2] as string,
    payload: row[3] as string,
    priority: row[4] as number,
    expires_s: row[5] as number | null,
    next_fire_at: row[6] as number,
    enabled: row[7] !== 0,
    max_attempts: row[8] as number,
  }));
}

/**
 * Enqueues a job for each time up to `nowS` at which an enabled task was due, and moves each task on to its next time.
 *
 * After 64 times of one task the rest is skipped. A task that can't be run is paused and told of, the others go on.
 */
export function tick(sql: Sql, nowS: number | bigint): { fires: ScheduledFire[]; paused: PausedTask[] } {
  if (nowS > LAST_TIME_S) throw new RangeError(`Cannot tick: now must be <= ${LAST_TIME_S}: received ${nowS}`);
  const now = Number(nowS);
  const due = sql.values(
    `SELECT name, queue, cron_expr, payload, priority, expires_s, next_fire_at, max_attempts,
       rowid, typeof(name) = 'text' AND typeof(queue) = 'text' AND typeof(payload) = 'text' AND typeof(priority) = 'integer'
         AND typeof(expires_s) IN ('integer', 'null') AND typeof(next_fire_at) = 'integer' AND typeof(max_attempts) = 'integer'
     FROM _honker_scheduler_tasks WHERE enabled <> 0 AND (next_fire_at <= ? OR typeof(next_fire_at) <> 'integer')
     ORDER BY name`,
    [now],
  );
  const fires: ScheduledFire[] = [];
  const paused: PausedTask[] = [];
  for (const row of due) {
    const [name, , cron, payload, , , nextFireAt, , rowid, isSound] = row;
    try {
      if (isSound !== 1) throw new TypeError("Cannot run a schedule: its row holds a value of a wrong type");
      if (!isJson(payload as string)) throw new TypeError("Cannot run a schedule: its payload is not JSON");
      const times = timesUpTo(parseSchedule(cron), nextFireAt as number, now);
      for (const fireAt of times.due) fires.push(fire(sql, row, fireAt));
      sql.run("UPDATE _honker_scheduler_tasks SET next_fire_at = ? WHERE rowid = ?", [times.next, rowid]);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      sql.run("UPDATE _honker_scheduler_tasks SET enabled = 0 WHERE rowid = ?", [rowid]); // a name may be NULL
      paused.push({ name: String(name), reason: error });
    }
  }
  return { fires, paused };
}

/** Tells who runs the process of tasks that a tick has paused. */
export function warnOfPaused(tasks: readonly PausedTask[]): void {
  for (const { name, reason } of tasks) {
    const text = reason instanceof Error ? reason.message : String(reason);
    process.emitWarning(`Paused the scheduled task "${name}", which can't be run: ${text}`, "StorageWarning");
  }
}

interface Times {
  readonly due: number[];
  readonly next: number;
}

/** All of them before anything is written, so that a schedule that ends on the way leaves nothing half done. */
function timesUpTo(schedule: { nextAfter(fromS: number): number }, first: number, now: number): Times {
  const due: number[] = [];
  let next = first;
  while (next <= now && due.length < FIRES_A_TICK) {
    due.push(next);
    next = schedule.nextAfter(next);
  }
  return { due, next: next <= now ? schedule.nextAfter(now) : next };
}

function fire(sql: Sql, row: readonly unknown[], fireAt: number): ScheduledFire {
  const [name, queue, , payload, priority, expiresS, , maxAttempts] = row;
  const jobId = enqueue(sql, {
    queue: queue as string,
    payload: payload as string,
    runAt: null,
    delayS: null,
    priority: priority as number,
    maxAttempts: (maxAttempts as number | bigint) < 1 ? 1 : (maxAttempts as number),
    expiresS: expiresS as number | null,
  });
  return { name: name as string, queue: queue as string, fire_at: fireAt, job_id: jobId };
}

function nowOf(sql: Sql): number {
  return sql.row("SELECT unixepoch()")![0] as number;
}
