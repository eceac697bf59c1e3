import { readNumber } from "./audit/breaches.ts";
import type { Read } from "./audit/marks.ts";

/** What a campaign did. */
export interface Counts {
  readonly kills: number;
  /** Writes whose commit had returned before the kill. */
  readonly acknowledged: number;
  readonly jobs: { readonly enqueued: number; readonly acked: number; readonly dead: number; readonly live: number };
  readonly events: number;
  /** Events and jobs that came to somebody again. */
  readonly redeliveries: number;
  /** Times of schedules that were fired. */
  readonly times: number;
  readonly ms: number;
}

/** Reads from the file what is not known yet. */
export function countAll(read: Read, known: Pick<Counts, "kills" | "acknowledged" | "ms">): Counts {
  const count = (what: string) => readNumber(read, `SELECT count(*) FROM ${what}`);
  return {
    kills: known.kills,
    acknowledged: known.acknowledged,
    jobs: {
      enqueued: count("created"),
      acked: count("gone") - count("died"),
      dead: count("_honker_dead"),
      live: count("_honker_live"),
    },
    events: count("orders"),
    redeliveries: readNumber(
      read,
      `SELECT (SELECT count(*) - count(DISTINCT offset) FROM seen) + (SELECT count(*) - count(DISTINCT job_id) FROM effects)`,
    ),
    times: count("created WHERE tag GLOB 'task-*'"),
    ms: known.ms,
  };
}
