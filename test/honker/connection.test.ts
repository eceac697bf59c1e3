import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { StatementCache } from "../../src/honker/statement-cache.ts";
import { temporaryDatabase } from "../support/temporary.ts";

test("values() and row() keep columns of equal names, in order", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(db.values("SELECT 1 AS a, 2 AS a, 3 AS '1'"), [[1, 2, 3]]);
  assert.deepEqual(db.row("SELECT 1 AS a, 2 AS a, 3 AS '1'"), [1, 2, 3]);
});

test("query() gives plain objects, of equal names the last", (t) => {
  const db = temporaryDatabase(t);
  const [row] = db.query("SELECT 1 AS a, 2 AS a, 3 AS __proto__, 4 AS constructor");
  assert.equal(Object.getPrototypeOf(row), Object.prototype);
  assert.deepEqual(Object.entries(row ?? {}), [
    ["a", 2],
    ["__proto__", 3],
    ["constructor", 4],
  ]);
});

test("row() gives undefined and values() an empty array when there is no row", (t) => {
  const db = temporaryDatabase(t);
  assert.equal(db.row("SELECT 1 WHERE 0"), undefined);
  assert.deepEqual(db.values("SELECT 1 WHERE 0"), []);
  assert.deepEqual(db.query("SELECT 1 WHERE 0"), []);
});

test("integers come as numbers where they fit and as bigints where not, row by row", (t) => {
  const db = temporaryDatabase(t);
  const sql = "SELECT value FROM json_each(?)";
  const rows = [[1], [9007199254740991], [9007199254740992n], [-9007199254740993n], [2]];
  for (let again = 0; again < 2; again++) {
    assert.deepEqual(db.values(sql, ["[1, 9007199254740991, 9007199254740992, -9007199254740993, 2]"]), rows);
    assert.deepEqual(db.query(sql, ["[9223372036854775807]"]), [{ value: 9223372036854775807n }]);
    assert.deepEqual(db.row(sql, ["[3]"]), [3]);
  }
});

test("a write that returns huge integers is run once", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b INTEGER)");
  const sql = "INSERT INTO a VALUES (?) RETURNING b";
  assert.deepEqual(db.values(sql, [2n ** 60n]), [[2n ** 60n]]);
  assert.deepEqual(db.row(sql, [2n ** 60n]), [2n ** 60n]);
  assert.deepEqual(db.query(sql, [7]), [{ b: 7 }]);
  assert.deepEqual(db.row("SELECT count(*) FROM a"), [3]);
});

test("run() tells the changes of the statement itself and the exact last rowid", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (id INTEGER PRIMARY KEY, b)");
  db.run("CREATE TABLE log (a)");
  db.run(
    "CREATE TRIGGER copy AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.id); INSERT INTO log VALUES (1); END",
  );
  assert.deepEqual(db.run("INSERT INTO a (b) VALUES (1), (2)"), { changes: 2, lastInsertRowid: 2 });
  assert.deepEqual(db.run("INSERT INTO a (id) VALUES (?)", [2n ** 53n + 1n]), {
    changes: 1,
    lastInsertRowid: 2n ** 53n + 1n,
  });
  assert.equal(db.run("UPDATE a SET b = 5 WHERE id < 3").changes, 2);
  assert.equal(db.run("DELETE FROM a WHERE id = 99").changes, 0);
  assert.equal(db.row("SELECT count(*) FROM log")?.[0], 6);
});

test("row() runs a write to its end, so that a failing check is not missed", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE parent (id INTEGER PRIMARY KEY)");
  db.run("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
  const insert = () => db.row("INSERT INTO child VALUES (1), (2) RETURNING id");
  assert.throws(insert, { code: "SQLITE_CONSTRAINT_FOREIGNKEY" });
  assert.deepEqual(db.values("SELECT * FROM child"), []);
});

for (const sql of [
  "SELECT 1; SELECT 2",
  "CREATE TABLE b (c); DROP TABLE b",
  "SELECT 1;; -- x\n SELECT 2",
  "SELECT 'ä'; x",
]) {
  test(`two statements in one text are refused, and neither is run: ${JSON.stringify(sql)}`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.run(sql), {
      name: "TypeError",
      message: /exactly one SQL statement is wanted: received more/,
    });
    assert.deepEqual(db.values("SELECT name FROM sqlite_master WHERE name = 'b'"), []);
  });
}

test("space, comments and semicolons around one statement are no second one", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(db.row("; /* a; */ SELECT 'b;c' ; -- d; e\n /* f"), ["b;c"]);
});

test("a trigger with several statements is one statement", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b)");
  db.run("CREATE TRIGGER c AFTER INSERT ON a WHEN new.b < 3 BEGIN INSERT INTO a VALUES (9); SELECT 1; END; -- done;");
  db.run("INSERT INTO a VALUES (1)");
  assert.deepEqual(db.values("SELECT b FROM a"), [[1], [9]]);
});

for (const sql of [5, null, undefined, {}, ["SELECT 1"]]) {
  test(`SQL that is ${JSON.stringify(sql)} is refused`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.query(sql as string), { name: "TypeError", message: /SQL text is wanted/ });
    const tx = db.transaction();
    assert.throws(() => tx.run(sql as string), { name: "TypeError", message: /SQL text is wanted/ });
    tx.commit();
  });
}

test("a statement that is run again while its parameters are read gives each caller its own rows", (t) => {
  const db = temporaryDatabase(t);
  const sql = "SELECT value FROM json_each(?)";
  const inner: unknown[] = [];
  const outer = db.values(sql, [
    {
      toJSON: () => {
        inner.push(db.values(sql, ["[1, 2]"]));
        return [3, 4];
      },
    },
  ]);
  assert.deepEqual(outer, [[3], [4]]);
  assert.deepEqual(inner, [[[1], [2]]]);
});

test("a parameter that throws while it is read leaves the statement usable", (t) => {
  const db = temporaryDatabase(t);
  const toJSON = () => {
    throw new Error("no");
  };
  for (let again = 0; again < 3; again++) {
    assert.throws(() => db.values("SELECT ?", [{ toJSON }]), /no/);
    assert.deepEqual(db.values("SELECT ?", [1]), [[1]]);
  }
});

test("columns added by a change of the schema are seen at once by a statement used before", (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  t.after(() => other.close());
  const read = () => db.query("SELECT * FROM a");
  db.run("CREATE TABLE a (b)");
  db.run("INSERT INTO a VALUES (1)");
  assert.deepEqual(read(), [{ b: 1 }]);
  db.run("ALTER TABLE a ADD c DEFAULT 2");
  assert.deepEqual(read(), [{ b: 1, c: 2 }]);
  const tx = db.transaction();
  assert.deepEqual(tx.query("SELECT * FROM a"), [{ b: 1, c: 2 }]);
  tx.execute("ALTER TABLE a ADD d DEFAULT 3");
  assert.deepEqual(tx.query("SELECT * FROM a"), [{ b: 1, c: 2, d: 3 }]);
  assert.deepEqual(read(), [{ b: 1, c: 2 }]);
  tx.rollback();
  assert.deepEqual(read(), [{ b: 1, c: 2 }]);
  other.run("ALTER TABLE a ADD e DEFAULT 4");
  assert.deepEqual(read(), [{ b: 1, c: 2, e: 4 }]);
});

test("StatementCache keeps a bounded number, the last used", (t) => {
  const database = new DatabaseSync(":memory:");
  t.after(() => database.close());
  const cache = new StatementCache(database);
  const use = (i: number) => {
    const entry = cache.checkOut(`SELECT ${i}`);
    entry.busy = false;
    return entry;
  };
  const first = use(0);
  const second = use(1);
  for (let i = 2; i < 600; i++) {
    use(i);
    assert.equal(use(0), first);
  }
  assert.notEqual(use(1), second);
});

test("StatementCache gives a statement that is in use to nobody else", (t) => {
  const database = new DatabaseSync(":memory:");
  t.after(() => database.close());
  const cache = new StatementCache(database);
  const first = cache.checkOut("SELECT 1");
  assert.notEqual(cache.checkOut("SELECT 1"), first);
  first.busy = false;
  assert.equal(cache.checkOut("SELECT 1"), first);
});

test("what a statement does is known although it fell out of the cache", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b)");
  db.run("INSERT INTO a VALUES (1)");
  for (let i = 0; i < 700; i++) db.row(`SELECT ${i}`);
  const tx = db.transaction();
  assert.throws(() => db.run("INSERT INTO a VALUES (1)"), { code: "TRANSACTION_OPEN" });
  tx.rollback();
  db.run("INSERT INTO a VALUES (1)");
  assert.deepEqual(db.row("SELECT count(*) FROM a"), [2]);
});

test("columns added by another process are seen at once by a statement used before", (t) => {
  const db = temporaryDatabase(t);
  const plain = new DatabaseSync(db.path);
  t.after(() => plain.close());
  plain.exec("CREATE TABLE a (b)");
  plain.exec("INSERT INTO a VALUES (1)");
  for (const [name, columns] of [
    ["c", 2],
    ["d", 3],
    ["e", 4],
  ] as const) {
    plain.exec(`ALTER TABLE a ADD ${name}`);
    assert.equal(db.row("SELECT * FROM a")?.length, columns);
    assert.equal(db.values("SELECT a.* FROM a")[0]?.length, columns);
    assert.equal(db.query("UPDATE a SET b = 2 RETURNING *").map((row) => Object.keys(row).length)[0], columns);
  }
});
