import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, open, type RetentionOptions } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Scope = { after(fn: () => void): void };

const NOTHING = { notifications: 0, streams: 0, results: 0, dead: 0, held: [] };

/** One run with `options`, and no other. */
async function runOnce(db: Database, options: RetentionOptions) {
  const retention = db.retention({ intervalS: 1e6, ...options });
  try {
    return await retention.run();
  } finally {
    retention.close();
  }
}

/** A table that retention deletes from, as these tests fill it: rows 1 to n, row i being `agesS[i - 1]` seconds old. */
interface Target {
  readonly option: "notifications" | "streams" | "results" | "dead";
  readonly insert: string; // params: id, age in seconds
  readonly keys: string;
}

const TARGETS: readonly Target[] = [
  {
    option: "notifications",
    insert: "INSERT INTO _honker_notifications(id, channel, payload, created_at) VALUES (?, 'a', '1', unixepoch() - ?)",
    keys: "SELECT id FROM _honker_notifications ORDER BY id",
  },
  {
    option: "streams",
    insert: "INSERT INTO _honker_stream(offset, topic, payload, created_at) VALUES (?, 'a', '1', unixepoch() - ?)",
    keys: "SELECT offset FROM _honker_stream ORDER BY offset",
  },
  {
    option: "results",
    insert: "INSERT INTO _honker_results(job_id, value, created_at) VALUES (?, '1', unixepoch() - ?)",
    keys: "SELECT job_id FROM _honker_results ORDER BY job_id",
  },
  {
    option: "dead",
    insert: "INSERT INTO _honker_dead(id, queue, payload, died_at) VALUES (?, 'a', '1', unixepoch() - ?)",
    keys: "SELECT id FROM _honker_dead ORDER BY id",
  },
];

for (const { option, insert, keys } of TARGETS) {
  const fill = (db: Database, agesS: readonly number[]) => {
    for (const [i, ageS] of agesS.entries()) db.run(insert, [i + 1, ageS]);
  };
  const left = (db: Database) => db.values(keys).flat();

  test(`retention of ${option} deletes what is older than olderThanS`, async (t) => {
    const db = temporaryDatabase(t);
    fill(db, [100, 90, 50, 10, 0]);
    assert.deepEqual(await runOnce(db, { [option]: { olderThanS: 60 } }), { ...NOTHING, [option]: 2 });
    assert.deepEqual(left(db), [3, 4, 5]);
    assert.deepEqual(await runOnce(db, { [option]: { olderThanS: 60 } }), NOTHING);
  });

  test(`retention of ${option} keeps the newest maxKeep`, async (t) => {
    const db = temporaryDatabase(t);
    fill(db, [0, 0, 0, 0, 0]);
    assert.deepEqual(await runOnce(db, { [option]: { maxKeep: 5 } }), NOTHING);
    assert.deepEqual(await runOnce(db, { [option]: { maxKeep: 3 } }), { ...NOTHING, [option]: 2 });
    assert.deepEqual(left(db), [3, 4, 5]);
    assert.deepEqual(await runOnce(db, { [option]: { maxKeep: 0 } }), { ...NOTHING, [option]: 3 });
    assert.deepEqual(left(db), []);
  });

  test(`retention of ${option} deletes where either condition holds`, async (t) => {
    for (const [agesS, options, kept] of [
      [[100, 100, 100, 0, 0], { olderThanS: 60, maxKeep: 4 }, [4, 5]],
      [[100, 0, 0, 0, 0], { olderThanS: 60, maxKeep: 2 }, [4, 5]],
      [[100, 0, 0, 0, 0], {}, [1, 2, 3, 4, 5]],
    ] as const) {
      const db = temporaryDatabase(t);
      fill(db, agesS);
      assert.equal((await runOnce(db, { [option]: options }))[option], 5 - kept.length);
      assert.deepEqual(left(db), kept);
    }
  });

  test(`retention leaves ${option} alone when it names others only`, async (t) => {
    const db = temporaryDatabase(t);
    fill(db, [100, 100]);
    const others = TARGETS.filter((target) => target.option !== option);
    const options = Object.fromEntries(others.map((target) => [target.option, { olderThanS: 0, maxKeep: 0 }]));
    assert.deepEqual(await runOnce(db, options), NOTHING);
    assert.deepEqual(left(db), [1, 2]);
  });
}

for (const option of ["results", "dead"] as const) {
  test(`retention of ${option} finds old ones behind young ones`, async (t) => {
    const db = temporaryDatabase(t);
    const { insert, keys } = TARGETS.find((target) => target.option === option)!;
    for (let i = 1; i <= 2500; i++) db.run(insert, [i, i === 2500 ? 100 : 0]);
    assert.equal((await runOnce(db, { [option]: { olderThanS: 60 } }))[option], 1);
    assert.equal(db.values(keys).length, 2499);
  });
}

test("retention of results deletes those whose time is over in any case", async (t) => {
  const db = temporaryDatabase(t);
  db.saveResult(1, "1", 100);
  db.saveResult(2, "1", 100);
  db.saveResult(3, "1", 0);
  db.run("UPDATE _honker_results SET expires_at = unixepoch() WHERE job_id = 1");
  assert.deepEqual(await runOnce(db, { results: {} }), { ...NOTHING, results: 1 });
  assert.deepEqual(db.values("SELECT job_id FROM _honker_results"), [[2], [3]]);
});

test("retention of streams keeps the newest of each stream", async (t) => {
  const db = temporaryDatabase(t);
  for (let i = 0; i < 12; i++) db.stream(["a", "b", ""][i % 3]!).publish(i);
  db.stream("short").publish(0);
  assert.deepEqual(await runOnce(db, { streams: { maxKeep: 1 } }), { ...NOTHING, streams: 9 });
  assert.deepEqual(db.values("SELECT topic, offset FROM _honker_stream ORDER BY offset"), [
    ["a", 10],
    ["b", 11],
    ["", 12],
    ["short", 13],
  ]);
});

test("retention of streams never deletes what a consumer has not done with, and tells who holds", async (t) => {
  const db = temporaryDatabase(t);
  for (let i = 1; i <= 10; i++) db.stream(i % 2 ? "a" : "b").publish(i);
  db.stream("a").saveOffset("quick", 9);
  db.stream("a").saveOffset("slow", 3);
  db.stream("b").saveOffset("idle", 0);
  assert.deepEqual(await runOnce(db, { streams: { maxKeep: 1 } }), {
    ...NOTHING,
    streams: 2,
    held: [
      { name: "a", consumer: "slow", position: 3 },
      { name: "b", consumer: "idle", position: 0 },
    ],
  });
  assert.deepEqual(db.values("SELECT offset FROM _honker_stream ORDER BY offset").flat(), [2, 4, 5, 6, 7, 8, 9, 10]);
  db.stream("a").saveOffset("slow", 9);
  const report = await runOnce(db, { streams: { maxKeep: 1 } });
  assert.deepEqual([report.streams, report.held.map(({ name }) => name)], [2, ["b"]]);
});

test("retention of streams respects an offset that an old binding stored swapped", async (t) => {
  const db = temporaryDatabase(t);
  for (let i = 1; i <= 5; i++) db.stream("a").publish(i);
  db.run("INSERT INTO _honker_stream_consumers(name, topic, offset) VALUES ('a', 'c', 2)");
  const report = await runOnce(db, { streams: { maxKeep: 0 } });
  assert.deepEqual(report, { ...NOTHING, streams: 2, held: [{ name: "a", consumer: "c", position: 2 }] });
});

test("retention of streams loses no event of a subscription that reads while it runs", async (t) => {
  const db = temporaryDatabase(t);
  const stream = db.stream("s");
  const subscription = stream.subscribe("c", { saveEveryN: 10, ref: true });
  const tx = db.transaction();
  for (let i = 0; i < 3000; i++) stream.publishTx(tx, i);
  tx.commit();
  const retention = db.retention({ streams: { maxKeep: 5 }, intervalS: 0.001 });
  for (let i = 0; i < 3000; i++) {
    assert.equal((await subscription.next()).value?.payload, i);
    if (i % 100 === 0) await turn();
  }
  subscription.close();
  await retention.run(); // the one that may be on
  await retention.run();
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_stream"), [[5]]);
});

test("retention of notifications does not overtake a listener of this process that is behind", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("a");
  const tx = db.transaction();
  for (let i = 1; i <= 600; i++) tx.notify("a", i);
  tx.commit();
  await turn(5);
  const report = await runOnce(db, { notifications: { maxKeep: 10 } });
  assert.equal(report.held.length, 1);
  const [{ name, consumer, position }] = report.held as [(typeof report.held)[0]];
  assert.deepEqual([name, consumer, report.notifications], ["a", null, position]);
  assert.ok(position < 590);
  for (let i = 1; i <= 600; i++) assert.equal((await listener.next()).value?.payload, i);
  await turn(2);
  const after = await runOnce(db, { notifications: { maxKeep: 10 } });
  assert.deepEqual([after.notifications, after.held], [590 - position, []]);
});

test("retention is not held by who would lose nothing", async (t) => {
  const db = temporaryDatabase(t);
  for (let i = 1; i <= 10; i++) db.stream("a").publish(i);
  db.stream("a").saveOffset("c", 8);
  assert.deepEqual(await runOnce(db, { streams: { maxKeep: 2 } }), { ...NOTHING, streams: 8 });
  assert.deepEqual(await runOnce(db, { streams: { maxKeep: 2 } }), NOTHING);
});

test("retention deletes a hundred thousand rows in pages, while the process does other things", async (t) => {
  const db = temporaryDatabase(t);
  db.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO _honker_notifications(channel, payload) SELECT 'a', '1' FROM n`);
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  count();
  const report = await runOnce(db, { notifications: { maxKeep: 10 } });
  isOver = true;
  assert.equal(report.notifications, 99_990);
  assert.ok(turns >= 90, `${turns} turns of the event loop`);
});

test("run() gives the report of the run that is on", async (t) => {
  const db = temporaryDatabase(t);
  db.notify("a", 1);
  const retention = db.retention({ notifications: { maxKeep: 0 }, intervalS: 1e6 });
  const [first, second] = [retention.run(), retention.run()];
  assert.equal(await first, await second);
  assert.deepEqual(await retention.run(), NOTHING);
});

test("retention runs by itself, again and again, until it is closed", async (t) => {
  const db = temporaryDatabase(t);
  const count = () => db.row("SELECT count(*) FROM _honker_notifications")?.[0];
  const retention = db.retention({ notifications: { maxKeep: 0 }, intervalS: 0.005 });
  for (let i = 0; i < 3; i++) {
    db.notify("a", i);
    await until(() => count() === 0);
  }
  retention.close();
  retention.close();
  db.notify("a", 4);
  await turn(20);
  assert.equal(count(), 1);
});

test("retention outlasts a lock of another connection and an open transaction of its own process", async (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 1 });
  const other = new DatabaseSync(db.path);
  t.after(() => other.close());
  const errors: unknown[] = [];
  db.notify("a", 1);
  const retention = db.retention({
    notifications: { maxKeep: 0 },
    intervalS: 0.005,
    onError: (error) => errors.push(error),
  });
  const count = () => db.row("SELECT count(*) FROM _honker_notifications")?.[0];
  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(retention.run(), { code: "SQLITE_BUSY" });
  await turn(20);
  other.exec("COMMIT");
  await until(() => count() === 0);
  const tx = db.transaction();
  tx.notify("a", 2);
  await turn(20);
  tx.commit();
  await until(() => count() === 0);
  assert.deepEqual(errors, []);
});

test("retention reports what else it meets to onError, and goes on", async (t) => {
  const db = temporaryDatabase(t);
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push((error as { code: string }).code);
  db.retention({ dead: { maxKeep: 0 }, intervalS: 0.005, onError });
  db.run("ALTER TABLE _honker_dead RENAME TO gone");
  await until(() => errors.length >= 2);
  assert.equal(errors[0], "SQLITE_ERROR");
  db.run("ALTER TABLE gone RENAME TO _honker_dead");
  db.run("INSERT INTO _honker_dead(id, queue, payload) VALUES (1, 'q', '1')");
  await until(() => db.values("SELECT id FROM _honker_dead").length === 0);
});

test("an onError of retention that throws is no harm", async (t) => {
  const db = temporaryDatabase(t);
  const rejections = collectRejections(t);
  let calls = 0;
  const onError = () => {
    calls++;
    throw new Error("from onError");
  };
  db.retention({ dead: { maxKeep: 0 }, intervalS: 0.005, onError });
  db.run("DROP TABLE _honker_dead");
  await until(() => calls >= 2);
  await turn(2);
  assert.deepEqual(rejections, []);
});

test("close() of the database ends retention, also in the midst of a run", async (t) => {
  const db = temporaryDatabase(t);
  const rejections = collectRejections(t);
  db.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO _honker_notifications(channel, payload) SELECT 'a', '1' FROM n`);
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const options = { notifications: { maxKeep: 0 }, streams: { maxKeep: 0 }, intervalS: 0.001, onError };
  const retention = db.retention(options);
  const run = retention.run();
  const count = () => db.row("SELECT count(*) FROM _honker_notifications")?.[0] as number;
  while (count() === 5000) await new Promise((resolve) => setImmediate(resolve));
  db.close();
  await run.catch((error) => assert.equal(error.code, "DATABASE_CLOSED"));
  await turn(5);
  const again = open(db.path);
  t.after(() => again.close());
  const [left] = again.values("SELECT count(*) FROM _honker_notifications")[0] as [number];
  assert.ok(left < 5000 && left > 0, `${left} rows`);
  assert.deepEqual([rejections, errors], [[], []]);
  assert.throws(() => db.retention({}), { code: "DATABASE_CLOSED" });
});

test("two processes may keep to a retention of one file at the same time", async (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  t.after(() => other.close());
  db.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO _honker_notifications(channel, payload) SELECT 'a', '1' FROM n`);
  const reports = await Promise.all([db, other].map((each) => runOnce(each, { notifications: { maxKeep: 7 } })));
  assert.equal(reports[0]!.notifications + reports[1]!.notifications, 4993);
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_notifications"), [[7]]);
});

for (const [options, expected] of [
  [null, TypeError],
  [undefined, TypeError],
  [5, TypeError],
  [{ notification: {} }, /Unknown option "notification" for retention\(\): did you mean "notifications"/],
  [{ dead: { olderThan: 5 } }, /Unknown option "olderThan" for retention dead\(\): did you mean "olderThanS"/],
  [{ dead: 5 }, TypeError],
  [{ dead: null }, TypeError],
  [{ dead: { olderThanS: -1 } }, RangeError],
  [{ dead: { olderThanS: 1.5 } }, RangeError],
  [{ dead: { maxKeep: Number.NaN } }, RangeError],
  [{ dead: { maxKeep: "5" } }, RangeError],
  [{ dead: { maxKeep: null } }, RangeError],
  [{ intervalS: 0 }, RangeError],
  [{ intervalS: null }, RangeError],
  [{ intervalS: "5" }, RangeError],
  [{ onError: 5 }, TypeError],
] as const) {
  test(`retention() refuses ${JSON.stringify(options)}`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.retention(options as unknown as RetentionOptions), expected);
  });
}

function collectRejections(t: Scope): unknown[] {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(String(reason));
  process.on("unhandledRejection", note);
  t.after(() => void process.off("unhandledRejection", note));
  return rejections;
}
