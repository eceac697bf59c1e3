import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

test("reads outside an open transaction see committed state only", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b)");
  const tx = db.transaction();
  tx.execute("INSERT INTO a VALUES (1)");
  tx.execute("CREATE TABLE c (d)");
  for (const sql of ["SELECT b FROM a", "WITH x AS (SELECT b FROM a) SELECT replace(b, 'a', 'b') FROM x"]) {
    assert.deepEqual(db.values(sql), []);
    assert.deepEqual(db.query(sql), []);
    assert.equal(db.row(sql), undefined);
  }
  assert.throws(() => db.query("SELECT * FROM c"), /no such table: c/);
  tx.execute("DROP TABLE a");
  assert.deepEqual(db.values("SELECT * FROM a"), []);
  tx.rollback();
  assert.deepEqual(db.values("SELECT b FROM a"), []);
});

test("pragmas outside an open transaction read, and can't write", (t) => {
  const db = temporaryDatabase(t);
  db.run("PRAGMA user_version = 5");
  assert.deepEqual(db.values("PRAGMA user_version"), [[5]]);
  const tx = db.transaction();
  assert.deepEqual(db.values("PRAGMA user_version"), [[5]]);
  assert.throws(() => db.run("PRAGMA user_version = 6"), { code: "TRANSACTION_OPEN" });
  tx.execute("PRAGMA user_version = 7");
  tx.commit();
  assert.deepEqual(db.values("PRAGMA user_version"), [[7]]);
});

test("close() may be called again, and every use after it throws", async (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("s");
  db.close();
  db.close();
  for (const use of [
    () => db.query("SELECT 1"),
    () => db.values("SELECT 1"),
    () => db.row("SELECT 1"),
    () => db.run("DELETE FROM a"),
    () => db.transaction(),
    () => db.notify("a", 1),
    () => db.listen("a"),
    () => db.stream("s"),
    () => db.updateEvents(),
    () => db.pruneNotifications(1),
    () => stream.publish(1),
    () => stream.readSince(0, 1),
    () => stream.getOffset("c"),
    () => stream.saveOffset("c", 1),
    () => stream.subscribe("c"),
  ]) {
    assert.throws(use, { code: "DATABASE_CLOSED", message: /test\.db": Database is closed$/ });
  }
  await assert.rejects(
    db.whenUnlocked(() => db.transaction()),
    { code: "DATABASE_CLOSED" },
  );
});

test("close() leaves one file behind", async (t) => {
  const { readdirSync } = await import("node:fs");
  const { dirname } = await import("node:path");
  const path = temporaryPath(t);
  const db = open(path);
  const tx = db.transaction();
  db.query("SELECT 1"); // opens the reader
  tx.notify("a", 1);
  tx.commit();
  db.close();
  assert.deepEqual(readdirSync(dirname(path)), ["test.db"]);
});

test("a Database is closed at the end of a using block", (t) => {
  const db = temporaryDatabase(t);
  db[Symbol.dispose]();
  assert.throws(() => db.query("SELECT 1"), { code: "DATABASE_CLOSED" });
});

test("raw() gives the objects themselves", (t) => {
  const db = temporaryDatabase(t);
  assert.equal(db.raw(), db);
  const tx = db.transaction();
  assert.equal(tx.raw(), tx);
  tx.rollback();
});

test("whenUnlocked() runs at once when no transaction is open", async (t) => {
  const db = temporaryDatabase(t);
  let ran = false;
  const done = db.whenUnlocked(() => {
    ran = true;
    return 5;
  });
  assert.ok(ran);
  assert.equal(await done, 5);
  await assert.rejects(
    db.whenUnlocked(() => {
      throw new Error("no");
    }),
    /no/,
  );
});

test("whenUnlocked() runs in the order of the calls, each once the lock is free", async (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  t.after(() => other.close());
  const order: string[] = [];
  const tx = db.transaction();
  const jobs = [
    db.whenUnlocked(() => order.push("a")),
    other.whenUnlocked(() => {
      order.push("b");
      other.transaction().commit();
      order.push("b is done");
      return db.whenUnlocked(() => order.push("e"));
    }),
    db.whenUnlocked(() => order.push("c")),
    db.whenUnlocked(() => {
      order.push("d");
      return db.transaction();
    }),
    db.whenUnlocked(() => order.push("f")),
  ] as const;
  assert.deepEqual(order, []);
  tx.commit();
  assert.deepEqual(order, ["a", "b", "b is done", "c", "d"]);
  const held = await jobs[3];
  assert.equal(db.inTransaction, true);
  held.rollback();
  await Promise.all(jobs);
  assert.deepEqual(order, ["a", "b", "b is done", "c", "d", "f", "e"]);
});

test("whenUnlocked() goes on when one that waited throws", async (t) => {
  const db = temporaryDatabase(t);
  const tx = db.transaction();
  const failing = db.whenUnlocked(() => {
    throw new Error("no");
  });
  const next = db.whenUnlocked(() => 2);
  tx.rollback();
  await assert.rejects(failing, /no/);
  assert.equal(await next, 2);
});

test("whenUnlocked() serves a hundred thousand that waited", async (t) => {
  const db = temporaryDatabase(t);
  const tx = db.transaction();
  let count = 0;
  const jobs = Array.from({ length: 100_000 }, () =>
    db.whenUnlocked(() => {
      db.transaction().rollback();
      return ++count;
    }),
  );
  tx.commit();
  await Promise.all(jobs);
  assert.equal(count, 100_000);
});

test("whenUnlocked() rejects what waits when the database closes", async (t) => {
  const db = temporaryDatabase(t);
  db.transaction();
  const waiting = db.whenUnlocked(() => db.transaction());
  db.close();
  await assert.rejects(waiting, { code: "DATABASE_CLOSED" });
});
