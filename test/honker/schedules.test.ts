import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, Scheduler, type SchedulerAddOptions } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

type Scope = { after(fn: () => void): void };

const TASK: SchedulerAddOptions = { name: "a", queue: "q", schedule: "@every 10s", payload: { p: 1 } };

function withTask(t: Scope, options: Partial<SchedulerAddOptions> = {}) {
  const db = temporaryDatabase(t);
  const scheduler = db.scheduler();
  scheduler.add({ ...TASK, ...options });
  return { db, scheduler };
}

const tasks = (db: Database) => db.query("SELECT * FROM _honker_scheduler_tasks ORDER BY name");
const live = (db: Database) => db.query("SELECT * FROM _honker_live ORDER BY id");
const now = (db: Database) => db.row("SELECT unixepoch()")?.[0] as number;
const near = (actual: unknown, expected: number) => assert.ok(Math.abs(Number(actual) - expected) <= 2, `${actual}`);

/** Keeps what the process is warned of from being printed. */
function collectWarnings(t: Scope): string[] {
  const { emitWarning } = process;
  const warnings: string[] = [];
  process.emitWarning = (warning) => void warnings.push(String(warning));
  t.after(() => {
    process.emitWarning = emitWarning;
  });
  return warnings;
}

test("add() stores a task to fire first after now", (t) => {
  const { db } = withTask(t);
  const [row] = tasks(db);
  near(row?.next_fire_at, now(db) + 10);
  assert.deepEqual(row, {
    name: "a",
    queue: "q",
    cron_expr: "@every 10s",
    payload: '{"p":1}',
    priority: 0,
    expires_s: null,
    next_fire_at: row?.next_fire_at,
    enabled: 1,
    max_attempts: 3,
  });
});

test("add() takes the schedule by either name, and the newer one where both are given", (t) => {
  const { db, scheduler } = withTask(t);
  const { schedule: _, ...rest } = TASK;
  scheduler.add({ ...rest, name: "b", cron: "*/5 * * * *" });
  scheduler.add({ ...rest, name: "c", schedule: "@every 1h", cron: "@every 2h" });
  assert.deepEqual(
    tasks(db).map(({ cron_expr }) => cron_expr),
    ["@every 10s", "*/5 * * * *", "@every 1h"],
  );
});

test("add() of the same name replaces the task, drops the times missed, and leaves it paused if it is", (t) => {
  const { db, scheduler } = withTask(t);
  scheduler.pause("a");
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 5");
  const changed = { queue: "other", schedule: "@every 1h", payload: null, priority: 2, expiresS: 9, maxAttempts: 1 };
  scheduler.add({ name: "a", ...changed });
  const [row] = scheduler.list();
  near(row?.next_fire_at, now(db) + 3600);
  assert.deepEqual(row, {
    name: "a",
    queue: "other",
    cron_expr: "@every 1h",
    payload: "null",
    priority: 2,
    expires_s: 9,
    next_fire_at: row?.next_fire_at,
    enabled: false,
    max_attempts: 1,
  });
});

test("remove() deletes a task and counts it", (t) => {
  const { db, scheduler } = withTask(t);
  assert.equal(scheduler.remove("b"), 0);
  assert.equal(scheduler.remove("a"), 1);
  assert.equal(scheduler.remove("a"), 0);
  assert.deepEqual(tasks(db), []);
});

test("pause() and resume() tell whether they changed anything, and keep the next time", (t) => {
  const { db, scheduler } = withTask(t);
  const [before] = tasks(db);
  assert.equal(scheduler.resume("a"), false);
  assert.equal(scheduler.pause("a"), true);
  assert.equal(scheduler.pause("a"), false);
  assert.deepEqual(tasks(db), [{ ...before, enabled: 0 }]);
  assert.equal(scheduler.soonest(), 0);
  assert.equal(scheduler.resume("a"), true);
  assert.deepEqual(tasks(db), [before]);
  assert.deepEqual([scheduler.pause("b"), scheduler.resume("b")], [false, false]);
});

test("list() gives all tasks by name, as the binding does", (t) => {
  const { scheduler } = withTask(t, { name: "b" });
  scheduler.add({ ...TASK, name: "a", payload: "text" });
  const rows = scheduler.list();
  assert.deepEqual(
    rows.map(({ name, payload, enabled }) => [name, payload, enabled]),
    [
      ["a", '"text"', true],
      ["b", '{"p":1}', true],
    ],
  );
  assert.deepEqual(Object.keys(rows[0] ?? {}), [
    "name",
    "queue",
    "cron_expr",
    "payload",
    "priority",
    "expires_s",
    "next_fire_at",
    "enabled",
    "max_attempts",
  ]);
});

test("update() changes what is given and nothing else", (t) => {
  const { db, scheduler } = withTask(t, { expiresS: 5, maxAttempts: 7 });
  let row: Record<string, unknown> | undefined = tasks(db)[0];
  const changes: [options: Parameters<Scheduler["update"]>[1], columns: Record<string, unknown>][] = [
    [{ payload: null }, { payload: "null" }],
    [{ payload: [1] }, { payload: "[1]" }],
    [{ priority: -3 }, { priority: -3 }],
    [{ expiresS: 8 }, { expires_s: 8 }],
    [{ expiresS: null }, { expires_s: null }],
    [{ maxAttempts: 9 }, { max_attempts: 9 }],
    [{ maxAttempts: null }, { max_attempts: 3 }],
    [
      { priority: 1, payload: 2, maxAttempts: 4 },
      { priority: 1, payload: "2", max_attempts: 4 },
    ],
  ];
  for (const [options, columns] of changes) {
    assert.equal(scheduler.update("a", options), true);
    row = { ...row, ...columns };
    assert.deepEqual(tasks(db), [row]);
  }
});

test("update() with another schedule counts from now on", (t) => {
  const { db, scheduler } = withTask(t);
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 5");
  assert.equal(scheduler.update("a", { cron: "@every 1h" }), true);
  near(tasks(db)[0]?.next_fire_at, now(db) + 3600);
  assert.equal(scheduler.update("a", { schedule: "@every 2h", cron: "@every 1h" }), true);
  assert.equal(tasks(db)[0]?.cron_expr, "@every 2h");
});

test("update() gives false where nothing is given or there is no such task", (t) => {
  const { db, scheduler } = withTask(t);
  const before = tasks(db);
  assert.equal(scheduler.update("a"), false);
  assert.equal(scheduler.update("a", {}), false);
  assert.equal(scheduler.update("b", { priority: 1 }), false);
  assert.deepEqual(tasks(db), before);
});

test("soonest() is the next time of an enabled task, or 0", (t) => {
  const { db, scheduler } = withTask(t);
  scheduler.add({ ...TASK, name: "b" });
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = CASE name WHEN 'a' THEN 50 ELSE 60 END");
  assert.equal(scheduler.soonest(), 50);
  scheduler.pause("a");
  assert.equal(scheduler.soonest(), 60);
  scheduler.remove("b");
  assert.equal(scheduler.soonest(), 0);
});

test("tick() enqueues a job for each time a task was due, and tells which", (t) => {
  const { db, scheduler } = withTask(t, { priority: 3, expiresS: 100, maxAttempts: 7 });
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
  assert.deepEqual(scheduler.tick(999), []);
  const fires = scheduler.tick(1020);
  assert.deepEqual(fires, [
    { name: "a", queue: "q", fire_at: 1000, job_id: 1 },
    { name: "a", queue: "q", fire_at: 1010, job_id: 2 },
    { name: "a", queue: "q", fire_at: 1020, job_id: 3 },
  ]);
  assert.equal(tasks(db)[0]?.next_fire_at, 1030);
  const jobs = live(db);
  assert.equal(jobs.length, 3);
  near(jobs[0]?.run_at, now(db));
  near(jobs[0]?.expires_at, now(db) + 100);
  const { queue, payload, priority, attempts, max_attempts, state } = jobs[0]!;
  assert.deepEqual([queue, payload, priority, attempts, max_attempts, state], ["q", '{"p":1}', 3, 0, 7, "pending"]);
  assert.deepEqual(scheduler.tick(1020), []);
});

test("tick() takes the time for now when it is told none", (t) => {
  const { db, scheduler } = withTask(t);
  assert.deepEqual(scheduler.tick(), []);
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch()");
  assert.equal(scheduler.tick().length, 1);
});

for (const [missed, fired] of [
  [10, 10],
  [63, 63],
  [64, 64],
  [65, 64],
  [1000, 64],
] as const) {
  test(`tick() fires ${fired} of ${missed} times that were missed, and skips the rest`, (t) => {
    const { db, scheduler } = withTask(t);
    db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
    const nowS = 1000 + (missed - 1) * 10 + 3;
    const fires = scheduler.tick(nowS);
    assert.deepEqual(
      fires.map(({ fire_at }) => fire_at),
      Array.from({ length: fired }, (_, i) => 1000 + i * 10),
    );
    // what goes on after a skip is counted from now, not from the last time
    assert.equal(tasks(db)[0]?.next_fire_at, missed > 64 ? nowS + 10 : 1000 + missed * 10);
    assert.equal(live(db).length, fired);
  });
}

test("tick() caps each task by itself", (t) => {
  const { db, scheduler } = withTask(t);
  scheduler.add({ ...TASK, name: "b", schedule: "@every 100s" });
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
  const names = scheduler.tick(2000).map(({ name }) => name);
  assert.deepEqual(
    [names.filter((name) => name === "a").length, names.filter((name) => name === "b").length],
    [64, 11],
  );
});

test("resume() has a task fire for the times since it was paused, 64 at most", (t) => {
  const { db, scheduler } = withTask(t);
  scheduler.pause("a");
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
  assert.deepEqual(scheduler.tick(5000), []);
  scheduler.resume("a");
  assert.equal(scheduler.tick(1000 + 10 * 9).length, 10);
  assert.equal(scheduler.tick(50_000).length, 64);
});

test("tick() gives each job at least one attempt, whatever the row says", (t) => {
  const { db, scheduler } = withTask(t);
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000, max_attempts = -5");
  scheduler.tick(1000);
  assert.equal(live(db)[0]?.max_attempts, 1);
});

for (const [name, change] of [
  ["a schedule that is none", "cron_expr = 'every now and then'"],
  ["a schedule of bytes", "cron_expr = x'00'"],
  ["a schedule that never comes", "cron_expr = '0 0 30 2 *'"],
  ["a payload that is not JSON", "payload = 'not json'"],
  ["a payload of bytes", "payload = x'00ff'"],
  ["a queue of bytes", "queue = x'00ff'"],
  ["a fraction for a priority", "priority = 1.5"],
  ["text for a time", "next_fire_at = 'soon'"],
  ["a fraction for a time", "next_fire_at = 1000.5"],
  ["a time before all times", "next_fire_at = -9000000000000"],
  ["text for an expiry", "expires_s = 'x'"],
  ["text for attempts", "max_attempts = 'x'"],
] as const) {
  test(`tick() pauses a task with ${name} and warns, and the others go on`, (t) => {
    const { db, scheduler } = withTask(t, { name: "bad" });
    for (const each of ["a", "z"]) scheduler.add({ ...TASK, name: each });
    db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
    db.run(`UPDATE _honker_scheduler_tasks SET ${change} WHERE name = 'bad'`);
    const warnings = collectWarnings(t);
    assert.deepEqual(
      scheduler.tick(1000).map((fire) => fire.name),
      ["a", "z"],
    );
    assert.match(warnings.join(), /^Paused the scheduled task "bad", which can't be run: /);
    assert.deepEqual(
      tasks(db).map(({ enabled }) => enabled),
      [1, 0, 1],
    );
    assert.deepEqual(scheduler.tick(1000), []);
    assert.equal(warnings.length, 1);
    assert.ok(live(db).every(({ payload }) => payload === '{"p":1}'));
  });
}

test("tick() is rid of a task without a name after one warning", (t) => {
  const { db, scheduler } = withTask(t);
  const warnings = collectWarnings(t);
  db.run(
    "INSERT INTO _honker_scheduler_tasks(name, queue, cron_expr, payload, next_fire_at) VALUES (NULL, 'q', '@every 1s', '1', 5)",
  );
  scheduler.tick(1000);
  scheduler.tick(1000);
  assert.equal(warnings.length, 1);
  assert.notEqual(scheduler.soonest(), 5);
});

for (const nowS of [8_200_000_000_001, Number.MAX_SAFE_INTEGER]) {
  test(`tick() with a time beyond all calendars (${nowS}) pauses no task`, (t) => {
    const { db, scheduler } = withTask(t);
    scheduler.add({ ...TASK, name: "b", schedule: "* * * * *" });
    collectWarnings(t);
    try {
      scheduler.tick(nowS);
    } catch (error) {
      assert.ok(error instanceof RangeError);
      assert.deepEqual(live(db), []);
    }
    assert.deepEqual(
      tasks(db).map(({ enabled }) => enabled),
      [1, 1],
    );
  });
}

test("tick() enqueues all or nothing", (t) => {
  const { db, scheduler } = withTask(t);
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
  db.run(`CREATE TRIGGER full BEFORE INSERT ON _honker_live WHEN (SELECT count(*) FROM _honker_live) = 2
    BEGIN SELECT RAISE(ABORT, 'full'); END`);
  const before = tasks(db);
  assert.throws(() => scheduler.tick(1050), { code: "SQLITE_CONSTRAINT_TRIGGER" });
  assert.deepEqual([tasks(db), live(db)], [before, []]);
});

test("tick() wakes the workers", async (t) => {
  const { db, scheduler } = withTask(t);
  db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 1000");
  const waker = db.queue("q").claimWaker({ idlePollS: null });
  const next = waker.next("w");
  scheduler.tick(1000);
  assert.deepEqual((await next)?.payload, { p: 1 });
});

test("add(), update() and tick() refuse what they can't store, and write nothing", (t) => {
  const { db, scheduler } = withTask(t);
  const before = tasks(db);
  const { schedule: _, ...rest } = TASK;
  assert.throws(() => scheduler.add(rest), { name: "TypeError", message: "must provide schedule or cron" });
  const wrong: object[] = [
    { schedule: "every day" },
    { schedule: 5 },
    { schedule: null },
    { schedule: "0 0 30 2 *" },
    { name: undefined },
    { name: "a\0" },
    { queue: 5 },
    { payload: undefined },
    { payload: () => {} },
    { payload: "\ud800" },
    { priority: 1.5 },
    { priority: "1" },
    { expiresS: -1 },
    { expiresS: 1.5 },
    { maxAttempts: 0 },
    { maxAttempts: Number.NaN },
    { retries: 1 },
  ];
  for (const options of wrong) {
    assert.throws(() => scheduler.add({ ...TASK, ...options } as SchedulerAddOptions), /./, JSON.stringify(options));
  }
  for (const options of wrong.slice(0, 2).concat(wrong.slice(7))) {
    assert.throws(() => scheduler.update("a", options), /./, JSON.stringify(options));
  }
  for (const time of [-1, 1.5, Number.NaN, "5", null, 5n])
    assert.throws(() => scheduler.tick(time as number), RangeError);
  for (const name of [undefined, 5, "a\0", "\ud800"]) {
    for (const method of ["remove", "pause", "resume", "update"] as const) {
      assert.throws(() => scheduler[method](name as string), TypeError);
    }
  }
  assert.deepEqual(tasks(db), before);
});

test("a scheduler is made of what open() returned, by the database or with new", (t) => {
  const { db } = withTask(t);
  assert.equal(new Scheduler(db).list().length, 1);
  assert.throws(() => new Scheduler({}), { name: "TypeError", message: /what open\(\) returns is wanted/ });
});

test("schedules can't be changed while a transaction is open, and not at all once the database is closed", (t) => {
  const { db, scheduler } = withTask(t);
  const tx = db.transaction();
  const uses = [
    () => scheduler.add(TASK),
    () => scheduler.remove("a"),
    () => scheduler.pause("a"),
    () => scheduler.resume("a"),
    () => scheduler.update("a", { priority: 1 }),
    () => scheduler.tick(),
  ];
  for (const use of uses) assert.throws(use, { code: "TRANSACTION_OPEN" });
  assert.equal(scheduler.list().length, 1);
  tx.rollback();
  db.close();
  for (const use of [...uses, () => scheduler.list(), () => scheduler.soonest()]) {
    assert.throws(use, { code: "DATABASE_CLOSED" });
  }
});
