import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryPath } from "../support/temporary.ts";

const PROCESSES = 8;
const JOBS = 25; // of each

test("open() and queue() work in eight processes that create one file at once and use it right away", async (t) => {
  const path = temporaryPath(t);
  const all = PROCESSES * JOBS;
  const children = Array.from({ length: PROCESSES }, () =>
    startChild(t, new URL("child/first-user.ts", import.meta.url), [path, String(JOBS), String(all)]),
  );
  for (const child of children) assert.equal(await child.nextLine(), "ready");
  const startMs = Date.now() + 50;
  for (const child of children) child.send(String(startMs));
  for (const child of children) assert.equal(await child.nextLine(), "done");
  for (const child of children) assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(db.values("SELECT count(*), count(DISTINCT job_id) FROM done"), [[all, all]]);
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_live"), [[0]]);
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_dead"), [[0]]);
  assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
});
