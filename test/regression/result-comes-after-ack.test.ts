import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("waitResult() gets the result of a handler that acks its job by itself", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const worker = queue.work((job) => (job.ack() ? 42 : 0), { resultTtlS: 60 });
  assert.equal(await db.waitResult(queue.enqueue(1), { timeoutS: 30 }), 42);
  await worker.stop();
});

test("waitResult() waits for a job whose transaction has not committed yet", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const tx = db.transaction();
  const result = db.waitResult(queue.enqueueTx(tx, 1), { timeoutS: 30 });
  await new Promise((resolve) => setTimeout(resolve, 700)); // longer than a job may be gone
  tx.commit();
  const worker = queue.work(() => "done", { resultTtlS: 60 });
  assert.equal(await result, "done");
  await worker.stop();
});
