import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, type Listener, open } from "../../src/honker/mod.ts";
import { liveBytes } from "../support/garbage.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

/** The next `count` payloads. */
async function take(listener: Listener, count: number): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let i = 0; i < count; i++) payloads.push((await listener.next()).value?.payload);
  return payloads;
}

/** Closes the database and tells whether the listener had nothing more. */
async function isDone(db: Database, listener: Listener): Promise<boolean> {
  await turn(2);
  const next = listener.next();
  await turn(2);
  db.close();
  return (await next).done === true;
}

test("listen() delivers what is committed from then on, in order, each once", async (t) => {
  const db = temporaryDatabase(t);
  db.notify("a", "before");
  const listener = db.listen("a");
  db.notify("a", 1);
  db.notify("b", "another channel");
  const tx = db.transaction();
  assert.equal(tx.notify("a", 2), 4);
  assert.equal(db.notifyTx(tx, "a", 3), 5);
  tx.commit();
  const { value } = await listener.next();
  assert.deepEqual(Object.keys(value ?? {}), ["id", "channel", "payload", "createdAt"]);
  assert.equal(value?.id, 2);
  assert.equal(value?.channel, "a");
  assert.ok(Math.abs((value?.createdAt ?? 0) - Date.now() / 1000) < 60);
  assert.deepEqual(await take(listener, 2), [2, 3]);
  assert.ok(await isDone(db, listener));
});

test("listen() gets nothing when the notifying transaction rolls back", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  const tx = db.transaction();
  tx.notify("a", 1);
  tx.rollback();
  const failing = db.transaction();
  failing.notify("a", 2);
  assert.throws(() => failing.execute("INSERT OR ROLLBACK INTO _honker_locks VALUES ('a', NULL, 1)"));
  assert.ok(await isDone(db, listener));
});

test("listen() inside an open transaction starts at what is committed", async (t) => {
  const db = temporaryDatabase(t);
  const tx = db.transaction();
  tx.notify("a", 1);
  const listener = db.listen("a");
  tx.notify("a", 2);
  await turn(2);
  tx.commit();
  assert.deepEqual(await take(listener, 2), [1, 2]);
});

test("listeners hear of messages that another process committed while a transaction is open here", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a", { ref: true });
  db.run("PRAGMA journal_mode"); // nothing but the file is shared below
  const plain = new DatabaseSync(db.path);
  t.after(() => plain.close());
  plain.exec("INSERT INTO _honker_notifications (channel, payload) VALUES ('a', '1')");
  const tx = db.transaction();
  assert.deepEqual(await take(listener, 1), [1]);
  assert.ok(tx.isOpen);
  tx.rollback();
});

test("two Databases on one file in one process wake each other", async (t) => {
  const db = temporaryDatabase(t, { watcherBackend: "polling", watcherPollIntervalMs: 1e12 });
  const other = open(db.path, { watcherBackend: "polling", watcherPollIntervalMs: 1e12 });
  t.after(() => other.close());
  const listeners = [db.listen("a"), other.listen("a")];
  db.notify("a", 1);
  const tx = other.transaction();
  tx.notify("a", 2);
  tx.commit();
  for (const listener of listeners) assert.deepEqual(await take(listener, 2), [1, 2]);
});

test("payloads of old Honker versions that are no JSON come as raw text", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("honker:q");
  for (const payload of ["new", "NaN", '{"a":NaN}']) {
    db.run("INSERT INTO _honker_notifications (channel, payload) VALUES ('honker:q', ?)", [payload]);
  }
  assert.deepEqual(await take(listener, 3), ["new", "NaN", '{"a":NaN}']);
});

test("channels are compared as they are", async (t) => {
  const db = temporaryDatabase(t);
  const names = ["", "a", "A", " a", "ä", "a\u0308", "🦆", "x".repeat(10_000), "'; DROP TABLE a"];
  const listeners = names.map((name) => db.listen(name));
  for (const name of names) db.notify(name, name);
  for (const [i, listener] of listeners.entries()) assert.deepEqual(await take(listener, 1), [names[i]]);
});

test("several listeners of one channel each get their own copy", async (t) => {
  const db = temporaryDatabase(t);
  const listeners = [db.listen("a"), db.listen("a")];
  db.notify("a", { b: [1] });
  const [first, second] = await Promise.all(listeners.map((listener) => listener.next()));
  assert.deepEqual(first?.value, second?.value);
  assert.notEqual(first?.value?.payload, second?.value?.payload);
});

test("next() calls made at once are served in order", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  const waiting = [1, 2, 3].map(() => listener.next());
  for (const i of [1, 2, 3]) db.notify("a", i);
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ value }) => value?.payload),
    [1, 2, 3],
  );
});

test("ten thousand listeners on as many channels each get their message", async (t) => {
  const db = temporaryDatabase(t);
  const listeners = Array.from({ length: 10_000 }, (_, i) => db.listen(`channel ${i}`));
  const tx = db.transaction();
  for (let i = 0; i < listeners.length; i++) tx.notify(`channel ${i}`, i);
  tx.commit();
  const results = await Promise.all(listeners.map((listener) => listener.next()));
  assert.ok(results.every(({ value }, i) => value?.payload === i));
  const waiting = listeners.map((listener) => listener.next());
  db.close();
  assert.ok((await Promise.all(waiting)).every(({ done }) => done));
});

test("a listener that falls 100 000 messages behind holds a bounded number, and loses none", async (t) => {
  const db = temporaryDatabase(t);
  const slow = db.listen("a");
  const quick = db.listen("a");
  const padding = "x".repeat(1000);
  let received = 0;
  const reading = (async () => {
    for await (const _ of quick) if (++received === 100_000) break;
  })();
  const before = liveBytes();
  for (let i = 0; i < 100; i++) {
    const tx = db.transaction();
    for (let j = 0; j < 1000; j++) tx.notify("a", { n: i * 1000 + j, padding });
    tx.commit();
    await turn();
  }
  await reading;
  const grownMb = (liveBytes() - before) / 2 ** 20;
  assert.ok(grownMb < 20, `it holds ${grownMb.toFixed()} MB of the 100 MB that were sent`);
  for (let i = 0; i < 100_000; i++) {
    const [payload] = await take(slow, 1);
    assert.equal((payload as { n: number }).n, i);
  }
  db.notify("a", "live again");
  assert.deepEqual(await take(slow, 1), ["live again"]);
  assert.ok(await isDone(db, slow));
});

test("a listener that is behind does not get what was pruned", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  const tx = db.transaction();
  for (let i = 0; i < 1000; i++) tx.notify("a", i);
  tx.commit();
  await turn(3);
  db.pruneNotifications(null, 10);
  const payloads = await take(listener, 266);
  assert.deepEqual(
    payloads.slice(0, 256),
    Array.from({ length: 256 }, (_, i) => i),
  );
  assert.deepEqual(
    payloads.slice(256),
    Array.from({ length: 10 }, (_, i) => 990 + i),
  );
  db.notify("a", "after");
  assert.deepEqual(await take(listener, 1), ["after"]);
});

for (const [name, end] of Object.entries<(listener: Listener) => unknown>({
  "close()": (listener) => listener.close(),
  "return()": (listener) => listener.return(),
  "a using block": (listener) => listener[Symbol.dispose](),
})) {
  test(`a listener is ended by ${name}: what waits resolves as done`, async (t) => {
    const db = temporaryDatabase(t);
    const listener = db.listen("a");
    const other = db.listen("a");
    const waiting = listener.next();
    end(listener);
    end(listener);
    db.notify("a", 1);
    for (const next of [waiting, listener.next()]) assert.deepEqual(await next, { value: undefined, done: true });
    assert.deepEqual(await take(other, 1), [1]);
  });
}

test("break and throw out of for await end the listener", async (t) => {
  const db = temporaryDatabase(t);
  for (const leave of ["break", "throw"]) {
    const listener = db.listen("a");
    db.notify("a", 1);
    try {
      for await (const _ of listener) {
        if (leave === "break") break;
        throw new Error("left");
      }
    } catch (error) {
      assert.match(String(error), /left/);
    }
    assert.equal((await listener.next()).done, true);
  }
});

test("a signal ends the listener and is not listened to any longer", async (t) => {
  const db = temporaryDatabase(t);
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = Array.from({ length: 20 }, () => db.listen("a", { signal }));
  if (isNode) assert.equal(getEventListeners(signal, "abort").length, 20);
  listeners[0]?.close();
  if (isNode) assert.equal(getEventListeners(signal, "abort").length, 19);
  const waiting = listeners.map((listener) => listener.next());
  controller.abort();
  assert.ok((await Promise.all(waiting)).every(({ done }) => done));
  if (isNode) assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a signal that has aborted already gives a listener that has ended", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a", { signal: AbortSignal.abort() });
  db.notify("a", 1);
  assert.equal((await listener.next()).done, true);
});

test("close() of the database ends all that wait, and nothing hangs", async (t) => {
  const db = temporaryDatabase(t);
  const updates = db.updateEvents();
  const waiting = [db.listen("a").next(), db.stream("s").subscribe("c").next()];
  const rejected = assert.rejects(updates.next());
  db.close();
  for (const next of waiting) assert.equal((await next).done, true);
  await rejected;
});

test("listeners that end while a wake is under way leave the others their messages", async (t) => {
  const db = temporaryDatabase(t);
  const listeners = Array.from({ length: 5 }, () => db.listen("a"));
  const got: unknown[] = [];
  const readers = listeners.map(async (listener, i) => {
    for await (const { payload } of listener) {
      got.push([i, payload]);
      listeners[(i + 1) % 5]?.close();
      db.listen("a").close();
      if (payload === 2) break;
    }
  });
  db.notify("a", 1);
  await turn(2);
  db.notify("a", 2);
  await turn(2);
  db.close();
  await Promise.all(readers);
  assert.ok(got.length >= 1);
});

test("a consumer that commits on each message leaves timers their turn", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  db.notify("a", 0);
  let count = 0;
  for await (const _ of listener) {
    if (fired) break;
    assert.ok(++count < 1e6, "the timer never came");
    db.notify("a", count);
  }
});

test("a listener is told when what it reads is gone", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  const waiting = listener.next();
  db.run("DROP TABLE _honker_notifications");
  await assert.rejects(waiting, { code: "SQLITE_ERROR", message: /no such table/ });
  await assert.rejects(listener.next(), { code: "SQLITE_ERROR" });
  assert.throws(() => db.listen("a"), { code: "SQLITE_ERROR" });
});
