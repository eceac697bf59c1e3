import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("a job that a waiter was told of, which then ended, goes to the next one", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const [first, second] = [queue.claimWaker({ idlePollS: null }), queue.claimWaker({ idlePollS: null })];
  const abort = new AbortController();
  const ended = first.next("a", { signal: abort.signal });
  const found = second.next("b");
  queue.enqueue(1, { delay: 2 });
  const tx = db.transaction(); // over the time at which the job comes due
  await new Promise((resolve) => setTimeout(resolve, 2500));
  abort.abort();
  tx.rollback();
  assert.equal(await ended, null);
  assert.equal((await found)?.workerId, "b");
  for (const waker of [first, second]) waker.close();
});
