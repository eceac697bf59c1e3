import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

test("a scheduler whose database is closed gives up its lock at once", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  const other = open(path);
  t.after(() => other.close());
  const abort = new AbortController();
  const over = db.scheduler().run("me", abort.signal);
  await until(() => other.query("SELECT 1 FROM _honker_locks").length === 1);
  abort.abort();
  db.close();
  await over;
  assert.deepEqual(other.query("SELECT 1 FROM _honker_locks"), []);
});
