import type { Sql } from "./connection.ts";
import type { Job } from "./job.ts";
import { ack, fail, retry } from "./jobs.ts";
import { encodePayload } from "./json.ts";
import { SAVE_RESULT } from "./results.ts";

/** What became of a job, to be written with the next claim of its worker. */
export type Outcome<T> =
  | { readonly job: Job<T>; readonly kind: "done"; readonly result: string | undefined }
  | { readonly job: Job<T>; readonly kind: "retry"; readonly delayS: number; readonly error: string }
  | { readonly job: Job<T>; readonly kind: "dead"; readonly error: string; readonly cause: unknown };

const MAX_ERROR_LENGTH = 16 * 1024;

/** The outcome of a handler that returned `result`. One without a JSON form makes the job dead: done again, it would give the same. */
export function doneWith<T>(job: Job<T>, result: unknown, resultTtlS: number | undefined): Outcome<T> {
  if (resultTtlS === undefined) return { job, kind: "done", result: undefined };
  try {
    return { job, kind: "done", result: encodePayload(result ?? null, `save the result of job ${job.id}`) };
  } catch (cause) {
    return { job, kind: "dead", error: textOf(cause), cause };
  }
}

/** Writes what became of a job, unless its worker does not hold it any more. */
export function settle<T>(sql: Sql, outcome: Outcome<T>, resultTtlS: number | undefined): void {
  const { job, kind } = outcome;
  if (kind === "retry") {
    retry(sql, job, outcome.delayS, outcome.error); // settled already, it is held no more, unless that was rolled back
  } else if (kind === "dead") {
    fail(sql, job, outcome.error);
  } else {
    const isAcked = job.isSettled ? job.settledBy === "ack" : ack(sql, job);
    if (isAcked && outcome.result !== undefined) saveResult(sql, job, outcome.result, resultTtlS ?? 0);
  }
}

/** Not where the transaction of an `ackTx` was rolled back: the job is done again. */
function saveResult<T>(sql: Sql, job: Job<T>, result: string, ttl: number): void {
  if (sql.row("SELECT 1 FROM _honker_live WHERE id = ?", [job.id]) === undefined) {
    sql.run(SAVE_RESULT, [job.id, result, ttl, ttl]);
  }
}

/** What is kept of an error with a dead job: its stack, as any reader of the file can take it. What is thrown may be anything. */
export function textOf(error: unknown): string {
  let text: unknown;
  try {
    text = error instanceof Error && typeof error.stack === "string" ? error.stack : String(error);
  } catch {
    text = "an error that can't be told";
  }
  return String(text).slice(0, MAX_ERROR_LENGTH).toWellFormed().replaceAll("\0", "\ufffd");
}
