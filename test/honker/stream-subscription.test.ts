import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, open, type Stream, type StreamSubscription } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { liveBytes } from "../support/garbage.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

const NEVER = { saveEveryN: 0, saveEveryS: 0 };

/** A stream with the events 1 to `count`. */
function withEvents(t: { after(fn: () => void): void }, count: number): { db: Database; stream: Stream } {
  const db = temporaryDatabase(t);
  const stream = db.stream("s");
  const tx = db.transaction();
  for (let i = 1; i <= count; i++) stream.publishTx(tx, i);
  tx.commit();
  return { db, stream };
}

async function take(subscription: StreamSubscription, count: number): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let i = 0; i < count; i++) payloads.push((await subscription.next()).value?.payload);
  return payloads;
}

const numbers = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);

test("subscribe() delivers all events after the saved offset, then those to come", async (t) => {
  const { db, stream } = withEvents(t, 600);
  stream.saveOffset("c", 10);
  const subscription = stream.subscribe("c");
  assert.deepEqual([subscription.topic, subscription.consumer], ["s", "c"]);
  assert.deepEqual(await take(subscription, 590), numbers(590, 11));
  const waiting = subscription.next();
  db.stream("other").publish(0);
  stream.publishWithKey("k", 601);
  const { value } = await waiting;
  assert.deepEqual([value?.offset, value?.topic, value?.key, value?.payload], [602, "s", "k", 601]);
});

test("subscribe() delivers events of a transaction once it commits, and none of one that rolls back", async (t) => {
  const { db, stream } = withEvents(t, 0);
  const subscription = stream.subscribe("c");
  const waiting = subscription.next();
  const lost = db.transaction();
  stream.publishTx(lost, "lost");
  lost.rollback();
  const tx = db.transaction();
  stream.publishTx(tx, 1);
  stream.publishTx(tx, 2);
  tx.commit();
  assert.equal((await waiting).value?.payload, 1);
  assert.deepEqual(await take(subscription, 1), [2]);
});

test("subscriptions of one consumer name each get all events; the saved offset is the highest", async (t) => {
  const { stream } = withEvents(t, 5);
  const [first, second] = [stream.subscribe("c"), stream.subscribe("c")];
  assert.deepEqual(await take(first, 5), numbers(5));
  assert.deepEqual(await take(second, 3), numbers(3));
  first.close();
  assert.equal(stream.getOffset("c"), 4);
  second.close();
  assert.equal(stream.getOffset("c"), 4);
});

test("an offset is saved only after the next event was asked for", async (t) => {
  const { stream } = withEvents(t, 3);
  const subscription = stream.subscribe("c", { saveEveryN: 1 });
  await subscription.next();
  assert.equal(stream.getOffset("c"), 0);
  await subscription.next();
  assert.equal(stream.getOffset("c"), 1);
  const last = subscription.next();
  assert.equal(stream.getOffset("c"), 2);
  await last;
});

test("saveEveryN saves after so many done events", async (t) => {
  const { stream } = withEvents(t, 10);
  const subscription = stream.subscribe("c", { saveEveryN: 3, saveEveryS: 0 });
  const saved: number[] = [];
  for (let i = 0; i < 8; i++) {
    await subscription.next();
    saved.push(stream.getOffset("c"));
  }
  assert.deepEqual(saved, [0, 0, 0, 3, 3, 3, 6, 6]);
});

test("saveEveryS saves by the clock, also while no further event comes", async (t) => {
  const { stream } = withEvents(t, 2);
  const subscription = stream.subscribe("c", { saveEveryN: 0, saveEveryS: 0.01 });
  await take(subscription, 2);
  void subscription.next();
  await until(() => stream.getOffset("c") === 2, "the save");
});

test("a huge saveEveryS is no timer that fires at once", async (t) => {
  const { stream } = withEvents(t, 2);
  const subscription = stream.subscribe("c", { saveEveryN: 0, saveEveryS: 1e9 });
  await take(subscription, 2);
  await turn(5);
  assert.equal(stream.getOffset("c"), 0);
  subscription.close();
  assert.equal(stream.getOffset("c"), 1);
});

test("with saveEveryN and saveEveryS 0 nothing is saved, not even by close()", async (t) => {
  const { stream } = withEvents(t, 3);
  const subscription = stream.subscribe("c", NEVER);
  await take(subscription, 3);
  subscription.close();
  assert.equal(stream.getOffset("c"), 0);
});

for (const end of ["break", "throw", "close", "abort", "database"] as const) {
  test(`the event in hand comes again after ${end}, those before do not`, async (t) => {
    const { db, stream } = withEvents(t, 5);
    const controller = new AbortController();
    const subscription = stream.subscribe("c", { signal: controller.signal });
    try {
      for await (const { payload } of subscription) {
        if (payload !== 3) continue;
        if (end === "break") break;
        if (end === "throw") throw new Error("left");
        if (end === "close") subscription.close();
        if (end === "abort") controller.abort();
        if (end === "database") db.close();
      }
    } catch (error) {
      assert.match(String(error), /left/);
    }
    assert.equal((await subscription.next()).done, true);
    const again = open(db.path);
    t.after(() => again.close());
    assert.equal(again.stream("s").getOffset("c"), 2);
    assert.deepEqual(await take(again.stream("s").subscribe("c"), 2), [3, 4]);
  });
}

test("next() after an end does not count the event in hand as done", async (t) => {
  const { stream } = withEvents(t, 3);
  const subscription = stream.subscribe("c", { saveEveryN: 1 });
  await take(subscription, 1);
  await subscription.return();
  assert.equal((await subscription.next()).done, true);
  assert.equal(stream.getOffset("c"), 0);
});

test("a signal that has aborted already gives a subscription that has ended", async (t) => {
  const { stream } = withEvents(t, 1);
  assert.equal((await stream.subscribe("c", { signal: AbortSignal.abort() }).next()).done, true);
});

test("a subscription goes on while a transaction is open, and saves later", async (t) => {
  const { db, stream } = withEvents(t, 600);
  const subscription = stream.subscribe("c", { saveEveryN: 1, saveEveryS: 0.01 });
  const tx = db.transaction();
  assert.deepEqual(await take(subscription, 600), numbers(600));
  void subscription.next();
  await turn(20); // the timer meets the lock
  assert.equal(stream.getOffset("c"), 0);
  tx.rollback();
  await until(() => stream.getOffset("c") === 600, "the save");
});

test("close() while a transaction is open ends it and leaves its offset", async (t) => {
  const { db, stream } = withEvents(t, 3);
  const subscription = stream.subscribe("c");
  await take(subscription, 3);
  const tx = db.transaction();
  subscription.close();
  assert.equal((await subscription.next()).done, true);
  tx.rollback();
  assert.equal(stream.getOffset("c"), 0);
});

test("next() rejects when an offset can't be saved, whoever tried", async (t) => {
  const { db, stream } = withEvents(t, 3);
  const byCount = stream.subscribe("c", { saveEveryN: 1 });
  const byClock = stream.subscribe("d", { saveEveryN: 0, saveEveryS: 0.1, ref: true });
  await take(byCount, 1);
  await take(byClock, 3);
  db.run("DROP TABLE _honker_stream_consumers");
  await assert.rejects(byCount.next(), { code: "SQLITE_ERROR" });
  await assert.rejects(byClock.next(), { code: "SQLITE_ERROR" });
});

test("an abort ends a subscription although its offset can't be saved", async (t) => {
  const { db, stream } = withEvents(t, 3);
  const controller = new AbortController();
  const subscription = stream.subscribe("c", { signal: controller.signal });
  await take(subscription, 3);
  db.run("DROP TABLE _honker_stream_consumers");
  controller.abort(); // an error in a listener of a signal would end the process
  assert.equal((await subscription.next()).done, true);
});

test("subscribe() that fails leaves nothing that waits", async (t) => {
  const { db, stream } = withEvents(t, 1);
  db.run("DROP TABLE _honker_stream");
  assert.throws(() => stream.subscribe("c"), { code: "SQLITE_ERROR" });
  db.run(
    "CREATE TABLE _honker_stream (offset INTEGER PRIMARY KEY, topic TEXT, key TEXT, payload TEXT, created_at INTEGER)",
  );
  const waiting = stream.subscribe("c").next();
  stream.publish(1);
  assert.equal((await waiting).value?.payload, 1);
});

test("a subscription that is 100 000 events behind holds one batch", async (t) => {
  const { db, stream } = withEvents(t, 0);
  const padding = "x".repeat(1000);
  const before = liveBytes();
  const subscription = stream.subscribe("c", NEVER);
  for (let i = 0; i < 100; i++) {
    const tx = db.transaction();
    for (let j = 0; j < 1000; j++) stream.publishTx(tx, { n: i * 1000 + j, padding });
    tx.commit();
    if (i === 0) await subscription.next();
    await turn();
  }
  const grownMb = (liveBytes() - before) / 2 ** 20;
  assert.ok(grownMb < 20, `it holds ${grownMb.toFixed()} MB of the 100 MB that were published`);
  for (let i = 1; i < 100_000; i++) {
    const [payload] = await take(subscription, 1);
    assert.equal((payload as { n: number }).n, i);
  }
});

test("many subscriptions of many streams are each woken by their own events", async (t) => {
  const { db } = withEvents(t, 0);
  const subscriptions = numbers(500).map((i) => db.stream(`stream ${i}`).subscribe("c"));
  const waiting = subscriptions.map((subscription) => subscription.next());
  const tx = db.transaction();
  for (const i of numbers(2000)) db.stream(`stream ${i}`).publishTx(tx, i);
  tx.commit();
  const results = await Promise.all(waiting);
  assert.ok(results.every(({ value }, i) => value?.payload === i + 1));
});

test("the event that was being handled when the process was killed comes again, those saved do not", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  const stream = db.stream("s");
  for (const i of numbers(9)) stream.publish(i);
  let next = 1;
  for (const handled of [0, 2, 0, 3]) {
    const child = startChild(t, new URL("child/subscriber.ts", import.meta.url), [path, '{"saveEveryN":1}']);
    for (let i = 0; i <= handled; i++) {
      assert.deepEqual(JSON.parse(await child.nextLine()), { offset: next + i, payload: next + i });
      if (i < handled) child.send("go on");
    }
    child.kill();
    await child.waitExit();
    next += handled;
    assert.equal(stream.getOffset("c"), next - 1);
  }
});

test("a killed process leaves each transaction's row, event and message, or none of them", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  db.run("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)");
  const listener = db.listen("a", { ref: true });
  for (let round = 0; round < 5; round++) {
    const child = startChild(t, new URL("child/mixed-writer.ts", import.meta.url), [path]);
    assert.equal(await child.nextLine(), "busy");
    for (let i = 0; i < round * 3; i++) await listener.next();
    child.kill();
    await child.waitExit();
    const ids = (sql: string) => db.values(sql).flat().join();
    const rows = ids("SELECT id FROM a ORDER BY id");
    assert.equal(ids("SELECT payload FROM _honker_stream ORDER BY offset"), rows);
    assert.equal(ids("SELECT payload FROM _honker_notifications ORDER BY id"), rows);
    assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
  }
});
