import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../src/honker/mailbox.ts";
import { turn } from "../support/until.ts";

const values = async (results: Promise<IteratorResult<number, undefined>>[]) =>
  (await Promise.all(results)).map(({ value }) => value);

test("next() calls that wait are served in their order, before later ones", async () => {
  let source: number[] = [];
  const mailbox = new Mailbox<number>(() => source.splice(0));
  const waiting = [mailbox.next(), mailbox.next()];
  source = [1, 2, 3];
  const late = mailbox.next();
  mailbox.offer(source.splice(0));
  assert.deepEqual(await values([...waiting, late]), [1, 2, 3]);
});

test("offer() keeps what nobody waits for, and next() takes it before it asks for more", async () => {
  const mailbox = new Mailbox<number>(() => [4]);
  mailbox.offer([1, 2]);
  mailbox.offer([3]);
  assert.equal(mailbox.size, 3);
  assert.deepEqual(await values([mailbox.next(), mailbox.next(), mailbox.next(), mailbox.next()]), [1, 2, 3, 4]);
});

test("a consumer with much to read leaves timers their turn", async () => {
  let next = 0;
  const mailbox = new Mailbox<number>(() => Array.from({ length: 256 }, () => next++));
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  for (let i = 0; !fired; i++) {
    assert.equal((await mailbox.next()).value, i);
    assert.ok(i < 1e7, "the timer never came");
  }
});

test("a refill that throws rejects the call that asked, and the next one asks again", async () => {
  let fails = true;
  const mailbox = new Mailbox<number>(() => {
    if (fails) throw new Error("no");
    return [1];
  });
  await assert.rejects(mailbox.next(), /no/);
  fails = false;
  assert.equal((await mailbox.next()).value, 1);
});

test("a refill that throws after a turn of the event loop rejects all who wait", async () => {
  let count = 0;
  const mailbox = new Mailbox<number>(() => {
    if (count >= 512) throw new Error("no");
    return Array.from({ length: 256 }, () => count++);
  });
  for (let i = 0; i < 512; i++) assert.equal((await mailbox.next()).value, i);
  const waiting = [mailbox.next(), mailbox.next()];
  for (const each of waiting) await assert.rejects(each, /no/);
});

test("end() resolves all who wait as done, drops the rest and stays ended", async () => {
  const mailbox = new Mailbox<number>(() => []);
  const waiting = [mailbox.next(), mailbox.next()];
  mailbox.end();
  mailbox.end(new Error("too late"));
  mailbox.offer([1]);
  for (const each of [...waiting, mailbox.next()]) assert.deepEqual(await each, { value: undefined, done: true });
});

test("end() with an error rejects all who wait and all who come", async () => {
  const mailbox = new Mailbox<number>(() => []);
  const waiting = mailbox.next();
  mailbox.end(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(mailbox.next(), /gone/);
});

test("end() while a turn is awaited leaves nothing behind", async () => {
  const mailbox = new Mailbox<number>(() => new Array(256).fill(1));
  for (let i = 0; i < 256; i++) await mailbox.next();
  const waiting = mailbox.next();
  mailbox.end();
  assert.deepEqual(await waiting, { value: undefined, done: true });
  await turn();
});

test("a box that is never empty does not keep what was taken", async () => {
  const kept = new WeakRef({ big: new Array(1000).fill(0) });
  const mailbox = new Mailbox<object>(() => []);
  mailbox.offer([kept.deref() ?? {}, {}]);
  await mailbox.next();
  for (let i = 0; i < 10_000; i++) {
    mailbox.offer([{}]);
    await mailbox.next();
    assert.equal(mailbox.size, 1);
  }
});
