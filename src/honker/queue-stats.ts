import { NEXT_CLAIM_AT } from "./jobs.ts";
import type { OpenFile } from "./open-file.ts";

/** What is in a queue. Every job counts once. */
export interface QueueStats {
  /** Due now: claimable, lapsed leases included. */
  readonly pending: number;
  /** Wait for their time. */
  readonly delayed: number;
  /** Leased to a worker. */
  readonly processing: number;
  /** Not tried again. */
  readonly dead: number;
  /** Since when the job that is next in time has been due, in Unix seconds, or null if none is. */
  readonly oldestDueAt: number | null;
  /** When the next delayed job comes due or the next lease lapses, in Unix seconds, or null. */
  readonly nextClaimAt: number | null;
}

/** See `Queue.stats()`. It counts: on a queue of millions it takes its time. */
export function readStats(file: OpenFile, queue: string): QueueStats {
  const [row] = file.read(
    `SELECT
       count(*) FILTER (WHERE state = 'pending' AND run_at <= unixepoch()
         OR state = 'processing' AND claim_expires_at < unixepoch()),
       count(*) FILTER (WHERE state = 'pending' AND run_at > unixepoch()),
       count(*) FILTER (WHERE state = 'processing' AND claim_expires_at >= unixepoch()),
       (SELECT count(*) FROM _honker_dead WHERE queue = ?),
       min(run_at) FILTER (WHERE state = 'pending' AND run_at <= unixepoch()),
       (${NEXT_CLAIM_AT})
     FROM _honker_live WHERE queue = ? AND state IN ('pending', 'processing')`,
    [queue, queue, queue, queue],
  );
  const [pending, delayed, processing, dead, oldestDueAt, nextClaimAt] = row as [
    number,
    number,
    number,
    number,
    number | null,
    number,
  ];
  return { pending, delayed, processing, dead, oldestDueAt, nextClaimAt: nextClaimAt === 0 ? null : nextClaimAt };
}
