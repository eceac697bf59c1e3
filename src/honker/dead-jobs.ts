import { checkInteger, checkOptions, MAX_SECONDS } from "../arguments.ts";
import { enqueue, TEXT_OF_PAYLOAD } from "./jobs.ts";
import { decodePayload, type JsonValue } from "./json.ts";
import type { OpenFile } from "./open-file.ts";

/** A job that will not be tried again. */
export interface DeadJob<T = JsonValue> {
  /** The id it had while it lived. */
  readonly id: number;
  readonly queue: string;
  readonly payload: T;
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  /** What its worker said last; `max attempts exceeded`, `expired`, or `invalid …` where none could. */
  readonly lastError: string | null;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Unix seconds. */
  readonly diedAt: number;
}

/** Which dead jobs to list. */
export interface DeadJobsOptions {
  /** @default 100 */
  readonly limit?: number;
  /** Only those with a higher id: the last one of the page before. @default 0 */
  readonly afterId?: number;
}

/** Which dead jobs to delete: those for which one of the conditions given holds, or all. */
export interface PurgeOptions {
  /** Those that died more than so many seconds ago. */
  readonly olderThanS?: number;
  /** Those that are not among the newest so many of the queue. */
  readonly maxKeep?: number;
}

/** See `Queue.deadJobs()`. */
export function deadJobs<T>(file: OpenFile, queue: string, options: DeadJobsOptions): DeadJob<T>[] {
  checkOptions(options, ["limit", "afterId"], "deadJobs");
  const { limit = 100, afterId = 0 } = options;
  checkInteger(limit, 0, `list dead jobs of "${queue}"`, "limit");
  checkInteger(afterId, 0, `list dead jobs of "${queue}"`, "afterId");
  const rows = file.read(
    `SELECT id, payload, priority, attempts, max_attempts, last_error, created_at, died_at
     FROM _honker_dead WHERE queue = ? AND id > ? ORDER BY id LIMIT 0 + ?`,
    [queue, afterId, limit],
  );
  return rows.map(([id, payload, priority, attempts, maxAttempts, lastError, createdAt, diedAt]) => ({
    id: id as number,
    queue,
    payload: decodePayload(payload) as T,
    priority: priority as number,
    attempts: attempts as number,
    maxAttempts: maxAttempts as number,
    lastError: lastError as string | null,
    createdAt: createdAt as number,
    diedAt: diedAt as number,
  }));
}

/** See `Queue.replayDead()`. A new id: the old one would meet itself among the dead when it dies again. */
export function replayDead(
  file: OpenFile,
  queue: string,
  jobId: number,
  maxAttempts: number,
  options: { readonly delay?: number },
): number | null {
  checkOptions(options, ["delay"], "replayDead");
  const { delay = 0 } = options;
  checkInteger(jobId, 0, `replay a dead job of "${queue}"`, "jobId");
  checkInteger(delay, 0, `replay a dead job of "${queue}"`, "delay", MAX_SECONDS);
  return file.transact((sql) => {
    const row = sql.row(
      `SELECT iif(json_valid(${TEXT_OF_PAYLOAD}), ${TEXT_OF_PAYLOAD}, json_quote(payload)), CAST(priority AS INTEGER), CAST(max_attempts AS INTEGER)
       FROM _honker_dead WHERE id = ? AND queue = ?`,
      [jobId, queue],
    );
    if (row === undefined) return null;
    sql.run("DELETE FROM _honker_dead WHERE id = ?", [jobId]);
    const [payload, priority, most] = row as [string, number, number];
    return enqueue(sql, {
      queue,
      payload,
      runAt: null,
      delayS: delay,
      priority,
      maxAttempts: most >= 1 ? most : maxAttempts,
      expiresS: null,
    });
  }, true);
}

/** See `Queue.purgeDead()`. */
export function purgeDead(file: OpenFile, queue: string, options: PurgeOptions): number {
  checkOptions(options, ["olderThanS", "maxKeep"], "purgeDead");
  const { olderThanS, maxKeep } = options;
  const conditions: string[] = [];
  const params: unknown[] = [queue];
  if (olderThanS !== undefined) {
    checkInteger(olderThanS, 0, `purge dead jobs of "${queue}"`, "olderThanS");
    conditions.push("died_at < unixepoch() - ?");
    params.push(olderThanS);
  }
  if (maxKeep !== undefined) {
    checkInteger(maxKeep, 0, `purge dead jobs of "${queue}"`, "maxKeep");
    conditions.push("id <= (SELECT id FROM _honker_dead WHERE queue = ? ORDER BY id DESC LIMIT 1 OFFSET ?)");
    params.push(queue, maxKeep);
  }
  const which = conditions.length === 0 ? "" : ` AND (${conditions.join(" OR ")})`;
  return file.write(`DELETE FROM _honker_dead WHERE queue = ?${which}`, params).changes;
}
