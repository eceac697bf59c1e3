import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Job, Transaction } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

/** A claimed job. */
function withJob(t: { after(fn: () => void): void }, maxAttempts = 3) {
  const db = temporaryDatabase(t);
  const queue = db.queue("q", { maxAttempts });
  queue.enqueue("a");
  return { db, queue, job: queue.claimOne("w") as Job };
}

const IN_TRANSACTION: Readonly<Record<string, (job: Job, tx: Transaction) => boolean>> = {
  "ackTx()": (job, tx) => job.ackTx(tx),
  "retryTx()": (job, tx) => job.retryTx(tx, 50, "error"),
  "failTx()": (job, tx) => job.failTx(tx, "error"),
};

for (const [name, use] of Object.entries(IN_TRANSACTION)) {
  test(`${name} takes effect when the transaction commits`, (t) => {
    const { db, queue, job } = withJob(t);
    const tx = db.transaction();
    assert.equal(use(job, tx), true);
    assert.equal(queue.getJob(job.id)?.state, "processing");
    tx.commit();
    assert.notEqual(queue.getJob(job.id)?.state, "processing");
    assert.equal(job.isSettled, true);
  });

  test(`${name} changes nothing when the transaction rolls back`, (t) => {
    const { db, queue, job } = withJob(t);
    const before = queue.getJob(job.id);
    const tx = db.transaction();
    assert.equal(use(job, tx), true);
    tx.rollback();
    assert.deepEqual([queue.getJob(job.id), queue.deadJobs()], [before, []]);
    assert.equal(job.ack(), true);
  });

  test(`${name} gives false for a lease that is lost, and the transaction goes on`, (t) => {
    const { db, job } = withJob(t);
    db.run("CREATE TABLE a (b)");
    db.run("UPDATE _honker_live SET claim_expires_at = 5");
    const tx = db.transaction();
    assert.equal(use(job, tx), false);
    tx.execute("INSERT INTO a VALUES (1)");
    tx.commit();
    assert.deepEqual(db.values("SELECT b FROM a"), [[1]]);
  });

  test(`${name} refuses a tx that is over or is none`, (t) => {
    const { db, queue, job } = withJob(t);
    const over = db.transaction();
    over.commit();
    assert.throws(() => use(job, over), { code: "TRANSACTION_FINISHED" });
    for (const tx of [undefined, null, {}, 5]) assert.throws(() => use(job, tx as never), { name: "TypeError" });
    assert.deepEqual([queue.getJob(job.id)?.state, job.isSettled], ["processing", false]);
  });

  test(`${name} in a savepoint is undone with it`, (t) => {
    const { db, queue, job } = withJob(t);
    const tx = db.transaction();
    tx.execute("SAVEPOINT a");
    assert.equal(use(job, tx), true);
    tx.execute("ROLLBACK TO a");
    tx.execute("RELEASE a");
    tx.commit();
    assert.equal(queue.getJob(job.id)?.state, "processing");
  });
}

test("retryTx() without attempts left moves the job to the dead ones", (t) => {
  const { db, queue, job } = withJob(t, 1);
  const tx = db.transaction();
  assert.equal(job.retryTx(tx, 5, "error"), true);
  tx.commit();
  assert.equal(queue.deadJobs()[0]?.lastError, "error");
});

test("a job is settled once it was acked, retried or failed, and by no heartbeat", (t) => {
  for (const use of [(job: Job) => job.ack(), (job: Job) => job.retry(), (job: Job) => job.fail()]) {
    const { job } = withJob(t);
    job.heartbeat(5);
    assert.equal(job.isSettled, false);
    assert.equal(use(job), true);
    assert.equal(job.isSettled, true);
    assert.equal(use(job), false);
    assert.equal(job.isSettled, true);
  }
});

test("retry() and fail() keep a long error whole, in any alphabet", (t) => {
  const error = "🦆 'x' \n".repeat(50_000);
  const failed = withJob(t);
  failed.job.fail(error);
  assert.equal(failed.queue.deadJobs()[0]?.lastError, error);
  const retried = withJob(t, 1);
  retried.job.retry(0, error);
  assert.equal(retried.queue.deadJobs()[0]?.lastError, error);
});

test("a job of a closed database refuses everything", (t) => {
  const { db, job } = withJob(t);
  db.close();
  for (const use of [() => job.ack(), () => job.retry(), () => job.fail(), () => job.heartbeat(5)]) {
    assert.throws(use, { code: "DATABASE_CLOSED" });
  }
});

test("a job that is locked out by another process throws a retryable error, and can be acked later", (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 0 });
  const other = plainOn(t, db.path);
  const queue = db.queue("q");
  queue.enqueue("a");
  const job = queue.claimOne("w") as Job;
  other.exec("BEGIN IMMEDIATE");
  for (const use of [() => job.ack(), () => job.retry(), () => job.fail(), () => job.heartbeat(5)]) {
    assert.throws(use, { code: "SQLITE_BUSY", retryable: true });
  }
  assert.equal(job.isSettled, false);
  other.exec("ROLLBACK");
  assert.equal(job.ack(), true);
});

/** Plain SQLite on the same file. */
function plainOn(t: { after(fn: () => void): void }, path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  return database;
}
