import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("retention deletes no notification that a listener of this process has not been handed yet", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("c");
  const tx = db.transaction();
  for (let i = 0; i < 5000; i++) tx.notify("c", i);
  tx.commit();
  const retention = db.retention({ notifications: { maxKeep: 10 } });
  void retention.run();
  for (let i = 0; i < 5000; i++) assert.equal((await listener.next()).value?.payload, i);
});

test("retention deletes no event that a consumer who begins during the run has not done with", async (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("orders");
  stream.publishBatch(Array.from({ length: 3500 }, (_, i) => i));
  const run = db.retention({ streams: { maxKeep: 0 } }).run();
  await new Promise((resolve) => setImmediate(resolve));
  const subscription = stream.subscribe("late");
  const left = stream.readSince(0, -1).length;
  const report = await run;
  assert.equal(stream.readSince(0, -1).length, left);
  assert.deepEqual(report.held, left === 0 ? [] : [{ name: "orders", consumer: "late", position: 0 }]);
  subscription.close();
});

test("a consumer that is called like another stream does not hold that stream", async (t) => {
  const db = temporaryDatabase(t);
  db.stream("payments").publish(1);
  db.stream("orders").publish(1);
  db.stream("payments").saveOffset("orders", 0);
  const report = await db.retention({ streams: { maxKeep: 0 } }).run();
  assert.deepEqual([db.stream("orders").readSince(0, -1), report.streams], [[], 1]);
});
