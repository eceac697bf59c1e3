import { checkBoolean, checkInteger, checkOptions, checkSeconds, checkSignal, MAX_SECONDS } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { CommitWaiter } from "./commit-waiter.ts";
import { decodePayload, type JsonValue } from "./json.ts";
import type { OpenFile } from "./open-file.ts";

/** Keeps a job's result for so many seconds, or for good where they are not positive. Values: job id, text, ttl, ttl. */
export const SAVE_RESULT = `INSERT INTO _honker_results(job_id, value, expires_at)
  VALUES (?, ?, CASE WHEN ? > 0 THEN unixepoch() + ? END)
  ON CONFLICT(job_id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`;

/** A job's result, if it has one whose time is not over. */
export const GET_RESULT = `SELECT value FROM _honker_results
  WHERE job_id = ? AND (expires_at IS NULL OR expires_at > unixepoch())`;

/** Deletes the results whose time is over. */
export const SWEEP_RESULTS = "DELETE FROM _honker_results WHERE expires_at <= unixepoch()";

/** See `Database.saveResult()`. */
export function saveResult(file: OpenFile, jobId: number, value: string, ttlS: number): void {
  checkInteger(jobId, 1, "save a result", "jobId");
  checkInteger(ttlS, Number.MIN_SAFE_INTEGER, `save the result of job ${jobId}`, "ttlS", MAX_SECONDS);
  if (typeof value !== "string" || !value.isWellFormed()) {
    const received = typeof value === "string" ? "a lone surrogate" : typeof value;
    throw new TypeError(`Cannot save the result of job ${jobId}: value must be Unicode text: received ${received}`);
  }
  file.write(SAVE_RESULT, [jobId, value, ttlS, ttlS], true);
}

/** See `Database.getResult()`. */
export function getResult(file: OpenFile, jobId: number): string | null {
  checkInteger(jobId, 1, "read a result", "jobId");
  return (file.read(GET_RESULT, [jobId])[0]?.[0] ?? null) as string | null;
}

/** How long a result is waited for. */
export interface WaitResultOptions {
  /** In seconds; null for as long as it takes. @default null */
  readonly timeoutS?: number | null;
  /** Ends the waiting, with its reason, when it aborts. */
  readonly signal?: AbortSignal;
  /** Whether waiting keeps the process alive. @default true */
  readonly ref?: boolean;
}

const GRACE_MS = 500; // how long a job may be gone before its result is there
const POLL_MS = 15_000; // Honker's own: how long a lost wake may go unnoticed

/** See `Database.waitResult()`. */
export async function waitResult(file: OpenFile, jobId: number, options: WaitResultOptions): Promise<JsonValue> {
  const action = `wait for the result of job ${jobId}`;
  checkInteger(jobId, 1, "wait for a result", "jobId");
  checkOptions(options, ["timeoutS", "signal", "ref"], "waitResult");
  const { timeoutS = null, signal, ref = true } = options;
  checkSeconds(timeoutS, action, "timeoutS");
  checkSignal(signal, action);
  checkBoolean(ref, action, "ref");
  const deadlineMs = timeoutS === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutS * 1000;
  file.refuseClosed();
  let goneAtMs: number | undefined;
  const commits = new CommitWaiter(file, signal, ref);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const found = findResult(file, jobId, action);
      if (found === "gone") {
        // A handler may have acked by itself, and its worker saves the result a turn later; a transaction may add the job yet.
        const nowMs = performance.now();
        goneAtMs = file.isLocked ? nowMs : (goneAtMs ?? nowMs);
        if (nowMs - goneAtMs >= GRACE_MS) throw missing(jobId, action);
      } else if (found === "live") goneAtMs = undefined;
      else return found.value;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        throw new StorageError("RESULT_TIMEOUT", `Cannot ${action}: it must come within ${timeoutS} s: it has not`, {
          retryable: true,
          details: { jobId },
        });
      }
      await commits.wait(Math.min(leftMs, found === "gone" ? GRACE_MS : POLL_MS));
    }
  } finally {
    commits.close();
  }
}

/** The result, or whether the job lives. */
function findResult(file: OpenFile, jobId: number, action: string): { value: JsonValue } | "live" | "gone" {
  const [row] = file.read(FIND_RESULT, [jobId, jobId, jobId]);
  const [isLive, hasResult, value, isDead, lastError] = row as [number, number, string | null, number, string | null];
  if (hasResult === 1) return { value: decodePayload(value) };
  if (isDead === 1) {
    const cause = lastError ?? undefined;
    throw new StorageError("JOB_DEAD", `Cannot ${action}: it is among the dead jobs`, { details: { jobId }, cause });
  }
  return isLive === 1 ? "live" : "gone";
}

function missing(jobId: number, action: string): StorageError {
  return new StorageError("RESULT_MISSING", `Cannot ${action}: it ended without one`, { details: { jobId } });
}

const FIND_RESULT = `SELECT EXISTS (SELECT 1 FROM _honker_live WHERE id = ?),
    r.job_id IS NOT NULL, r.value, d.id IS NOT NULL, d.last_error
  FROM (SELECT 1) LEFT JOIN _honker_results r ON r.job_id = ? AND (r.expires_at IS NULL OR r.expires_at > unixepoch())
    LEFT JOIN _honker_dead d ON d.id = ?`;
