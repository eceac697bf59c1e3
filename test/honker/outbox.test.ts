import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Database, Job } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

const live = (db: Database) => db.query("SELECT * FROM _honker_live ORDER BY id");
const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;

test("outbox() is a queue of its own name, and asking for it writes nothing", (t) => {
  const db = temporaryDatabase(t);
  const deliver = () => {};
  const outbox = db.outbox("mail", deliver);
  assert.deepEqual(
    [outbox.name, outbox.queue.name, outbox.maxAttempts, outbox.baseBackoffS, outbox.queue.visibilityTimeoutS],
    ["mail", "_outbox:mail", 5, 5, 60],
  );
  assert.equal(outbox.delivery, deliver);
  assert.equal(outbox.queue.maxAttempts, 5);
  const tuned = db.outbox("mail", deliver, { maxAttempts: 2, baseBackoffS: 0.5, visibilityTimeoutS: 9 });
  assert.deepEqual(
    [tuned.maxAttempts, tuned.queue.maxAttempts, tuned.baseBackoffS, tuned.queue.visibilityTimeoutS],
    [2, 2, 0.5, 9],
  );
  assert.deepEqual(live(db), []);
});

test("a message is delivered once the transaction that it is written in commits, and never if it rolls back", async (t) => {
  const db = temporaryDatabase(t);
  const delivered: unknown[] = [];
  const outbox = db.outbox("mail", (payload, job) => void delivered.push([payload, job.queue, job.attempts]));
  const controller = new AbortController();
  const running = outbox.runWorker("w", { signal: controller.signal, idlePollS: null });
  const lost = db.transaction();
  outbox.enqueueTx(lost, "lost");
  outbox.enqueue("lost, too", { tx: lost });
  lost.rollback();
  const tx = db.transaction();
  const id = outbox.enqueueTx(tx, { to: "a" });
  await turn(3);
  assert.deepEqual(delivered, []);
  tx.commit();
  assert.equal(outbox.enqueue("alone"), id + 1);
  await until(() => delivered.length === 2 && live(db).length === 0);
  controller.abort();
  await running;
  assert.deepEqual(delivered, [
    [{ to: "a" }, "_outbox:mail", 1],
    ["alone", "_outbox:mail", 1],
  ]);
});

test("a message that can't be delivered comes again after 5, 10, 20 and 40 seconds, then it is dead", async (t) => {
  const db = temporaryDatabase(t);
  const outbox = db.outbox("mail", async (_payload, { attempts }) => {
    throw new Error(`attempt ${attempts}`);
  });
  const controller = new AbortController();
  const running = outbox.runWorker("w", { signal: controller.signal, idlePollS: null });
  t.after(silenceWarnings());
  outbox.enqueue("a");
  for (const [i, delayS] of [5, 10, 20, 40].entries()) {
    await until(() => live(db)[0]?.attempts === i + 1 && live(db)[0]?.state === "pending");
    assert.ok(Math.abs(Number(live(db)[0]?.run_at) - now(db) - delayS) <= 1, `attempt ${i + 1}`);
    db.run("UPDATE _honker_live SET run_at = 5");
  }
  await until(() => outbox.queue.deadJobs().length === 1);
  controller.abort();
  await running;
  const [dead] = outbox.queue.deadJobs();
  assert.match(dead?.lastError ?? "", /^Error: attempt 5\n.*outbox\.test\.ts/s);
  assert.deepEqual([dead?.attempts, dead?.payload, live(db)], [5, "a", []]);
});

for (const [baseBackoffS, delays] of [
  [0, [0, 0]],
  [0.5, [1, 1, 2]],
  [1.5, [2, 3]],
] as const) {
  test(`a base of ${baseBackoffS} s gives delays of ${delays.join(", ")} s`, async (t) => {
    const db = temporaryDatabase(t);
    let failures = 0;
    const outbox = db.outbox(
      "mail",
      () => {
        if (failures++ < delays.length) throw new Error("why");
      },
      { baseBackoffS },
    );
    t.after(silenceWarnings());
    const controller = new AbortController();
    const running = outbox.runWorker("w", { signal: controller.signal });
    outbox.enqueue("a");
    for (const [i, delayS] of delays.entries()) {
      if (delayS === 0) break; // it is delivered again at once
      await until(() => live(db)[0]?.attempts === i + 1 && live(db)[0]?.state === "pending");
      assert.ok(Math.abs(Number(live(db)[0]?.run_at) - now(db) - delayS) <= 1);
      db.run("UPDATE _honker_live SET run_at = 5");
    }
    await until(() => live(db).length === 0);
    controller.abort();
    await running;
    assert.deepEqual([failures, outbox.queue.deadJobs()], [delays.length + 1, []]);
  });
}

test("a worker delivers one message after the other", async (t) => {
  const db = temporaryDatabase(t);
  let running = 0;
  const delivered: unknown[] = [];
  const outbox = db.outbox("mail", async (payload) => {
    assert.equal(++running, 1);
    await turn();
    running--;
    delivered.push(payload);
  });
  outbox.queue.enqueueBatch([1, 2, 3]);
  const controller = new AbortController();
  const worker = outbox.runWorker("w", { signal: controller.signal });
  await until(() => live(db).length === 0);
  controller.abort();
  await worker;
  assert.deepEqual(delivered, [1, 2, 3]);
});

test("a worker goes on after a lease that was lost and a message that was cancelled", async (t) => {
  const db = temporaryDatabase(t);
  const delivered: unknown[] = [];
  const outbox = db.outbox("mail", (payload, job: Job) => {
    delivered.push([payload, job.attempts]);
    if (payload === "cancelled") outbox.queue.cancel(job.id);
    if (payload === "cancelled and failed") {
      outbox.queue.cancel(job.id);
      throw new Error("why");
    }
    if (payload === "lost" && job.attempts === 1) db.run("UPDATE _honker_live SET claim_expires_at = 5 WHERE id = 3");
  });
  t.after(silenceWarnings());
  outbox.queue.enqueueBatch(["cancelled", "cancelled and failed", "lost", "good"]);
  const controller = new AbortController();
  const worker = outbox.runWorker("w", { signal: controller.signal, idlePollS: null });
  await until(() => live(db).length === 0);
  controller.abort();
  await worker;
  assert.deepEqual(delivered, [
    ["cancelled", 1],
    ["cancelled and failed", 1],
    ["lost", 1],
    ["lost", 2],
    ["good", 1],
  ]);
});

test("a worker outlasts a lock that another connection holds and a transaction of its own process", async (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 1 });
  const other = new DatabaseSync(db.path, { timeout: 5000 });
  t.after(() => other.close());
  t.after(silenceWarnings());
  const delivered: unknown[] = [];
  const outbox = db.outbox("mail", (payload) => {
    delivered.push(payload);
    if (payload === 1) other.exec("BEGIN IMMEDIATE"); // its ack meets the lock
  });
  outbox.queue.enqueueBatch([1, 2]);
  const controller = new AbortController();
  const worker = outbox.runWorker("w", { signal: controller.signal, idlePollS: null });
  await until(() => delivered.length === 1);
  await turn(50);
  other.exec("COMMIT");
  await until(() => live(db).length === 0);
  const tx = db.transaction();
  outbox.enqueueTx(tx, 3);
  await turn(5);
  tx.commit();
  await until(() => live(db).length === 0);
  controller.abort();
  await worker;
  assert.deepEqual(delivered, [1, 2, 3]);
});

test("runWorker() resolves when the database closes", async (t) => {
  const db = temporaryDatabase(t);
  const running = db.outbox("mail", () => {}).runWorker("w");
  await turn(3);
  db.close();
  await running;
  await assert.rejects(
    async () => {
      await db.outbox("mail", () => {}).runWorker("w");
    },
    { code: "DATABASE_CLOSED" },
  );
});

test("outbox() refuses what is no function, and options that are none", async (t) => {
  const db = temporaryDatabase(t);
  for (const delivery of [undefined, null, 5, "f", {}]) {
    assert.throws(() => db.outbox("mail", delivery as never), {
      name: "TypeError",
      message: "delivery must be a function",
    });
  }
  for (const [options, expected] of [
    [{ maxAttempts: 0 }, /maxAttempts must be an integer >= 1: received 0/],
    [{ visibilityTimeoutS: -1 }, /visibilityTimeoutS must be an integer >= 0 and <= 4503599627370496: received -1/],
    [{ baseBackoffS: -1 }, /baseBackoffS must be seconds >= 0/],
    [{ baseBackoffS: Number.NaN }, /baseBackoffS must be seconds >= 0/],
    [{ backoffS: 1 }, /Unknown option "backoffS" for outbox\(\): /],
  ] as const) {
    assert.throws(() => db.outbox("mail", () => {}, options as object), expected);
  }
  await assert.rejects(db.outbox("mail", () => {}).runWorker("w", { concurrency: 2 } as object), {
    message: /Unknown option "concurrency" for runWorker\(\)/,
  });
});

for (const baseBackoffS of [null, Number.POSITIVE_INFINITY]) {
  test(`outbox() refuses baseBackoffS ${baseBackoffS} at once, which no worker could run with`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.outbox("mail", () => {}, { baseBackoffS: baseBackoffS as number }), { name: "RangeError" });
  });
}

/** Failed deliveries warn the process: nobody wants to read it here. */
function silenceWarnings(): () => void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  return () => {
    process.emitWarning = emitWarning;
  };
}
