import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Job } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { until } from "../support/until.ts";

type Scope = { after(fn: () => void): void };

/** A queue in which `payloads` wait. */
function withJobs(t: Scope, payloads: readonly string[], maxAttempts = 3) {
  const db = temporaryDatabase(t);
  const queue = db.queue<string>("q", { maxAttempts });
  queue.enqueueBatch(payloads);
  return { db, queue };
}

const live = (db: Database) => db.query("SELECT * FROM _honker_live ORDER BY id");
const dead = (db: Database) => db.query("SELECT * FROM _honker_dead ORDER BY id");
const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;
const lapse = (db: Database) => db.run("UPDATE _honker_live SET claim_expires_at = unixepoch() - 1");

/** Leaves most of the current second for what must happen within it. */
const earlyInASecond = () => until(() => Date.now() % 1000 < 400, "the beginning of a second");

/** Inserts a row as no writer of ours would. */
function insert(db: Database, columns: Readonly<Record<string, string>>): void {
  const row = { queue: "'q'", payload: "'1'", ...columns };
  db.run(`INSERT INTO _honker_live(${Object.keys(row)}) VALUES (${Object.values(row)})`);
}

/** Everything that a worker can do to its job. */
const USES: Readonly<Record<string, (job: Job<string>) => boolean>> = {
  "ack()": (job) => job.ack(),
  "retry()": (job) => job.retry(5, "error"),
  "fail()": (job) => job.fail("error"),
  "heartbeat()": (job) => job.heartbeat(100),
};

for (const [name, use] of Object.entries(USES)) {
  test(`${name} succeeds in the second at which the lease ends, in which nobody else gets the job`, async (t) => {
    const { db, queue } = withJobs(t, ["a"]);
    const job = queue.claimOne("w");
    await earlyInASecond();
    db.run("UPDATE _honker_live SET claim_expires_at = unixepoch()");
    assert.equal(queue.claimOne("v"), null);
    assert.equal(use(job!), true);
  });

  test(`${name} does nothing after the second at which the lease ends`, (t) => {
    const { db, queue } = withJobs(t, ["a"]);
    const job = queue.claimOne("w");
    lapse(db);
    const before = live(db);
    assert.equal(use(job!), false);
    assert.deepEqual([live(db), dead(db), job?.isSettled], [before, [], false]);
    assert.equal(queue.claimOne("v")?.attempts, 2);
  });

  for (const worker of ["v", "w"]) {
    test(`${name} of a worker "w" that lost the lease does nothing once a worker "${worker}" has the job`, (t) => {
      const { db, queue } = withJobs(t, ["a"]);
      const stale = queue.claimOne("w");
      lapse(db);
      const job = queue.claimOne(worker);
      assert.deepEqual([job?.id, job?.attempts, job?.workerId], [stale?.id, 2, worker]);
      const before = live(db);
      assert.equal(use(stale!), false);
      assert.deepEqual([live(db), dead(db)], [before, []]);
      assert.equal(use(job!), true);
    });
  }
}

test("ack() leaves no trace of the job", (t) => {
  const { db, queue } = withJobs(t, ["a"]);
  assert.equal(queue.claimOne("w")?.ack(), true);
  assert.deepEqual([live(db), dead(db)], [[], []]);
});

test("retry() lets a job with attempts left wait, and drops the error", (t) => {
  const { db, queue } = withJobs(t, ["a"]);
  const job = queue.claimOne("w");
  const [before] = live(db);
  assert.equal(job?.retry(100, "error"), true);
  const [row] = live(db);
  assert.ok(Math.abs(Number(row?.run_at) - now(db) - 100) <= 1);
  const changes = { state: "pending", worker_id: null, claim_expires_at: null, run_at: row?.run_at };
  assert.deepEqual(row, { ...before, ...changes });
  assert.deepEqual(dead(db), []);
});

test("retry() moves a job without attempts left to the dead ones, with its error", (t) => {
  const { db, queue } = withJobs(t, ["a"], 1);
  assert.equal(queue.claimOne("w")?.retry(100, "the last error"), true);
  assert.deepEqual([live(db), queue.deadJobs()[0]?.lastError], [[], "the last error"]);
});

test("retry() waits a minute and keeps an empty error when it is told nothing", (t) => {
  const { db, queue } = withJobs(t, ["a"], 2);
  queue.claimOne("w")?.retry();
  assert.ok(Math.abs(Number(live(db)[0]?.run_at) - now(db) - 60) <= 1);
  db.run("UPDATE _honker_live SET run_at = 0");
  queue.claimOne("w")?.retry();
  assert.equal(queue.deadJobs()[0]?.lastError, "");
});

test("fail() moves a job to the dead ones whatever attempts are left, and keeps its columns", (t) => {
  const { db, queue } = withJobs(t, []);
  queue.enqueue("a", { priority: 4, runAt: 77, maxAttempts: 9, expires: 1000 });
  db.run("UPDATE _honker_live SET created_at = 55");
  const job = queue.claimOne("w");
  assert.equal(job?.fail("error"), true);
  const [row] = dead(db);
  assert.ok(Math.abs(Number(row?.died_at) - now(db)) <= 1);
  assert.deepEqual(dead(db), [
    {
      id: job?.id,
      queue: "q",
      payload: '"a"',
      priority: 4,
      run_at: 77,
      attempts: 1,
      max_attempts: 9,
      last_error: "error",
      created_at: 55,
      died_at: row?.died_at,
    },
  ]);
  assert.deepEqual(live(db), []);
});

for (const [extendS, name] of [
  [1000, "later"],
  [2, "sooner"],
  [0, "now"],
] as const) {
  test(`heartbeat() makes the lease end ${name}`, (t) => {
    const { db, queue } = withJobs(t, ["a"]);
    const job = queue.claimOne("w");
    const [before] = live(db);
    assert.equal(job?.heartbeat(extendS), true);
    const [row] = live(db);
    assert.ok(Math.abs(Number(row?.claim_expires_at) - now(db) - extendS) <= 1);
    assert.deepEqual({ ...row, claim_expires_at: 0 }, { ...before, claim_expires_at: 0 });
  });
}

test("a claim takes over a job whose worker is gone, as the next attempt", (t) => {
  const { db, queue } = withJobs(t, ["a"]);
  queue.claimOne("w");
  const [before] = live(db);
  lapse(db);
  const job = queue.claimOne("v");
  const [row] = live(db);
  const changes = { worker_id: "v", attempts: 2, claim_expires_at: job?.claimExpiresAt };
  assert.deepEqual(row, { ...before, ...changes });
});

test("a claim takes a job whose lease lapsed in its place in the order", (t) => {
  const { db, queue } = withJobs(t, []);
  queue.enqueue("second", { runAt: 20 });
  queue.enqueue("first", { runAt: 10 });
  queue.enqueue("third", { runAt: 30 });
  queue.enqueue("high", { runAt: 40, priority: 1 });
  queue.claimBatch("w", 2); // high and first
  lapse(db);
  assert.deepEqual(
    queue.claimBatch("v", -1).map(({ payload, attempts }) => [payload, attempts]),
    [
      ["high", 2],
      ["first", 2],
      ["second", 1],
      ["third", 1],
    ],
  );
});

test("a claim moves a job that was claimed as often as it may be to the dead ones", (t) => {
  const { db, queue } = withJobs(t, ["a", "b"], 2);
  db.run("UPDATE _honker_live SET created_at = 55 WHERE id = 1");
  for (const attempts of [1, 2]) {
    assert.equal(queue.claimOne("w")?.attempts, attempts);
    db.run("UPDATE _honker_live SET claim_expires_at = 5 WHERE id = 1");
  }
  assert.equal(queue.claimOne("w")?.payload, "b");
  assert.deepEqual(
    queue
      .deadJobs()
      .map(({ id, attempts, maxAttempts, lastError, createdAt }) => [id, attempts, maxAttempts, lastError, createdAt]),
    [[1, 2, 2, "max attempts exceeded", 55]],
  );
});

test("a claim moves a waiting job without attempts left to the dead ones once it is due", (t) => {
  const { db, queue } = withJobs(t, ["due", "later"]);
  db.run("UPDATE _honker_live SET attempts = 3, run_at = CASE id WHEN 1 THEN 5 ELSE 4000000000 END");
  assert.equal(queue.claimOne("w"), null);
  assert.deepEqual(
    queue.deadJobs().map(({ payload, lastError }) => [payload, lastError]),
    [["due", "max attempts exceeded"]],
  );
  assert.equal(live(db).length, 1);
});

test("a claim moves what expired to the dead jobs, and takes what has not", async (t) => {
  const { db, queue } = withJobs(t, ["now", "past", "next"]);
  await earlyInASecond();
  db.run("UPDATE _honker_live SET expires_at = unixepoch() + CASE id WHEN 1 THEN 0 WHEN 2 THEN -100 ELSE 1 END");
  assert.equal(queue.claimOne("w")?.payload, "next");
  assert.deepEqual(
    queue.deadJobs().map(({ payload, lastError, attempts }) => [payload, lastError, attempts]),
    [
      ["now", "expired", 0],
      ["past", "expired", 0],
    ],
  );
});

test("a job whose worker is gone and whose time is over does not stay for ever", (t) => {
  for (const end of ["claim", "sweep"]) {
    const { db, queue } = withJobs(t, ["a"]);
    queue.claimOne("w");
    db.run("UPDATE _honker_live SET claim_expires_at = 5, expires_at = 6");
    if (end === "claim") assert.equal(queue.claimOne("v"), null);
    else assert.equal(queue.sweepExpired(), 1);
    assert.deepEqual([live(db), queue.deadJobs()[0]?.lastError, queue.deadJobs()[0]?.attempts], [[], "expired", 1]);
  }
});

test("a worker may finish a job that expired while it held it", (t) => {
  const { db, queue } = withJobs(t, ["a"]);
  const job = queue.claimOne("w");
  db.run("UPDATE _honker_live SET expires_at = 5");
  assert.equal(queue.claimOne("v"), null);
  assert.equal(job?.heartbeat(50), true);
  assert.equal(job?.ack(), true);
});

test("a claim finds the job behind thousands that are spent or expired", (t) => {
  const { db, queue } = withJobs(t, []);
  db.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO _honker_live(queue, payload, attempts, expires_at, state, claim_expires_at)
    SELECT 'q', '1', 3 * (i % 2), iif(i % 2, NULL, 5), iif(i % 3, 'pending', 'processing'), iif(i % 3, NULL, 5) FROM n`);
  queue.enqueue("behind");
  assert.equal(queue.claimOne("w")?.payload, "behind");
  queue.claimBatch("w", -1);
  queue.claimBatch("w", -1);
  assert.deepEqual([live(db).length, queue.stats().dead], [1, 2500]);
});

for (const [column, value, reason] of [
  ["payload", "x'00ff'", "payload is a blob"],
  ["priority", "1.5", "priority is a real"],
  ["priority", "-1.5", "priority is a real"],
  ["priority", "'high'", "priority is a text"],
  ["priority", "x'00'", "priority is a blob"],
  ["run_at", "5.5", "run_at is a real"],
  ["attempts", "0.5", "attempts is a real"],
  ["attempts", "'x'", "attempts is a text"],
  ["max_attempts", "1.5", "max_attempts is a real"],
  ["max_attempts", "'x'", "max_attempts is a text"],
  ["created_at", "'x'", "created_at is a text"],
  ["expires_at", "4000000000.5", "expires_at is a real"],
] as const) {
  test(`a claim sets a row with ${column} ${value} aside and goes on with the rest`, (t) => {
    const { db, queue } = withJobs(t, ["before"]);
    insert(db, { [column]: value });
    queue.enqueue("after");
    assert.deepEqual(
      queue
        .claimBatch("w", -1)
        .map(({ payload }) => payload)
        .sort(),
      ["after", "before"],
    );
    assert.deepEqual(
      queue.deadJobs().map(({ id, lastError }) => [id, lastError]),
      [[2, `invalid row: ${reason}`]],
    );
    const [types] = db.values(
      `SELECT typeof(payload), typeof(priority), typeof(run_at), typeof(attempts), typeof(max_attempts), typeof(created_at),
         typeof(died_at), json_valid(payload) FROM _honker_dead`,
    );
    assert.deepEqual(types, ["text", ...new Array(6).fill("integer"), 1]);
  });
}

test("a claim keeps the bytes of a payload that is no text among the dead jobs, as hex digits", (t) => {
  const { db, queue } = withJobs(t, []);
  insert(db, { payload: "x'00c3ff'" });
  assert.equal(queue.claimOne("w"), null);
  assert.equal(queue.deadJobs()[0]?.payload, "00C3FF");
});

test("a claim ends when a priority is text that is no Unicode", async (t) => {
  const { db } = withJobs(t, ["good"]);
  insert(db, { priority: "CAST(x'80' AS TEXT)" });
  const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [db.path]); // which can be killed if it does not
  await child.nextLine();
  child.send('["q", "claimBatch", "w", 2]');
  const deadline = setTimeout(() => child.kill(), 3000);
  const jobs = JSON.parse(await child.nextLine()) as { payload: string }[];
  clearTimeout(deadline);
  assert.equal(jobs[0]?.payload, "good");
});

/** Rows of "q" and when the next of them can be claimed, in seconds from now; null if never. */
const NEXT: readonly [name: string, rows: Readonly<Record<string, string>>[], expected: number | null][] = [
  ["nothing", [], null],
  ["a job that is due", [{ run_at: "unixepoch()" }], null],
  ["a delayed job", [{ run_at: "unixepoch() + 50" }], 50],
  ["the sooner of two", [{ run_at: "unixepoch() + 50" }, { run_at: "unixepoch() + 40" }], 40],
  ["a lease", [{ state: "'processing'", claim_expires_at: "unixepoch() + 30" }], 31],
  ["a lease that lapsed", [{ state: "'processing'", claim_expires_at: "unixepoch() - 1" }], null],
  [
    "a lease and a delayed job",
    [{ state: "'processing'", claim_expires_at: "unixepoch() + 30" }, { run_at: "unixepoch() + 29" }],
    29,
  ],
  ["a spent job", [{ run_at: "unixepoch() + 50", attempts: "3" }], null],
  ["a spent lease", [{ state: "'processing'", claim_expires_at: "unixepoch() + 50", attempts: "3" }], null],
  ["a delayed job that has expired", [{ run_at: "unixepoch() + 50", expires_at: "unixepoch()" }], null],
  ["another queue", [{ queue: "'other'", run_at: "unixepoch() + 50" }], null],
];

for (const [name, rows, expected] of NEXT) {
  test(`nextClaimAt is ${expected === null ? "null" : `in ${expected} s`} with ${name}`, async (t) => {
    const { db, queue } = withJobs(t, []);
    await earlyInASecond();
    for (const row of rows) insert(db, row);
    const at = expected === null ? null : now(db) + expected;
    assert.equal(queue.stats().nextClaimAt, at);
    assert.deepEqual(db.values("SELECT honker_queue_next_claim_at('q')"), [[at ?? 0]]);
  });
}
