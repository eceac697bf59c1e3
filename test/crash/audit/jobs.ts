import { AT_LEAST_ONCE, BATCH_SIZE, BY_HAND } from "../tables.ts";
import { compare, findRows, readNumber } from "./breaches.ts";
import type { Marks, Read } from "./marks.ts";

/** Each job is in exactly one of live, dead and done, and no effect was lost or came twice. */
export function auditJobs(read: Read, marks: Marks): string[] {
  return [...auditLive(read, marks), ...auditGone(read, marks), ...auditDead(read, marks), ...auditCounts(read, marks)];
}

function auditLive(read: Read, marks: Marks): string[] {
  return [
    ...findRows(
      read,
      "jobs that were created and are nowhere",
      `SELECT job_id FROM created WHERE job_id > ? AND NOT EXISTS (SELECT 1 FROM _honker_live WHERE id = job_id)
        AND NOT EXISTS (SELECT 1 FROM gone WHERE gone.job_id = created.job_id)`,
      [marks.created],
    ),
    ...findRows(
      read,
      "jobs that are live and dead or done",
      `SELECT id FROM _honker_live AS live WHERE EXISTS (SELECT 1 FROM gone WHERE job_id = live.id)
        OR EXISTS (SELECT 1 FROM _honker_dead WHERE id = live.id) OR EXISTS (SELECT 1 FROM done WHERE job_id = live.id)
        OR EXISTS (SELECT 1 FROM _honker_results WHERE job_id = live.id)`,
    ),
    ...findRows(
      read,
      "live jobs in no state that there is",
      `SELECT id, state, worker_id, claim_expires_at, attempts FROM _honker_live
        WHERE attempts > max_attempts OR iif(state = 'processing', worker_id IS NULL OR claim_expires_at IS NULL OR attempts < 1,
          state <> 'pending' OR worker_id IS NOT NULL OR claim_expires_at IS NOT NULL)`,
    ),
  ];
}

/** A job is gone with its effect: in one transaction, or, where its queue promises less, after it. */
function auditGone(read: Read, marks: Marks): string[] {
  const effect = "EXISTS (SELECT 1 FROM effects WHERE effects.job_id = gone.job_id)";
  const done = "EXISTS (SELECT 1 FROM done WHERE done.job_id = gone.job_id)";
  const died = "EXISTS (SELECT 1 FROM died WHERE died.job_id = gone.job_id)";
  const result = "EXISTS (SELECT 1 FROM _honker_results AS r WHERE r.job_id = gone.job_id)";
  const gone = "FROM gone JOIN created USING (job_id) WHERE gone.id >";
  return [
    ...findRows(read, "jobs that are dead and done", `SELECT job_id ${gone} ? AND ${died} AND (${done} OR ${result})`, [
      marks.gone,
    ]),
    ...findRows(
      read,
      "jobs that are gone without their effect (job, queue)",
      `SELECT job_id, queue ${gone} ? AND NOT ${died} AND NOT CASE queue
        WHEN '${AT_LEAST_ONCE}' THEN ${effect} AND ${result}
        WHEN '${BY_HAND}' THEN ${effect} OR ${done}
        ELSE ${done} END`,
      [marks.gone],
    ),
    ...findRows(
      read,
      "jobs whose effect came twice",
      `SELECT job_id FROM done WHERE id > ? AND (SELECT count(*) FROM done AS d WHERE d.job_id = done.job_id) > 1`,
      [marks.done],
    ),
    ...findRows(
      read,
      "jobs that are done and not gone",
      "SELECT job_id FROM done WHERE id > ? AND NOT EXISTS (SELECT 1 FROM gone WHERE gone.job_id = done.job_id)",
      [marks.done],
    ),
  ];
}

function auditDead(read: Read, marks: Marks): string[] {
  return [
    ...findRows(
      read,
      "jobs that died and are not among the dead",
      `SELECT job_id FROM died WHERE id > ? AND NOT EXISTS (SELECT 1 FROM _honker_dead AS d WHERE d.id = job_id)
        AND NOT EXISTS (SELECT 1 FROM replayed WHERE replayed.job_id = died.job_id)`,
      [marks.died],
    ),
    ...findRows(
      read,
      "dead jobs without a good reason (job, attempts, of, reason)",
      `SELECT dead.id, attempts, max_attempts, last_error FROM died JOIN _honker_dead AS dead ON dead.id = died.job_id
        WHERE died.id > ? AND NOT (attempts <= max_attempts AND CASE
          WHEN last_error = 'max attempts exceeded' THEN attempts = max_attempts
          WHEN last_error = 'expired' THEN 1
          WHEN last_error = 'again' OR last_error GLOB 'Error: refused*' THEN attempts = max_attempts
          ELSE last_error = 'failed by hand' END)`,
      [marks.died],
    ),
  ];
}

/** What was written in one piece is there in one piece. */
function auditCounts(read: Read, marks: Marks): string[] {
  const count = (table: string) => readNumber(read, `SELECT count(*) FROM ${table}`);
  const created = count("created");
  const bySource = readNumber(
    read,
    `SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM created WHERE tag GLOB 'batch *')
      + (SELECT count(*) FROM created WHERE tag GLOB 'task-*') + (SELECT count(*) FROM replayed)`,
  );
  return [
    ...compare("jobs created, live and gone", created, count("_honker_live") + count("gone")),
    ...compare("jobs gone by death, dead and replayed", count("died"), count("_honker_dead") + count("replayed")),
    ...compare("jobs created, by order, batch, schedule and replay", created, bySource),
    ...findRows(
      read,
      "batches in pieces (batch, jobs)",
      "SELECT tag, count(*) FROM created WHERE job_id > ? AND tag GLOB 'batch *' GROUP BY tag HAVING count(*) <> ?",
      [marks.created, BATCH_SIZE],
    ),
  ];
}
