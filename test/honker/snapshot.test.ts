import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { open, Snapshot } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { type TestScope, temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

const CLOSED = { code: "DATABASE_CLOSED", message: /^Cannot use a snapshot of ".+": it is closed$/ };
const COUNT = "SELECT count(*) FROM t";

function openTable(t: TestScope) {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
  db.run("INSERT INTO t VALUES (1, 'a')");
  return db;
}

test("snapshot() reads one state, whatever this process commits meanwhile", async (t) => {
  const db = openTable(t);
  const snapshot = db.snapshot();
  assert.ok(snapshot instanceof Snapshot);
  db.run("INSERT INTO t VALUES (2, 'b')");
  assert.deepEqual(snapshot.values(COUNT), [[1]]);
  await turn();
  const tx = db.transaction();
  tx.run("DELETE FROM t");
  assert.deepEqual(snapshot.row(COUNT), [1]);
  tx.commit();
  db.run("DROP TABLE t");
  assert.deepEqual(snapshot.query("SELECT * FROM t WHERE id = ?", [1]), [{ id: 1, name: "a" }]);
  assert.equal(snapshot.row("SELECT 1 FROM t WHERE id = 2"), undefined);
  snapshot.close();
  assert.throws(() => db.values(COUNT), /no such table/);
});

test("snapshot() reads one state, whatever another process commits meanwhile", async (t) => {
  const db = openTable(t);
  const writer = startChild(t, new URL("child/plain-writer.ts", import.meta.url), [db.path]);
  assert.equal(await writer.nextLine(), "ready");
  const snapshot = db.snapshot();
  writer.send("INSERT INTO t VALUES (2, 'b')");
  assert.equal(await writer.nextLine(), "done");
  assert.deepEqual([snapshot.row(COUNT), db.row(COUNT)], [[1], [2]]);
  writer.send("PRAGMA wal_checkpoint(PASSIVE)");
  assert.equal(await writer.nextLine(), "done");
  assert.deepEqual(snapshot.row(COUNT), [1]);
  snapshot.close();
});

test("snapshot() chooses its state at once, not by its first read", (t) => {
  const db = openTable(t);
  const snapshot = db.snapshot();
  db.run("INSERT INTO t VALUES (2, 'b')");
  assert.deepEqual(snapshot.row(COUNT), [1]);
  snapshot.close();
});

test("snapshot() beside an open transaction sees nothing of it, and hinders nobody who writes", (t) => {
  const db = openTable(t);
  const tx = db.transaction();
  tx.run("INSERT INTO t VALUES (2, 'b')");
  const snapshot = db.snapshot();
  assert.deepEqual([snapshot.row(COUNT), tx.row(COUNT)], [[1], [2]]);
  tx.commit();
  assert.deepEqual([snapshot.row(COUNT), db.row(COUNT)], [[1], [2]]);
  db.run("DELETE FROM t");
  assert.equal(db.inTransaction, false);
  snapshot.close();
});

test("each snapshot has a state of its own, and a new one that of now", (t) => {
  const db = openTable(t);
  const snapshots: Snapshot[] = [];
  for (let i = 2; i <= 20; i++) {
    snapshots.push(db.snapshot());
    db.run("INSERT INTO t VALUES (?, '')", [i]);
  }
  assert.deepEqual(
    snapshots.map((snapshot) => snapshot.row(COUNT)?.[0]),
    Array.from({ length: 19 }, (_, i) => i + 1),
  );
  for (const snapshot of snapshots) snapshot.close();
  for (let i = 0; i < 3; i++) {
    const again = db.snapshot(); // on a connection that was used before
    assert.deepEqual(again.row(COUNT), [20 + i]);
    db.run("INSERT INTO t VALUES (?, '')", [100 + i]);
    assert.deepEqual(again.row(COUNT), [20 + i]);
    again.close();
  }
});

test("a closed snapshot says so, and may be closed again", (t) => {
  const db = openTable(t);
  const snapshot = db.snapshot();
  snapshot.close();
  snapshot.close();
  snapshot[Symbol.dispose]();
  const other = db.snapshot(); // on the connection of the closed one
  for (const call of ["query", "values", "row"] as const) assert.throws(() => snapshot[call](COUNT), CLOSED);
  assert.deepEqual(other.row(COUNT), [1]);
  other.close();
});

test("close() of the database closes its snapshots", (t) => {
  const db = openTable(t);
  const [first, second] = [db.snapshot(), db.snapshot()];
  db.snapshot().close();
  db.close();
  assert.throws(() => first.row(COUNT), CLOSED);
  assert.throws(() => second.values(COUNT), CLOSED);
  first.close();
  assert.throws(() => db.snapshot(), { code: "DATABASE_CLOSED" });
  assert.ok(!existsSync(`${db.path}-wal`)); // SQLite takes it away with the last connection
});

test("a snapshot takes statements that only read", (t) => {
  const db = openTable(t);
  const snapshot = db.snapshot();
  for (const [sql, kind] of [
    ["INSERT INTO t VALUES (5, '')", "write"],
    ["WITH x AS (SELECT 1) DELETE FROM t", "write"],
    ["DROP TABLE t", "schema"],
    ["COMMIT", "control"],
    [" /* */ rollback", "control"],
    ["BEGIN", "control"],
    ["SAVEPOINT a", "control"],
    ["PRAGMA query_only = 0", "pragma"],
    ["SELECT notify('a', 'b')", "call"],
  ]) {
    assert.throws(() => snapshot.values(sql!), {
      name: "TypeError",
      message: `Cannot use a snapshot: a statement that only reads is wanted: received a ${kind} statement`,
    });
  }
  assert.throws(() => snapshot.values("SELECT * FROM none"), /no such table/);
  assert.throws(() => snapshot.values(""), TypeError);
  assert.throws(() => snapshot.row("SELECT ?", []), RangeError);
  db.run("INSERT INTO t VALUES (2, 'b')");
  assert.deepEqual(snapshot.row(COUNT), [1]); // the state is still held
  snapshot.close();
});

test("the log is used again once no snapshot holds it", (t) => {
  const db = openTable(t);
  const snapshot = db.snapshot();
  db.run("INSERT INTO t VALUES (2, 'b')");
  const isWhole = () => {
    const [, inLog, copied] = db.values("PRAGMA wal_checkpoint(PASSIVE)")[0]!;
    return inLog === copied;
  };
  assert.equal(isWhole(), false);
  snapshot.close();
  assert.equal(isWhole(), true);
});

test("snapshot() refuses a file that was replaced", {
  skip: process.platform === "win32" && "an open file can't be moved",
}, (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  db.run("CREATE TABLE t (id)");
  const held = db.snapshot();
  const directory = dirname(path);
  for (const name of readdirSync(directory)) renameSync(join(directory, name), join(directory, `old-${name}`));
  assert.throws(() => db.snapshot(), { code: "FILE_REPLACED" });
  assert.deepEqual(held.row(COUNT), [0]); // what it holds is what it was
  held.close();
});
