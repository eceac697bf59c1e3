import assert from "node:assert/strict";
import { test } from "node:test";
import * as honker from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

test("a TEMP table is not seen by a read outside an open transaction", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TEMP TABLE notes (a)");
  assert.deepEqual(db.query("SELECT * FROM notes"), []);
  const tx = db.transaction();
  assert.throws(() => db.query("SELECT * FROM notes"), /no such table: notes/);
  assert.deepEqual(tx.query("SELECT * FROM notes"), []);
  tx.rollback();
});

test("raw() gives the object itself, and nothing native is exported", (t) => {
  const db = temporaryDatabase(t);
  assert.equal(db.raw(), db);
  assert.deepEqual(
    Object.keys(honker).filter((name) => /native/i.test(name)),
    [],
  );
});
