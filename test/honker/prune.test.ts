import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

/** Ten messages, ids 1 to 13 with gaps, the older ones 100 seconds old, on two channels. */
function withMessages(t: { after(fn: () => void): void }): Database {
  const db = temporaryDatabase(t);
  for (const id of [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]) {
    db.run(
      `INSERT INTO _honker_notifications (id, channel, payload, created_at)
       VALUES (?, ?, '1', unixepoch() - ?)`,
      [id, id % 2 === 0 ? "a" : "b", id <= 5 ? 100 : 0],
    );
  }
  return db;
}

for (const [olderThanS, maxKeep, kept] of [
  [undefined, undefined, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [null, null, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [50, undefined, [8, 9, 11, 12, 13]],
  [1000, null, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [-1000, null, []],
  [undefined, 0, []],
  [undefined, 4, [9, 11, 12, 13]],
  [undefined, 10, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [undefined, 11, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [undefined, Number.MAX_SAFE_INTEGER, [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]],
  [50, 7, [8, 9, 11, 12, 13]],
  [50, 2, [12, 13]],
  [1000, 7, [4, 5, 8, 9, 11, 12, 13]],
] as const) {
  test(`pruneNotifications(${olderThanS}, ${maxKeep}) keeps ${kept.join(", ") || "none"}`, (t) => {
    const db = withMessages(t);
    assert.equal(db.pruneNotifications(olderThanS, maxKeep), 10 - kept.length);
    assert.deepEqual(
      db.values("SELECT id FROM _honker_notifications ORDER BY id").map(([id]) => id),
      kept,
    );
    assert.equal(db.notify("a", 1), 14, "ids are never used again");
  });
}

test("pruneNotifications() spares a message that is exactly as old", (t) => {
  const db = withMessages(t);
  db.run("UPDATE _honker_notifications SET created_at = unixepoch() + 1000");
  assert.equal(db.pruneNotifications(-900), 0);
  assert.equal(db.pruneNotifications(-1100), 10);
});
