import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { bothWays, scenario } from "../support/scenario.ts";
import type { Row, Side } from "../support/side.ts";

/** All objects of a file: their columns, and the SQL of indexes with white space and quotes made equal. */
async function layout(side: Side): Promise<Row[]> {
  const objects = await side.sql(
    `SELECT type, name, tbl_name, CASE type WHEN 'index' THEN sql END AS sql FROM sqlite_master ORDER BY name`,
  );
  return Promise.all(
    objects.map(async ({ sql, ...object }) => ({
      ...object,
      sql: typeof sql === "string" ? sql.replace(/\s+/g, " ").replace(/\(\s+/g, "(").replace(/\s+\)/g, ")") : sql,
      columns: await side.sql(
        `SELECT cid, name, upper(type) AS type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)`,
        [object.name],
      ),
      isStrict: await side.value(`SELECT "strict" FROM pragma_table_list WHERE name = ?`, [object.name]),
    })),
  );
}

scenario(
  1,
  "a new file made by one side has the same objects as one made by the other, and is left alone",
  async (stage) => {
    const second = stage.otherPath();
    const e = await stage.engine(stage.path);
    const h = await stage.honker(second);
    assert.deepEqual(await layout(e), await layout(h));
    assert.equal(await e.value("PRAGMA journal_mode"), "wal");

    for (const [path, open] of [
      [stage.path, () => stage.honker(stage.path)],
      [second, () => stage.engine(second)],
      [second, () => stage.honker(second)],
      [stage.path, () => stage.engine(stage.path)],
    ] as const) {
      const before = fingerprint(path);
      const opener = await open();
      assert.deepEqual(fingerprint(path), before, `${opener.name} changed a complete file`);
      await opener.program.end();
    }
  },
);

/** What changes with any write: the versions, the objects and the size of the log. */
function fingerprint(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const { schema_version: schema } = database.prepare("PRAGMA schema_version").get() as Row;
    const objects = database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all();
    return { schema, objects, wal: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size };
  } finally {
    database.close();
  }
}

/** `_honker_scheduler_tasks` as it was up to core 0.2.2, then with `enabled`, then as it is. */
const COLUMNS = `name TEXT PRIMARY KEY, queue TEXT NOT NULL, cron_expr TEXT NOT NULL, payload TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0, expires_s INTEGER, next_fire_at INTEGER NOT NULL`;
const HISTORIC = [
  COLUMNS,
  `${COLUMNS}, enabled INTEGER NOT NULL DEFAULT 1`,
  `${COLUMNS}, enabled INTEGER NOT NULL DEFAULT 1, max_attempts INTEGER NOT NULL DEFAULT 3`,
];

scenario(2, "a file with an old table of schedules is brought up to date, and schedules in it go on", async (stage) => {
  for (const columns of HISTORIC) {
    const path = stage.otherPath();
    makeHistoricFile(path, columns);
    const [e, h] = await stage.pair(path);
    assert.deepEqual(
      (await e.sql("SELECT name FROM pragma_table_info('_honker_scheduler_tasks')")).map((row) => row.name).slice(7),
      ["enabled", "max_attempts"],
    );
    await assertOldScheduleFires(h, h);
  }
});

function makeHistoricFile(path: string, columns: string): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE _honker_scheduler_tasks (${columns});
    INSERT INTO _honker_scheduler_tasks(name, queue, cron_expr, payload, next_fire_at)
      VALUES ('old', 'q', '@every 1h', '{"a":1}', unixepoch() - 10)`);
  database.close();
}

async function assertOldScheduleFires(registrar: Side, ticker: Side): Promise<void> {
  await registrar.register({ name: "new", queue: "q", schedule: "@every 1h", payload: 1, maxAttempts: 5 });
  const fires = await ticker.tick();
  assert.deepEqual(
    fires.map(({ name }) => name),
    ["old"],
  );
  const tasks = await ticker.sql("SELECT name, enabled, max_attempts FROM _honker_scheduler_tasks ORDER BY name");
  assert.deepEqual(tasks, [
    { name: "new", enabled: 1, max_attempts: 5 },
    { name: "old", enabled: 1, max_attempts: 3 },
  ]);
  assert.deepEqual(await ticker.sql("SELECT max_attempts FROM _honker_live"), [{ max_attempts: 3 }]);
}

scenario(
  2,
  "a file that Honker 0.2.4 made is brought up to date, and its schedule goes on",
  async (stage) => {
    const python = await stage.python();
    await python.call("register", "old", "q", "0 0 29 2 *", { a: 1 });
    await python.call("sql", "UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch() - 10 RETURNING name");
    const [e, h] = await stage.pair();
    assert.equal(await e.value("SELECT max_attempts FROM _honker_scheduler_tasks"), 3);
    await python.end(); // it would tick without max_attempts
    await assertOldScheduleFires(e, h);
  },
  { python: true },
);

const BUSY_FIRST_OPEN = /database is locked/; // Honker's own #102, mended after 0.4

scenario(3, "eight processes open one new file at once, and all get on with it", async (stage) => {
  let locked = 0;
  for (let round = 0; round < 5; round++) {
    const path = stage.otherPath();
    const sides = Array.from({ length: 8 }, (_, i) => (i % 2 ? stage.engineProcess() : stage.honkerProcess()));
    await Promise.all(sides.map((side) => side.sql("SELECT 1").catch(() => {}))); // they are up and read their lines
    const atMs = Date.now() + 150;
    const results = await Promise.allSettled(sides.map((side) => side.open(path, atMs)));
    for (const [i, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      const isKnown = sides[i]!.name === "H" && BUSY_FIRST_OPEN.test(String(result.reason));
      assert.ok(isKnown, `${sides[i]!.name} could not open: ${result.reason}`);
      locked++;
      await sides[i]!.open(path);
    }
    await Promise.all(sides.map((side) => side.notify("opened", side.name)));
    assert.equal(await sides[0]!.value("SELECT count(*) FROM _honker_notifications"), 8);
    assert.equal(await sides[0]!.value("PRAGMA journal_mode"), "wal");
    await Promise.all(sides.map((side) => side.program.end()));
  }
  stage.t.diagnostic(`${locked} of 20 opens by Honker met a locked file, which is mended after 0.4`);
});

scenario(
  4,
  "Honker 0.2.4 makes queues in a loop while E enqueues and claims",
  async (stage) => {
    const e = await stage.engine();
    const python = await stage.python();
    const waker = await e.waker("q", "w", 300, 200);
    let isOver = false;
    const churn = python.call("churn", 200, "q").finally(() => {
      isOver = true;
    });
    let own = 0;
    for (; !isOver; own++) {
      await e.enqueue("own", own);
      const [job] = await e.claim("own", "w", 1);
      assert.equal(job?.payload, own);
      assert.equal(await e.ack(job!.id, "w"), true);
    }
    await churn;
    await waker.take(200); // no wake got lost: the waker does not poll
    assert.ok(own > 10, `${own} jobs beside the churn`);
    assert.equal(await e.value("SELECT count(*) FROM sqlite_master WHERE name = '_honker_jobs'"), 1);
  },
  { python: true },
);

scenario(7, "what other versions of Honker keep in a file is left alone", async (stage) => {
  const [e, h] = await stage.pair();
  await h.sql("CREATE TABLE _honker_queues (name TEXT PRIMARY KEY, dead_letter_queue TEXT)");
  await h.sql("INSERT INTO _honker_queues VALUES ('q', 'd')");
  await h.sql("CREATE TABLE _honker_scheduler_state (name TEXT PRIMARY KEY, last_fire_at INTEGER NOT NULL)");
  await h.sql("INSERT INTO _honker_scheduler_state VALUES ('s', 1)");
  await h.sql(`CREATE VIEW _honker_jobs AS SELECT id, queue, payload, state, priority, run_at, worker_id, claim_expires_at,
    attempts, max_attempts, NULL AS last_error, created_at FROM _honker_live`);
  await h.sql(`CREATE TABLE _honker_queue_event_config (singleton INTEGER PRIMARY KEY, enabled INTEGER,
    retention_target INTEGER, include_payload INTEGER, events_since_trim INTEGER, trimmed_through_offset INTEGER)`);
  await h.sql("INSERT INTO _honker_queue_event_config VALUES (1, 1, 10000, 0, 0, 0)");
  const feed = "_honker:queue-events:v1";
  const event = { version: 1, type: "enqueued", job_id: 1, queue: "q", occurred_at: 1, attempts: 0 };
  await h.publish(feed, event, "q");

  const again = await stage.engine();
  for (const side of [e, again]) {
    assert.equal(await side.value("SELECT count(*) FROM _honker_jobs"), 0);
    const id = await side.enqueue("q", { a: 1 });
    assert.deepEqual(
      (await h.claim("q", "w", 1)).map((job) => job.id),
      [id],
    );
    assert.equal(await h.ack(id, "w"), true);
    assert.deepEqual(
      (await side.readSince(feed, 0, 10)).map(({ key, payload }) => ({ key, payload })),
      [{ key: "q", payload: event }],
    );
    await assert.rejects(side.publish(feed, {}), /Honker's own/);
  }
  assert.equal(await e.value("SELECT count(*) FROM _honker_scheduler_state"), 1);
  assert.equal(await e.value("SELECT count(*) FROM _honker_queues"), 1);
});

scenario(
  8,
  "a file that the user has turned to DELETE journal mode serves both sides, and wakes arrive",
  async (stage) => {
    for (const first of ["E", "H"]) {
      const path = stage.otherPath();
      const maker = await stage.honker(path);
      await maker.enqueue("q", "old");
      await maker.program.end();
      turnToDelete(path);
      const early = first === "E" ? await stage.engine(path) : await stage.honker(path);
      const [e, h] = await stage.pair(path); // whoever opens it turns it to WAL again, as Honker does
      assert.equal(await early.value("PRAGMA journal_mode"), "wal");
      assert.equal((await e.claim("q", "w", 1))[0]?.payload, "old");
      await bothWays([e, h], async (one, other) => {
        const listener = await other.listen(`from-${one.name}`);
        await one.notify(`from-${one.name}`, 1);
        assert.equal((await listener.next()).payload, "1");
      });
    }
  },
);

function turnToDelete(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5000 });
  assert.equal(database.prepare("PRAGMA journal_mode = DELETE").get()?.journal_mode, "delete");
  database.close();
}
