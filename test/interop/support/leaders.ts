/**
 * What the scenarios about leaders of schedules share.
 *
 * @module
 */
import assert from "node:assert/strict";
import { eventually } from "./clock.ts";
import type { Side } from "./side.ts";

/** Who has the lock of the leader. */
export function leaderOf(side: Side): Promise<string | undefined> {
  return side.value("SELECT owner FROM _honker_locks WHERE name = 'honker-scheduler' AND expires_at > unixepoch()");
}

/** How many times of a task have passed, and how many jobs it gave. */
export interface Times {
  readonly times: number;
  readonly jobs: number;
}

/** Registers a task with a time every `everyS` seconds, and gives what counts its times and jobs until now. */
export async function countTimes(side: Side, everyS: number): Promise<() => Promise<Times>> {
  await side.register({ name: "t", queue: "timed", schedule: `@every ${everyS}s`, payload: 1 });
  const next = "SELECT next_fire_at FROM _honker_scheduler_tasks WHERE name = 't'";
  const jobs = "SELECT count(*) FROM _honker_live WHERE queue = 'timed'";
  const first = await side.value<number>(next);
  return async () => {
    const [row] = await side.sql(`SELECT (${next}) AS next, (${jobs}) AS jobs`); // at one moment
    return { times: (Number(row!.next) - first) / everyS, jobs: Number(row!.jobs) };
  };
}

/**
 * Waits until each time gave one job, and gives their number. In the middle of a tick of Honker's jobs are there whose
 * time is not ticked off yet; a time that was fired twice, or not at all, stays to be seen.
 */
export async function untilEven(count: () => Promise<Times>): Promise<number> {
  let last: Times = { times: 0, jobs: 0 };
  await eventually(
    async () => {
      last = await count();
      return last.jobs === last.times;
    },
    "as many jobs as times",
    5,
  ).catch(() => assert.equal(last.jobs, last.times));
  return last.jobs;
}
