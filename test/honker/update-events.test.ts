import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { UpdateEvents } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

/** Whether `next()` would resolve by now. */
async function isPending(events: UpdateEvents): Promise<boolean> {
  let settled = false;
  events.next().then(
    () => (settled = true),
    () => (settled = true),
  );
  await turn(2);
  return !settled;
}

test("next() resolves at the next commit, of this process or another", async (t) => {
  const db = temporaryDatabase(t);
  const plain = new DatabaseSync(db.path);
  t.after(() => plain.close());
  const events = db.updateEvents({ ref: true });
  const commits = [
    () => db.notify("a", 1),
    () => db.run("CREATE TABLE a (b)"),
    () => db.stream("s").publish(1),
    () => {
      const tx = db.transaction();
      tx.execute("INSERT INTO a VALUES (1)");
      tx.commit();
    },
    () => plain.exec("INSERT INTO a VALUES (2)"),
  ];
  for (const commit of commits) {
    const next = events.next();
    commit();
    await next;
  }
});

test("next() resolves at once when a commit came before, and once for several", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  db.notify("a", 1);
  db.notify("a", 2);
  await turn(2);
  await events.next();
  assert.ok(await isPending(events));
});

test("next() does not resolve for a roll-back", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  const tx = db.transaction();
  tx.notify("a", 1);
  tx.rollback();
  assert.ok(await isPending(events));
});

test("calls of next() that wait settle together", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  const waiting = [events.next(), events.next()];
  db.notify("a", 1);
  await Promise.all(waiting);
});

test("each object has its own events", async (t) => {
  const db = temporaryDatabase(t);
  const [first, second] = [db.updateEvents(), db.updateEvents()];
  db.notify("a", 1);
  await first.next();
  await second.next();
  assert.equal(first.raw(), first);
});

const DIED = /honker update watcher died or was closed \(subscription channel closed\)/;

test("close() rejects what waits, and later calls resolve at once", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  const waiting = assert.rejects(events.next(), DIED);
  events.close();
  events.close();
  await waiting;
  await events.next();
  const other = db.updateEvents();
  other[Symbol.dispose]();
  await other.next();
});

test("close() of the database rejects what waits and what comes", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  const waiting = assert.rejects(events.next(), DIED);
  db.close();
  await waiting;
  await assert.rejects(events.next(), DIED);
  events.close();
  await assert.rejects(events.next(), DIED);
});
