import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";

const OPEN = { code: "TRANSACTION_OPEN" };
const DANGLING = "INSERT INTO child VALUES (1, 5)";

function openTables(t: TestScope) {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE parent (id INTEGER PRIMARY KEY)");
  db.run("CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id), CHECK (id > 0))");
  return db;
}

test("uncheckedTransaction() writes what foreign keys and CHECK constraints forbid, alone", (t) => {
  const db = openTables(t);
  const tx = db.uncheckedTransaction();
  tx.run(DANGLING);
  tx.run("INSERT INTO child VALUES (-1, NULL)");
  assert.deepEqual(tx.values("SELECT id FROM child"), [[-1], [1]]);
  tx.commit();
  assert.deepEqual(db.values("SELECT id FROM child"), [[-1], [1]]);
  assert.throws(() => db.run("INSERT INTO child VALUES (2, 5)"), { message: /FOREIGN KEY/ });
  assert.throws(() => db.run("INSERT INTO child VALUES (-2, NULL)"), { message: /CHECK/ });
});

test("uncheckedTransaction() is the one transaction of the process, and undone as any other", (t) => {
  const db = openTables(t);
  const tx = db.uncheckedTransaction();
  assert.equal(db.inTransaction, true);
  assert.throws(() => db.transaction(), OPEN);
  assert.throws(() => db.uncheckedTransaction(), OPEN);
  assert.throws(() => db.run("INSERT INTO parent VALUES (1)"), OPEN);
  tx.run(DANGLING);
  assert.deepEqual(db.values("SELECT count(*) FROM child"), [[0]]);
  tx.rollback();
  assert.throws(() => tx.run(DANGLING), { code: "TRANSACTION_FINISHED" });
  const checked = db.transaction();
  assert.throws(() => db.uncheckedTransaction(), OPEN);
  checked.rollback();
  assert.deepEqual(db.values("SELECT count(*) FROM child"), [[0]]);
});

test("uncheckedTransaction() leaves the settings and temporary tables of the others alone", (t) => {
  const db = openTables(t);
  db.run("PRAGMA synchronous = EXTRA");
  db.run("CREATE TEMP TABLE mine (a)");
  const tx = db.uncheckedTransaction();
  assert.deepEqual(tx.values("PRAGMA synchronous"), [[3]]);
  assert.throws(() => tx.run("INSERT INTO mine VALUES (1)"), { message: /no such table: mine/ });
  tx.commit();
  db.run("INSERT INTO mine VALUES (1)");
  assert.deepEqual(db.values("PRAGMA temp_store"), [[2]]);
});

test("uncheckedTransaction() sends messages, runs the functions of SQL, and wakes who listens", async (t) => {
  const db = openTables(t);
  const events = db.updateEvents();
  const listener = db.listen("a", { fallbackPollS: null });
  const tx = db.uncheckedTransaction();
  tx.notify("a", 1);
  tx.values("SELECT notify('a', '2')");
  db.stream("s").publishTx(tx, "event");
  db.queue("q").enqueueTx(tx, "job");
  tx.commit();
  const heard = listener[Symbol.asyncIterator]();
  assert.deepEqual([(await heard.next()).value?.payload, (await heard.next()).value?.payload], [1, 2]);
  await events.next();
  assert.equal(db.stream("s").readSince(0, 5).length, 1);
  listener.close();
  events.close();
});

test("uncheckedTransaction() wakes who waits for commits, if only rows have changed", async (t) => {
  const db = openTables(t);
  const events = db.updateEvents();
  const next = events.next();
  const tx = db.uncheckedTransaction();
  tx.run(DANGLING);
  tx.commit();
  await next;
  events.close();
});

test("close() undoes an open uncheckedTransaction()", (t) => {
  const db = openTables(t);
  const tx = db.uncheckedTransaction();
  tx.run(DANGLING);
  db.close();
  assert.throws(() => tx.run(DANGLING), { code: "TRANSACTION_FINISHED" });
  assert.throws(() => db.uncheckedTransaction(), { code: "DATABASE_CLOSED" });
  const again = open(db.path);
  assert.deepEqual(again.values("SELECT count(*) FROM child"), [[0]]);
  again.close();
});

test("uncheckedTransaction() lets go of the lock when SQLite ends it", (t) => {
  const db = openTables(t);
  const tx = db.uncheckedTransaction();
  tx.run("INSERT INTO child VALUES (1, 5)");
  assert.throws(() => tx.run("INSERT OR ROLLBACK INTO child VALUES (1, 5)"), { message: /UNIQUE/ });
  assert.equal(tx.isOpen, false);
  db.run("INSERT INTO parent VALUES (1)");
});
