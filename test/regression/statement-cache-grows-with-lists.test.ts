import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

const MIB = 1024 * 1024;

test("statements with lists of any length do not fill the memory", (t) => {
  const db = temporaryDatabase(t);
  const ids = Array.from({ length: 20_000 }, (_, i) => i);
  const select = (count: number) =>
    db.values(`SELECT 1 WHERE 1 IN (${Array(count).fill("?").join(", ")})`, ids.slice(0, count));
  for (let i = 0; i < 20; i++) select(20_000 - i);
  const before = process.memoryUsage().rss;
  for (let i = 20; i < 150; i++) select(20_000 - i);
  // kept, each would be about 3 MiB
  assert.ok(process.memoryUsage().rss - before < 200 * MIB);
});
