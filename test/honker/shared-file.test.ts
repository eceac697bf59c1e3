import assert from "node:assert/strict";
import { renameSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

test("a transaction locks the file for every path that leads to it", (t) => {
  const db = temporaryDatabase(t);
  const link = join(dirname(db.path), "link.db");
  symlinkSync(db.path, link);
  const others = [db.path, link, `file:${link}`].map((path) => open(path));
  t.after(() => {
    for (const other of others) other.close();
  });
  const tx = db.transaction();
  for (const other of others) {
    assert.equal(other.inTransaction, true);
    assert.throws(() => other.transaction(), { code: "TRANSACTION_OPEN" });
    assert.throws(() => other.notify("a", 1), { code: "TRANSACTION_OPEN" });
    assert.deepEqual(other.values("SELECT count(*) FROM _honker_notifications"), [[0]]);
  }
  tx.commit();
  for (const other of others) other.notify("a", 1);
});

test("a transaction does not lock another file", (t) => {
  const [db, other] = [temporaryDatabase(t), temporaryDatabase(t)];
  const tx = db.transaction();
  other.notify("a", 1);
  other.transaction().commit();
  tx.commit();
});

test("close() of one Database leaves the lock to the other that holds it", (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  const tx = db.transaction();
  other.close();
  tx.notify("a", 1);
  tx.commit();
  const third = open(db.path);
  t.after(() => third.close());
  assert.throws(
    () => {
      third.transaction();
      db.transaction();
    },
    { code: "TRANSACTION_OPEN" },
  );
  third.close();
  db.transaction().rollback();
});

test("a file that was deleted and created again under its name is another file", (t) => {
  const path = temporaryPath(t);
  const old = open(path);
  t.after(() => old.close());
  const tx = old.transaction();
  for (const suffix of ["", "-wal", "-shm"]) unlinkSync(path + suffix);
  const db = open(path);
  t.after(() => db.close());
  assert.equal(db.notify("a", 1), 1);
  db.transaction().commit();
  tx.rollback();
});

test("a file that was moved while it is open is refused under its new name", (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  renameSync(path, `${path}.moved`);
  assert.throws(() => open(`${path}.moved`), { code: "OPEN_FAILED", message: /the file is open as ".*test\.db"/ });
  renameSync(`${path}.moved`, path);
});
