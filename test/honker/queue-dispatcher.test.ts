import assert from "node:assert/strict";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { test } from "node:test";
import type { Database, Job } from "../../src/honker/mod.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Scope = { after(fn: () => void): void };

const NEVER = { idlePollS: null };

/** Tells whether others than this connection have committed something. */
function observer(t: Scope, db: Database) {
  const database = new DatabaseSync(db.path);
  t.after(() => database.close());
  const version = database.prepare("PRAGMA data_version");
  return () => version.get()?.data_version;
}

/** Counts the statements that run and whose text holds `part`, until the test ends. */
function countStatements(t: Scope, part: string): { count: number } {
  const counted = { count: 0 };
  const { prototype } = StatementSync;
  for (const method of ["all", "get", "run"] as const) {
    const original = prototype[method] as (...args: unknown[]) => unknown;
    (prototype as unknown as Record<string, unknown>)[method] = function (this: StatementSync, ...args: unknown[]) {
      if (this.sourceSQL.includes(part)) counted.count++;
      return original.apply(this, args);
    };
    t.after(() => void Object.assign(prototype, { [method]: original }));
  }
  return counted;
}

const skip = !isNode && "only Node lets statements be counted";

test("two hundred workers that wait on as many queues write nothing when an unrelated row is committed", async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  const wakers = Array.from({ length: 200 }, (_, i) => db.queue(`q${i}`).claimWaker(NEVER));
  const waiting = wakers.map((waker) => waker.next("w"));
  await turn(10);
  const version = observer(t, db);
  const plain = new DatabaseSync(db.path, { timeout: 5000 });
  t.after(() => plain.close());
  plain.exec("INSERT INTO app VALUES (1)");
  const before = version();
  await turn(50);
  assert.equal(version(), before);
  db.queue("q7").enqueue("a");
  assert.equal((await waiting[7])?.payload, "a");
  db.close();
  assert.equal((await Promise.all(waiting)).filter((job) => job !== null).length, 1);
});

test("all waiting workers together look once per wake, and claim nothing", { skip }, async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  const wakers = Array.from({ length: 200 }, (_, i) => db.queue(`q${i % 100}`).claimWaker(NEVER));
  for (const waker of wakers) void waker.next("w");
  const workers = Array.from({ length: 20 }, (_, i) => db.queue(`q${i}`).work(() => {}, NEVER));
  await turn(20);
  const statements = countStatements(t, "_honker_live");
  const begins = countStatements(t, "BEGIN");
  for (let i = 1; i <= 10; i++) {
    db.run("INSERT INTO app VALUES (1)");
    await until(() => statements.count >= i, "the look");
    await turn(2);
  }
  assert.ok(statements.count <= 12, `${statements.count} statements for 10 commits`);
  assert.equal(begins.count, 0);
  db.close();
  await Promise.all(workers.map(({ done }) => done));
});

test("as many are told as there are jobs, in the order in which they began to wait", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const waker = queue.claimWaker(NEVER);
  const got: string[] = [];
  const waiting = Array.from({ length: 6 }, (_, i) =>
    waker.next(`w${i}`).then((job) => void got.push(`${job?.workerId} ${job?.payload}`)),
  );
  await turn(5);
  const begins = isNode ? countStatements(t, "BEGIN") : undefined;
  queue.enqueueBatch([0, 1, 2]);
  await Promise.all(waiting.slice(0, 3));
  await turn(5);
  assert.deepEqual(got, ["w0 0", "w1 1", "w2 2"]);
  if (begins !== undefined) assert.equal(begins.count, 4); // the batch, and three claims
  queue.enqueueBatch([3, 4, 5]);
  await Promise.all(waiting);
  assert.deepEqual(got.slice(3), ["w3 3", "w4 4", "w5 5"]);
});

test("jobs of many queues that come due at one time are all seen", async (t) => {
  const db = temporaryDatabase(t);
  const wakers = Array.from({ length: 50 }, (_, i) => db.queue(`q${i}`).claimWaker(NEVER));
  const waiting = wakers.map((waker) => waker.next("w"));
  const tx = db.transaction();
  for (let i = 0; i < 50; i++) db.queue(`q${i}`).enqueueTx(tx, i, { delay: 1 + (i % 2) });
  tx.commit();
  const jobs = await Promise.all(waiting);
  assert.deepEqual(
    jobs.map((job) => job?.payload),
    Array.from({ length: 50 }, (_, i) => i),
  );
  for (const waker of wakers) waker.close();
});

for (const [column, value] of [
  ["run_at", "'soon'"],
  ["run_at", "x'00'"],
  ["claim_expires_at", "'soon'"],
  ["claim_expires_at", "x'00'"],
  ["run_at", "4000000000.5"],
  ["run_at", "9e999"],
  ["run_at", "9223372036854775807"],
] as const) {
  test(`a row with ${column} ${value} does not keep the dispatcher busy`, { skip }, async (t) => {
    const db = temporaryDatabase(t);
    const state = column === "run_at" ? "pending" : "processing";
    db.run(`INSERT INTO _honker_live(queue, payload, state, ${column}) VALUES ('q', '1', '${state}', ${value})`);
    const waker = db.queue("q").claimWaker(NEVER);
    const next = waker.next("w");
    await turn(5);
    const looks = countStatements(t, "json_each");
    await turn(50);
    assert.ok(looks.count <= 2, `${looks.count} looks in 50 ms`);
    db.queue("q").enqueue("a");
    assert.equal(((await next) as Job).payload, "a");
  });
}

test("a worker that is told in vain, since another connection took the job, waits on", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const waker = queue.claimWaker(NEVER);
  const next = waker.next("w");
  await turn(5);
  queue.enqueue("taken");
  assert.ok(queue.claimOne("quick")?.ack());
  await turn(5);
  queue.enqueue("a");
  assert.equal((await next)?.payload, "a");
});

test("the database can be closed while a worker is being told", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  const waker = queue.claimWaker(NEVER);
  const worker = queue.work(() => db.close(), NEVER);
  const next = waker.next("w");
  await turn(2);
  queue.enqueueBatch([1, 2, 3, 4]);
  await worker.done;
  db.close();
  await next;
  assert.equal(await waker.next("w"), null);
});
