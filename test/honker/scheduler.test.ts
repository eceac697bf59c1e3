import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, open, type SchedulerAddOptions } from "../../src/honker/mod.ts";
import { type Child, startChild } from "../support/child.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Scope = { after(fn: () => void | Promise<void>): void };

const TASK: SchedulerAddOptions = { name: "a", queue: "q", schedule: "@every 1h", payload: 1 };

/** Runs the scheduler of `db` as `owner` until the test ends. */
function running(t: Scope, db: Database, owner = "me") {
  const controller = new AbortController();
  const over = db.scheduler().run(owner, controller.signal);
  t.after(() => controller.abort());
  return { controller, over };
}

const leader = (db: Database) => db.row("SELECT owner FROM _honker_locks WHERE name = 'honker-scheduler'")?.[0];
const jobs = (db: Database) => db.row("SELECT count(*) FROM _honker_live")?.[0] as number;
const makeDue = (db: Database) => db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch()");

/** Plain SQLite on the same file. */
function plainOn(t: Scope, db: Database): DatabaseSync {
  const database = new DatabaseSync(db.path, { timeout: 5000 });
  t.after(() => database.close());
  return database;
}

async function startScheduler(t: Scope, path: string, owner: string): Promise<Child> {
  const child = startChild(t, new URL("child/scheduler.ts", import.meta.url), [path, owner]);
  assert.equal(await child.nextLine(), "running");
  return child;
}

test("run() takes the lock of Honker's schedulers for a minute, and releases it at the end", async (t) => {
  const db = temporaryDatabase(t);
  const { controller, over } = running(t, db);
  await until(() => leader(db) === "me");
  const [ttl] = db.values("SELECT expires_at - unixepoch() FROM _honker_locks")[0] as [number];
  assert.ok(ttl >= 58 && ttl <= 60);
  controller.abort();
  await over;
  assert.equal(leader(db), undefined);
});

test("run() fires each task when it is due", async (t) => {
  const db = temporaryDatabase(t);
  running(t, db);
  await until(() => leader(db) === "me");
  db.scheduler().add({ ...TASK, schedule: "@every 1s" });
  await until(() => jobs(db) >= 2, "two fires");
  const times = db.values("SELECT created_at FROM _honker_live ORDER BY id").flat() as number[];
  assert.ok(times[1]! - times[0]! >= 1 && times[1]! - times[0]! <= 2);
});

test("run() hears of a task that becomes due through another connection", async (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add(TASK);
  running(t, db);
  await until(() => leader(db) === "me");
  plainOn(t, db).exec("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch()");
  await until(() => jobs(db) === 1);
});

test("run() goes on with the tasks there are when one of them can't be run", async (t) => {
  const db = temporaryDatabase(t);
  const { emitWarning } = process;
  process.emitWarning = () => {};
  t.after(() => {
    process.emitWarning = emitWarning;
  });
  db.scheduler().add({ ...TASK, name: "bad" });
  db.scheduler().add({ ...TASK, name: "good" });
  db.run("UPDATE _honker_scheduler_tasks SET cron_expr = 'bad' WHERE name = 'bad'");
  makeDue(db);
  running(t, db);
  await until(() => jobs(db) === 1);
  assert.deepEqual(
    db
      .scheduler()
      .list()
      .map(({ enabled }) => enabled),
    [false, true],
  );
});

test("run() writes nothing while nothing is due, but for the renewal of its lock", async (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add(TASK);
  running(t, db);
  await until(() => leader(db) === "me");
  await turn(20);
  const version = plainOn(t, db).prepare("PRAGMA data_version");
  const seen = new Set<unknown>();
  for (let i = 0; i < 100; i++) {
    seen.add(version.get()?.data_version);
    await turn();
  }
  assert.ok(seen.size <= 2, `${seen.size} commits within 100 ms`);
});

test("run() answers a commit of others with no more than one of its own", async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  running(t, db);
  await until(() => leader(db) === "me");
  const other = plainOn(t, db);
  const version = plainOn(t, db).prepare("PRAGMA data_version");
  await turn(20);
  const seen = new Set<unknown>([version.get()?.data_version]);
  other.exec("INSERT INTO app VALUES (1)");
  for (let i = 0; i < 100; i++) {
    seen.add(version.get()?.data_version);
    await turn();
  }
  assert.ok(seen.size <= 3, `${seen.size - 1} commits within 100 ms`);
});

test("one that stands by takes no write lock when others commit", {
  skip: !isNode && "only Node lets statements be counted",
}, async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  db.tryLock("honker-scheduler", "leader", 60);
  running(t, db);
  await turn(20);
  const { run } = StatementSync.prototype;
  let begins = 0;
  StatementSync.prototype.run = function (this: StatementSync, ...args: unknown[]) {
    if (this.sourceSQL.startsWith("BEGIN")) begins++;
    return run.apply(this, args as never);
  };
  t.after(() => {
    StatementSync.prototype.run = run;
  });
  for (let i = 0; i < 5; i++) {
    db.run("INSERT INTO app VALUES (1)");
    await turn(3);
  }
  assert.equal(begins, 0);
});

test("of two owners one leads; the other takes over when the first stops", async (t) => {
  const db = temporaryDatabase(t);
  const first = running(t, db, "first");
  await until(() => leader(db) === "first");
  const second = running(t, db, "second");
  await turn(20);
  assert.equal(leader(db), "first");
  first.controller.abort();
  await first.over;
  await until(() => leader(db) === "second", "the change");
  second.controller.abort();
  await second.over;
});

test("of two processes one leads; the other takes over when the first stops, or is killed", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  const children: Record<string, Child> = {};
  for (const owner of ["first", "second", "third"]) {
    children[owner] = await startScheduler(t, path, owner);
    if (owner === "first") await until(() => leader(db) === "first");
  }
  children.first?.send("stop");
  assert.equal(await children.first?.nextLine(), "stopped");
  await until(() => ["second", "third"].includes(leader(db) as string), "the change");
  const killed = leader(db) as string;
  const last = killed === "second" ? "third" : "second";
  children[killed]?.kill();
  await children[killed]?.waitExit();
  assert.equal(leader(db), killed);
  db.run("UPDATE _honker_locks SET expires_at = unixepoch()"); // a minute later
  await until(() => leader(db) === last, "the take-over");
  db.scheduler().add(TASK);
  makeDue(db);
  await until(() => jobs(db) === 1);
});

test("each time a task is due gives one job, with three processes that run the scheduler", async (t) => {
  const path = temporaryPath(t);
  const db = open(path);
  t.after(() => db.close());
  db.scheduler().add({ ...TASK, schedule: "@every 1s" });
  for (const owner of ["a", "b", "c"]) await startScheduler(t, path, owner);
  const tx = db.transaction();
  tx.execute("DELETE FROM _honker_live");
  tx.execute("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch() - 20");
  const [first] = tx.row("SELECT next_fire_at FROM _honker_scheduler_tasks") as [number];
  tx.commit();
  await until(() => jobs(db) >= 23, "two more fires");
  const [count, next] = db.values(
    "SELECT (SELECT count(*) FROM _honker_live), next_fire_at FROM _honker_scheduler_tasks",
  )[0] as [number, number];
  assert.equal(count, next - first);
});

test("a leader whose lock was stolen fires nothing more", async (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add(TASK);
  const { controller, over } = running(t, db);
  await until(() => leader(db) === "me");
  db.run("UPDATE _honker_locks SET owner = 'thief', expires_at = unixepoch() + 60");
  makeDue(db);
  await turn(50);
  assert.deepEqual([jobs(db), leader(db)], [0, "thief"]);
  db.run("UPDATE _honker_locks SET expires_at = unixepoch()");
  await until(() => jobs(db) === 1, "the fire after the thief is gone");
  assert.equal(leader(db), "me");
  db.run("UPDATE _honker_locks SET owner = 'thief', expires_at = unixepoch() + 60");
  controller.abort();
  await over;
  assert.equal(leader(db), "thief");
});

test("a leader whose lock has ended, and whom nobody replaced, goes on", async (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add(TASK);
  running(t, db);
  await until(() => leader(db) === "me");
  db.run("UPDATE _honker_locks SET expires_at = 5");
  makeDue(db);
  await until(() => jobs(db) === 1);
  await until(() => (db.row("SELECT expires_at - unixepoch() FROM _honker_locks")?.[0] as number) > 50);
});

test("run() outlasts a lock that another connection holds", async (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 1 });
  const other = plainOn(t, db);
  other.exec("BEGIN IMMEDIATE");
  const { controller, over } = running(t, db);
  await turn(50);
  other.exec("COMMIT");
  await until(() => leader(db) === "me");
  controller.abort();
  other.exec("BEGIN IMMEDIATE"); // it can't release its lock
  await over;
  other.exec("COMMIT");
});

test("run() waits for the open transaction of its own process", async (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add(TASK);
  const tx = db.transaction();
  const { controller, over } = running(t, db);
  await turn(10);
  tx.execute("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch()");
  tx.commit();
  await until(() => jobs(db) === 1);
  const second = db.transaction();
  controller.abort();
  await turn(5);
  second.rollback();
  await over;
  assert.equal(leader(db), undefined);
});

test("run() resolves when the database closes, also while a transaction is open", async (t) => {
  for (const isOpen of [false, true]) {
    const db = temporaryDatabase(t);
    const { over } = running(t, db);
    await until(() => leader(db) === "me");
    if (isOpen) db.transaction();
    await turn(5);
    db.close();
    await over;
    await assert.rejects(db.scheduler().run("me"), { code: "DATABASE_CLOSED" });
  }
});

test("a signal that has aborted already keeps run() from leading", async (t) => {
  const db = temporaryDatabase(t);
  await db.scheduler().run("me", AbortSignal.abort());
  assert.equal(leader(db), undefined);
});

test("run() leaves no listener on its signal", { skip: !isNode && "Node tells" }, async (t) => {
  const db = temporaryDatabase(t);
  const { controller, over } = running(t, db);
  await until(() => leader(db) === "me");
  assert.equal(getEventListeners(controller.signal, "abort").length, 1);
  controller.abort();
  await over;
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("run() refuses what is no name and no signal", async (t) => {
  const db = temporaryDatabase(t);
  for (const owner of [undefined, 5, "a\0"]) {
    await assert.rejects(db.scheduler().run(owner as string), { name: "TypeError" });
  }
  await assert.rejects(db.scheduler().run("me", {} as AbortSignal), { name: "TypeError" });
});
