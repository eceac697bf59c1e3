import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Database, type Job, open, type SqliteError } from "../../src/honker/mod.ts";
import type { TestScope } from "../support/temporary.ts";
import { until } from "../support/until.ts";
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from "./small-disk.ts";

const skip = whyNoSmallDisk() ?? false;
const MIB = 1024 * 1024;
const BIG = "x".repeat(50_000);
const FULL = { name: "SqliteError", code: "SQLITE_FULL", retryable: false };

/** A database on a disk of its own, both gone after the test. */
function onSmallDisk(t: TestScope): { db: Database; disk: SmallDisk } {
  const disk = mountSmallDisk(2 * MIB);
  const db = open(join(disk.directory, "test.db"));
  t.after(() => {
    db.close();
    disk.remove();
  });
  db.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  return { db, disk };
}

/** How many rows, notifications, events and jobs there are. */
function counts(db: Database): unknown {
  return db.row(`SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM _honker_notifications),
    (SELECT count(*) FROM _honker_stream), (SELECT count(*) FROM _honker_live)`);
}

/** Writes one of each in one transaction. */
function order(db: Database, text: string): void {
  const tx = db.transaction();
  try {
    tx.run("INSERT INTO orders(text) VALUES (?)", [text]);
    tx.notify("orders", text);
    db.stream("orders").publishTx(tx, text);
    db.queue("orders").enqueueTx(tx, text);
    tx.commit();
  } finally {
    tx.rollback();
  }
}

function assertSound(db: Database): void {
  assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
}

test("commit() throws SQLITE_FULL and leaves nothing when the disk is full", { skip }, (t) => {
  const { db, disk } = onSmallDisk(t);
  disk.fill();
  assert.throws(() => order(db, BIG), FULL);
  assert.deepEqual(counts(db), [0, 0, 0, 0]);
  assert.equal(db.inTransaction, false);
  disk.free();
  order(db, BIG);
  assert.deepEqual(counts(db), [1, 1, 1, 1]);
  assertSound(db);
});

test("every call that writes throws SQLITE_FULL and leaves nothing when the disk is full", { skip }, (t) => {
  const { db, disk } = onSmallDisk(t);
  const queue = db.queue("q");
  const job = queue.claimBatch("a", queue.enqueue(1))[0]!;
  const before = counts(db);
  disk.fill();
  const writes: Record<string, () => unknown> = {
    notify: () => db.notify("a", BIG),
    publish: () => db.stream("s").publish(BIG),
    enqueue: () => queue.enqueue(BIG),
    enqueueBatch: () => queue.enqueueBatch([BIG, BIG]),
    saveResult: () => db.saveResult(job.id, BIG, 0),
    run: () => db.run("INSERT INTO orders(text) VALUES (?)", [BIG]),
    fail: () => job.fail(BIG),
  };
  for (const [name, write] of Object.entries(writes)) assert.throws(write, FULL, name);
  assert.deepEqual(counts(db), before);
  disk.free();
  for (const write of Object.values(writes)) write();
  assert.deepEqual(counts(db), [1, 1, 1, 3]);
  assertSound(db);
});

test("work() reports SQLITE_FULL and goes on once there is room", { skip }, async (t) => {
  const { db, disk } = onSmallDisk(t);
  const queue = db.queue("q");
  queue.enqueueBatch(Array(50).fill("x".repeat(1000)));
  const codes: unknown[] = [];
  const handled: number[] = [];
  const worker = queue.work(({ id }) => handled.push(id), {
    concurrency: 50,
    onError: (error) => codes.push((error as SqliteError).code),
  });
  disk.fill();
  await until(() => codes.length >= 3, "three failed claims");
  assert.deepEqual([...new Set(codes)], ["SQLITE_FULL"]);
  assert.deepEqual(handled, []);
  disk.free();
  await until(() => db.row("SELECT count(*) FROM _honker_live")![0] === 0, "the end of the jobs");
  assert.equal(new Set(handled).size, 50);
  assert.equal(handled.length, 50);
  await worker.stop();
  assertSound(db);
});

test("work() acks a job once there is room, without running it again, when the disk was full at its end", {
  skip,
}, async (t) => {
  const { db, disk } = onSmallDisk(t);
  const queue = db.queue("q");
  queue.enqueue("a");
  const codes: unknown[] = [];
  let runs = 0;
  const handler = () => {
    runs++;
    disk.fill();
    return BIG; // the result does not fit
  };
  const worker = queue.work(handler, { resultTtlS: 60, onError: (error) => codes.push((error as SqliteError).code) });
  await until(() => codes.length >= 2, "two failed acks");
  assert.equal(queue.stats().dead, 0);
  disk.free();
  await until(() => db.row("SELECT count(*) FROM _honker_live")![0] === 0, "the ack");
  assert.equal(runs, 1);
  assert.equal(await db.waitResult(1), BIG);
  await worker.stop();
});

test("subscribe() ends with SQLITE_FULL when it can't save, and its events come again", { skip }, async (t) => {
  const { db, disk } = onSmallDisk(t);
  const stream = db.stream("s");
  stream.publishBatch([1, 2, 3]);
  const subscription = stream.subscribe("c", { saveEveryN: 1 });
  assert.equal((await subscription.next()).value?.payload, 1);
  disk.fill();
  await assert.rejects(subscription.next(), FULL);
  disk.free();
  const { value } = await stream.subscribe("c").next();
  assert.equal(value?.payload, 1);
});

test("run() of a scheduler warns of SQLITE_FULL and fires what it missed once there is room", { skip }, async (t) => {
  const { db, disk } = onSmallDisk(t);
  const scheduler = db.scheduler();
  const codes: unknown[] = [];
  const note = (warning: unknown) => void codes.push((warning as SqliteError).code);
  process.on("warning", note);
  t.after(() => void process.off("warning", note));
  scheduler.add({ name: "task", queue: "q", schedule: "@every 1s", payload: BIG });
  const stop = new AbortController();
  const running = scheduler.run("a", stop.signal);
  disk.fill();
  await until(() => codes.length > 0, "a warning");
  assert.deepEqual([...new Set(codes)], ["SQLITE_FULL"]);
  assert.equal(db.queue("q").stats().pending, 0);
  disk.free();
  await until(() => db.queue("q").stats().pending > 0, "the job of the schedule");
  stop.abort();
  await running;
});

test("work() retries a job when the transaction with its ack found no room", { skip }, async (t) => {
  const { db, disk } = onSmallDisk(t);
  const queue = db.queue("q");
  queue.enqueue(1);
  const errors: unknown[] = [];
  let runs = 0;
  const handler = (job: Job) => {
    if (++runs === 1) disk.fill();
    const tx = db.transaction();
    try {
      tx.run("INSERT INTO orders(text) VALUES (?)", [BIG]);
      job.ackTx(tx);
      tx.commit();
    } finally {
      tx.rollback();
    }
  };
  const worker = queue.work(handler, { retryDelayS: 0, onError: (error) => errors.push(error) });
  t.after(() => worker.stop());
  await until(() => errors.length > 0, "the failed commit");
  disk.free();
  await worker.stop(); // writes what became of the job
  assert.equal(queue.stats().pending, 1);
});

test("close() and a later open() keep what was committed when there is no room to move the log into the file", {
  skip,
}, (t) => {
  const { db, disk } = onSmallDisk(t);
  for (let i = 0; i < 10; i++) order(db, BIG.slice(0, 5000));
  disk.fill();
  db.close();
  const again = open(join(disk.directory, "test.db"));
  assert.deepEqual(counts(again), [10, 10, 10, 10]);
  assert.throws(() => order(again, BIG), FULL);
  disk.free();
  order(again, BIG);
  assert.deepEqual(counts(again), [11, 11, 11, 11]);
  assertSound(again);
  again.close();
});

test("open() says that the disk is full, and leaves nothing that a later one could not open", { skip }, (t) => {
  const { disk } = onSmallDisk(t);
  const path = join(disk.directory, "other.db");
  disk.fill();
  assert.throws(() => open(path), { name: "StorageError", code: "OPEN_FAILED", message: /full/ });
  disk.free();
  const db = open(path);
  db.notify("a", 1);
  assertSound(db);
  db.close();
});
