import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

const rows = (db: Database) => db.values("SELECT name, window_start, count FROM _honker_rate_limits ORDER BY 1, 2");
const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;

const HOUR = 3600;

test("tryRateLimit() admits as many as the limit in a window, and counts no more", (t) => {
  const db = temporaryDatabase(t);
  const window = Math.floor(now(db) / HOUR) * HOUR;
  const admitted = Array.from({ length: 5 }, () => db.tryRateLimit("a", 3, HOUR));
  assert.deepEqual(admitted, [true, true, true, false, false]);
  assert.ok(db.tryRateLimit("b", 3, HOUR));
  assert.deepEqual(rows(db), [
    ["a", window, 3],
    ["b", window, 1],
  ]);
});

for (const per of [1, 7, 60, 86_400, Number.MAX_SAFE_INTEGER]) {
  test(`tryRateLimit() counts in windows that begin at multiples of ${per} s`, (t) => {
    const db = temporaryDatabase(t);
    const before = now(db);
    db.tryRateLimit("a", 1, per);
    const start = rows(db)[0]?.[1] as number;
    assert.equal(start % per, 0);
    assert.ok(start <= now(db) && start > before - per);
  });
}

test("tryRateLimit() admits again in the next window", (t) => {
  const db = temporaryDatabase(t);
  assert.ok(db.tryRateLimit("a", 1, HOUR));
  assert.ok(!db.tryRateLimit("a", 1, HOUR));
  db.run("UPDATE _honker_rate_limits SET window_start = window_start - ?", [HOUR]);
  assert.ok(db.tryRateLimit("a", 1, HOUR));
  assert.equal(rows(db).length, 2);
});

test("windows of one name that begin together share a count, whatever their length", (t) => {
  const db = temporaryDatabase(t);
  const [day, week] = [10_000_000_000, 20_000_000_000]; // both begin at 0
  assert.ok(db.tryRateLimit("a", 2, day));
  assert.ok(db.tryRateLimit("a", 2, week));
  assert.ok(!db.tryRateLimit("a", 2, day));
  assert.ok(db.tryRateLimit("a", 3, week));
  assert.deepEqual(rows(db), [["a", 0, 3]]);
});

test("a limit that was lowered refuses at once, and one that was raised admits", (t) => {
  const db = temporaryDatabase(t);
  for (let i = 0; i < 3; i++) assert.ok(db.tryRateLimit("a", 5, HOUR));
  assert.ok(!db.tryRateLimit("a", 2, HOUR));
  assert.ok(db.tryRateLimit("a", 4, HOUR));
});

for (const [limit, per] of [
  [0, 1],
  [1, 0],
  [-1, 60],
  [1, -60],
] as const) {
  test(`tryRateLimit() refuses limit ${limit} per ${per} s in Honker's words`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.tryRateLimit("a", limit, per), {
      name: "RangeError",
      message: "limit and per must be positive",
    });
    assert.deepEqual(rows(db), []);
  });
}

test("tryRateLimit() refuses what is no whole number", (t) => {
  const db = temporaryDatabase(t);
  for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5", undefined, {}, 5n]) {
    assert.throws(() => db.tryRateLimit("a", value as number, 60), RangeError);
    assert.throws(() => db.tryRateLimit("a", 5, value as number), RangeError);
  }
  assert.deepEqual(rows(db), []);
});

test("sweepRateLimits() deletes windows of all names that began before so many seconds", (t) => {
  const db = temporaryDatabase(t);
  const insert = (name: string, agoS: number) =>
    db.run("INSERT INTO _honker_rate_limits VALUES (?, unixepoch() - ?, 1)", [name, agoS]);
  insert("a", 100);
  insert("b", 105);
  insert("a", 90);
  insert("c", -50);
  assert.equal(db.sweepRateLimits(95), 2);
  assert.deepEqual(
    rows(db).map(([name]) => name),
    ["a", "c"],
  );
  insert("d", 10);
  assert.equal(db.sweepRateLimits(0), 2);
  assert.throws(() => db.sweepRateLimits(undefined as never), RangeError);
  assert.throws(() => db.sweepRateLimits(-1), RangeError);
});

test("processes share one count", async (t) => {
  const path = temporaryPath(t);
  const children = Array.from({ length: 3 }, () => startChild(t, new URL("child/jobs.ts", import.meta.url), [path]));
  for (const child of children) await child.nextLine();
  for (const child of children) {
    for (let i = 0; i < 20; i++) child.send(JSON.stringify(["db", "tryRateLimit", "a", 25, 1_000_000_000]));
  }
  let admitted = 0;
  for (const child of children) for (let i = 0; i < 20; i++) if ((await child.nextLine()) === "true") admitted++;
  assert.equal(admitted, 25);
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(rows(db), [["a", 1_000_000_000, 25]]);
});
