import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { type Database, type EnqueueOptions, type JsonValue, open, type Queue } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

type Scope = { after(fn: () => void): void };

function withQueue(t: Scope, options?: { visibilityTimeoutS?: number; maxAttempts?: number }) {
  const db = temporaryDatabase(t);
  return { db, queue: db.queue("q", options) };
}

const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;
const live = (db: Database) => db.query("SELECT * FROM _honker_live ORDER BY id");
const lapse = (db: Database) => db.run("UPDATE _honker_live SET claim_expires_at = unixepoch() - 1");
const near = (actual: unknown, expected: number) => assert.ok(Math.abs(Number(actual) - expected) <= 2, `${actual}`);

/** A connection that knows SQLite only, and how often others have committed something new. */
function observer(t: Scope, db: Database) {
  const database = new DatabaseSync(db.path);
  t.after(() => database.close());
  const version = database.prepare("PRAGMA data_version");
  return { database, version: () => version.get()?.data_version };
}

test("queue() writes nothing", (t) => {
  const db = temporaryDatabase(t);
  const { version } = observer(t, db);
  const before = version();
  const queue = db.queue("q");
  assert.deepEqual([queue.name, queue.visibilityTimeoutS, queue.maxAttempts], ["q", 300, 3]);
  assert.equal(queue.getJob(1), null);
  assert.equal(queue.claimOne("w"), null);
  assert.equal(version(), before);
});

test("enqueue() stores a pending job with every column of Honker's", (t) => {
  const { db, queue } = withQueue(t, { maxAttempts: 7 });
  const id = queue.enqueue({ a: [1, "ü"] });
  const [row] = live(db);
  near(row?.created_at, now(db));
  assert.deepEqual(row, {
    id,
    queue: "q",
    payload: '{"a":[1,"ü"]}',
    state: "pending",
    priority: 0,
    run_at: row?.created_at,
    worker_id: null,
    claim_expires_at: null,
    attempts: 0,
    max_attempts: 7,
    created_at: row?.created_at,
    expires_at: null,
  });
});

for (const [name, options, expected] of [
  ["delay", { delay: 100 }, 100],
  ["delay 0", { delay: 0 }, 0],
  ["delay before runAt", { delay: 100, runAt: 5 }, 100],
  ["delay 0 before runAt", { delay: 0, runAt: 5 }, 0],
  ["null as not given", { delay: null, runAt: null }, 0],
] as const) {
  test(`enqueue() computes the time of a job from ${name}`, (t) => {
    const { db, queue } = withQueue(t);
    queue.enqueue(1, options);
    near(live(db)[0]?.run_at, now(db) + expected);
  });
}

test("enqueue() takes runAt as it is, past or future", (t) => {
  const { db, queue } = withQueue(t);
  for (const runAt of [0, 5, 4_000_000_000]) queue.enqueue(1, { runAt });
  assert.deepEqual(
    live(db).map(({ run_at }) => run_at),
    [0, 5, 4_000_000_000],
  );
});

test("enqueue() counts expires from now, whenever the job is due", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1, { expires: 50, delay: 1000 });
  near(live(db)[0]?.expires_at, now(db) + 50);
});

test("enqueue() sends no notification", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1);
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_notifications"), [[0]]);
});

test("enqueue() gives ids that rise over all queues and are never used again", (t) => {
  const { db, queue } = withQueue(t);
  const first = queue.enqueue(1);
  const second = db.queue("other").enqueue(1);
  assert.ok(second > first);
  queue.cancel(second);
  assert.ok(queue.enqueue(1) > second);
});

test("enqueue() with a transaction leaves a job once it commits, and none when it rolls back", (t) => {
  const { db, queue } = withQueue(t);
  const lost = db.transaction();
  queue.enqueue(1, { tx: lost });
  queue.enqueueTx(lost, 2);
  queue.enqueueBatch([3, 4], { tx: lost });
  lost.rollback();
  assert.deepEqual(live(db), []);
  const tx = db.transaction();
  const ids = [queue.enqueue(1, { tx }), queue.enqueueTx(tx, 2, { priority: 5 }), ...queue.enqueueBatch([3], { tx })];
  assert.deepEqual(live(db), []);
  tx.commit();
  assert.deepEqual(
    live(db).map(({ id, payload, priority }) => [id, payload, priority]),
    [
      [ids[0], "1", 0],
      [ids[1], "2", 5],
      [ids[2], "3", 0],
    ],
  );
});

test("enqueue() refuses a tx that is none, is over, or is of another file, and writes nothing", (t) => {
  const { db, queue } = withQueue(t);
  const elsewhere = temporaryDatabase(t);
  const other = elsewhere.transaction();
  const over = db.transaction();
  over.commit();
  assert.throws(() => queue.enqueue(1, { tx: other }), { name: "TypeError", message: /tx must be of ".*": received/ });
  assert.throws(() => queue.enqueue(1, { tx: over }), { code: "TRANSACTION_FINISHED" });
  for (const tx of [{}, 5, "tx", false, { $honkerTx: over }]) {
    assert.throws(() => queue.enqueue(1, { tx }), {
      name: "TypeError",
      message: /tx must be what transaction\(\) returns/,
    });
    assert.throws(() => queue.enqueueTx(tx, 1), { name: "TypeError" });
  }
  assert.deepEqual(live(db), []);
  other.rollback();
});

for (const tx of [undefined, null]) {
  test(`enqueueTx() refuses ${tx} for a transaction, instead of writing without one`, (t) => {
    const { db, queue } = withQueue(t);
    assert.throws(() => queue.enqueueTx(tx, 1), { name: "TypeError" });
    assert.deepEqual(live(db), []);
  });
}

test("enqueueBatch() adds all in their order and gives their ids", (t) => {
  const { db, queue } = withQueue(t);
  const payloads = Array.from({ length: 2500 }, (_, i) => ({ i, text: "'\"\\\u0000ü😀" }));
  const ids = queue.enqueueBatch(payloads, { priority: 3, delay: 0, expires: 100 });
  assert.deepEqual(
    live(db).map(({ id, payload, priority }) => [id, JSON.parse(payload as string), priority]),
    payloads.map((payload, i) => [ids[i], payload, 3]),
  );
  assert.deepEqual(queue.enqueueBatch([]), []);
});

test("enqueueBatch() gives the right ids where a trigger adds jobs, too", (t) => {
  const { db, queue } = withQueue(t);
  db.run(`CREATE TRIGGER follow AFTER INSERT ON _honker_live WHEN new.queue = 'q'
    BEGIN SELECT honker_enqueue('other', new.payload, NULL, NULL, 0, 3, NULL); END`);
  const ids = queue.enqueueBatch(["a", "b", "c"]);
  assert.deepEqual(
    ids.map((id) => queue.getJob(id)?.payload),
    ["a", "b", "c"],
  );
});

test("enqueueBatch() adds none when one of them can't be stored", (t) => {
  const { db, queue } = withQueue(t);
  assert.throws(() => queue.enqueueBatch([1, undefined as never, 3]), { name: "TypeError" });
  assert.throws(() => queue.enqueueBatch([1, "\ud800", 3]), { name: "RangeError" });
  assert.throws(() => queue.enqueueBatch(new Array(3) as never), { name: "TypeError" });
  assert.throws(() => queue.enqueueBatch("abc" as never), { name: "TypeError", message: /payloads must be an array/ });
  assert.deepEqual(live(db), []);
});

test("a payload comes back as it went in", (t) => {
  const { queue } = withQueue(t);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (payload) => {
      const id = queue.enqueue(payload as JsonValue);
      const expected = JSON.parse(JSON.stringify(payload)) as unknown;
      assert.deepEqual(queue.getJob(id)?.payload, expected);
      const job = queue.claimOne("w");
      assert.deepEqual(job?.payload, expected);
      assert.ok(job?.ack());
    }),
    { numRuns: 100, seed: Number(process.env.TEST_SEED ?? 20260601) },
  );
});

test("a payload of ten megabytes and names of ten thousand characters are carried", (t) => {
  const db = temporaryDatabase(t);
  const [name, worker] = ["q".repeat(10_000), "w🦆".repeat(3000)];
  const queue = db.queue(name);
  const payload = "x".repeat(10 * 2 ** 20);
  for (const id of [queue.enqueue(payload), ...queue.enqueueBatch([payload])]) {
    const job = queue.claimOne(worker);
    assert.equal(job?.id, id);
    assert.ok(job?.payload === payload);
    assert.equal(queue.getJob(id)?.workerId, worker);
    assert.ok(job?.ack());
  }
});

test("queues are told apart by their names as they are", (t) => {
  const db = temporaryDatabase(t);
  const names = ["", "a", "A", " a", "ä", "a\u0308", "🦆", "'; DROP TABLE _honker_live --", "%", "*"];
  for (const name of names) db.queue(name).enqueue(name);
  for (const name of names) {
    const jobs = db.queue(name).claimBatch("w", -1);
    assert.deepEqual(
      jobs.map(({ payload, queue }) => [payload, queue]),
      [[name, name]],
    );
  }
});

test("claimBatch() gives jobs by priority, then time, then id", (t) => {
  const { queue } = withQueue(t);
  const added: [payload: string, options: EnqueueOptions][] = [
    ["late low", { priority: -1, runAt: 5 }],
    ["second", { runAt: 10 }],
    ["third", { runAt: 10 }],
    ["first", { runAt: 9 }],
    ["high", { priority: 1 }],
    ["highest", { priority: Number.MAX_SAFE_INTEGER }],
  ];
  for (const [payload, options] of added) queue.enqueue(payload, options);
  assert.deepEqual(
    queue.claimBatch("w", 10).map(({ payload }) => payload),
    ["highest", "high", "first", "second", "third", "late low"],
  );
});

test("claimBatch() leases as many as asked, all for a negative number, none for 0", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch(Array.from({ length: 700 }, (_, i) => i));
  assert.deepEqual(queue.claimBatch("w", 0), []);
  assert.equal(queue.claimBatch("w", 3).length, 3);
  assert.equal(queue.claimBatch("w", 300).length, 300);
  assert.equal(queue.claimBatch("w", -1).length, 397);
  assert.equal(queue.claimBatch("w", -1).length, 0);
  assert.equal(live(db).filter(({ state }) => state === "processing").length, 700);
});

test("claimBatch() takes nothing that is delayed, expired, leased or of another queue", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue("delayed", { delay: 100 });
  queue.enqueue("expired", { expires: 0 });
  queue.enqueue("leased");
  db.queue("other").enqueue("other");
  assert.equal(queue.claimOne("w")?.payload, "leased");
  assert.deepEqual(queue.claimBatch("w", -1), []);
});

test("claimOne() gives the job with all that a claim knows of it", (t) => {
  const { db, queue } = withQueue(t, { visibilityTimeoutS: 50, maxAttempts: 4 });
  const id = queue.enqueue({ a: 1 }, { priority: 2, runAt: 7, expires: 1000 });
  const job = queue.claimOne("w");
  const [row] = live(db);
  near(row?.claim_expires_at, now(db) + 50);
  assert.deepEqual([row?.state, row?.worker_id, row?.attempts], ["processing", "w", 1]);
  assert.deepEqual(
    { ...job },
    {
      id,
      queue: "q",
      payload: { a: 1 },
      workerId: "w",
      attempts: 1,
      claimExpiresAt: row?.claim_expires_at,
      state: "processing",
      priority: 2,
      runAt: 7,
      maxAttempts: 4,
      createdAt: row?.created_at,
      expiresAt: row?.expires_at,
    },
  );
});

test("claimOne() hands out text that is not JSON as it is", (t) => {
  const { db, queue } = withQueue(t);
  for (const text of ["plain", '{"a":NaN}', ""]) {
    db.run("INSERT INTO _honker_live(queue, payload) VALUES ('q', ?)", [text]);
    assert.equal(queue.claimOne("w")?.payload, text);
  }
});

test("one worker may hold many jobs", (t) => {
  const { queue } = withQueue(t);
  queue.enqueueBatch([1, 2, 3]);
  const jobs = [queue.claimOne("w"), queue.claimOne("w"), queue.claimOne("w")];
  assert.deepEqual(
    jobs.map((job) => job?.ack()),
    [true, true, true],
  );
});

test("getJob() shows a waiting and a leased job, in camel case and decoded", (t) => {
  const { db, queue } = withQueue(t);
  const id = queue.enqueue({ a: 1 }, { priority: 3, delay: 0, expires: 9, maxAttempts: 2 });
  const [row] = live(db);
  const waiting = {
    id,
    queue: "q",
    payload: { a: 1 },
    state: "pending",
    priority: 3,
    runAt: row?.run_at,
    workerId: null,
    claimExpiresAt: null,
    attempts: 0,
    maxAttempts: 2,
    createdAt: row?.created_at,
    expiresAt: row?.expires_at,
  };
  assert.deepEqual(queue.getJob(id), waiting);
  const job = queue.claimOne("w");
  const leased = { state: "processing", workerId: "w", claimExpiresAt: job?.claimExpiresAt, attempts: 1 };
  assert.deepEqual(queue.getJob(id), { ...waiting, ...leased });
});

test("getJob() gives null for a job of another queue, a dead one and one that is done", (t) => {
  const { db, queue } = withQueue(t);
  const [dead, done] = queue.enqueueBatch(["dead", "done"]) as [number, number];
  const other = db.queue("other").enqueue(1);
  assert.ok(queue.claimOne("w")?.fail());
  assert.ok(queue.claimOne("w")?.ack());
  for (const id of [dead, done, other, 99]) assert.equal(queue.getJob(id), null);
});

test("cancel() deletes a job of any queue, whether it waits or is being worked on, and leaves no dead one", (t) => {
  const { db, queue } = withQueue(t);
  const ids = [queue.enqueue("waits"), db.queue("other").enqueue("leased"), queue.enqueue("delayed", { delay: 100 })];
  const job = db.queue("other").claimOne("w");
  for (const id of ids) assert.equal(queue.cancel(id), true);
  for (const id of [...ids, 99]) assert.equal(queue.cancel(id), false);
  for (const use of [() => job?.ack(), () => job?.retry(), () => job?.fail(), () => job?.heartbeat(5)]) {
    assert.equal(use(), false);
  }
  assert.deepEqual([live(db), queue.deadJobs()], [[], []]);
});

test("ackBatch() counts the jobs that the worker still held", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch(["mine", "mine too", "lapsed", "foreign", "waits"]);
  const [mine, too, lapsed] = queue.claimBatch("w", 3);
  const foreign = queue.claimOne("v");
  db.run("UPDATE _honker_live SET claim_expires_at = unixepoch() - 1 WHERE id = ?", [lapsed!.id]);
  const ids = [mine!.id, mine!.id, too!.id, lapsed!.id, foreign!.id, foreign!.id + 1, 999];
  assert.equal(queue.ackBatch(ids, "w"), 2);
  assert.equal(queue.ackBatch([], "w"), 0);
  assert.deepEqual(
    live(db).map(({ id }) => id),
    [lapsed!.id, foreign!.id, foreign!.id + 1],
  );
});

test("ackBatch() takes jobs only for the claim they came from, and bare ids for any claim of the worker", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1);
  const stale = queue.claimOne("w");
  lapse(db);
  const job = queue.claimOne("w");
  assert.equal(queue.ackBatch([stale!], "w"), 0);
  assert.equal(queue.ackBatch([job!], "v"), 0);
  assert.equal(queue.ackBatch([stale!.id, job!], "w"), 1);
});

test("sweepExpired() moves what expired to the dead jobs, but for what a worker holds", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch(["waits", "delayed", "held", "lapsed", "alive", "other"], { expires: 100 });
  db.run("UPDATE _honker_live SET run_at = run_at + 1000 WHERE id = 2");
  db.run("UPDATE _honker_live SET queue = 'other' WHERE id = 6");
  for (const id of [3, 4]) {
    db.run("UPDATE _honker_live SET state = 'processing', worker_id = 'w', claim_expires_at = ? WHERE id = ?", [
      id === 3 ? now(db) + 100 : 5,
      id,
    ]);
  }
  db.run("UPDATE _honker_live SET expires_at = unixepoch() WHERE id <> 5");
  assert.equal(queue.sweepExpired(), 3);
  assert.equal(queue.sweepExpired(), 0);
  assert.deepEqual(
    queue.deadJobs().map(({ payload, lastError }) => [payload, lastError]),
    [
      ["waits", "expired"],
      ["delayed", "expired"],
      ["lapsed", "expired"],
    ],
  );
  assert.deepEqual(
    live(db).map(({ id }) => id),
    [3, 5, 6],
  );
});

test("stats() counts every job once and tells when the next comes due", (t) => {
  const { db, queue } = withQueue(t, { visibilityTimeoutS: 50 });
  const nothing = { pending: 0, delayed: 0, processing: 0, dead: 0, oldestDueAt: null, nextClaimAt: null };
  assert.deepEqual(queue.stats(), nothing);
  for (const runAt of [20, 10, 4_000_000_000]) queue.enqueue(runAt, { runAt });
  assert.deepEqual(queue.stats(), {
    ...nothing,
    pending: 2,
    delayed: 1,
    oldestDueAt: 10,
    nextClaimAt: 4_000_000_000,
  });
  const job = queue.claimOne("w");
  assert.deepEqual(queue.stats(), {
    ...nothing,
    pending: 1,
    delayed: 1,
    processing: 1,
    oldestDueAt: 20,
    nextClaimAt: job!.claimExpiresAt! + 1,
  });
  lapse(db);
  assert.equal(queue.stats().pending, 2);
  queue.claimBatch("w", -1)[0]?.fail();
  assert.deepEqual([queue.stats().dead, queue.stats().processing, db.queue("other").stats()], [1, 1, nothing]);
});

test("everything that writes is refused while a transaction is open, and reads see what is committed", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch([1, 2]);
  const job = queue.claimOne("w");
  const tx = db.transaction();
  queue.enqueueTx(tx, 3);
  const writes: (() => unknown)[] = [
    () => queue.enqueue(1),
    () => queue.enqueueBatch([1]),
    () => queue.claimOne("w"),
    () => queue.claimBatch("w", 2),
    () => queue.ackBatch([1], "w"),
    () => queue.sweepExpired(),
    () => queue.cancel(1),
    () => queue.replayDead(1),
    () => queue.purgeDead(),
    () => job?.ack(),
    () => job?.retry(),
    () => job?.fail(),
    () => job?.heartbeat(1),
  ];
  for (const write of writes) assert.throws(write, { code: "TRANSACTION_OPEN", retryable: true });
  assert.deepEqual([queue.stats().pending, queue.getJob(3), queue.deadJobs()], [1, null, []]);
  tx.rollback();
  assert.ok(job?.ack());
});

test("a queue of a closed database refuses everything", (t) => {
  const { db, queue } = withQueue(t);
  db.close();
  const uses: ((queue: Queue) => unknown)[] = [
    (q) => q.enqueue(1),
    (q) => q.claimOne("w"),
    (q) => q.getJob(1),
    (q) => q.cancel(1),
    (q) => q.sweepExpired(),
    (q) => q.stats(),
    (q) => q.deadJobs(),
    (q) => q.claim("w"),
    (q) => q.claimWaker(),
    (q) => q.work(() => {}),
  ];
  for (const use of uses) assert.throws(() => use(queue), { code: "DATABASE_CLOSED" });
  assert.throws(() => db.queue("q"), { code: "DATABASE_CLOSED" });
});

test("a job is claimed and acked across processes", async (t) => {
  const path = temporaryPath(t);
  const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [path]);
  await child.nextLine();
  const db = open(path);
  t.after(() => db.close());
  const tell = async (...command: unknown[]) => {
    child.send(JSON.stringify(command));
    return JSON.parse(await child.nextLine()) as unknown;
  };
  const id = await tell("q", "enqueue", { a: 1 });
  const job = db.queue("q").claimOne("w");
  assert.deepEqual([job?.id, job?.payload], [id, { a: 1 }]);
  assert.equal(await tell("q", "claimOne", "w"), null);
  lapse(db);
  assert.equal(((await tell("q", "claimOne", "w")) as { attempts: number }).attempts, 2);
  assert.equal(job?.ack(), false);
  assert.equal(await tell("job", "ack"), true);
  assert.deepEqual(live(db), []);
});

test("twelve workers in four processes do each of a thousand jobs exactly once", async (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  db.run("CREATE TABLE done (id INTEGER)");
  queue.enqueueBatch(Array.from({ length: 1000 }, (_, i) => i));
  const children = Array.from({ length: 4 }, () =>
    startChild(t, new URL("child/claimer.ts", import.meta.url), [db.path, "q"]),
  );
  for (const child of children) assert.equal(await child.nextLine(), "ready");
  for (const child of children) child.send("go");
  for (const child of children) assert.equal(await child.nextLine(), "empty");
  assert.deepEqual(db.values("SELECT count(*), count(DISTINCT id) FROM done"), [[1000, 1000]]);
  assert.deepEqual([live(db), queue.stats().dead], [[], 0]);
});
