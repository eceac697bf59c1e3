import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("a worker that waited for a transaction does not run its handler inside that commit()", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  let isRunning = false;
  const tx = db.transaction();
  queue.enqueueTx(tx, 1);
  const worker = queue.work(() => {
    isRunning = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20)); // it waits for the lock by now
  tx.commit();
  assert.equal(isRunning, false);
  db.run("CREATE TABLE next_statement (a)");
  await worker.stop();
});
