import { KEPT_EVENTS, ORDERS, PROJECTION, SUBSCRIBER } from "../tables.ts";
import { compare, findRows, readNumber } from "./breaches.ts";
import type { Marks, Read } from "./marks.ts";

/** The projection has each event's effect once and in order; the subscriber has seen each in order, from its saved offset on. */
export function auditConsumers(read: Read, marks: Marks): string[] {
  return [...auditProjection(read, marks), ...auditSubscriber(read, marks), ...auditRetention(read)];
}

function auditProjection(read: Read, marks: Marks): string[] {
  return [
    ...findRows(
      read,
      "events that the projection has twice, not, or out of order (row, position)",
      "SELECT id, position FROM projected WHERE id > ? AND position <> id",
      [marks.projected],
    ),
    ...compare(
      "saved offset of the projection",
      savedOffset(read, PROJECTION),
      readNumber(read, "SELECT coalesce(max(offset), 0) FROM projected"),
    ),
  ];
}

function auditSubscriber(read: Read, marks: Marks): string[] {
  const saved = savedOffset(read, SUBSCRIBER);
  return [
    ...findRows(
      read,
      "events that the subscriber got with a gap before them (round, position)",
      `SELECT round, position FROM (SELECT *, lag(position) OVER (PARTITION BY round ORDER BY id) AS before FROM seen WHERE id > ?)
        WHERE position <> before + 1`,
      [marks.seen],
    ),
    ...findRows(
      read,
      "rounds whose first event does not follow the saved offset (round, position)",
      `SELECT round, first.position FROM subscribed JOIN seen AS first USING (round)
        WHERE first.id > ? AND first.id = (SELECT min(id) FROM seen WHERE round = subscribed.round AND id > ?)
        AND first.position <> 1 + coalesce((SELECT max(position) FROM seen WHERE offset = subscribed.offset), 0)`,
      [marks.seen, marks.seen],
    ),
    ...findRows(
      read,
      "saved offset of the subscriber, whose event it has not seen",
      "SELECT ? WHERE ? > 0 AND NOT EXISTS (SELECT 1 FROM seen WHERE offset = ?)",
      [saved, saved, saved],
    ),
  ];
}

/** Retention has left what a consumer has not done with, and the newest in any case. */
function auditRetention(read: Read): string[] {
  const newest = readNumber(read, "SELECT coalesce(max(id), 0) FROM orders");
  const oldest = readNumber(
    read,
    "SELECT coalesce(min(payload ->> 'position'), ? + 1) FROM _honker_stream WHERE topic = ?",
    [newest, ORDERS],
  );
  const projected = readNumber(read, "SELECT count(*) FROM projected");
  const seen = readNumber(read, "SELECT coalesce(max(position), 0) FROM seen WHERE offset <= ?", [
    savedOffset(read, SUBSCRIBER),
  ]);
  const mostOldest = 1 + Math.max(0, Math.min(projected, seen, newest - KEPT_EVENTS));
  return oldest <= mostOldest ? [] : [`events deleted too soon: position ${oldest} is the oldest, not ${mostOldest}`];
}

function savedOffset(read: Read, consumer: string): number {
  return readNumber(
    read,
    "SELECT coalesce(max(offset), 0) FROM _honker_stream_consumers WHERE name = ? AND topic = ?",
    [consumer, ORDERS],
  );
}
