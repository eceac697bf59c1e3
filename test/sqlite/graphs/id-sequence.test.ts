import assert from "node:assert/strict";
import { test } from "node:test";
import { validate, version } from "uuid";
import { idSequence } from "../../../src/sqlite/graphs/writes/id-sequence.ts";

test("idSequence() gives UUIDs of version 7, each above the last", () => {
  const beforeMs = Date.now();
  const newId = idSequence();
  let last = "";
  for (let i = 0; i < 200_000; i++) {
    const id = newId();
    assert.ok(id > last, `${id} after ${last}`);
    if (i % 1000 === 0) assert.ok(validate(id) && version(id) === 7, id);
    last = id;
  }
  const ms = Number.parseInt(last.slice(0, 13).replace("-", ""), 16);
  assert.ok(ms >= beforeMs && ms <= Date.now());
});

test("idSequence() begins above one that began before, and nowhere near it", () => {
  const firsts = Array.from({ length: 1000 }, () => idSequence()());
  assert.deepEqual(firsts.toSorted(), firsts);
  const starts = firsts.map((id) => id.slice(0, -4));
  assert.equal(new Set(starts).size, firsts.length);
});
