import assert from "node:assert/strict";
import { eventually } from "../support/clock.ts";
import { scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

interface CrowdState {
  readonly received: number;
  readonly repeated: number;
  readonly cpuMs: number;
  readonly resources: readonly string[];
}

const crowdState = (e: Side) => e.program.call<CrowdState>("crowdState");

scenario(
  59,
  "close() ends 1 000 each of listeners, wakers and subscriptions of E while H writes, and the process exits",
  async (stage) => {
    const [e, h] = await stage.pair();
    const before = await crowdState(e);
    const kinds = ["listener", "waker", "subscription", "updates"];
    await e.program.call("crowd", 1000, kinds);
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await h.notify("other", 1);
    })();
    await h.notify("crowd 999", 1);
    await eventually(async () => (await crowdState(e)).received === 1, "the message", 10);
    const ends = await e.program.call<Record<string, string[]>>("crowdClose");
    assert.deepEqual(Object.keys(ends), ["done"]);
    assert.equal(ends.done?.length, 1000 * kinds.length);
    assert.deepEqual((await crowdState(e)).resources, before.resources);
    isOver = true;
    await writing;
    assert.equal(await e.program.end(), 0);
  },
);

const LISTENERS = 10_000;
const LASTS_S = 15;
const MESSAGES = 300;

scenario(
  60,
  "10 000 listeners of E miss nothing and take little of the processor while H commits 100 times a second",
  async (stage) => {
    const [e, h] = await stage.pair();
    await h.sql("CREATE TABLE unrelated (n INTEGER)");
    await e.program.call("crowd", LISTENERS, ["listener"]);
    await crowdState(e);
    const beganMs = performance.now();
    let commits = 0;
    let sent = 0;
    while (performance.now() - beganMs < LASTS_S * 1000) {
      await h.sql("INSERT INTO unrelated VALUES (1)");
      if (sent < MESSAGES && ++commits % 4 === 0) await h.notify(`crowd ${(sent++ * 7919) % LISTENERS}`, sent);
      const nextMs = beganMs + commits * 10;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
    }
    const tookMs = performance.now() - beganMs;
    const { cpuMs } = await crowdState(e);
    await eventually(async () => (await crowdState(e)).received === sent, "the messages", 10);
    const { repeated } = await crowdState(e);
    stage.t.diagnostic(
      `${commits} commits, ${sent} messages, ${((100 * cpuMs) / tookMs).toFixed(1)} % of one processor`,
    );
    assert.equal(sent, MESSAGES);
    assert.equal(repeated, 0);
    assert.ok(cpuMs < 0.5 * tookMs, `${cpuMs} ms of ${tookMs} ms`);
  },
);

scenario(
  62,
  "E refuses a second transaction at once, and what can wait waits until the first is over",
  async (stage) => {
    const [e, h] = await stage.pair();
    await h.sql("CREATE TABLE acked (id INTEGER, worker TEXT, attempts INTEGER)");
    await h.register({ name: "t", queue: "timed", schedule: "@every 1s", payload: 1 });
    const waiting = await h.enqueue("q", "waiting");
    const beganMs = performance.now();
    await e.begin();
    const ownId = await e.enqueue("q", "own"); // in the transaction
    const refused = { code: "TRANSACTION_OPEN" };
    await assert.rejects(e.begin(), refused);
    for (const [what, write] of Object.entries({
      claim: () => e.claim("q", "w", 1),
      saveOffset: () => e.saveOffset("s", "c", 1),
      lock: () => e.lock("l", "o", 1),
      tryRateLimit: () => e.tryRateLimit("r", 1, 1),
      saveResult: () => e.saveResult(1, "1", 1),
      register: () => e.register({ name: "u", queue: "q", schedule: "@every 1s", payload: 1 }),
      tick: () => e.tick(),
      cancel: () => e.cancel(waiting),
      sweepExpired: () => e.sweepExpired("q"),
      prune: () => e.prune(1, null),
    })) {
      await assert.rejects(write(), refused, what);
    }
    assert.equal(await e.getOffset("s", "c"), 0);
    assert.deepEqual(await e.readSince("s", 0, 1), []);
    assert.equal(await e.getResult(1), null);
    assert.equal((await e.listTasks()).length, 1);
    const waker = await e.waker("other", "w", 300, 1);
    const worker = await e.work("q", "w", 300);
    const leader = await e.schedule("E");
    const listener = await e.listen("c");
    const tookMs = performance.now() - beganMs;
    assert.ok(tookMs < 2000, `it took ${tookMs} ms`);
    assert.deepEqual([waker.drain(), worker.drain(), leader.drain()], [[], [], []]);
    await e.commit();

    await h.enqueue("other", 1);
    await h.notify("c", 1);
    await waker.next();
    await listener.next();
    await eventually(async () => (await h.value("SELECT count(*) FROM acked")) === 2, "both jobs", 10);
    assert.ok(await h.value("SELECT count(*) FROM acked WHERE id = ?", [ownId]));
    const fired = "SELECT count(*) FROM _honker_live WHERE queue = 'timed'";
    await eventually(async () => (await h.value<number>(fired)) > 0, "the schedule", 10);
    await leader.stop();
    await worker.stop();
  },
);
