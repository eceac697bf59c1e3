import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, type Job, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Scope = { after(fn: () => void): void };

const NEVER = { idlePollS: null };

function withQueue(t: Scope, options?: { busyTimeoutMs?: number }) {
  const db = temporaryDatabase(t, options);
  return { db, queue: db.queue("q", { visibilityTimeoutS: 1 }) };
}

/** Plain SQLite on the same file. */
function plainOn(t: Scope, db: Database): DatabaseSync {
  const database = new DatabaseSync(db.path, { timeout: 5000 });
  t.after(() => database.close());
  return database;
}

/** Whether a promise is settled, after a while in which it could have been. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const note = () => {
    isSettled = true;
  };
  promise.then(note, note);
  await turn(5);
  return !isSettled;
}

const payloadOf = async (job: Promise<Job | null>) => (await job)?.payload;

test("next() gives a job that is due at once", async (t) => {
  const { queue } = withQueue(t);
  queue.enqueue("a");
  const waker = queue.claimWaker(NEVER);
  const job = await waker.next("w");
  assert.deepEqual([job?.payload, job?.workerId], ["a", "w"]);
});

for (const [name, commit] of Object.entries<(db: Database, t: Scope) => unknown>({
  "enqueued by this process": (db) => db.queue("q").enqueue("a"),
  "enqueued in a transaction": (db) => {
    const tx = db.transaction();
    db.queue("q").enqueueTx(tx, "a");
    tx.commit();
  },
  "enqueued through another Database": (db, t) => {
    const other = open(db.path);
    t.after(() => other.close());
    other.queue("q").enqueue("a");
  },
  "inserted by a plain connection": (db, t) =>
    plainOn(t, db).exec(`INSERT INTO _honker_live(queue, payload) VALUES ('q', '"a"')`),
  "enqueued by a SQL function": (db) => db.query(`SELECT honker_enqueue('q', '"a"', NULL, NULL, 0, 3, NULL)`),
})) {
  test(`next() waits for a job, and gets one that is ${name}`, async (t) => {
    const { db, queue } = withQueue(t);
    const waker = queue.claimWaker(NEVER);
    const next = waker.next("w");
    assert.ok(await isPending(next));
    db.queue("other").enqueue("not this one");
    assert.ok(await isPending(next));
    commit(db, t);
    assert.equal(await payloadOf(next), "a");
  });
}

test("next() gets a job that another process enqueues", async (t) => {
  const { db, queue } = withQueue(t);
  const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [db.path]);
  await child.nextLine();
  const waker = queue.claimWaker(NEVER);
  const next = waker.next("w");
  child.send('["q", "enqueue", "a"]');
  assert.equal(await payloadOf(next), "a");
});

test("next() gets a delayed job when it comes due, without any poll", async (t) => {
  const { queue } = withQueue(t);
  const waker = queue.claimWaker(NEVER);
  const next = waker.next("w");
  queue.enqueue("a", { delay: 1 });
  const job = await next;
  assert.equal(job?.payload, "a");
  assert.ok(Date.now() / 1000 >= job!.runAt);
});

test("next() takes over a job when its lease ends, without any poll", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue("a");
  queue.claimOne("w");
  db.run("UPDATE _honker_live SET claim_expires_at = unixepoch()");
  const waker = queue.claimWaker(NEVER);
  const job = await waker.next("v");
  assert.deepEqual([job?.payload, job?.attempts], ["a", 2]);
});

test("next() looks once in each idle poll when it is told nothing", async (t) => {
  const db = temporaryDatabase(t, { watcherBackend: "polling", watcherPollIntervalMs: 1e9 });
  const waker = db.queue("q").claimWaker({ idlePollS: 0.05 });
  const next = waker.next("w");
  assert.ok(await isPending(next));
  plainOn(t, db).exec(`INSERT INTO _honker_live(queue, payload) VALUES ('q', '"a"')`);
  assert.equal(await payloadOf(next), "a");
});

test("several wait at once, and each gets a job of its own", async (t) => {
  const { queue } = withQueue(t);
  const wakers = Array.from({ length: 20 }, () => queue.claimWaker(NEVER));
  const waiting = wakers.flatMap((waker, i) => [waker.next(`w${i}`), waker.next(`v${i}`)]);
  queue.enqueueBatch(Array.from({ length: 39 }, (_, i) => i));
  const last = queue.enqueue(39, { delay: 1 });
  const jobs = await Promise.all(waiting);
  const payloads = jobs.map((job) => job?.payload as number).sort((a, b) => a - b);
  assert.deepEqual(
    payloads,
    Array.from({ length: 40 }, (_, i) => i),
  );
  assert.ok(jobs.some((job) => job?.id === last));
  for (const waker of wakers) waker.close();
});

for (const [name, end] of Object.entries<(waker: Disposable & { close(): void }, db: Database) => void>({
  "close()": (waker) => waker.close(),
  "a using block": (waker) => waker[Symbol.dispose](),
  "close() of the database": (_waker, db) => db.close(),
})) {
  test(`next() resolves with null when it is ended by ${name}, also from then on`, async (t) => {
    const { db, queue } = withQueue(t);
    const waker = queue.claimWaker(NEVER);
    const waiting = [waker.next("w"), waker.next("v")];
    assert.ok(await isPending(Promise.race(waiting)));
    end(waker, db);
    end(waker, db);
    assert.deepEqual(await Promise.all(waiting), [null, null]);
    assert.equal(await waker.next("w"), null);
  });
}

test("a signal ends next() alone, and is not listened to any longer", async (t) => {
  const { queue } = withQueue(t);
  const waker = queue.claimWaker(NEVER);
  const controller = new AbortController();
  const { signal } = controller;
  const ended = waker.next("w", { signal });
  const other = waker.next("v");
  assert.ok(await isPending(ended));
  controller.abort();
  assert.equal(await ended, null);
  assert.ok(await isPending(other));
  assert.equal(await waker.next("w", { signal }), null);
  queue.enqueue("a");
  assert.equal(await payloadOf(other), "a");
  if (isNode) assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("next() leaves no listener on a signal after hundreds of waits", { skip: !isNode && "Node tells" }, async (t) => {
  const { queue } = withQueue(t);
  const waker = queue.claimWaker(NEVER);
  const { signal } = new AbortController();
  for (let i = 0; i < 300; i++) {
    const next = waker.next("w", { signal });
    queue.enqueue(i);
    assert.ok((await next)?.ack());
  }
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("next() outlasts a lock that another connection holds", async (t) => {
  const { db, queue } = withQueue(t, { busyTimeoutMs: 1 });
  const other = plainOn(t, db);
  const waker = queue.claimWaker(NEVER);
  other.exec("BEGIN IMMEDIATE");
  other.exec(`INSERT INTO _honker_live(queue, payload) VALUES ('q', '"a"')`);
  const next = waker.next("w");
  assert.ok(await isPending(next));
  other.exec("COMMIT");
  assert.equal(await payloadOf(next), "a");
});

test("next() waits for the open transaction of its own process to end", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue("a");
  const waker = queue.claimWaker(NEVER);
  const controller = new AbortController();
  const tx = db.transaction();
  const [aborted, next] = [waker.next("v", { signal: controller.signal }), waker.next("w")];
  assert.ok(await isPending(next));
  controller.abort();
  tx.rollback();
  assert.equal(await payloadOf(next), "a");
  assert.equal(await aborted, null);
});

test("next() rejects when the jobs can't be read at all", async (t) => {
  const { db, queue } = withQueue(t);
  const waker = queue.claimWaker(NEVER);
  const waiting = waker.next("w");
  assert.ok(await isPending(waiting));
  db.run("DROP TABLE _honker_live");
  await assert.rejects(waiting, { code: "SQLITE_ERROR" });
  await assert.rejects(waker.next("w"), { code: "SQLITE_ERROR" });
});

test("claim() gives one job after the other and waits where there is none", async (t) => {
  const { queue } = withQueue(t);
  queue.enqueueBatch([1, 2]);
  const payloads: unknown[] = [];
  for await (const job of queue.claim("w", NEVER)) {
    payloads.push(job.payload);
    assert.ok(job.ack());
    if (payloads.length === 2) setTimeout(() => queue.enqueue(3), 1);
    if (payloads.length === 3) break;
  }
  assert.deepEqual(payloads, [1, 2, 3]);
});

test("claim() goes on after a job whose lease was lost, or that was cancelled", async (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueueBatch(["lost", "cancelled", "good"]);
  const acks: unknown[] = [];
  for await (const job of queue.claim("w", NEVER)) {
    if (job.payload === "lost" && job.attempts === 1) db.run("UPDATE _honker_live SET claim_expires_at = 5");
    if (job.payload === "cancelled") queue.cancel(job.id);
    acks.push([job.payload, job.attempts, job.ack()]);
    if (acks.length === 4) break;
  }
  assert.deepEqual(acks, [
    ["lost", 1, false],
    ["lost", 2, true],
    ["cancelled", 1, false],
    ["good", 1, true],
  ]);
});

for (const [name, end] of Object.entries<(controller: AbortController, db: Database) => void>({
  "its signal": (controller) => controller.abort(),
  "the end of the database": (_controller, db) => db.close(),
})) {
  test(`claim() is ended by ${name}`, async (t) => {
    const { db, queue } = withQueue(t);
    const controller = new AbortController();
    const next = queue.claim("w", { ...NEVER, signal: controller.signal }).next();
    assert.ok(await isPending(next));
    end(controller, db);
    assert.deepEqual(await next, { value: undefined, done: true });
  });
}

/** The watches of files that this process has. */
function watches(): number {
  return readdirSync("/proc/self/fdinfo").flatMap((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8").match(/^inotify wd/gm) ?? [];
    } catch {
      return []; // the descriptor of the directory that was read
    }
  }).length;
}

const skip = (!isNode || process.platform !== "linux") && "only Node on Linux tells which watches there are";

test("nothing is watched any more once wakers, claim loops and workers have ended", { skip }, async (t) => {
  const { queue } = withQueue(t);
  const before = watches();
  const waker = queue.claimWaker();
  const waiting = waker.next("w");
  const controller = new AbortController();
  const loop = queue.claim("v", { signal: controller.signal });
  const next = loop.next();
  const worker = queue.work(() => {});
  assert.ok(await isPending(Promise.race([waiting, next])));
  assert.equal(watches(), before + 1);
  waker.close();
  controller.abort();
  await Promise.all([waiting, next, worker.stop()]);
  await until(() => watches() === before, "the end of the watch");
});

test("nothing is watched after a claim loop that was never begun", { skip }, async (t) => {
  const { queue } = withQueue(t);
  const before = watches();
  await queue.claim("w").return(undefined);
  assert.equal(watches(), before);
});

for (const [options, expected] of [
  [{ idlePollS: -1 }, { name: "RangeError", message: /idlePollS must be seconds >= 0 or null: received -1/ }],
  [{ idlePollS: Number.NaN }, { name: "RangeError" }],
  [{ idlePollS: "5" }, { name: "RangeError" }],
  [{ idlePolls: 5 }, { name: "TypeError", message: /Unknown option "idlePolls" for claim.*did you mean "idlePollS"/ }],
  [5, { name: "TypeError" }],
] as const) {
  test(`claimWaker() and claim() refuse ${JSON.stringify(options)}`, (t) => {
    const { queue } = withQueue(t);
    assert.throws(() => queue.claimWaker(options as object), expected);
    assert.throws(() => queue.claim("w", options as object), expected);
  });
}

test("next() refuses what is no worker's name and no signal", async (t) => {
  const { queue } = withQueue(t);
  const waker = queue.claimWaker();
  for (const name of [undefined, 5, "a\0", "\ud800"]) {
    await assert.rejects(waker.next(name as string), { name: "TypeError" });
    assert.throws(() => queue.claim(name as string), { name: "TypeError" });
  }
  await assert.rejects(waker.next("w", { signal: {} as AbortSignal }), { name: "TypeError" });
  assert.throws(() => queue.claim("w", { signal: {} as AbortSignal }), { name: "TypeError" });
});
