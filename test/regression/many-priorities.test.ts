import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("a claim finds the job of the lowest priority among thousands of delayed ones of other priorities", (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const tx = db.transaction();
  for (let priority = 1; priority <= 5000; priority++) queue.enqueueTx(tx, priority, { priority, delay: 3600 });
  queue.enqueueTx(tx, "due", { priority: -1 });
  tx.commit();
  const ticks = db.row("SELECT total_changes()")![0];
  assert.equal(queue.claimOne("w")?.payload, "due");
  assert.equal(queue.claimOne("w"), null);
  assert.equal((db.row("SELECT total_changes()")![0] as number) - (ticks as number), 1);
});
