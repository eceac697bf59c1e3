import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

/** A queue with `count` dead jobs, whose payloads are 1 to `count`. */
function withDead(t: { after(fn: () => void): void }, count: number) {
  const db = temporaryDatabase(t);
  const queue = db.queue<number>("q");
  queue.enqueueBatch(Array.from({ length: count }, (_, i) => i + 1));
  for (const job of queue.claimBatch("w", -1)) job.fail(`error ${job.payload}`);
  return { db, queue };
}

const ids = (db: Database) => db.values("SELECT id FROM _honker_dead ORDER BY id").flat();

test("deadJobs() lists the dead jobs of its queue with the reason of each, oldest first", (t) => {
  const { db, queue } = withDead(t, 2);
  const other = db.queue("other");
  other.enqueue(3);
  other.claimOne("w")?.fail();
  db.run("UPDATE _honker_dead SET created_at = 5, died_at = 6, priority = 7");
  const common = { queue: "q", priority: 7, attempts: 1, maxAttempts: 3, createdAt: 5, diedAt: 6 };
  assert.deepEqual(queue.deadJobs(), [
    { id: 1, payload: 1, lastError: "error 1", ...common },
    { id: 2, payload: 2, lastError: "error 2", ...common },
  ]);
});

test("deadJobs() gives a page at a time, of a hundred when it is told nothing", (t) => {
  const { queue } = withDead(t, 250);
  const seen: number[] = [];
  for (let afterId = 0; ; ) {
    const page = queue.deadJobs(afterId === 0 ? {} : { afterId });
    if (page.length === 0) break;
    assert.ok(page.length <= 100);
    seen.push(...page.map(({ payload }) => payload));
    afterId = page.at(-1)!.id;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 250 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    queue.deadJobs({ limit: 2, afterId: 7 }).map(({ payload }) => payload),
    [8, 9],
  );
  assert.deepEqual(queue.deadJobs({ limit: 0 }), []);
});

test("deadJobs() shows a row that another writer left without a reason, or with text that is not JSON", (t) => {
  const db = temporaryDatabase(t);
  db.run("INSERT INTO _honker_dead(id, queue, payload, last_error) VALUES (9, 'q', 'plain', NULL)");
  const [job] = db.queue("q").deadJobs();
  assert.deepEqual([job?.id, job?.payload, job?.lastError], [9, "plain", null]);
});

test("replayDead() makes a new job of a dead one, with all its attempts, and takes the dead one away", (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q", { maxAttempts: 3 });
  queue.enqueue({ a: 1 }, { priority: 4, maxAttempts: 7, expires: 50 });
  const dead = queue.claimOne("w");
  dead?.fail("why");
  const id = queue.replayDead(dead!.id);
  assert.ok(id! > dead!.id);
  assert.deepEqual(queue.deadJobs(), []);
  const job = queue.claimOne("w");
  assert.deepEqual(
    [job?.id, job?.payload, job?.priority, job?.attempts, job?.maxAttempts, job?.expiresAt],
    [id, { a: 1 }, 4, 1, 7, null],
  );
  job?.fail("again");
  assert.deepEqual(
    queue.deadJobs().map((each) => each.id),
    [id],
  );
});

test("replayDead() waits for as long as it is told", (t) => {
  const { queue } = withDead(t, 1);
  const id = queue.replayDead(1, { delay: 100 });
  assert.equal(queue.claimOne("w"), null);
  assert.ok(queue.getJob(id!)!.runAt > Date.now() / 1000 + 90);
});

test("replayDead() takes the attempts of the queue where the dead job has none", (t) => {
  const { db, queue } = withDead(t, 1);
  db.run("UPDATE _honker_dead SET max_attempts = 0");
  queue.replayDead(1);
  assert.equal(queue.claimOne("w")?.maxAttempts, 3);
});

test("replayDead() gives null for a job of another queue, a live one and none, and writes nothing", (t) => {
  const { db, queue } = withDead(t, 1);
  const alive = queue.enqueue(5);
  assert.equal(db.queue("other").replayDead(1), null);
  for (const id of [alive, 999]) assert.equal(queue.replayDead(id), null);
  assert.deepEqual([ids(db), queue.stats().pending], [[1], 1]);
});

test("replayDead() wakes the workers", async (t) => {
  const { queue } = withDead(t, 1);
  const waker = queue.claimWaker({ idlePollS: null });
  const next = waker.next("w");
  queue.replayDead(1);
  assert.equal((await next)?.payload, 1);
});

for (const [name, values] of [
  ["bytes for a payload", "x'00ff', 0"],
  ["a fraction for a priority", "'1', 1.5"],
] as const) {
  test(`replayDead() brings no row of a wrong type back to life: ${name}`, (t) => {
    const db = temporaryDatabase(t);
    db.run(`INSERT INTO _honker_dead(id, queue, payload, priority) VALUES (9, 'q', ${values})`);
    try {
      db.queue("q").replayDead(9);
    } catch {
      // refused: well, too
    }
    const types = db.values("SELECT typeof(payload), typeof(priority) FROM _honker_live");
    for (const row of types) assert.deepEqual(row, ["text", "integer"]);
  });
}

test("purgeDead() deletes all of its queue, and says how many", (t) => {
  const { db, queue } = withDead(t, 3);
  db.run("UPDATE _honker_dead SET queue = 'other' WHERE id = 2");
  assert.equal(queue.purgeDead(), 2);
  assert.equal(queue.purgeDead(), 0);
  assert.deepEqual(ids(db), [2]);
});

test("purgeDead() deletes what died before so many seconds, or is not among the newest so many", (t) => {
  const { db, queue } = withDead(t, 6);
  db.run("UPDATE _honker_dead SET died_at = unixepoch() - CASE id WHEN 2 THEN 100 WHEN 5 THEN 100 ELSE 10 END");
  db.run("INSERT INTO _honker_dead(id, queue, payload, died_at) VALUES (99, 'other', '1', 5)");
  assert.equal(queue.purgeDead({ olderThanS: 50 }), 2);
  assert.deepEqual(ids(db), [1, 3, 4, 6, 99]);
  assert.equal(queue.purgeDead({ maxKeep: 3 }), 1);
  assert.deepEqual(ids(db), [3, 4, 6, 99]);
  assert.equal(queue.purgeDead({ maxKeep: 3 }), 0);
  db.run("UPDATE _honker_dead SET died_at = 5 WHERE id = 6");
  assert.equal(queue.purgeDead({ olderThanS: 50, maxKeep: 2 }), 2);
  assert.deepEqual(ids(db), [4, 99]);
  assert.equal(queue.purgeDead({ maxKeep: 0 }), 1);
});

test("a dead job keeps bytes and reasons of any length", (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  queue.enqueue("x".repeat(1_000_000));
  queue.claimOne("w")?.fail("e".repeat(1_000_000));
  const job = queue.deadJobs()[0]!;
  assert.deepEqual([(job.payload as string).length, job.lastError?.length], [1_000_000, 1_000_000]);
});
