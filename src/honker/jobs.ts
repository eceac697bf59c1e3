/**
 * What can be done to jobs, as statements: of Honker 0.4, made whole where Honker leaves rows behind.
 *
 * A job is a row of `_honker_live`, *pending* (due once `run_at` has come) or *processing* (leased to a worker through the
 * second `claim_expires_at`), or a row of `_honker_dead`. What leaves each state:
 *
 * - pending → `claim` → processing; → `cancel` → gone; spent or expired → the next claim or sweep that meets it → dead.
 * - processing → `ack` → gone; → `retry` → pending, or dead where it is spent; → `fail` → dead; → `cancel` → gone; its lease
 *   lapsed → the next claim on its queue → pending, or dead where it is spent or expired.
 *
 * Each function takes the statements' place ({@link Sql}) and must run in a write transaction where it has several. The
 * clock is SQLite's, in whole seconds, read once per operation.
 *
 * @module
 */
import type { RawRow, Sql } from "./connection.ts";
import { insertAll } from "./insert-all.ts";
import type { SqlValue } from "./parameters.ts";

/** What is stored of a new job. Times are in seconds; null stands for "not given". */
export interface NewJob {
  readonly queue: string;
  /** JSON text. */
  readonly payload: string;
  /** Unix time, or null for now. */
  readonly runAt: number | bigint | null;
  /** From now on; before `runAt` where both are given. */
  readonly delayS: number | bigint | null;
  readonly priority: number | bigint;
  readonly maxAttempts: number | bigint;
  /** From now on; null for never. */
  readonly expiresS: number | bigint | null;
}

/** A job as it was claimed. */
export interface ClaimedJob {
  readonly id: number;
  /** JSON text. */
  readonly payload: string;
  readonly attempts: number;
  readonly claimExpiresAt: number;
  readonly priority: number;
  readonly runAt: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** Who holds a job: a worker and, where it is known, for which attempt. */
export interface Holder {
  readonly id: number | bigint;
  readonly workerId: string;
  /** Of the claim: a worker that lost the job and one that has it again are told apart by it. Not given, any fits. */
  readonly attempts?: number;
}

const ROWS_A_READ = 256; // due jobs looked at at once
const FEW = 1000; // due jobs that may be looked through for their priorities
const BURIALS_A_CLAIM = 1000; // so that a claim that meets many expired jobs keeps the lock for a short time

const ENQUEUE = `INSERT INTO _honker_live(queue, payload, run_at, priority, max_attempts, expires_at)
  VALUES (?, ?, coalesce(unixepoch() + ?, ?, unixepoch()), ?, ?, unixepoch() + ?)`;

/** Inserts a job for each text: see {@link insertAll}. */
const ENQUEUE_ALL = `INSERT INTO _honker_live(queue, payload, run_at, priority, max_attempts, expires_at)
  SELECT ?, text, coalesce(unixepoch() + ?, ?, unixepoch()), ?, ?, unixepoch() + ?`;

const LEASED = "id = ? AND worker_id = ? AND claim_expires_at >= unixepoch()";
const HELD = `${LEASED} AND state = 'processing'`;
const FENCED = " AND attempts = ?";
/** A stored payload as text: bytes as their hex digits. */
export const TEXT_OF_PAYLOAD = "CASE typeof(payload) WHEN 'text' THEN payload ELSE json_quote(hex(payload)) END";
const INVALID = "invalid row: ";
const EXPIRED = "expired"; // Honker's words, as is the next
const SPENT = "max attempts exceeded";

/** The one statement that {@link enqueue} is. */
export function enqueueStatement(job: NewJob): { sql: string; params: unknown[] } {
  const { queue, payload, runAt, delayS, priority, maxAttempts, expiresS } = job;
  return { sql: ENQUEUE, params: [queue, payload, delayS, runAt, priority, maxAttempts, expiresS] };
}

/** Adds a job and gives its id, unique within the file and never reused. */
export function enqueue(sql: Sql, job: NewJob): number {
  const { sql: text, params } = enqueueStatement(job);
  return sql.run(text, params).lastInsertRowid as number;
}

/** HOT (bench/events.ts): adds a job per text of `payloads`, with all else as in `job`, and gives their ids in that order. */
export function enqueueAll(sql: Sql, job: Omit<NewJob, "payload">, payloads: readonly string[]): number[] {
  const { queue, runAt, delayS, priority, maxAttempts, expiresS } = job;
  return insertAll(sql, "_honker_live", ENQUEUE_ALL, [queue, delayS, runAt, priority, maxAttempts, expiresS], payloads);
}

/**
 * HOT (bench/events.ts): leases up to `n` due jobs to a worker for `timeoutS` seconds, by priority, then by time, then by
 * id; a negative `n` leases all.
 *
 * Leases that have lapsed are freed first. A job whose attempts are spent, that has expired or that no reader of the file
 * could take is moved to the dead jobs as the claim comes to it, some thousand at most.
 *
 * @returns The jobs in the order of the claim, and whether there may be more that were not looked at.
 */
export function claim(
  sql: Sql,
  queue: string,
  workerId: string,
  n: number | bigint,
  timeoutS: number | bigint,
): { jobs: ClaimedJob[]; hasMore: boolean } {
  const [now, hasLapsed, top] = sql.row(LOOK, [queue, queue])!;
  const claimExpiresAt = (now as number) + Number(timeoutS);
  const most = n < 0 ? Number.POSITIVE_INFINITY : Number(n);
  const jobs: ClaimedJob[] = [];
  let burials = 0;
  let level = top;
  if (hasLapsed === 1 || !isNumber(top)) {
    burials = freeLapsed(sql, queue, now as number) + buryStrays(sql, queue);
    level = sql.row(TOP_PRIORITY, [queue])![0];
  }
  if (burials >= BURIALS_A_CLAIM) return { jobs, hasMore: true };
  while (level !== null && jobs.length < most) {
    const limit = Math.min(most - jobs.length, ROWS_A_READ);
    const rows = sql.values(DUE, [now, queue, level, now, limit]);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (row[9] !== null) {
        bury(sql, row[0] as number, row[9] as string);
        if (++burials >= BURIALS_A_CLAIM) return { jobs, hasMore: true };
        continue;
      }
      const job = toClaimedJob(row, claimExpiresAt);
      sql.run(LEASE, [workerId, claimExpiresAt, job.attempts, job.id]);
      jobs.push(job);
    }
    if (rows.length < limit) level = nextPriority(sql, queue, now as number, level, rows.length === 0);
  }
  const strays = jobs.length < most ? buryStrays(sql, queue) : 0;
  return { jobs, hasMore: jobs.length === most || strays > 0 };
}

const LOOK = `SELECT unixepoch(),
  EXISTS (SELECT 1 FROM _honker_live WHERE queue = ? AND state = 'processing' AND claim_expires_at < unixepoch()),
  (SELECT max(priority) FROM _honker_live WHERE queue = ? AND state IN ('pending', 'processing'))`;
const TOP_PRIORITY = `SELECT max(priority) FROM _honker_live
  WHERE queue = ? AND state IN ('pending', 'processing') AND priority < ''`; // numbers come before text
const DUE_COUNT = `SELECT count(*) FROM (SELECT 1 FROM _honker_live
  WHERE queue = ? AND state = 'pending' AND run_at <= ? LIMIT ${FEW + 1})`;
const NEXT_DUE_PRIORITY = `SELECT max(priority) FROM _honker_live
  WHERE queue = ? AND state = 'pending' AND run_at <= ? AND priority < ?`;
const NEXT_PRIORITY = `SELECT max(priority) FROM _honker_live
  WHERE queue = ? AND state IN ('pending', 'processing') AND priority < ?`;
// One priority at a time: in the claim index its due jobs stand before those of the future, which are not walked over.
// LIMIT 0 + ?, here and elsewhere: SQLite plans a statement with a bare `LIMIT ?` anew at each run.
const DUE = `SELECT id, payload, attempts + 1, priority, run_at, max_attempts, created_at, expires_at, attempts, CASE
    WHEN typeof(payload) <> 'text' THEN '${INVALID}payload is a ' || typeof(payload)
    WHEN typeof(priority) <> 'integer' THEN '${INVALID}priority is a ' || typeof(priority)
    WHEN typeof(run_at) <> 'integer' THEN '${INVALID}run_at is a ' || typeof(run_at)
    WHEN typeof(attempts) <> 'integer' THEN '${INVALID}attempts is a ' || typeof(attempts)
    WHEN typeof(max_attempts) <> 'integer' THEN '${INVALID}max_attempts is a ' || typeof(max_attempts)
    WHEN typeof(created_at) <> 'integer' THEN '${INVALID}created_at is a ' || typeof(created_at)
    WHEN typeof(expires_at) NOT IN ('integer', 'null') THEN '${INVALID}expires_at is a ' || typeof(expires_at)
    WHEN expires_at <= ? THEN '${EXPIRED}'
    WHEN attempts >= max_attempts THEN '${SPENT}'
  END
  FROM _honker_live INDEXED BY _honker_live_claim
  WHERE queue = ? AND priority = ? AND run_at <= ? AND state = 'pending' AND state IN ('pending', 'processing')
  ORDER BY run_at, id LIMIT 0 + ?`;
const LEASE = `UPDATE _honker_live SET state = 'processing', worker_id = ?, claim_expires_at = ?, attempts = ?
  WHERE id = ?`;

function toClaimedJob(row: RawRow, claimExpiresAt: number): ClaimedJob {
  return {
    id: row[0] as number,
    payload: row[1] as string,
    attempts: row[2] as number,
    claimExpiresAt,
    priority: row[3] as number,
    runAt: row[4] as number,
    maxAttempts: row[5] as number,
    createdAt: row[6] as number,
    expiresAt: row[7] as number | null,
  };
}

/** After a level without a due job, those that have one are asked for, if that is less work: there may be any number of others. */
function nextPriority(sql: Sql, queue: string, now: number, level: unknown, wasEmpty: boolean): SqlValue {
  if (wasEmpty) {
    const due = sql.row(DUE_COUNT, [queue, now])![0] as number;
    if (due === 0) return null;
    if (due <= FEW) return sql.row(NEXT_DUE_PRIORITY, [queue, now, level])![0]!;
  }
  return sql.row(NEXT_PRIORITY, [queue, level])![0]!;
}

function isNumber(priority: unknown): boolean {
  return priority === null || typeof priority === "number" || typeof priority === "bigint";
}

/** Sets aside what no claim comes to: jobs that are due, leased or ranked by something that is no number. */
function buryStrays(sql: Sql, queue: string): number {
  const strays = sql.values(STRAYS, [queue, queue, queue, queue]);
  for (const [id, reason] of strays) bury(sql, id as number, `${INVALID}${reason}`);
  return strays.length;
}

const STRAYS = `
  SELECT id, 'run_at is a ' || typeof(run_at) FROM _honker_live WHERE queue = ? AND state = 'pending' AND run_at >= ''
  UNION ALL SELECT id, 'claim_expires_at is a ' || typeof(claim_expires_at) FROM _honker_live
    WHERE queue = ? AND state = 'processing' AND claim_expires_at >= ''
  UNION ALL SELECT id, 'claim_expires_at is a ' || typeof(claim_expires_at) FROM _honker_live
    WHERE queue = ? AND state = 'processing' AND claim_expires_at IS NULL
  UNION ALL SELECT id, 'priority is a ' || typeof(priority) FROM _honker_live
    WHERE queue = ? AND state IN ('pending', 'processing') AND state = 'pending' AND priority >= ''
  LIMIT 1000`;

/** What dead workers held: expired jobs and spent ones are dead, the rest wait again as if they had just come due. */
function freeLapsed(sql: Sql, queue: string, now: number): number {
  const lapsed = "queue = ? AND state = 'processing' AND claim_expires_at < ?";
  const dead = sql.values(
    `SELECT id, CASE WHEN expires_at <= ? THEN '${EXPIRED}' ELSE '${SPENT}' END FROM _honker_live
     WHERE ${lapsed} AND (expires_at <= ? OR attempts >= max_attempts) LIMIT 0 + ?`,
    [now, queue, now, now, BURIALS_A_CLAIM],
  );
  for (const [id, reason] of dead) bury(sql, id as number, reason as string);
  sql.run(
    `UPDATE _honker_live SET state = 'pending', worker_id = NULL, claim_expires_at = NULL, run_at = min(run_at, ?)
     WHERE ${lapsed} AND (expires_at IS NULL OR expires_at > ?) AND attempts < max_attempts`,
    [now, queue, now, now],
  );
  return dead.length;
}

/** Moves a job to the dead ones. What no reader of the file could take is kept as text: bytes as their hex digits. */
export function bury(sql: Sql, id: number | bigint, error: string): void {
  sql.run(
    `INSERT OR REPLACE INTO _honker_dead(id, queue, payload, priority, run_at, attempts, max_attempts, last_error, created_at)
     SELECT id, queue, ${TEXT_OF_PAYLOAD},
       CAST(priority AS INTEGER), CAST(run_at AS INTEGER), CAST(attempts AS INTEGER), CAST(max_attempts AS INTEGER), ?,
       CAST(created_at AS INTEGER)
     FROM _honker_live WHERE id = ?`,
    [error, id],
  );
  sql.run("DELETE FROM _honker_live WHERE id = ?", [id]);
}

/** Takes a job that is done out of the queue. False if the worker does not hold it any more. */
export function ack(sql: Sql, holder: Holder): boolean {
  const { sql: text, params } = ackStatement(holder);
  return sql.run(text, params).changes > 0;
}

/** The one statement that {@link ack} is. */
export function ackStatement(holder: Holder): { sql: string; params: unknown[] } {
  const { where, params } = held(holder, LEASED);
  return { sql: `DELETE FROM _honker_live WHERE ${where}`, params };
}

/** Lets a job wait for `delayS` seconds, or moves it to the dead ones with `error` where its attempts are spent. */
export function retry(sql: Sql, holder: Holder, delayS: number | bigint, error: string): boolean {
  const { where, params } = held(holder);
  const row = sql.row(`SELECT attempts >= max_attempts FROM _honker_live WHERE ${where}`, params);
  if (row === undefined) return false;
  if (row[0] === 1) bury(sql, holder.id, error);
  else {
    sql.run(
      `UPDATE _honker_live SET state = 'pending', run_at = unixepoch() + ?, worker_id = NULL, claim_expires_at = NULL
       WHERE id = ?`,
      [delayS, holder.id],
    );
  }
  return true;
}

/** Moves a job to the dead ones, whatever attempts are left. */
export function fail(sql: Sql, holder: Holder, error: string): boolean {
  const { where, params } = held(holder, LEASED);
  if (sql.row(`SELECT 1 FROM _honker_live WHERE ${where}`, params) === undefined) return false;
  bury(sql, holder.id, error);
  return true;
}

/** The one statement that sets a lease to end `extendS` seconds from now, which may be sooner. */
export function heartbeatStatement(holder: Holder, extendS: number | bigint): { sql: string; params: unknown[] } {
  const { where, params } = held(holder);
  return {
    sql: `UPDATE _honker_live SET claim_expires_at = unixepoch() + ? WHERE ${where}`,
    params: [extendS, ...params],
  };
}

/** Deletes a job that waits or is being worked on, of any queue. */
export const CANCEL = "DELETE FROM _honker_live WHERE id = ? AND state IN ('pending', 'processing')";

/**
 * Moves to the dead what expired before it was taken, and, unlike Honker 0.4, what expired with a lapsed lease: at most 1 000.
 *
 * @returns How many.
 */
export function sweepExpired(sql: Sql, queue: string): number {
  const expired = sql.values(
    `SELECT id FROM _honker_live WHERE queue = ? AND expires_at <= unixepoch()
       AND (state = 'pending' OR state = 'processing' AND claim_expires_at < unixepoch()) LIMIT 0 + ?`,
    [queue, BURIALS_A_CLAIM],
  );
  for (const [id] of expired) bury(sql, id as number, EXPIRED);
  return expired.length;
}

/** When the next job of a queue comes due or may be taken over, in Unix seconds; what is due already does not count. */
export const NEXT_CLAIM_AT = `SELECT coalesce(min(at), 0) FROM (
  SELECT min(run_at) AS at FROM _honker_live
    WHERE queue = ? AND state = 'pending' AND run_at > unixepoch()
      AND attempts < max_attempts AND (expires_at IS NULL OR expires_at > unixepoch())
  UNION ALL
  SELECT min(claim_expires_at) + 1 FROM _honker_live
    WHERE queue = ? AND state = 'processing' AND claim_expires_at >= unixepoch()
      AND attempts < max_attempts AND (expires_at IS NULL OR expires_at > unixepoch()))`;

/** All that is stored of a waiting or leased job, in the order of the columns. Value: id. */
export const GET_JOB = `SELECT id, queue, payload, state, priority, run_at, worker_id, claim_expires_at, attempts, max_attempts,
  created_at, expires_at FROM _honker_live WHERE id = ?`;

function held(holder: Holder, where = HELD): { where: string; params: unknown[] } {
  const { id, workerId, attempts } = holder;
  if (attempts === undefined) return { where, params: [id, workerId] };
  return { where: where + FENCED, params: [id, workerId, attempts] };
}
