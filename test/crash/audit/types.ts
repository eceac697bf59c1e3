import { RATE_LIMIT } from "../tables.ts";
import { findRows } from "./breaches.ts";
import type { Marks, Read } from "./marks.ts";

interface Columns {
  readonly key: string;
  readonly integers: readonly string[];
  readonly texts: readonly string[];
}

/** What other readers of the format rely on: integers are stored as integers, payloads as text that is JSON. */
const TABLES: Readonly<Record<string, Columns>> = {
  _honker_notifications: { key: "id", integers: ["id", "created_at"], texts: ["channel", "payload"] },
  _honker_live: {
    key: "id",
    integers: ["id", "priority", "run_at", "claim_expires_at", "attempts", "max_attempts", "created_at", "expires_at"],
    texts: ["queue", "payload", "state", "worker_id"],
  },
  _honker_dead: {
    key: "id",
    integers: ["id", "priority", "run_at", "attempts", "max_attempts", "created_at", "died_at"],
    texts: ["queue", "payload", "last_error"],
  },
  _honker_locks: { key: "name", integers: ["expires_at"], texts: ["name", "owner"] },
  _honker_rate_limits: { key: "name", integers: ["window_start", "count"], texts: ["name"] },
  _honker_scheduler_tasks: {
    key: "name",
    integers: ["priority", "expires_s", "next_fire_at", "enabled", "max_attempts"],
    texts: ["name", "queue", "cron_expr", "payload"],
  },
  _honker_results: { key: "job_id", integers: ["job_id", "created_at", "expires_at"], texts: ["value"] },
  _honker_stream: { key: "offset", integers: ["offset", "created_at"], texts: ["topic", "key", "payload"] },
  _honker_stream_consumers: { key: "name", integers: ["offset"], texts: ["name", "topic"] },
};

/** Every value has the type that the format gives its column; what is kept in counts and times is in its range. */
export function auditTypes(read: Read, marks: Marks): string[] {
  return [
    ...Object.entries(TABLES).flatMap(([table, { key, integers, texts }]) => {
      const wrong = [
        ...integers.map((name) => `typeof("${name}") NOT IN ('integer', 'null')`),
        ...texts.map((name) => `typeof("${name}") NOT IN ('text', 'null')`),
        ...(texts.includes("payload") ? ["NOT json_valid(payload)"] : []),
      ];
      const after =
        table === "_honker_notifications" ? marks.notifications : table === "_honker_stream" ? marks.events : 0;
      const which = after > 0 ? `"${key}" > ${after} AND ` : "";
      const sql = `SELECT "${key}" FROM ${table} WHERE ${which}(${wrong.join(" OR ")})`;
      return findRows(read, `rows of ${table} with a value of a wrong type`, sql);
    }),
    ...findRows(
      read,
      "windows that let too many in (start, count)",
      "SELECT window_start, count FROM _honker_rate_limits WHERE count > ? OR count < 1",
      [RATE_LIMIT],
    ),
  ];
}
