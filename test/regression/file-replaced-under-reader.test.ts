import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { temporaryPath } from "../support/temporary.ts";

test("a read outside an open transaction is refused when another file stands in the place of ours", (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  db.run("CREATE TABLE ours (a)");
  renameSync(path, `${path}.old`);
  writeFileSync(path, "");
  const tx = db.transaction();
  assert.throws(() => db.query("SELECT * FROM ours"), { code: "OPEN_FAILED", message: /replaced while it was open/ });
  tx.rollback();
  assert.deepEqual(db.query("SELECT * FROM ours"), []);
});
