import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const rows = (db: Database) => db.query("SELECT name, owner, expires_at - unixepoch() AS ttl FROM _honker_locks");
const expire = (db: Database, inS: number) => db.run("UPDATE _honker_locks SET expires_at = unixepoch() + ?", [inS]);

test("tryLock() gives the lock to one owner, until it is released", (t) => {
  const db = temporaryDatabase(t);
  const lock = db.tryLock("a", "me", 60);
  assert.deepEqual([lock?.name, lock?.owner], ["a", "me"]);
  assert.equal(db.tryLock("a", "you", 60), null);
  assert.ok(db.tryLock("b", "you", 60));
  assert.equal(lock?.release(), true);
  assert.equal(lock?.release(), false);
  assert.equal(db.tryLock("a", "you", 60)?.owner, "you");
});

test("tryLock() gives the same owner its lock again, and does not extend it", (t) => {
  const db = temporaryDatabase(t);
  db.tryLock("a", "me", 60);
  const [before] = rows(db);
  const again = db.tryLock("a", "me", 1000);
  assert.ok(again);
  assert.ok(Number(rows(db)[0]?.ttl) <= Number(before?.ttl));
  assert.equal(again.release(), true);
  assert.deepEqual(rows(db), []);
});

test("tryLock() gives a lock away in the second at which it ends, and not before", async (t) => {
  const db = temporaryDatabase(t);
  db.tryLock("a", "me", 60);
  await until(() => Date.now() % 1000 < 400, "the beginning of a second");
  expire(db, 1);
  assert.equal(db.tryLock("a", "you", 60), null);
  expire(db, 0);
  const lock = db.tryLock("a", "you", 60);
  assert.equal(lock?.owner, "you");
});

test("heartbeat() holds the lock from now on, longer or shorter", (t) => {
  const db = temporaryDatabase(t);
  const lock = db.tryLock("a", "me", 60);
  for (const ttlS of [1000, 5]) {
    assert.equal(lock?.heartbeat(ttlS), true);
    assert.ok(Math.abs(Number(rows(db)[0]?.ttl) - ttlS) <= 1);
  }
});

test("heartbeat() revives a lock that has ended, unless another owner took it", (t) => {
  const db = temporaryDatabase(t);
  const lock = db.tryLock("a", "me", 60);
  expire(db, -100);
  assert.equal(lock?.heartbeat(60), true);
  assert.equal(db.tryLock("a", "you", 60), null);
  expire(db, -100);
  const stolen = db.tryLock("a", "you", 60);
  assert.equal(lock?.heartbeat(60), false);
  assert.equal(lock?.release(), false);
  assert.equal(stolen?.release(), true);
  assert.equal(stolen?.heartbeat(60), false);
});

for (const ttlS of [0, -1, Number.NEGATIVE_INFINITY]) {
  test(`heartbeat() refuses ${ttlS} in Honker's words`, (t) => {
    const db = temporaryDatabase(t);
    const lock = db.tryLock("a", "me", 60);
    const before = rows(db);
    assert.throws(() => lock?.heartbeat(ttlS), { name: "RangeError", message: "ttl_s must be positive" });
    assert.deepEqual(rows(db), before);
  });
}

test("tryLock() refuses times that are no whole seconds > 0, and writes nothing", (t) => {
  const db = temporaryDatabase(t);
  for (const ttlS of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5", undefined, null, 5n]) {
    assert.throws(() => db.tryLock("a", "me", ttlS as number), { name: "RangeError", message: /ttlS must be an int/ });
  }
  assert.deepEqual(rows(db), []);
});

test("two handles of one owner share the lock", (t) => {
  const db = temporaryDatabase(t);
  const [first, second] = [db.tryLock("a", "me", 60), db.tryLock("a", "me", 60)];
  assert.equal(first?.release(), true);
  assert.equal(second?.heartbeat(60), false);
});

test("the end of a using block releases the lock, and is no harm once the database is closed", (t) => {
  const db = temporaryDatabase(t);
  db.tryLock("a", "me", 60)?.[Symbol.dispose]();
  assert.deepEqual(rows(db), []);
  const kept = db.tryLock("a", "me", 60);
  db.close();
  kept?.[Symbol.dispose]();
  assert.throws(() => db.tryLock("a", "me", 60), { code: "DATABASE_CLOSED" });
});

test("a lock can't be taken, kept or released while a transaction is open", (t) => {
  const db = temporaryDatabase(t);
  const lock = db.tryLock("a", "me", 60);
  const tx = db.transaction();
  for (const use of [() => db.tryLock("b", "me", 60), () => lock?.release(), () => lock?.heartbeat(5)]) {
    assert.throws(use, { code: "TRANSACTION_OPEN" });
  }
  tx.rollback();
});

test("of many processes that try at once, one has the lock; when it is killed, it ends by itself", async (t) => {
  const path = temporaryPath(t);
  const children = Array.from({ length: 4 }, () => startChild(t, new URL("child/jobs.ts", import.meta.url), [path]));
  for (const child of children) await child.nextLine();
  for (const child of children) child.send(JSON.stringify(["db", "tryLock", "a", `owner ${child.pid}`, 60]));
  const answers = await Promise.all(children.map((child) => child.nextLine()));
  assert.equal(answers.filter((answer) => answer !== "null").length, 1);
  const holder = children[answers.findIndex((answer) => answer !== "null")]!;
  holder.kill();
  await holder.waitExit();
  const db = open(path);
  t.after(() => db.close());
  assert.equal(db.tryLock("a", "me", 60), null);
  expire(db, 0);
  assert.equal(db.tryLock("a", "me", 60)?.owner, "me");
});

test("release() wakes who waits for commits in another process", async (t) => {
  const db = temporaryDatabase(t);
  const lock = db.tryLock("a", "me", 60);
  const other = open(db.path);
  t.after(() => other.close());
  const events = other.updateEvents();
  const next = events.next();
  lock?.release();
  await next;
  assert.ok(other.tryLock("a", "you", 60));
});
