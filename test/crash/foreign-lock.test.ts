import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const BUSY_MS = 200;
const NOISE_MS = 4000; // of a machine that does other things, too: still less than the timeout by default
const LOOPS = ["work", "claim", "outbox", "scheduler", "subscribe"];

/** What a loop has met: see `child/loop.ts`. */
interface Report {
  readonly done: number;
  readonly errors: readonly string[];
  readonly blockedMs: number;
  readonly cpuMs: number;
}

async function startHolder(t: TestScope, path: string) {
  const holder = startChild(t, new URL("child/lock-holder.ts", import.meta.url), [path]);
  assert.equal(await holder.nextLine(), "ready");
  return {
    async hold(ms: number) {
      holder.send(String(ms));
      assert.equal(await holder.nextLine(), "held");
    },
    async released() {
      assert.equal(await holder.nextLine(), "released");
    },
  };
}

test("calls that write throw SQLITE_BUSY once busyTimeoutMs is over when another process keeps the lock", async (t) => {
  const path = temporaryPath(t);
  const db = open(path, { busyTimeoutMs: BUSY_MS });
  t.after(() => db.close());
  const queue = db.queue("q");
  const job = queue.claimBatch("a", queue.enqueue(1))[0]!;
  const lock = db.tryLock("l", "a", 60)!;
  const holder = await startHolder(t, path);
  await holder.hold(60_000);
  const calls: Record<string, () => unknown> = {
    transaction: () => db.transaction(),
    notify: () => db.notify("a", 1),
    publish: () => db.stream("s").publish(1),
    saveOffset: () => db.stream("s").saveOffset("c", 1),
    enqueue: () => queue.enqueue(1),
    claimBatch: () => queue.claimBatch("a", 1),
    ack: () => job.ack(),
    retry: () => job.retry(),
    heartbeat: () => job.heartbeat(1),
    tryLock: () => db.tryLock("m", "a", 1),
    release: () => lock.release(),
    tryRateLimit: () => db.tryRateLimit("r", 1, 1),
    tick: () => db.scheduler().tick(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const startMs = performance.now();
    assert.throws(call, { name: "SqliteError", code: "SQLITE_BUSY", retryable: true }, name);
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs > BUSY_MS * 0.8 && tookMs < BUSY_MS + NOISE_MS, `${name} waited ${tookMs} ms`);
  }
  assert.equal(db.inTransaction, false);
  assert.equal(queue.getJob(job.id)?.state, "processing"); // reads go on
});

test("a call that writes waits for the lock of another process and succeeds when it is let go in time", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  const holder = await startHolder(t, path);
  const startMs = performance.now();
  await holder.hold(300);
  assert.equal(db.notify("a", 1), 1);
  assert.ok(performance.now() - startMs > 250);
});

test("all loops survive when another process keeps the lock for 7 s, and never block longer than busyTimeoutMs", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  db.scheduler().add({ name: "task", queue: "scheduler", schedule: "@every 1s", payload: 1 });
  const holder = await startHolder(t, path);
  const children = await Promise.all(
    LOOPS.map(async (kind) => {
      const child = startChild(t, new URL("child/loop.ts", import.meta.url), [path, kind, String(BUSY_MS)]);
      assert.equal(await child.nextLine(), "ready");
      const report = async (): Promise<Report> => {
        child.send("report");
        return JSON.parse(await child.nextLine());
      };
      return { kind, report };
    }),
  );
  for (const { report } of children) await report();

  const delay = 1; // so that it comes due while the lock is held
  db.queue("work").enqueue(1, { delay });
  db.queue("claim").enqueue(1, { delay });
  db.outbox("outbox", () => {}).enqueue(1, { delay });
  db.stream("subscribe").publish(1);
  await holder.hold(7000);
  await holder.released();
  db.stream("subscribe").publish(2);

  for (const { kind, report } of children) {
    const { done, errors, blockedMs, cpuMs } = await report();
    t.diagnostic(`${kind}: blocked ${blockedMs.toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms, ${errors.length} errors`);
    assert.deepEqual(new Set(errors), new Set(errors.length > 0 ? ["SQLITE_BUSY"] : []), kind);
    assert.ok(blockedMs < BUSY_MS + NOISE_MS, `${kind} was blocked for ${blockedMs} ms`);
    assert.ok(cpuMs < 2000, `${kind} used ${cpuMs} ms`);
    if (kind !== "scheduler") await until(async () => (await report()).done >= Math.max(done, 1), `a job of ${kind}`);
  }
  await until(() => db.stream("subscribe").getOffset("c") === 2, "the saved offset");
  for (const queue of ["work", "claim", "_outbox:outbox"]) {
    await until(
      () => db.queue(queue).stats().processing === 0 && db.queue(queue).stats().pending === 0,
      `ack in ${queue}`,
    );
  }
  const [next] = db.scheduler().list();
  await until(() => db.scheduler().list()[0]!.next_fire_at > next!.next_fire_at, "the next time of the schedule");
});
