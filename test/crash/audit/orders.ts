import type { Expected } from "../rounds.ts";
import { KEPT_EVENTS, KEPT_NOTIFICATIONS, ORDERS } from "../tables.ts";
import { findRows } from "./breaches.ts";
import type { Read } from "./marks.ts";

/**
 * Each transaction wrote a row, a notification, an event and a job under one number: all or none of them are there, in the
 * order of the commits, and all of those whose commit had returned.
 */
export function auditOrders(read: Read, { marks, acknowledged, undone }: Expected): string[] {
  const numbers = read("SELECT number FROM orders WHERE id > ? ORDER BY id", [marks.orders]).flat() as number[];
  const notified = read(
    "SELECT payload ->> 'number' FROM _honker_notifications WHERE channel = ? AND id > ? ORDER BY id",
    [ORDERS, marks.notifications],
  ).flat();
  const published = read(
    "SELECT payload ->> 'number' FROM _honker_stream WHERE topic = ? AND offset > ? ORDER BY offset",
    [ORDERS, marks.events],
  ).flat();
  return [
    ...findRows(
      read,
      "acknowledged numbers without a row",
      "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM orders WHERE number = value)",
      [JSON.stringify(acknowledged)],
    ),
    ...findRows(
      read,
      "rolled back numbers with a row",
      "SELECT number FROM orders WHERE number IN (SELECT value FROM json_each(?))",
      [JSON.stringify(undone)],
    ),
    ...compareEnds("notifications", notified as number[], numbers, KEPT_NOTIFICATIONS),
    ...compareEnds("events", published as number[], numbers, KEPT_EVENTS),
    ...findRows(
      read,
      "orders without their job (number, job)",
      `SELECT number, job_id FROM orders LEFT JOIN created USING (job_id)
        WHERE id > ? AND (created.queue IS NOT orders.queue OR created.tag IS NOT 'order ' || number)`,
      [marks.orders],
    ),
    ...findRows(
      read,
      "orders whose position has a gap before it (position, number)",
      "SELECT id, number FROM orders AS o WHERE id > ? AND id > 1 AND NOT EXISTS (SELECT 1 FROM orders WHERE id = o.id - 1)",
      [marks.orders],
    ),
  ];
}

/** What retention has left must be the newest, and it leaves at least so many. */
function compareEnds(what: string, found: readonly number[], numbers: readonly number[], kept: number): string[] {
  const first = numbers.length - found.length;
  if (first > 0 && found.length < kept) {
    const there = new Set(found);
    return [`numbers without ${what}: ${shown(numbers.filter((number) => !there.has(number)))}`];
  }
  const wrong = found.filter((number, i) => number !== numbers[first + i]);
  return wrong.length === 0 ? [] : [`${what} of other numbers than the rows, or in another order: ${shown(wrong)}`];
}

function shown(numbers: readonly number[]): string {
  return numbers.slice(0, 10).join(", ") + (numbers.length > 10 ? `, … (${numbers.length} in all)` : "");
}
