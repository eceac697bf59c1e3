/**
 * What Honker 0.4 ("G1") keeps in a file: its tables and indexes, and how a file of another generation is recognised.
 *
 * Source: the published schema of Honker 0.4, honker-core.
 *
 * @module
 */
import { StorageError } from "../errors.ts";
import type { Connection } from "./connection.ts";

const OBJECTS: Readonly<Record<string, string>> = {
  _honker_notifications: `CREATE TABLE IF NOT EXISTS _honker_notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()))`,
  _honker_notifications_recent: `CREATE INDEX IF NOT EXISTS _honker_notifications_recent
    ON _honker_notifications(channel, id)`,
  _honker_live: `CREATE TABLE IF NOT EXISTS _honker_live (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    priority INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL DEFAULT (unixepoch()),
    worker_id TEXT,
    claim_expires_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 3,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    expires_at INTEGER)`,
  _honker_live_claim: `CREATE INDEX IF NOT EXISTS _honker_live_claim
    ON _honker_live(queue, priority DESC, run_at, id) WHERE state IN ('pending', 'processing')`,
  _honker_live_pending_deadline: `CREATE INDEX IF NOT EXISTS _honker_live_pending_deadline
    ON _honker_live(queue, run_at) WHERE state = 'pending'`,
  _honker_live_processing_deadline: `CREATE INDEX IF NOT EXISTS _honker_live_processing_deadline
    ON _honker_live(queue, claim_expires_at) WHERE state = 'processing'`,
  _honker_dead: `CREATE TABLE IF NOT EXISTS _honker_dead (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    died_at INTEGER NOT NULL DEFAULT (unixepoch()))`,
  _honker_locks: `CREATE TABLE IF NOT EXISTS _honker_locks (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL)`,
  _honker_rate_limits: `CREATE TABLE IF NOT EXISTS _honker_rate_limits (
    name TEXT NOT NULL,
    window_start INTEGER NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, window_start))`,
  _honker_scheduler_tasks: `CREATE TABLE IF NOT EXISTS _honker_scheduler_tasks (
    name TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    cron_expr TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    expires_s INTEGER,
    next_fire_at INTEGER NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    max_attempts INTEGER NOT NULL DEFAULT 3)`,
  _honker_results: `CREATE TABLE IF NOT EXISTS _honker_results (
    job_id INTEGER PRIMARY KEY,
    value TEXT,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    expires_at INTEGER)`,
  _honker_stream: `CREATE TABLE IF NOT EXISTS _honker_stream (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()))`,
  _honker_stream_topic: "CREATE INDEX IF NOT EXISTS _honker_stream_topic ON _honker_stream(topic, offset)",
  _honker_stream_consumers: `CREATE TABLE IF NOT EXISTS _honker_stream_consumers (
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    offset INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, topic))`,
};

/** Columns that older Honker versions left out of `_honker_scheduler_tasks`, in the order they were added. */
const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  enabled: "INTEGER NOT NULL DEFAULT 1",
  max_attempts: "INTEGER NOT NULL DEFAULT 3",
};

/**
 * Refuses a file whose queue tables a newer Honker has changed, before anything is written to it.
 *
 * @throws {StorageError} `FILE_TOO_NEW` if the file is of the claim-v2 generation.
 */
export function refuseNewerGeneration(connection: Connection, path: string): void {
  const [newer] = connection.values(
    `SELECT EXISTS (SELECT 1 FROM pragma_table_info('_honker_live') WHERE name = 'claimed_at')
         OR EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_honker_live_ready')`,
  )[0]!;
  if (newer === 0) return;
  throw new StorageError(
    "FILE_TOO_NEW",
    `Cannot open "${path}": the file was written by a newer Honker (claim-v2): update this package`,
  );
}

/** Whether every table, index and column of G1 is there, so that nothing need be written. */
export function hasSchema(connection: Connection): boolean {
  const names = new Set(
    connection.values("SELECT name FROM sqlite_master WHERE name LIKE '\\_honker\\_%' ESCAPE '\\'").flat(),
  );
  return Object.keys(OBJECTS).every((name) => names.has(name)) && missingColumns(connection).length === 0;
}

/** Adds what is missing of G1. Call it inside a write transaction, so that of two processes one finds it all done. */
export function createSchema(connection: Connection): void {
  for (const sql of Object.values(OBJECTS)) connection.run(sql);
  for (const name of missingColumns(connection)) {
    connection.run(`ALTER TABLE _honker_scheduler_tasks ADD COLUMN ${name} ${ADDED_COLUMNS[name]}`);
  }
}

function missingColumns(connection: Connection): string[] {
  const names = connection.values("SELECT name FROM pragma_table_info('_honker_scheduler_tasks')").flat();
  return Object.keys(ADDED_COLUMNS).filter((name) => !names.includes(name));
}
