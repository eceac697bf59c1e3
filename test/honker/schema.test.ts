import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

/** Honker 0.4 ("G1"), as its file format is specified: name, type, NOT NULL, default, place in the primary key. */
const TABLES: Record<string, readonly (readonly [string, string, 0 | 1, string | null, number])[]> = {
  _honker_notifications: [
    ["id", "INTEGER", 0, null, 1],
    ["channel", "TEXT", 1, null, 0],
    ["payload", "TEXT", 1, null, 0],
    ["created_at", "INTEGER", 1, "unixepoch()", 0],
  ],
  _honker_live: [
    ["id", "INTEGER", 0, null, 1],
    ["queue", "TEXT", 1, null, 0],
    ["payload", "TEXT", 1, null, 0],
    ["state", "TEXT", 1, "'pending'", 0],
    ["priority", "INTEGER", 1, "0", 0],
    ["run_at", "INTEGER", 1, "unixepoch()", 0],
    ["worker_id", "TEXT", 0, null, 0],
    ["claim_expires_at", "INTEGER", 0, null, 0],
    ["attempts", "INTEGER", 1, "0", 0],
    ["max_attempts", "INTEGER", 1, "3", 0],
    ["created_at", "INTEGER", 1, "unixepoch()", 0],
    ["expires_at", "INTEGER", 0, null, 0],
  ],
  _honker_dead: [
    ["id", "INTEGER", 0, null, 1],
    ["queue", "TEXT", 1, null, 0],
    ["payload", "TEXT", 1, null, 0],
    ["priority", "INTEGER", 1, "0", 0],
    ["run_at", "INTEGER", 1, "0", 0],
    ["attempts", "INTEGER", 1, "0", 0],
    ["max_attempts", "INTEGER", 1, "0", 0],
    ["last_error", "TEXT", 0, null, 0],
    ["created_at", "INTEGER", 1, "unixepoch()", 0],
    ["died_at", "INTEGER", 1, "unixepoch()", 0],
  ],
  _honker_locks: [
    ["name", "TEXT", 0, null, 1],
    ["owner", "TEXT", 1, null, 0],
    ["expires_at", "INTEGER", 1, null, 0],
  ],
  _honker_rate_limits: [
    ["name", "TEXT", 1, null, 1],
    ["window_start", "INTEGER", 1, null, 2],
    ["count", "INTEGER", 1, "0", 0],
  ],
  _honker_scheduler_tasks: [
    ["name", "TEXT", 0, null, 1],
    ["queue", "TEXT", 1, null, 0],
    ["cron_expr", "TEXT", 1, null, 0],
    ["payload", "TEXT", 1, null, 0],
    ["priority", "INTEGER", 1, "0", 0],
    ["expires_s", "INTEGER", 0, null, 0],
    ["next_fire_at", "INTEGER", 1, null, 0],
    ["enabled", "INTEGER", 1, "1", 0],
    ["max_attempts", "INTEGER", 1, "3", 0],
  ],
  _honker_results: [
    ["job_id", "INTEGER", 0, null, 1],
    ["value", "TEXT", 0, null, 0],
    ["created_at", "INTEGER", 1, "unixepoch()", 0],
    ["expires_at", "INTEGER", 0, null, 0],
  ],
  _honker_stream: [
    ["offset", "INTEGER", 0, null, 1],
    ["topic", "TEXT", 1, null, 0],
    ["key", "TEXT", 0, null, 0],
    ["payload", "TEXT", 1, null, 0],
    ["created_at", "INTEGER", 1, "unixepoch()", 0],
  ],
  _honker_stream_consumers: [
    ["name", "TEXT", 1, null, 1],
    ["topic", "TEXT", 1, null, 2],
    ["offset", "INTEGER", 1, "0", 0],
  ],
};

/** Table, columns with their direction, partial condition. */
const INDEXES: Record<string, readonly [string, readonly string[], string | null]> = {
  _honker_notifications_recent: ["_honker_notifications", ["channel", "id"], null],
  _honker_live_claim: [
    "_honker_live",
    ["queue", "priority DESC", "run_at", "id"],
    "state IN ('pending', 'processing')",
  ],
  _honker_live_pending_deadline: ["_honker_live", ["queue", "run_at"], "state = 'pending'"],
  _honker_live_processing_deadline: ["_honker_live", ["queue", "claim_expires_at"], "state = 'processing'"],
  _honker_stream_topic: ["_honker_stream", ["topic", "offset"], null],
};

const AUTOINCREMENT = ["_honker_live", "_honker_notifications", "_honker_stream"];

function objects(db: Database, type: string): string[] {
  return db
    .values("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name", [
      type,
    ])
    .map(([name]) => name as string);
}

function columnsOf(db: Database, table: string): unknown[] {
  return db.values('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', [table]);
}

function sqlOf(db: Database, name: string): string {
  return db.row("SELECT sql FROM sqlite_master WHERE name = ?", [name])?.[0] as string;
}

test("open() creates the tables of Honker 0.4 and nothing else in a new file", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(objects(db, "table"), Object.keys(TABLES).sort());
  assert.deepEqual(objects(db, "index"), Object.keys(INDEXES).sort());
  assert.deepEqual(objects(db, "trigger"), []);
  assert.deepEqual(objects(db, "view"), []);
  assert.deepEqual(db.values("PRAGMA user_version"), [[0]]);
  assert.deepEqual(db.values("PRAGMA application_id"), [[0]]);
});

for (const [table, columns] of Object.entries(TABLES)) {
  test(`open() creates ${table} as Honker 0.4 does`, (t) => {
    const db = temporaryDatabase(t);
    assert.deepEqual(columnsOf(db, table), columns);
    assert.equal(/AUTOINCREMENT/.test(sqlOf(db, table)), AUTOINCREMENT.includes(table));
    assert.doesNotMatch(sqlOf(db, table), /STRICT|WITHOUT ROWID|CHECK|REFERENCES/);
  });
}

for (const [index, [table, columns, condition]] of Object.entries(INDEXES)) {
  test(`open() creates ${index} as Honker 0.4 does`, (t) => {
    const db = temporaryDatabase(t);
    const keys = db.values("SELECT name, desc FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", [index]);
    assert.deepEqual(
      keys.map(([name, descends]) => (descends ? `${name} DESC` : name)),
      columns,
    );
    assert.deepEqual(db.values("SELECT tbl_name FROM sqlite_master WHERE name = ?", [index]), [[table]]);
    assert.equal(/ WHERE (.*)$/.exec(sqlOf(db, index))?.[1] ?? null, condition);
  });
}

const SEVEN_COLUMNS = `name TEXT PRIMARY KEY, queue TEXT NOT NULL, cron_expr TEXT NOT NULL, payload TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0, expires_s INTEGER, next_fire_at INTEGER NOT NULL`;

for (const [count, added] of [
  [7, ""],
  [8, ", enabled INTEGER NOT NULL DEFAULT 1"],
] as const) {
  test(`open() adds what the scheduler table of ${count} columns lacks, and keeps its rows`, (t) => {
    const path = temporaryPath(t);
    const plain = new DatabaseSync(path);
    plain.exec(`CREATE TABLE _honker_scheduler_tasks (${SEVEN_COLUMNS}${added})`);
    plain.exec(`INSERT INTO _honker_scheduler_tasks (name, queue, cron_expr, payload, next_fire_at)
      VALUES ('daily', 'q', '0 0 * * *', '{}', 5)`);
    plain.close();
    const db = open(path);
    t.after(() => db.close());
    assert.deepEqual(columnsOf(db, "_honker_scheduler_tasks"), TABLES._honker_scheduler_tasks);
    assert.deepEqual(db.query("SELECT * FROM _honker_scheduler_tasks"), [
      {
        name: "daily",
        queue: "q",
        cron_expr: "0 0 * * *",
        payload: "{}",
        priority: 0,
        expires_s: null,
        next_fire_at: 5,
        enabled: 1,
        max_attempts: 3,
      },
    ]);
    db.close();
    const bytes = readFileSync(path);
    open(path).close();
    assert.deepEqual(readFileSync(path), bytes);
  });
}

test("open() leaves objects of other Honker versions in place", (t) => {
  const path = temporaryPath(t);
  const first = open(path);
  first.run("CREATE TABLE _honker_scheduler_state (name TEXT PRIMARY KEY, last_fire_at INTEGER NOT NULL)");
  first.run("CREATE TABLE _honker_queue_event_config (singleton INTEGER PRIMARY KEY, enabled INTEGER)");
  first.run("CREATE VIEW _honker_jobs AS SELECT id, queue FROM _honker_live");
  first.close();
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(objects(db, "view"), ["_honker_jobs"]);
  assert.ok(objects(db, "table").includes("_honker_scheduler_state"));
  assert.ok(objects(db, "table").includes("_honker_queue_event_config"));
});

test("open() adds what is missing when another Honker has created a part", (t) => {
  const path = temporaryPath(t);
  const plain = new DatabaseSync(path);
  plain.exec(`CREATE TABLE _honker_notifications (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL,
    payload TEXT NOT NULL, created_at INTEGER NOT NULL DEFAULT (unixepoch()))`);
  plain.exec("INSERT INTO _honker_notifications (channel, payload) VALUES ('a', '1')");
  plain.close();
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(objects(db, "index"), Object.keys(INDEXES).sort());
  assert.equal(db.notify("a", 2), 2);
});

test("the engine writes integers as integers and payloads as text", (t) => {
  const db = temporaryDatabase(t);
  db.notify("a", { b: 1 });
  db.stream("s").publishWithKey("k", 1.5);
  db.stream("s").publish(null);
  db.stream("s").saveOffset("c", 2);
  assert.deepEqual(db.values("SELECT typeof(id), typeof(payload), typeof(created_at) FROM _honker_notifications"), [
    ["integer", "text", "integer"],
  ]);
  assert.deepEqual(db.values("SELECT typeof(offset), typeof(key), typeof(payload) FROM _honker_stream"), [
    ["integer", "text", "text"],
    ["integer", "null", "text"],
  ]);
  assert.deepEqual(db.values("SELECT typeof(offset), offset FROM _honker_stream_consumers"), [["integer", 2]]);
});
