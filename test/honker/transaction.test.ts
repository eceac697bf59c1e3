import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase } from "../support/temporary.ts";

function withTable(t: { after(fn: () => void): void }): Database {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (id INTEGER PRIMARY KEY, b)");
  return db;
}

const count = (db: Database) => db.row("SELECT count(*) FROM a")?.[0];

test("commit() makes all writes visible at once, and rollback() none", (t) => {
  const db = withTable(t);
  const tx = db.transaction();
  assert.equal(tx.execute("INSERT INTO a (b) VALUES (?), (?)", [1, 2]), 2);
  assert.equal(tx.row("SELECT count(*) FROM a")?.[0], 2);
  assert.equal(count(db), 0);
  tx.commit();
  assert.equal(count(db), 2);
  const other = db.transaction();
  other.execute("DELETE FROM a");
  other.rollback();
  assert.equal(count(db), 2);
});

test("execute() refuses statements that give rows, and runs nothing", (t) => {
  const db = withTable(t);
  const tx = db.transaction();
  for (const sql of ["SELECT 1", "INSERT INTO a (b) VALUES (1) RETURNING id", "PRAGMA user_version"]) {
    assert.throws(() => tx.execute(sql), { name: "TypeError", message: /returns rows: use query\(\)/ });
  }
  assert.deepEqual(tx.query("INSERT INTO a (b) VALUES (1) RETURNING b"), [{ b: 1 }]);
  tx.commit();
  assert.equal(count(db), 1);
});

for (const [action, use] of Object.entries<(db: Database) => unknown>({
  "a second transaction": (db) => db.transaction(),
  "run()": (db) => db.run("DELETE FROM a"),
  "query() of a write": (db) => db.query("INSERT INTO a (b) VALUES (1) RETURNING id"),
  "row() of a write": (db) => db.row("WITH c AS (SELECT 1) INSERT INTO a (b) SELECT * FROM c"),
  "values() of a change of the schema": (db) => db.values("DROP TABLE a"),
  "notify()": (db) => db.notify("a", 1),
  "publish()": (db) => db.stream("s").publish(1),
  "saveOffset()": (db) => db.stream("s").saveOffset("c", 1),
  "pruneNotifications()": (db) => db.pruneNotifications(0),
})) {
  test(`${action} throws at once while a transaction is open, through any Database on the file`, (t) => {
    const db = withTable(t);
    const other = open(db.path);
    t.after(() => other.close());
    const tx = db.transaction();
    const started = performance.now();
    for (const database of [db, other]) {
      assert.throws(() => use(database), {
        name: "StorageError",
        code: "TRANSACTION_OPEN",
        retryable: true,
        message: /: one is already open on ".*test\.db": pass its tx instead$/,
      });
    }
    assert.ok(performance.now() - started < 2000, "it did not wait for the lock");
    tx.execute("INSERT INTO a (b) VALUES (1)");
    tx.commit();
    assert.equal(count(other), 1);
    use(other);
  });
}

for (const sql of ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "; /* a */ begin immediate"]) {
  test(`${sql} outside a transaction is refused`, (t) => {
    const db = withTable(t);
    assert.throws(() => db.run(sql), {
      name: "TypeError",
      message: /use transaction\(\), commit\(\) and rollback\(\)/,
    });
    db.transaction().commit();
  });
}

for (const end of ["commit", "rollback"] as const) {
  test(`a transaction is dead after ${end}(), which may be called again`, (t) => {
    const db = withTable(t);
    const tx = db.transaction();
    tx[end]();
    assert.equal(tx.isOpen, false);
    assert.equal(db.inTransaction, false);
    tx.commit();
    tx.rollback();
    for (const use of [
      () => tx.execute("DELETE FROM a"),
      () => tx.run("DELETE FROM a"),
      () => tx.query("SELECT 1"),
      () => tx.values("SELECT 1"),
      () => tx.row("SELECT 1"),
      () => tx.notify("a", 1),
      () => db.notifyTx(tx, "a", 1),
      () => db.stream("s").publishTx(tx, 1),
      () => db.stream("s").saveOffsetTx(tx, "c", 1),
    ]) {
      assert.throws(use, {
        code: "TRANSACTION_FINISHED",
        message: /transaction already finished: it was (commit|roll)/,
      });
    }
    db.transaction().rollback();
  });
}

test("a finished transaction does not touch the one that came after it", (t) => {
  const db = withTable(t);
  const first = db.transaction();
  first.commit();
  const second = db.transaction();
  second.execute("INSERT INTO a (b) VALUES (1)");
  first.rollback();
  assert.ok(second.isOpen);
  second.commit();
  assert.equal(count(db), 1);
});

test("a failing statement leaves the transaction open, with what it wrote before", (t) => {
  const db = withTable(t);
  const tx = db.transaction();
  tx.execute("INSERT INTO a (id) VALUES (1)");
  assert.throws(() => tx.execute("INSERT INTO a (id) VALUES (2), (1)"), { code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  tx.commit();
  assert.deepEqual(db.values("SELECT id FROM a"), [[1]]);
});

test("RAISE(ROLLBACK) and ON CONFLICT ROLLBACK end the transaction", (t) => {
  const db = withTable(t);
  db.run("CREATE TRIGGER c BEFORE INSERT ON a WHEN new.b = 13 BEGIN SELECT RAISE(ROLLBACK, 'thirteen'); END");
  for (const fail of ["INSERT INTO a (b) VALUES (13)", "INSERT OR ROLLBACK INTO a (id) VALUES (1)"]) {
    const tx = db.transaction();
    tx.execute("INSERT INTO a (id) VALUES (1)");
    tx.notify("a", 1);
    assert.throws(() => tx.execute(fail), { name: "SqliteError" });
    assert.equal(tx.isOpen, false);
    assert.equal(db.inTransaction, false);
    assert.throws(() => tx.query("SELECT 1"), { code: "TRANSACTION_FINISHED", message: /SQLite has ended it/ });
    assert.throws(() => tx.commit(), { code: "TRANSACTION_FINISHED" });
    tx.rollback();
    assert.equal(count(db), 0);
    assert.equal(db.row("SELECT count(*) FROM _honker_notifications")?.[0], 0);
  }
});

test("a COMMIT that a deferred foreign key forbids rolls back, frees the lock and throws", (t) => {
  const db = withTable(t);
  db.run("CREATE TABLE child (a REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)");
  const tx = db.transaction();
  tx.execute("INSERT INTO child VALUES (5)");
  tx.notify("a", 1);
  assert.throws(() => tx.commit(), { code: "SQLITE_CONSTRAINT_FOREIGNKEY" });
  assert.equal(tx.isOpen, false);
  assert.deepEqual(db.values("SELECT * FROM child"), []);
  assert.deepEqual(db.values("SELECT * FROM _honker_notifications"), []);
  tx.commit();
  db.transaction().commit();
});

test("a COMMIT or ROLLBACK among the statements ends the transaction", (t) => {
  const db = withTable(t);
  for (const sql of ["COMMIT", "ROLLBACK"]) {
    const tx = db.transaction();
    tx.execute("INSERT INTO a (b) VALUES (1)");
    tx.run(sql);
    assert.throws(() => tx.execute("INSERT INTO a (b) VALUES (2)"), { code: "TRANSACTION_FINISHED" });
    assert.throws(() => tx.commit(), { code: "TRANSACTION_FINISHED" });
    assert.equal(count(db), 1);
  }
});

test("savepoints work inside a transaction", (t) => {
  const db = withTable(t);
  const tx = db.transaction();
  tx.execute("INSERT INTO a (b) VALUES (1)");
  tx.run("SAVEPOINT inner");
  tx.execute("INSERT INTO a (b) VALUES (2)");
  tx.run("ROLLBACK TO inner");
  tx.run("RELEASE inner");
  assert.ok(tx.isOpen);
  tx.commit();
  assert.deepEqual(db.values("SELECT b FROM a"), [[1]]);
});

test("a transaction is rolled back at the end of a using block", (t) => {
  const db = withTable(t);
  assert.throws(() => {
    const tx = db.transaction();
    try {
      tx.execute("INSERT INTO a (b) VALUES (1)");
      throw new Error("no");
    } finally {
      tx[Symbol.dispose]();
    }
  }, /no/);
  assert.equal(count(db), 0);
  assert.equal(db.inTransaction, false);
});

test("close() of the database rolls an open transaction back", (t) => {
  const db = withTable(t);
  const tx = db.transaction();
  tx.execute("INSERT INTO a (b) VALUES (1)");
  db.close();
  assert.equal(tx.isOpen, false);
  assert.throws(() => tx.query("SELECT 1"), { code: "TRANSACTION_FINISHED" });
  tx.rollback();
  const again = open(db.path);
  t.after(() => again.close());
  assert.equal(count(again), 0);
});

test("a parameter that ends the transaction while it is read does no harm", (t) => {
  const db = withTable(t);
  for (const end of [(tx: { commit(): void }) => tx.commit(), () => db.close()]) {
    const tx = db.transaction();
    const toJSON = () => {
      end(tx);
      return 1;
    };
    try {
      tx.execute("INSERT INTO a (b) VALUES (?)", [{ toJSON }]);
    } catch {
      // Either is fine: the statement ran by itself, or the connection is gone.
    }
    assert.equal(tx.isOpen, false);
    assert.throws(() => tx.execute("DELETE FROM a"), { code: "TRANSACTION_FINISHED" });
  }
});

test("a transaction whose process was killed leaves no trace and no lock", async (t) => {
  const db = withTable(t);
  const child = startChild(t, new URL("child/database.ts", import.meta.url), [db.path]);
  await child.nextLine();
  for (const line of ['["begin"]', '["tx.run", "INSERT INTO a (b) VALUES (1)"]', '["tx.notify", "a", 1]']) {
    child.send(line);
    await child.nextLine();
  }
  child.kill();
  await child.waitExit();
  const tx = db.transaction();
  assert.deepEqual(tx.values("SELECT count(*) FROM a"), [[0]]);
  tx.commit();
  assert.equal(db.notify("a", 2), 1);
});
