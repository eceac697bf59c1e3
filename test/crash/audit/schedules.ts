import { FIRES_A_TICK, SCHEDULED, TASKS } from "../tables.ts";
import { compare, findRows } from "./breaches.ts";
import type { Read } from "./marks.ts";

/**
 * Each task has as many jobs as it has passed times, one a second: none was fired twice, none lost. What a tick passes
 * beyond its most, it may skip.
 */
export function auditSchedules(read: Read): string[] {
  const fires = new Map(
    read("SELECT tag, count(*) FROM created WHERE tag GLOB 'task-*' AND queue = ? GROUP BY tag", [SCHEDULED]) as [
      string,
      number,
    ][],
  );
  const passed = new Map(
    read("SELECT task, sum(min(to_s - from_s, ?)), max(to_s) FROM moves GROUP BY task", [FIRES_A_TICK]).map(
      ([task, count, last]) => [task as string, { count: count as number, last: last as number }],
    ),
  );
  const stored = read("SELECT name, next_fire_at FROM _honker_scheduler_tasks WHERE enabled = 1") as [string, number][];
  return [
    ...compare("enabled tasks", stored.length, TASKS.length),
    ...stored.flatMap(([task, nextFireAt]) => [
      ...compare(`jobs of ${task} for the times it has passed`, fires.get(task) ?? 0, passed.get(task)?.count ?? 0),
      ...compare(`next time of ${task}`, nextFireAt, passed.get(task)?.last ?? nextFireAt),
    ]),
    ...findRows(
      read,
      "schedules that went back or jumped (task, from, to)",
      `SELECT task, from_s, to_s FROM (SELECT *, lag(to_s, 1, from_s) OVER (PARTITION BY task ORDER BY id) AS before FROM moves)
        WHERE to_s <= from_s OR from_s <> before`,
    ),
  ];
}
