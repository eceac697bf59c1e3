import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { StorageError } from "../../src/errors.ts";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

const rows = (db: Database) => db.query("SELECT * FROM _honker_results ORDER BY job_id");
const expire = (db: Database, inS: number) => db.run("UPDATE _honker_results SET expires_at = unixepoch() + ?", [inS]);

test("saveResult() keeps text as it is, for so many seconds", (t) => {
  const db = temporaryDatabase(t);
  db.saveResult(7, "not json: ü😀", 100);
  const [row] = rows(db);
  assert.deepEqual(
    [row?.job_id, row?.value, Number(row?.expires_at) - Number(row?.created_at)],
    [7, "not json: ü😀", 100],
  );
  assert.equal(db.getResult(7), "not json: ü😀");
});

for (const ttlS of [0, -5]) {
  test(`saveResult() keeps a result for good with a ttl of ${ttlS}`, (t) => {
    const db = temporaryDatabase(t);
    db.saveResult(7, "1", ttlS);
    assert.equal(rows(db)[0]?.expires_at, null);
  });
}

test("saveResult() replaces an earlier result and its end, and keeps when it first was there", (t) => {
  const db = temporaryDatabase(t);
  db.saveResult(7, "1", 100);
  db.run("UPDATE _honker_results SET created_at = 5");
  db.saveResult(7, "2", 0);
  assert.deepEqual(rows(db), [{ job_id: 7, value: "2", created_at: 5, expires_at: null }]);
});

test("getResult() gives null for no result, for NULL, and from the second at which a result ends", async (t) => {
  const db = temporaryDatabase(t);
  assert.equal(db.getResult(7), null);
  db.saveResult(7, "1", 100);
  expire(db, 2);
  assert.equal(db.getResult(7), "1");
  expire(db, 0);
  assert.equal(db.getResult(7), null);
  db.run("UPDATE _honker_results SET expires_at = NULL, value = NULL");
  assert.equal(db.getResult(7), null);
});

test("sweepResults() deletes what has ended, and says how many", (t) => {
  const db = temporaryDatabase(t);
  for (const [id, ttlS] of [
    [1, 100],
    [2, 100],
    [3, 0],
    [4, 1000],
  ] as const) {
    db.saveResult(id, "1", ttlS);
  }
  db.run("UPDATE _honker_results SET expires_at = unixepoch() - (job_id - 1) WHERE job_id < 3");
  assert.equal(db.sweepResults(), 2);
  assert.equal(db.sweepResults(), 0);
  assert.deepEqual(
    rows(db).map(({ job_id }) => job_id),
    [3, 4],
  );
});

test("saveResult() refuses what is no Unicode text, no job id or no time", (t) => {
  const db = temporaryDatabase(t);
  for (const value of [undefined, null, 5, {}, "\ud800"]) {
    assert.throws(() => db.saveResult(1, value as string, 0), { name: "TypeError", message: /must be Unicode text/ });
  }
  for (const id of [0, -1, 1.5, "1", undefined, 2 ** 53]) {
    assert.throws(() => db.saveResult(id as number, "1", 0), RangeError);
    assert.throws(() => db.getResult(id as number), RangeError);
  }
  for (const ttlS of [1.5, Number.NaN, "5", undefined]) {
    assert.throws(() => db.saveResult(1, "1", ttlS as number), RangeError);
  }
  assert.deepEqual(rows(db), []);
});

test("results can't be saved while a transaction is open, and are read as committed", (t) => {
  const db = temporaryDatabase(t);
  db.saveResult(1, "1", 0);
  const tx = db.transaction();
  tx.execute("UPDATE _honker_results SET value = '2'");
  assert.throws(() => db.saveResult(1, "3", 0), { code: "TRANSACTION_OPEN" });
  assert.throws(() => db.sweepResults(), { code: "TRANSACTION_OPEN" });
  assert.equal(db.getResult(1), "1");
  tx.rollback();
});

test("waitResult() gives a result that is there at once, decoded from JSON", async (t) => {
  const db = temporaryDatabase(t);
  for (const value of ["text", null, { a: [1] }, 0]) {
    db.saveResult(7, JSON.stringify(value), 100);
    assert.deepEqual(await db.waitResult(7), value);
  }
  db.saveResult(7, "not json", 0);
  assert.equal(await db.waitResult(7), "not json");
});

test("waitResult() gives null for a result that is NULL", async (t) => {
  const db = temporaryDatabase(t);
  db.run("INSERT INTO _honker_results(job_id, value) VALUES (7, NULL)");
  assert.equal(await db.waitResult(7), null);
});

test("waitResult() waits for the result of a job that lives, saved by this process", async (t) => {
  const db = temporaryDatabase(t);
  const id = db.queue("q").enqueue(1);
  const waiting = [db.waitResult(id), db.waitResult(id)];
  await turn(3);
  db.notify("a", "another commit");
  await turn(3);
  db.saveResult(id, '"done"', 100);
  assert.deepEqual(await Promise.all(waiting), ["done", "done"]);
});

test("waitResult() sees a result that another process saves", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  const id = db.queue("q").enqueue(1);
  const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [path]);
  await child.nextLine();
  const waiting = db.waitResult(id, { timeoutS: 20 });
  child.send(JSON.stringify(["db", "saveResult", id, '{"from":"child"}', 0]));
  assert.deepEqual(await waiting, { from: "child" });
});

test("waitResult() takes a result before the death of the job", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const id = queue.enqueue(1);
  db.saveResult(id, "1", 0);
  queue.claimOne("w")?.fail("why");
  assert.equal(await db.waitResult(id), 1);
});

test("waitResult() rejects when the job is dead, with its last error", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const [dead, dying] = queue.enqueueBatch([1, 2]) as [number, number];
  queue.claimOne("w")?.fail("why");
  const expected = { code: "JOB_DEAD", cause: "why", details: { jobId: dead }, retryable: false };
  await assert.rejects(db.waitResult(dead), expected);
  const waiting = db.waitResult(dying, { timeoutS: 20 });
  await turn(3);
  queue.claimOne("w")?.fail("later");
  await assert.rejects(waiting, { code: "JOB_DEAD", cause: "later" });
});

test("waitResult() rejects when the job ended without a result, or never was", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const [done, cancelled] = queue.enqueueBatch([1, 2]) as [number, number];
  const waiting = [done, cancelled].map((id) => db.waitResult(id, { timeoutS: 20 }));
  const rejections = waiting.map((each) => assert.rejects(each, { code: "RESULT_MISSING", name: "StorageError" }));
  await turn(3);
  queue.claimOne("w")?.ack();
  queue.cancel(cancelled);
  await Promise.all(rejections);
  await assert.rejects(db.waitResult(999), { code: "RESULT_MISSING", details: { jobId: 999 } });
});

test("waitResult() takes a result whose time is over for none", async (t) => {
  const db = temporaryDatabase(t);
  db.saveResult(7, "1", 100);
  expire(db, 0);
  await assert.rejects(db.waitResult(7), { code: "RESULT_MISSING" });
});

for (const timeoutS of [0, 0.05, 1]) {
  test(`waitResult() rejects after ${timeoutS} s without a result`, async (t) => {
    const db = temporaryDatabase(t);
    const id = db.queue("q").enqueue(1);
    const startMs = performance.now();
    await assert.rejects(db.waitResult(id, { timeoutS }), {
      code: "RESULT_TIMEOUT",
      retryable: true,
      details: { jobId: id },
      message: new RegExp(`it must come within ${timeoutS} s`),
    });
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs >= timeoutS * 1000 - 2 && tookMs < timeoutS * 1000 + 2000, `${tookMs} ms`);
  });
}

test("waitResult() rejects with the reason of its signal, and listens to it no longer", async (t) => {
  const db = temporaryDatabase(t);
  const id = db.queue("q").enqueue(1);
  const controller = new AbortController();
  const reason = new Error("my reason");
  const waiting = db.waitResult(id, { signal: controller.signal });
  const rejected = assert.rejects(waiting, reason);
  await turn(3);
  controller.abort(reason);
  await rejected;
  await assert.rejects(db.waitResult(id, { signal: AbortSignal.abort(reason) }), reason);
  const { signal } = new AbortController();
  db.saveResult(id, "1", 0);
  for (let i = 0; i < 20; i++) await db.waitResult(id, { signal });
  if (isNode) assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("waitResult() rejects when the database is closed, before or while it waits", async (t) => {
  const db = temporaryDatabase(t);
  const waiting = db.waitResult(db.queue("q").enqueue(1));
  const rejected = assert.rejects(waiting, { code: "DATABASE_CLOSED" });
  await turn(3);
  db.close();
  await rejected;
  await assert.rejects(db.waitResult(1), { code: "DATABASE_CLOSED" });
});

test("waitResult() sees a result that is committed while a transaction is open", async (t) => {
  const db = temporaryDatabase(t);
  const id = db.queue("q").enqueue(1);
  const waiting = db.waitResult(id, { timeoutS: 20 });
  const tx = db.transaction();
  tx.query("SELECT honker_result_save(?, '1', 0)", [id]);
  await turn(3);
  tx.commit();
  assert.equal(await waiting, 1);
});

test("a thousand waits on one file all end", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const ids = queue.enqueueBatch(Array.from({ length: 1000 }, (_, i) => i));
  const waiting = ids.map((id) => db.waitResult(id));
  const worker = queue.work(({ payload }) => payload, { resultTtlS: 60, concurrency: 1000 });
  assert.deepEqual(
    await Promise.all(waiting),
    ids.map((_, i) => i),
  );
  await worker.stop();
});

for (const [options, error] of [
  [{ timeoutS: -1 }, RangeError],
  [{ timeoutS: Number.NaN }, RangeError],
  [{ timeoutS: "5" }, RangeError],
  [{ signal: {} }, TypeError],
  [{ ref: 1 }, TypeError],
  [{ timeout: 1 }, TypeError],
  [null, TypeError],
] as const) {
  test(`waitResult() refuses ${JSON.stringify(options)}`, async (t) => {
    const db = temporaryDatabase(t);
    await assert.rejects(db.waitResult(1, options as object), error);
    await assert.rejects(db.waitResult(1.5, {}), RangeError);
  });
}

test("what waitResult() rejects with is a StorageError", async (t) => {
  const db = temporaryDatabase(t);
  await assert.rejects(db.waitResult(1), (error) => error instanceof StorageError);
});
