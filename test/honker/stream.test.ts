import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("publish() gives rising offsets over all streams", (t) => {
  const db = temporaryDatabase(t);
  const [a, b] = [db.stream("a"), db.stream("b")];
  assert.deepEqual([a.publish(1), b.publish(2), a.publish(3)], [1, 2, 3]);
  db.run("DELETE FROM _honker_stream");
  assert.equal(a.publish(4), 4, "offsets are never used again");
});

test("readSince() gives the events of its stream after an offset, oldest first, at most so many", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  for (let i = 1; i <= 5; i++) {
    stream.publish(i);
    db.stream("b").publish(i);
  }
  const payloads = (offset: number, limit: number) => stream.readSince(offset, limit).map(({ payload }) => payload);
  assert.deepEqual(payloads(0, 10), [1, 2, 3, 4, 5]);
  assert.deepEqual(payloads(0, 2), [1, 2]);
  assert.deepEqual(payloads(3, 2), [3, 4]);
  assert.deepEqual(payloads(-5, -1), [1, 2, 3, 4, 5]);
  assert.deepEqual(payloads(0, 0), []);
  assert.deepEqual(payloads(99, 10), []);
  assert.deepEqual(payloads(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), []);
});

test("events carry offset, topic, key, payload and time", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  assert.equal(stream.name, "a");
  stream.publish({ b: 1 });
  stream.publishWithKey("k", null);
  stream.publishWithKey(null, "x");
  const tx = db.transaction();
  stream.publishTx(tx, 4, "in tx");
  stream.publishTx(tx, 5);
  tx.commit();
  const events = stream.readSince(0, -1);
  assert.deepEqual(Object.keys(events[0] ?? {}), ["offset", "topic", "key", "payload", "createdAt"]);
  assert.deepEqual(
    events.map(({ offset, topic, key, payload }) => [offset, topic, key, payload]),
    [
      [1, "a", null, { b: 1 }],
      [2, "a", "k", null],
      [3, "a", null, "x"],
      [4, "a", "in tx", 4],
      [5, "a", null, 5],
    ],
  );
  assert.ok(Math.abs((events[0]?.createdAt ?? 0) - Date.now() / 1000) < 60);
});

test("publishTx() publishes with its transaction or not at all", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  const tx = db.transaction();
  stream.publishTx(tx, 1);
  assert.deepEqual(stream.readSince(0, -1), []);
  tx.rollback();
  assert.deepEqual(stream.readSince(0, -1), []);
});

test("an event that is no JSON comes as raw text", (t) => {
  const db = temporaryDatabase(t);
  db.run("INSERT INTO _honker_stream (topic, payload) VALUES ('a', 'NaN')");
  assert.equal(db.stream("a").readSince(0, 1)[0]?.payload, "NaN");
});

test("publishing to Honker's own stream of queue events is refused, reading it is not", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("_honker:queue-events:v1");
  const tx = db.transaction();
  for (const publish of [() => stream.publish(1), () => stream.publishWithKey("q", 1), () => stream.publishTx(tx, 1)]) {
    assert.throws(publish, { name: "TypeError", message: /the name is Honker's own: choose another/ });
  }
  tx.rollback();
  assert.deepEqual(stream.readSince(0, -1), []);
});

test("saveOffset() raises an offset, and tells whether it did", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  assert.equal(stream.getOffset("c"), 0);
  assert.equal(stream.saveOffset("c", 0), true);
  assert.equal(stream.saveOffset("c", 0), false);
  assert.equal(stream.saveOffset("c", 5), true);
  assert.equal(stream.saveOffset("c", 5), false);
  assert.equal(stream.saveOffset("c", 4), false);
  assert.equal(stream.getOffset("c"), 5);
  assert.equal(stream.getOffset("other"), 0);
  assert.equal(db.stream("b").getOffset("c"), 0);
  assert.deepEqual(db.query("SELECT name, topic, offset FROM _honker_stream_consumers"), [
    { name: "c", topic: "a", offset: 5 },
  ]);
});

test("saveOffsetTx() saves with its transaction or not at all", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  const tx = db.transaction();
  assert.equal(stream.saveOffsetTx(tx, "c", 5), true);
  assert.equal(stream.saveOffsetTx(tx, "c", 5), false);
  assert.equal(stream.saveOffsetTx(tx, "c", 3), false);
  assert.equal(stream.getOffset("c"), 0);
  tx.rollback();
  assert.equal(stream.getOffset("c"), 0);
  const again = db.transaction();
  stream.saveOffsetTx(again, "c", 7);
  again.commit();
  assert.equal(stream.getOffset("c"), 7);
});

test("readFromConsumer() starts after the saved offset and leaves it", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  for (let i = 1; i <= 3; i++) stream.publish(i);
  stream.saveOffset("c", 1);
  for (let again = 0; again < 2; again++) {
    assert.deepEqual(
      stream.readFromConsumer("c", 10).map(({ payload }) => payload),
      [2, 3],
    );
  }
});

test("a wake of subscriptions costs the same in a file with many events", async (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("a");
  const subscription = stream.subscribe("c", { saveEveryN: 0, saveEveryS: 0, ref: true });
  const measure = async () => {
    const start = performance.now();
    for (let i = 0; i < 200; i++) {
      const next = subscription.next();
      stream.publish(i);
      await next;
    }
    return performance.now() - start;
  };
  const timesMs = [await measure(), await measure(), await measure()];
  db.run(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    INSERT INTO _honker_stream (topic, payload) SELECT 'b' || (i % 3), '1' FROM n`);
  await measure();
  const fewMs = Math.max(...timesMs);
  const manyMs = Math.min(await measure(), await measure(), await measure());
  assert.ok(manyMs < 5 * fewMs, `200 wakes took ${manyMs} ms with 300 000 events, ${fewMs} ms with few`);
});

test("publishBatch() appends an event per payload, in their order, and gives their offsets", (t) => {
  const stream = temporaryDatabase(t).stream("orders");
  stream.publish("before");
  const payloads = Array.from({ length: 2500 }, (_, n) => ({ n, text: 'é"\n\\' }));
  const offsets = stream.publishBatch(payloads, { key: "all" });
  const events = stream.readSince(1, -1);
  assert.deepEqual(
    events.map(({ offset, key, payload }) => ({ offset, key, payload })),
    payloads.map((payload, i) => ({ offset: offsets[i], key: "all", payload })),
  );
  assert.deepEqual(stream.publishBatch([]), []);
});

test("publishBatch() appends nothing when one payload has no JSON form or its transaction rolls back", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("orders");
  assert.throws(
    () => stream.publishBatch([1, undefined, 3]),
    /^TypeError: Cannot publish to stream "orders": the payload/,
  );
  assert.throws(() => stream.publishBatch("no list" as never), /payloads must be an array: received string$/);
  const tx = db.transaction();
  assert.equal(stream.publishBatch([1, 2], { tx }).length, 2);
  tx.rollback();
  assert.deepEqual(stream.readSince(0, -1), []);
});

test("publishTx() and saveOffsetTx() refuse what is not a transaction of the file", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("orders");
  const other = temporaryDatabase(t).transaction();
  t.after(() => other.rollback());
  assert.throws(() => stream.publishTx(other, 1), /tx must be of ".*": received one of ".*"$/);
  assert.throws(
    () => stream.saveOffsetTx({}, "mailer", 1),
    /tx must be what transaction\(\) returns: received object$/,
  );
  assert.throws(() => stream.publishTx({ $honkerTx: {} }, 1), /received Drizzle's: pass tx\.\$honkerTx$/);
});

test("subscribe() stores that there is a consumer who has read nothing, unless an offset is stored", (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("orders");
  const consumers = () => db.values("SELECT name, offset FROM _honker_stream_consumers ORDER BY name");
  stream.saveOffset("old", 7);
  for (const name of ["old", "young"]) stream.subscribe(name).close();
  assert.deepEqual(consumers(), [
    ["old", 7],
    ["young", 0],
  ]);
});

test("subscribe() while a transaction is open stores its consumer after that, unless it has ended", (t) => {
  const db = temporaryDatabase(t);
  const tx = db.transaction();
  db.stream("orders").subscribe("gone").close();
  const subscription = db.stream("orders").subscribe("late");
  tx.rollback();
  assert.deepEqual(db.values("SELECT name, offset FROM _honker_stream_consumers"), [["late", 0]]);
  subscription.close();
});
