import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { StorageError } from "../../src/errors.ts";
import { type Database, exponentialDelay, type Job, open, type QueueOptions } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Scope = { after(fn: () => void): void };

function withQueue(t: Scope, options: QueueOptions<unknown> & { busyTimeoutMs?: number } = {}) {
  const { busyTimeoutMs = 5000, ...queueOptions } = options;
  const db = temporaryDatabase(t, { busyTimeoutMs });
  return { db, queue: db.queue<unknown>("q", queueOptions) };
}

/** Plain SQLite on the same file. */
function plainOn(t: Scope, db: Database): DatabaseSync {
  const database = new DatabaseSync(db.path, { timeout: 5000 });
  t.after(() => database.close());
  return database;
}

/** Collects what a worker reports, and gives it no reason to wait long. */
function collector() {
  const errors: { error: unknown; payload: unknown }[] = [];
  const onError = (error: unknown, job?: Job<unknown>) => void errors.push({ error, payload: job?.payload });
  return { errors, options: { onError, idlePollS: null, retryDelayS: 0 } };
}

const live = (db: Database) => db.query("SELECT * FROM _honker_live ORDER BY id");
const isEmpty = (db: Database) => () => live(db).length === 0;
const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;
const makeDue = (db: Database) => db.run("UPDATE _honker_live SET run_at = 5 WHERE state = 'pending'");

/** Resolves once `signal` aborts. */
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

test("work() does the jobs there are and those to come, and acks each", async (t) => {
  const { db, queue } = withQueue(t);
  const done: unknown[] = [];
  queue.enqueueBatch([1, 2]);
  const worker = queue.work(({ payload, attempts, workerId }) => void done.push([payload, attempts, workerId]), {
    workerId: "w",
  });
  await until(isEmpty(db), "the end of the first jobs");
  queue.enqueue(3);
  await until(() => done.length === 3, "the third job");
  await worker.stop();
  assert.deepEqual(done, [
    [1, 1, "w"],
    [2, 1, "w"],
    [3, 1, "w"],
  ]);
  assert.deepEqual([live(db), queue.deadJobs(), worker.queue, worker.workerId], [[], [], "q", "w"]);
});

test("work() names its workers apart when it is given no name", async (t) => {
  const { queue } = withQueue(t);
  const workers = [queue.work(() => {}), queue.work(() => {})];
  assert.notEqual(workers[0]?.workerId, workers[1]?.workerId);
  await Promise.all(workers.map((worker) => worker.stop()));
});

test("work() takes jobs by priority", async (t) => {
  const { db, queue } = withQueue(t);
  const done: unknown[] = [];
  for (const priority of [1, 3, 2, 0]) queue.enqueue(priority, { priority });
  queue.work(({ payload }) => void done.push(payload));
  await until(isEmpty(db));
  assert.deepEqual(done, [3, 2, 1, 0]);
});

for (const concurrency of [1, 4]) {
  test(`work() runs ${concurrency} at once, and no more`, async (t) => {
    const { db, queue } = withQueue(t);
    queue.enqueueBatch(Array.from({ length: 30 }, (_, i) => i));
    let [running, most] = [0, 0];
    const worker = queue.work(
      async () => {
        most = Math.max(most, ++running);
        assert.ok(worker.running <= concurrency);
        assert.ok(live(db).filter(({ state }) => state === "processing").length <= concurrency);
        await turn();
        running--;
      },
      { concurrency },
    );
    await until(isEmpty(db));
    await worker.stop();
    assert.deepEqual([most, running, worker.running], [concurrency, 0, 0]);
  });
}

test("a job that takes long does not keep the others from being done", async (t) => {
  const { db, queue } = withQueue(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.enqueueBatch(["long", 1, 2, 3, 4]);
  queue.work(({ payload }) => (payload === "long" ? promise : undefined), { concurrency: 2 });
  await until(() => live(db).length === 1, "the end of the short ones");
  queue.enqueue(5);
  await until(() => live(db).length === 1, "the end of one that came later");
  resolve();
  await until(isEmpty(db));
});

test("a job keeps its lease for as long as its handler runs", async (t) => {
  const { db, queue } = withQueue(t, { visibilityTimeoutS: 1 });
  queue.enqueue("long");
  const attempts: number[] = [];
  let isAborted = false;
  queue.work(
    async (job, signal) => {
      attempts.push(job.attempts);
      signal.addEventListener("abort", () => {
        isAborted = true;
      });
      const endMs = Date.now() + 3200;
      await until(() => {
        assert.equal(queue.claimOne("thief"), null);
        return Date.now() > endMs;
      });
    },
    { heartbeatS: 0.2 },
  );
  await until(isEmpty(db));
  assert.deepEqual([attempts, isAborted, queue.deadJobs()], [[1], false, []]);
});

test("renewals stop once the handler is done", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1);
  queue.work(() => {}, { heartbeatS: 0.1 });
  await until(isEmpty(db));
  const plain = plainOn(t, db).prepare("PRAGMA data_version");
  const before = plain.get()?.data_version;
  await turn(250);
  assert.equal(plain.get()?.data_version, before);
});

for (const [name, take] of Object.entries<(db: Database, id: number, t: Scope) => unknown>({
  "the job is cancelled": (db, id) => db.queue("q").cancel(id),
  "another process cancels the job": async (db, id, t) => {
    const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [db.path]);
    await child.nextLine();
    child.send(JSON.stringify(["q", "cancel", id]));
    assert.equal(await child.nextLine(), "true");
  },
  "another worker has the job": (db) => {
    db.run("UPDATE _honker_live SET claim_expires_at = 5");
    db.queue("q").claimOne("thief");
  },
  "a worker of its own name has the job again": (db) => {
    db.run("UPDATE _honker_live SET claim_expires_at = 5");
    db.queue("q").claimOne("w");
  },
})) {
  test(`the signal aborts with LEASE_LOST when ${name}`, async (t) => {
    const { db, queue } = withQueue(t);
    const id = queue.enqueue("a");
    const { errors, options } = collector();
    let reason: unknown;
    const worker = queue.work(
      async (job, signal) => {
        await aborted(signal);
        reason = signal.reason;
        assert.equal(job.ack(), false);
        throw new Error("what it does after that does not count");
      },
      { ...options, workerId: "w" },
    );
    await until(() => worker.running === 1);
    await take(db, id, t);
    const after = live(db);
    await until(() => worker.running === 0, "the abort");
    assert.ok(reason instanceof StorageError);
    assert.equal(reason.code, "LEASE_LOST");
    assert.deepEqual(reason.details, { jobId: id, attempts: 1 });
    await worker.stop();
    assert.deepEqual([live(db), queue.deadJobs(), errors], [after, [], []]);
  });
}

test("the signal aborts at the next renewal when the lease lapsed unseen", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue("a");
  let reason: unknown;
  const worker = queue.work(
    async (_job, signal) => {
      db.run("UPDATE _honker_live SET claim_expires_at = 5"); // nobody has it
      await aborted(signal);
      reason = signal.reason;
    },
    { heartbeatS: 0.1, idlePollS: null },
  );
  await until(() => reason !== undefined);
  await worker.stop();
  assert.equal((reason as StorageError).code, "LEASE_LOST");
});

test("a job that failed is done again after retryDelayS, which is told the attempt and the error", async (t) => {
  const { db, queue } = withQueue(t, { maxAttempts: 5 });
  queue.enqueue("a");
  const { errors, options } = collector();
  const asked: unknown[] = [];
  const retryDelayS = (attempts: number, error: unknown) => {
    asked.push([attempts, (error as Error).message]);
    return attempts * 100;
  };
  queue.work(
    async ({ attempts }) => {
      if (attempts < 4) throw new Error(`attempt ${attempts}`);
    },
    { ...options, retryDelayS },
  );
  for (const attempts of [1, 2, 3]) {
    await until(() => live(db)[0]?.state === "pending" && live(db)[0]?.attempts === attempts, `attempt ${attempts}`);
    assert.ok(Math.abs(Number(live(db)[0]?.run_at) - now(db) - attempts * 100) <= 1);
    makeDue(db);
  }
  await until(isEmpty(db));
  assert.deepEqual(asked, [
    [1, "attempt 1"],
    [2, "attempt 2"],
    [3, "attempt 3"],
  ]);
  assert.deepEqual(
    errors.map(({ error, payload }) => [(error as Error).message, payload]),
    asked.map((each) => [(each as unknown[])[1], "a"]),
  );
});

test("a job that failed as often as it may is dead, with the stack of the last error", async (t) => {
  const { db, queue } = withQueue(t, { maxAttempts: 2 });
  queue.enqueue("a");
  const { errors, options } = collector();
  queue.work(({ attempts }) => {
    throw new Error(`attempt ${attempts}`);
  }, options);
  await until(() => queue.deadJobs().length === 1, "the death");
  const [job] = queue.deadJobs();
  assert.match(job?.lastError ?? "", /^Error: attempt 2\n.*worker\.test\.ts/s);
  assert.deepEqual([job?.attempts, errors.length, live(db)], [2, 2, []]);
});

for (const [name, thrown, expected] of [
  ["undefined", undefined, "undefined"],
  ["null", null, "null"],
  ["text", "why", "why"],
  ["a number", 5, "5"],
  ["a symbol", Symbol("why"), "Symbol(why)"],
  ["an object", { a: 1 }, "[object Object]"],
  ["an error without a stack", Object.assign(new Error("why"), { stack: undefined }), "Error: why"],
  ["half of a surrogate pair", "a\ud800b", "a\ufffdb"],
  ["a NUL character", "a\0b", "a\ufffdb"],
] as const) {
  test(`a handler may throw ${name}`, async (t) => {
    const { db, queue } = withQueue(t, { maxAttempts: 1 });
    queue.enqueueBatch(["bad", "good"]);
    const { errors, options } = collector();
    queue.work(({ payload }) => {
      if (payload === "bad") throw thrown;
    }, options);
    await until(isEmpty(db));
    assert.deepEqual(
      queue.deadJobs().map(({ payload, lastError }) => [payload, lastError]),
      [["bad", expected]],
    );
    assert.equal(errors[0]?.error, thrown);
  });
}

test("a long error is cut", async (t) => {
  const { queue } = withQueue(t, { maxAttempts: 1 });
  queue.enqueue("a");
  const { options } = collector();
  queue.work(() => Promise.reject(new Error("x".repeat(1_000_000))), options);
  await until(() => queue.deadJobs().length === 1);
  assert.equal(queue.deadJobs()[0]?.lastError?.length, 16 * 1024);
});

for (const [name, retryDelayS] of Object.entries<() => unknown>({
  NaN: () => Number.NaN,
  "a negative number": () => -1,
  "a fraction": () => 1.5,
  infinity: () => Number.POSITIVE_INFINITY,
  text: () => "5",
  nothing: () => undefined,
  "a promise": async () => 5,
  "an error": () => {
    throw new Error("from retryDelayS");
  },
})) {
  test(`a retryDelayS that gives ${name} is reported, and a minute taken instead`, async (t) => {
    const { db, queue } = withQueue(t);
    queue.enqueue("a");
    const { errors, options } = collector();
    const delay = retryDelayS as () => number;
    queue.work(() => Promise.reject(new Error("why")), { ...options, retryDelayS: delay });
    await until(() => live(db)[0]?.attempts === 1 && live(db)[0]?.state === "pending");
    assert.ok(Math.abs(Number(live(db)[0]?.run_at) - now(db) - 60) <= 1);
    assert.equal(errors.length, 2);
    assert.match(String(errors[0]?.error), /retryDelayS/);
  });
}

test("an onError that throws is no harm", async (t) => {
  const { db, queue } = withQueue(t, { maxAttempts: 1 });
  queue.enqueueBatch(["bad", "good"]);
  const warnings: unknown[] = [];
  const note = (warning: Error) => warnings.push(warning.message);
  process.on("warning", note);
  t.after(() => void process.off("warning", note));
  queue.work(
    ({ payload }) => {
      if (payload === "bad") throw new Error("why");
    },
    {
      onError() {
        throw new Error("from onError");
      },
    },
  );
  await until(isEmpty(db));
  assert.equal(queue.deadJobs().length, 1);
  if (isNode) await until(() => warnings.includes("from onError"));
});

test("without onError the process is warned", { skip: !isNode && "warnings differ" }, async (t) => {
  const { queue } = withQueue(t, { maxAttempts: 1 });
  const warnings: unknown[] = [];
  const note = (warning: Error) => warnings.push(warning.message);
  process.on("warning", note);
  t.after(() => void process.off("warning", note));
  queue.enqueueBatch(["a", "b"]);
  queue.work(({ payload }) => {
    throw payload === "a" ? new Error("why") : payload;
  });
  await until(() => queue.deadJobs().length === 2 && warnings.length === 2);
  assert.deepEqual(warnings, ["why", "b"]);
});

for (const use of ["ack", "retry", "fail"] as const) {
  test(`a handler may ${use} its job itself, and what it does after that changes nothing`, async (t) => {
    const { db, queue } = withQueue(t);
    const { errors, options } = collector();
    for (const ending of ["returns", "throws"]) {
      const id = queue.enqueue(ending);
      const worker = queue.work(
        (job) => {
          assert.equal(use === "retry" ? job.retry(500) : job[use](), true);
          if (ending === "throws") throw new Error("why");
        },
        { ...options, resultTtlS: 60 },
      );
      await until(() => queue.getJob(id)?.attempts !== 0 && queue.getJob(id)?.state !== "processing");
      await worker.stop();
      if (use === "retry") {
        assert.equal(queue.getJob(id)?.attempts, 1);
        assert.ok(queue.getJob(id)!.runAt > now(db) + 490);
      } else assert.equal(queue.getJob(id), null);
      queue.cancel(id);
    }
    assert.equal(queue.stats().dead, use === "fail" ? 2 : 0);
    assert.equal(errors.length, 1);
  });
}

test("a handler that gives its job back, or fails it, leaves no result", async (t) => {
  const { db, queue } = withQueue(t);
  const ids = queue.enqueueBatch(["retry", "fail", "ack"]) as [number, number, number];
  const handle = (job: Job<unknown>) => {
    job[job.payload as "retry" | "fail" | "ack"]();
    return "result";
  };
  const worker = queue.work(handle, { resultTtlS: 60, retryDelayS: 0 });
  await until(() => live(db).every(({ state, attempts }) => state === "pending" && attempts === 1));
  await worker.stop();
  assert.deepEqual(
    ids.map((id) => db.getResult(id)),
    [null, null, '"result"'],
  );
});

test("a handler may ack its job in a transaction of its own: both, or neither", async (t) => {
  const { db, queue } = withQueue(t);
  db.run("CREATE TABLE done (id)");
  queue.enqueueBatch(["a", "b"]);
  queue.work((job) => {
    const tx = db.transaction();
    tx.execute("INSERT INTO done VALUES (?)", [job.id]);
    assert.equal(job.ackTx(tx), true);
    tx.commit();
  });
  await until(isEmpty(db));
  assert.deepEqual(db.values("SELECT id FROM done"), [[1], [2]]);
});

test("a job whose ack was rolled back counts as failed when its handler throws", async (t) => {
  const { db, queue } = withQueue(t, { maxAttempts: 1 });
  queue.enqueue("a");
  const { errors, options } = collector();
  const worker = queue.work((job) => {
    const tx = db.transaction();
    assert.equal(job.ackTx(tx), true);
    tx.rollback();
    throw new Error("why");
  }, options);
  await until(() => errors.length === 1);
  await worker.stop();
  assert.match(queue.deadJobs()[0]?.lastError ?? "it waits for the end of its lease", /^Error: why/);
});

test("a job whose ack was rolled back keeps no result, since it is done again", async (t) => {
  const { db, queue } = withQueue(t);
  const id = queue.enqueue("a");
  const { options } = collector();
  const worker = queue.work(
    (job) => {
      const tx = db.transaction();
      assert.equal(job.ackTx(tx), true);
      tx.rollback();
      return "result";
    },
    { ...options, resultTtlS: 60 },
  );
  await until(() => worker.running === 0 && queue.getJob(id)?.attempts === 1);
  await worker.stop();
  assert.ok(queue.getJob(id) === null || db.getResult(id) === null, "it has a result, and comes again");
});

test("a worker waits for the open transaction of its own process, and goes on after it", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch([1, 2]);
  const { errors, options } = collector();
  const done: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = queue.work(
    async ({ payload }) => {
      done.push(payload);
      await promise;
    },
    { ...options, heartbeatS: 0.1 },
  );
  await until(() => done.length === 1);
  const tx = db.transaction();
  queue.enqueueTx(tx, 3);
  resolve();
  await turn(150); // a heartbeat and the end of the first handler meet the transaction
  assert.deepEqual([done, worker.running], [[1], 0]);
  tx.commit();
  await until(isEmpty(db));
  assert.deepEqual([done, errors], [[1, 2, 3], []]);
});

test("a worker outlasts a lock that another connection holds, and reports it", async (t) => {
  const { db, queue } = withQueue(t, { busyTimeoutMs: 1 });
  const other = plainOn(t, db);
  queue.enqueueBatch([1, 2]);
  const { errors, options } = collector();
  const done: unknown[] = [];
  const worker = queue.work(
    ({ payload }) => {
      done.push(payload);
      if (payload === 1) other.exec("BEGIN IMMEDIATE"); // its ack meets the lock
    },
    { ...options, heartbeatS: 0.1 },
  );
  await until(() => errors.length >= 3, "the reports");
  assert.ok(errors.every(({ error }) => (error as StorageError).code === "SQLITE_BUSY"));
  other.exec("COMMIT");
  await until(isEmpty(db));
  await worker.stop();
  assert.deepEqual(done, [1, 2]);
});

test("a job whose renewal met a lock is renewed after it", async (t) => {
  const { db, queue } = withQueue(t, { busyTimeoutMs: 0, visibilityTimeoutS: 100 });
  const other = plainOn(t, db);
  queue.enqueue(1);
  const { errors, options } = collector();
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = queue.work(() => promise, { ...options, heartbeatS: 0.1 });
  await until(() => worker.running === 1);
  db.run("UPDATE _honker_live SET claim_expires_at = unixepoch() + 50");
  other.exec("BEGIN IMMEDIATE");
  await turn(150);
  other.exec("COMMIT");
  await until(() => Number(live(db)[0]?.claim_expires_at) > now(db) + 90, "the renewal");
  resolve();
  await until(isEmpty(db));
  assert.deepEqual(errors, []);
});

test("a worker reports a file it can't read, and goes on once it can", async (t) => {
  const { db, queue } = withQueue(t);
  const { errors, options } = collector();
  const done: unknown[] = [];
  queue.work(({ payload }) => void done.push(payload), options);
  await turn(3);
  db.run("ALTER TABLE _honker_live RENAME TO gone");
  await until(() => errors.length >= 3, "the reports");
  assert.equal((errors[0]!.error as StorageError).code, "SQLITE_ERROR");
  db.run("ALTER TABLE gone RENAME TO _honker_live");
  queue.enqueue(1);
  await until(() => done.length === 1);
});

test("rows that no handler could take are set aside with the reason, and the rest goes on", async (t) => {
  const { db, queue } = withQueue(t);
  const rows = ["x'00ff'", "'not json'", "'{\"a\":NaN}'", "'1'", "'2'"];
  for (const payload of rows) db.run(`INSERT INTO _honker_live(queue, payload) VALUES ('q', ${payload})`);
  db.run("UPDATE _honker_live SET priority = 2.5 WHERE payload = '1'");
  const done: unknown[] = [];
  queue.work(({ payload }) => void done.push(payload));
  await until(isEmpty(db));
  assert.deepEqual(done, [2]);
  assert.deepEqual(
    queue.deadJobs().map(({ payload, lastError }) => [payload, lastError]),
    [
      ["00FF", "invalid row: payload is a blob"],
      ["not json", "invalid row: payload is not JSON"],
      ['{"a":NaN}', "invalid row: payload is not JSON"],
      [1, "invalid row: priority is a real"],
    ],
  );
});

test("resultTtlS keeps what handlers return, as JSON, for so long", async (t) => {
  const { db, queue } = withQueue(t);
  const results = [{ a: [1] }, "text", null, undefined, 0, false];
  const ids = queue.enqueueBatch(results.map((_, i) => i));
  const waiting = ids.map((id) => db.waitResult(id, { timeoutS: 20 }));
  const worker = queue.work(async ({ payload }) => results[payload as number], { resultTtlS: 100, concurrency: 3 });
  assert.deepEqual(
    await Promise.all(waiting),
    results.map((result) => result ?? null),
  );
  await worker.stop();
  assert.deepEqual(
    ids.map((id) => db.getResult(id)),
    results.map((result) => JSON.stringify(result ?? null)),
  );
  const times = db.values("SELECT expires_at - created_at FROM _honker_results").flat();
  assert.deepEqual(times, new Array(6).fill(100));
});

test("resultTtlS 0 keeps results for good; without it nothing is kept", async (t) => {
  const { db, queue } = withQueue(t);
  const kept = queue.enqueue("kept");
  const first = queue.work(() => "result", { resultTtlS: 0 });
  await until(isEmpty(db));
  await first.stop();
  const dropped = queue.enqueue("dropped");
  const second = queue.work(() => "result");
  await until(isEmpty(db));
  await second.stop();
  assert.deepEqual(db.values("SELECT job_id, value, expires_at FROM _honker_results"), [[kept, '"result"', null]]);
  assert.equal(db.getResult(dropped), null);
});

test("a job that lost its lease keeps no result", async (t) => {
  const { db, queue } = withQueue(t);
  const id = queue.enqueue("a");
  const worker = queue.work(() => queue.cancel(id) && "result", { resultTtlS: 0 });
  await until(() => live(db).length === 0 && worker.running === 0);
  await turn(3);
  assert.equal(db.getResult(id), null);
});

for (const [name, result] of Object.entries<() => unknown>({
  "a function": () => () => {},
  "a bigint": () => 1n,
  "half of a surrogate pair": () => "\ud800",
  "a cycle": () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    return cycle;
  },
})) {
  test(`a job whose result is ${name} is dead, since to do it again would give the same`, async (t) => {
    const { db, queue } = withQueue(t);
    const id = queue.enqueue("a");
    const { errors, options } = collector();
    queue.work(result, { ...options, resultTtlS: 60 });
    await assert.rejects(db.waitResult(id, { timeoutS: 20 }), { code: "JOB_DEAD" });
    assert.deepEqual([queue.deadJobs()[0]?.attempts, errors.length, db.getResult(id)], [1, 1, null]);
  });
}

test("stop() claims no more and resolves once the handlers are done and their jobs acked", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch([1, 2, 3]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = queue.work(() => promise, { concurrency: 2 });
  await until(() => worker.running === 2);
  const stopped = worker.stop();
  assert.equal(worker.stop(), stopped);
  assert.equal(worker.done, stopped);
  queue.enqueue(4);
  await turn(5);
  assert.equal(worker.running, 2);
  resolve();
  await stopped;
  assert.deepEqual(
    live(db).map(({ payload, state }) => [payload, state]),
    [
      ["3", "pending"],
      ["4", "pending"],
    ],
  );
});

test("stop() of a worker that waits, has just begun or has stopped resolves at once", async (t) => {
  const { queue } = withQueue(t);
  const waiting = queue.work(() => {});
  await turn(5);
  await waiting.stop();
  await waiting.stop();
  const begun = queue.work(() => assert.fail("it was stopped"));
  queue.enqueue(1);
  await begun.stop();
  assert.equal(queue.stats().pending, 1);
});

test("stop() aborts handlers after the drain time; one that ends then has its job waiting again", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch(["throws", "returns"]);
  const { errors, options } = collector();
  const reasons: unknown[] = [];
  const worker = queue.work(
    async ({ payload }, signal) => {
      await aborted(signal);
      reasons.push((signal.reason as StorageError).code);
      if (payload === "throws") throw signal.reason;
    },
    { ...options, concurrency: 2, drainTimeoutS: 0.01, retryDelayS: 500 },
  );
  await until(() => worker.running === 2);
  await worker.stop();
  assert.deepEqual(reasons, ["WORKER_STOPPED", "WORKER_STOPPED"]);
  assert.deepEqual(
    live(db).map(({ payload, state, attempts }) => [payload, state, attempts]),
    [['"throws"', "pending", 1]],
  );
  assert.ok(Number(live(db)[0]?.run_at) <= now(db));
  assert.deepEqual(errors, []);
});

test("stop() gives the job of a handler that does not end back, and what that does later does not count", async (t) => {
  const { db, queue } = withQueue(t);
  const id = queue.enqueue("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  const { errors, options } = collector();
  const worker = queue.work(() => promise, { ...options, drainTimeoutS: 0, resultTtlS: 60 });
  await until(() => worker.running === 1);
  await worker.stop();
  assert.deepEqual([queue.getJob(id)?.state, worker.running], ["pending", 0]);
  assert.equal(queue.claimOne("next")?.id, id);
  resolve();
  await turn(3);
  assert.deepEqual([queue.getJob(id)?.workerId, db.getResult(id), errors], ["next", null, []]);
});

test("stop() ends some time after the drain time though a lock keeps it from writing what was done", async (t) => {
  const { db, queue } = withQueue(t, { busyTimeoutMs: 0 });
  const id = queue.enqueue("a");
  const other = plainOn(t, db);
  const { options } = collector();
  const worker = queue.work(() => other.exec("BEGIN IMMEDIATE"), { ...options, drainTimeoutS: 0.05 });
  await until(() => queue.getJob(id)?.state === "processing" && worker.running === 0);
  const deadlineMs = Date.now() + 4000;
  let isOver = false;
  void worker.stop().then(() => {
    isOver = true;
  });
  await until(() => isOver || Date.now() > deadlineMs);
  other.exec("ROLLBACK");
  assert.equal(isOver, true, "who stops on SIGTERM waits for ever");
});

test("a signal stops the worker as stop() does, and is not listened to any longer", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1);
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = queue.work(() => promise, { signal: controller.signal });
  await until(() => worker.running === 1);
  if (isNode) assert.equal(getEventListeners(controller.signal, "abort").length, 1);
  controller.abort();
  await turn(3);
  assert.equal(worker.running, 1);
  resolve();
  await worker.done;
  assert.deepEqual(live(db), []);
  const stopped = queue.work(() => {}, { signal: new AbortController().signal });
  await stopped.stop();
  if (isNode) assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("a stopped worker listens to its signal no longer", { skip: !isNode && "Node tells" }, async (t) => {
  const { queue } = withQueue(t);
  const { signal } = new AbortController();
  const workers = Array.from({ length: 10 }, () => queue.work(() => {}, { signal }));
  assert.equal(getEventListeners(signal, "abort").length, 10);
  await Promise.all(workers.map((worker) => worker.stop()));
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a signal that has aborted already gives a worker that does nothing", async (t) => {
  const { queue } = withQueue(t);
  queue.enqueue(1);
  const worker = queue.work(() => assert.fail("it was aborted"), { signal: AbortSignal.abort() });
  await worker.done;
  assert.equal(queue.stats().pending, 1);
});

test("close() of the database stops the worker at once and aborts its handlers", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch([1, 2]);
  const { errors, options } = collector();
  const reasons: unknown[] = [];
  const worker = queue.work(
    async (_job, signal) => {
      await aborted(signal);
      reasons.push((signal.reason as StorageError).code);
      throw signal.reason;
    },
    { ...options, concurrency: 2 },
  );
  await until(() => worker.running === 2);
  db.close();
  await worker.done;
  await worker.stop();
  await turn(3);
  assert.deepEqual([reasons, errors, worker.running], [["DATABASE_CLOSED", "DATABASE_CLOSED"], [], 0]);
});

test("close() with an open transaction that a worker waits for ends it without an error", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue(1);
  const { errors, options } = collector();
  let tx: unknown;
  const worker = queue.work(() => {
    tx = db.transaction(); // the ack waits for it
  }, options);
  await until(() => tx !== undefined && worker.running === 0);
  await turn(3);
  db.close();
  await worker.done;
  assert.deepEqual(errors, []);
});

test("a process killed in the midst of a job leaves it to the next worker", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue({ a: 1 });
  const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [db.path]);
  await child.nextLine();
  child.send('["q", "claimOne", "killed"]');
  await child.nextLine();
  child.kill();
  await child.waitExit();
  const done: unknown[] = [];
  queue.work(({ payload, attempts }) => void done.push([payload, attempts]), { idlePollS: null });
  await turn(5);
  assert.deepEqual(done, []);
  db.run("UPDATE _honker_live SET claim_expires_at = unixepoch()");
  await until(() => done.length === 1, "the end of the lease");
  assert.deepEqual(done, [[{ a: 1 }, 2]]);
});

test("a worker does jobs that another process enqueues, and its ref keeps the process alive", async (t) => {
  const path = temporaryPath(t);
  const child = startChild(t, new URL("child/worker-exit.ts", import.meta.url), [path, "ref worker"]);
  await child.nextLine();
  const db = open(path);
  t.after(() => db.close());
  db.queue("q").enqueue("from here");
  assert.equal(await child.nextLine(), "from here");
});

test("exponentialDelay() doubles from its base to its limit, less a share that chance decides", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 2000 }),
      (baseS, maxS, jitter, attempts) => {
        const delayS = exponentialDelay({ baseS, maxS, jitter })(attempts, undefined);
        const full = baseS === 0 ? 0 : Math.min(baseS * 2 ** (attempts - 1), maxS);
        assert.ok(Number.isSafeInteger(delayS) && delayS >= 0);
        assert.ok(delayS <= Math.ceil(full) && delayS >= Math.floor(full * (1 - jitter)), `${delayS} of ${full}`);
      },
    ),
    { seed: Number(process.env.TEST_SEED ?? 20260601) },
  );
});

test("exponentialDelay() gives 1, 2, 4, … up to an hour, or half of it, when it is told nothing", () => {
  const [plain, chance] = [exponentialDelay({ jitter: 0 }), exponentialDelay()];
  assert.deepEqual(
    [1, 2, 3, 12, 13, 5000].map((attempts) => plain(attempts, undefined)),
    [1, 2, 4, 2048, 3600, 3600],
  );
  const delays = new Set(Array.from({ length: 200 }, () => chance(13, undefined)));
  assert.ok(delays.size > 50 && Math.min(...delays) >= 1800 && Math.max(...delays) <= 3600);
});
