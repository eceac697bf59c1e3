import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestScope, temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";
import { startWithClock, whyNoFalseClock } from "./false-clock.ts";

const skip = whyNoFalseClock() ?? false;
const HOUR_S = 3600;
const IDLE = 0.35; // of a processor, with a library that reads a file for each look at the clock

async function startClock(t: TestScope) {
  const child = startWithClock(t, new URL("child/clock.ts", import.meta.url), [temporaryPath(t)]);
  assert.equal(await child.nextLine(), "ready");
  async function call<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
    child.send(JSON.stringify([name, ...args]));
    return JSON.parse(await child.nextLine());
  }
  return { setClock: (offsetS: number) => child.setClock(offsetS), call };
}

test("a lease lapses when the clock is set on by an hour", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("enqueue", "q");
  assert.equal(await call("claim", "q", "a"), 1);
  assert.equal(await call("claim", "q", "b"), null);
  setClock(HOUR_S);
  assert.equal(await call("claim", "q", "b"), 2);
  assert.equal(await call("ack", "a"), false);
  assert.equal(await call("ack", "b"), true);
});

test("a lease holds when the clock is set back by an hour", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("enqueue", "q");
  assert.equal(await call("claim", "q", "a"), 1);
  setClock(-HOUR_S);
  assert.equal(await call("claim", "q", "b"), null);
  assert.equal(await call("ack", "a"), true);
  assert.equal(await call("count", "q"), 0);
});

test("work() aborts a handler whose lease lapses because the clock is set on", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("enqueue", "q");
  await call("hold", "q");
  await until(async () => (await call("running")) === 1, "the handler");
  setClock(-HOUR_S);
  assert.ok((await call<number>("load", 500)) < IDLE); // some heartbeats
  assert.deepEqual(await call("heard"), []);
  setClock(HOUR_S);
  await until(async () => (await call<unknown[]>("heard")).length > 0, "the end of the lease");
  assert.deepEqual(await call("heard"), ["LEASE_LOST"]);
});

test("work() runs a delayed job soon after the clock is set past its time, and idles until then", {
  skip,
}, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("work", "q");
  const id = await call("enqueue", "q", { delay: HOUR_S });
  setClock(-HOUR_S);
  assert.ok((await call<number>("load", 1000)) < IDLE);
  assert.deepEqual(await call("heard"), []);
  setClock(HOUR_S + 1);
  await until(async () => (await call<unknown[]>("heard")).length > 0, "the delayed job");
  assert.deepEqual(await call("heard"), [id]);
  assert.ok((await call<number>("load", 1000)) < IDLE);
});

test("work() waits with a job that was enqueued before the clock was set back, and idles", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  const id = await call("enqueue", "q");
  setClock(-HOUR_S);
  await call("work", "q");
  assert.ok((await call<number>("load", 1000)) < IDLE);
  assert.deepEqual(await call("heard"), []);
  setClock(0);
  await until(async () => (await call<unknown[]>("heard")).length > 0, "the job");
  assert.deepEqual(await call("heard"), [id]);
});

test("tryRateLimit() counts in the windows of the clock", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  const attempt = () => call("tryRateLimit", "r", 1, 2 * HOUR_S); // the steps change the window, however late it is in one
  assert.deepEqual([await attempt(), await attempt()], [true, false]);
  setClock(2 * HOUR_S);
  assert.deepEqual([await attempt(), await attempt()], [true, false]);
  setClock(-2 * HOUR_S);
  assert.deepEqual([await attempt(), await attempt()], [true, false]);
  setClock(0);
  assert.equal(await attempt(), false);
});

test("locks and results end by the clock", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("saveResult", 1, "1", 60);
  assert.equal(await call("tryLock", "l", "a", 60), true);
  setClock(-HOUR_S);
  assert.equal(await call("tryLock", "l", "b", 60), false);
  assert.equal(await call("getResult", 1), "1");
  setClock(HOUR_S);
  assert.equal(await call("tryLock", "l", "b", 60), true);
  assert.equal(await call("getResult", 1), null);
});

test("run() fires 64 times that were skipped when the clock is set on, and then goes on by the second", {
  skip,
}, async (t) => {
  const { call, setClock } = await startClock(t);
  const count = () => call<number>("count", "ticks");
  await call("schedule", "ticks");
  await until(async () => (await count()) >= 1, "the first time");
  const before = await count();
  setClock(HOUR_S);
  await until(async () => (await count()) > before, "the times that were skipped");
  assert.ok((await count()) >= before + 64 && (await count()) <= before + 70);
  assert.ok(Math.abs((await call<number>("nextFireAt")) - (await call<number>("now"))) <= 1);
  assert.ok((await call<number>("load", 1200)) < IDLE);
  assert.ok((await count()) <= before + 75);
});

test("run() fires nothing twice and idles when the clock is set back, until its time has come", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  const count = () => call<number>("count", "ticks");
  await call("schedule", "ticks");
  await until(async () => (await count()) >= 1, "the first time");
  setClock(-HOUR_S);
  const before = await count();
  const nextFireAt = await call("nextFireAt");
  assert.ok((await call<number>("load", 1200)) < IDLE);
  assert.equal(await count(), before);
  assert.equal(await call("nextFireAt"), nextFireAt);
});

test("listen() and subscribe() deliver at once whatever the clock is set to", { skip }, async (t) => {
  const { call, setClock } = await startClock(t);
  await call("listen", "a");
  await call("subscribe", "s");
  const sent: string[] = [];
  for (const [i, offsetS] of [0, HOUR_S, -HOUR_S, 0].entries()) {
    setClock(offsetS);
    await call("notify", "a", `message ${i}`);
    await call("publish", "s", `event ${i}`);
    sent.push(`message ${i}`, `event ${i}`);
    await until(async () => (await call<unknown[]>("heard")).length === sent.length, `what was sent at ${offsetS}`);
  }
  assert.deepEqual(new Set(await call<string[]>("heard")), new Set(sent));
});
