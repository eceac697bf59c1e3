import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { StorageError } from "../../src/errors.ts";
import { type Database, SqliteError } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase } from "../support/temporary.ts";

function constrained(db: Database): void {
  db.run(`CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE, n TEXT NOT NULL DEFAULT '', c CHECK (c > 0),
    p REFERENCES a (id), s TEXT)`);
  db.run("CREATE TABLE strict_one (i INTEGER) STRICT");
  db.run("CREATE TRIGGER refuse BEFORE INSERT ON a WHEN new.s = 'raise' BEGIN SELECT RAISE(ABORT, 'not this'); END");
  db.run("INSERT INTO a (id, u) VALUES (1, 'x')");
}

for (const [code, sql] of [
  ["SQLITE_CONSTRAINT_UNIQUE", "INSERT INTO a (u) VALUES ('x')"],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "INSERT INTO a (id) VALUES (1)"],
  ["SQLITE_CONSTRAINT_NOTNULL", "INSERT INTO a (n) VALUES (NULL)"],
  ["SQLITE_CONSTRAINT_CHECK", "INSERT INTO a (c) VALUES (0)"],
  ["SQLITE_CONSTRAINT_FOREIGNKEY", "INSERT INTO a (p) VALUES (99)"],
  ["SQLITE_CONSTRAINT_TRIGGER", "INSERT INTO a (s) VALUES ('raise')"],
  ["SQLITE_CONSTRAINT_DATATYPE", "INSERT INTO strict_one VALUES ('x')"],
  ["SQLITE_MISMATCH", "INSERT INTO a (id) VALUES ('x')"],
  ["SQLITE_ERROR", "SELECT * FROM missing"],
  ["SQLITE_ERROR", "SELEC 1"],
] as const) {
  test(`${sql} fails with ${code}, inside and outside a transaction`, (t) => {
    const db = temporaryDatabase(t);
    constrained(db);
    const expected = { name: "SqliteError", code, retryable: false };
    assert.throws(() => db.run(sql), expected);
    assert.throws(() => db.query(sql), expected);
    assert.throws(() => db.values(sql), expected);
    assert.throws(() => db.row(sql), expected);
    const tx = db.transaction();
    assert.throws(() => tx.run(sql), expected);
    assert.ok(tx.isOpen);
    tx.rollback();
  });
}

test("a SqliteError is a StorageError with SQLite's own message, result code and cause", (t) => {
  const db = temporaryDatabase(t);
  constrained(db);
  assert.throws(
    () => db.run("INSERT INTO a (u) VALUES (?)", ["x"]),
    (error) => {
      assert.ok(error instanceof SqliteError && error instanceof StorageError);
      assert.equal(error.message, "UNIQUE constraint failed: a.u");
      assert.equal(error.errcode, 2067);
      assert.ok(error.cause instanceof Error);
      return true;
    },
  );
});

test("a SqliteError carries its SQL and parameters where no log shows them", (t) => {
  const db = temporaryDatabase(t);
  constrained(db);
  const sql = "INSERT INTO a (u) SELECT u FROM a WHERE ? = 'secret' AND 'hidden' = 'hidden'";
  assert.throws(
    () => db.run(sql, ["secret"]),
    (error: SqliteError) => {
      assert.equal(error.sql, sql);
      assert.deepEqual(error.params, ["secret"]);
      for (const shown of [JSON.stringify(error), inspect(error), inspect(error, { depth: 9 }), String(error.stack)]) {
        assert.doesNotMatch(shown, /secret|hidden/);
      }
      assert.deepEqual({ ...error }.params, undefined);
      return true;
    },
  );
});

test("a lock that another process holds is SQLITE_BUSY, and worth another try", async (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 1 });
  const child = startChild(t, new URL("child/database.ts", import.meta.url), [db.path]);
  await child.nextLine();
  child.send('["begin"]');
  await child.nextLine();
  for (const write of [() => db.transaction(), () => db.notify("a", 1), () => db.stream("s").publish(1)]) {
    assert.throws(write, { name: "SqliteError", code: "SQLITE_BUSY", retryable: true });
  }
  assert.equal(db.inTransaction, false);
  child.send('["tx.rollback"]');
  await child.nextLine();
  db.transaction().commit();
  assert.equal(db.notify("a", 1), 1);
});
