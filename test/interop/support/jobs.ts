/**
 * What several scenarios do with rows of jobs.
 *
 * @module
 */
import type { Row, Side } from "./side.ts";

/** Has the lease of a job lapse now, as if its time were over. */
export async function lapse(side: Side, id: number): Promise<void> {
  await side.sql("UPDATE _honker_live SET claim_expires_at = unixepoch() - 1 WHERE id = ?", [id]);
}

export async function liveRow(side: Side, id: number): Promise<Row | undefined> {
  return (await side.sql("SELECT * FROM _honker_live WHERE id = ?", [id]))[0];
}

export async function deadRow(side: Side, id: number): Promise<Row | undefined> {
  return (await side.sql("SELECT * FROM _honker_dead WHERE id = ?", [id]))[0];
}

/** A row without what differs from job to job, so that rows of both sides can be compared. */
export function comparable(row: Row | undefined): Row {
  const { id: _id, queue: _queue, run_at, created_at, died_at, ...rest } = row ?? {};
  const wait = Number(run_at) - Number(created_at);
  const isRecent = died_at === undefined || Math.abs(Number(died_at) - Date.now() / 1000) < 30;
  return { ...rest, wait, isRecent };
}
