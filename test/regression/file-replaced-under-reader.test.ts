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
  const refusal = { code: "FILE_REPLACED", message: /was replaced or deleted while it was open: open it anew$/ };
  assert.throws(() => db.query("SELECT * FROM ours"), refusal);
  tx.rollback();
  assert.throws(() => db.query("SELECT * FROM ours"), refusal, "and from now on, also on the connection that is open");
});
