import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("a job whose ackTx was rolled back keeps its lease while its handler runs", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q", { visibilityTimeoutS: 1 });
  let runs = 0;
  const over = Promise.withResolvers<void>();
  const worker = queue.work(
    async (job) => {
      runs++;
      const tx = db.transaction();
      job.ackTx(tx);
      tx.rollback();
      await new Promise((resolve) => setTimeout(resolve, 3000)); // three times the lease
      job.ack();
      over.resolve();
    },
    { concurrency: 2, heartbeatS: 0.2 },
  );
  queue.enqueue(1);
  await over.promise;
  assert.equal(runs, 1);
  await worker.stop();
});
