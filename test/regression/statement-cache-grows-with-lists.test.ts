import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../support/garbage.ts";
import { temporaryDatabase } from "../support/temporary.ts";

const MIB = 1024 * 1024;

test("statements with lists of any length do not fill the memory", (t) => {
  const db = temporaryDatabase(t);
  const ids = Array.from({ length: 20_000 }, (_, i) => i);
  const select = (count: number) =>
    db.values(`SELECT 1 WHERE 1 IN (${Array(count).fill("?").join(", ")})`, ids.slice(0, count));
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 300; i++) {
    select(20_000 - i);
    if (i % 10 === 0) collectGarbage();
  }
  assert.ok(process.memoryUsage().rss - before < 500 * MIB); // kept, they would be 900 MiB
});
