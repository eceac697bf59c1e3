import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "../support/child.ts";
import { temporaryPath } from "../support/temporary.ts";

const CALL = "honker_lock_renew('a', 'me', 0)";

// In a process of its own, which can be killed: on Deno 2.9 all() has no end when a function throws.
for (const [method, sql] of [
  ["query", `SELECT ${CALL}`],
  ["row", `SELECT ${CALL}`],
  ["run", `SELECT ${CALL}`],
  ["values", `INSERT INTO _honker_locks SELECT 'a', ${CALL}, 5 RETURNING name`],
] as const) {
  test(`${method}() ends when a function throws in ${sql}`, async (t) => {
    const child = startChild(t, new URL("child/jobs.ts", import.meta.url), [temporaryPath(t)]);
    await child.nextLine();
    child.send(JSON.stringify(["db", method, sql]));
    const deadline = setTimeout(() => child.kill(), 5000);
    assert.deepEqual(JSON.parse(await child.nextLine()), { error: "RangeError: ttl_s must be positive" });
    clearTimeout(deadline);
  });
}
