import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const REPLACED = {
  name: "StorageError",
  code: "FILE_REPLACED",
  message: /replaced or deleted while it was open: open it anew/,
};
const SOON_MS = 10_000; // two looks, on a machine that does other things, too
const files = (path: string) => [path, `${path}-wal`, `${path}-shm`];

/** What can happen to a file under those who have it open. */
const FAULTS: Readonly<Record<string, (path: string) => void>> = {
  "another file is renamed over it": (path) => {
    const other = `${path}.other`;
    open(other).close();
    renameSync(other, path);
  },
  "it is deleted with its log": (path) => {
    for (const file of files(path)) rmSync(file, { force: true });
  },
  "it is moved away": (path) => {
    renameSync(path, `${path}.old`);
  },
};

/** All that waits, each with what it must end with. */
const WAITS: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
  "listen()": (db) => db.listen("a").next(),
  "subscribe()": (db) => db.stream("s").subscribe("c").next(),
  "claim()": (db) => db.queue("q").claim("a").next(),
  "claimWaker().next()": (db) => db.queue("q").claimWaker().next("a"),
  "waitResult()": (db) => db.waitResult(db.queue("unworked").enqueue(1)),
  "scheduler().run()": (db) => db.scheduler().run("a"),
  "work()": (db) => new Promise((_, reject) => db.queue("q").work(() => {}, { onError: reject })),
  "retention()": (db) => new Promise((_, reject) => db.retention({ results: {}, intervalS: 0.1, onError: reject })),
};

/** All calls that read or write, which must be refused. */
const CALLS: Readonly<Record<string, (db: Database) => unknown>> = {
  query: (db) => db.query("SELECT 1"),
  run: (db) => db.run("CREATE TABLE b (c)"),
  transaction: (db) => db.transaction(),
  notify: (db) => db.notify("a", 1),
  listen: (db) => db.listen("a"),
  publish: (db) => db.stream("s").publish(1),
  readSince: (db) => db.stream("s").readSince(0, 1),
  enqueue: (db) => db.queue("q").enqueue(1),
  claimBatch: (db) => db.queue("q").claimBatch("a", 1),
  tryLock: (db) => db.tryLock("l", "a", 1),
  tryRateLimit: (db) => db.tryRateLimit("r", 1, 1),
  tick: (db) => db.scheduler().tick(),
};

function opened(t: TestScope): Database {
  const db = open(temporaryPath(t));
  t.after(() => db.close());
  return db;
}

/** What the promise ends with, or "nothing" where that takes too long. */
async function endOf(promise: Promise<unknown>): Promise<unknown> {
  const { promise: timeout, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, SOON_MS, "nothing");
  const end = await Promise.race([promise.catch((error) => error), timeout]);
  clearTimeout(timer);
  return end;
}

for (const [what, replace] of Object.entries(FAULTS)) {
  test(`all that waits ends with FILE_REPLACED within two looks when ${what}`, async (t) => {
    const waits = Object.entries(WAITS).map(([name, wait]) => {
      const db = opened(t);
      const waiting = wait(db);
      replace(db.path);
      return { name, end: endOf(waiting) };
    });
    for (const { name, end } of waits) {
      const error = await end;
      assert.throws(
        () => {
          throw error;
        },
        REPLACED,
        name,
      );
    }
  });

  test(`all that reads or writes throws FILE_REPLACED soon when ${what}`, async (t) => {
    const db = opened(t);
    replace(db.path);
    await until(() => isRefused(db), "the first refusal");
    for (const [name, call] of Object.entries(CALLS)) assert.throws(() => call(db), REPLACED, name);
  });
}

function isRefused(db: Database): boolean {
  try {
    db.query("SELECT 1");
    return false;
  } catch {
    return true;
  }
}

test("updateEvents().next() is refused when the file is deleted", async (t) => {
  const db = opened(t);
  const next = db.updateEvents().next();
  rmSync(db.path);
  assert.match(String(await endOf(next)), /died or was closed/);
});

test("commit() throws FILE_REPLACED when the file was replaced while the transaction was open", async (t) => {
  const db = opened(t);
  const other = opened(t);
  const tx = db.transaction();
  tx.notify("a", 1);
  renameSync(db.path, `${db.path}.old`);
  renameSync(other.path, `${other.path}.old`);
  await until(() => isRefused(other), "the time of a look");
  assert.throws(() => tx.commit(), REPLACED);
});

test("close() of a deleted file leaves the one in its place, and its log, as they are", async (t) => {
  const path = temporaryPath(t);
  const lost = open(path);
  lost.notify("lost", 1);
  for (const file of files(path)) rmSync(file, { force: true });
  const child = startChild(t, new URL("../honker/child/database.ts", import.meta.url), [path]);
  await child.nextLine();
  const notify = async (payload: number) => {
    child.send(JSON.stringify(["notify", "kept", payload]));
    assert.equal(await child.nextLine(), String(payload));
  };
  await notify(1);
  lost.close();
  await notify(2);
  child.kill();
  await child.waitExit();
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(db.values("SELECT channel, payload FROM _honker_notifications ORDER BY id"), [
    ["kept", "1"],
    ["kept", "2"],
  ]);
  assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
});
