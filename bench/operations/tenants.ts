/**
 * Tenants' files by the thousand, once, and answers with the figures of what it was asked for.
 *
 * Arguments: the row, a directory, and how many files there are. Rows: `tenant-warm`, opening a file that is closed here and
 * up to date, its pages in memory; `tenant-idle-memory`, what a file that stays open adds to the
 * process; `migrate-all`, applying a migration to every file, then finding every file up to date.
 *
 * @module
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Migration, openTenants, type Tenants } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";

/** What opening a file takes. */
export interface WarmFigures {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The same for a plain connection that reads the tables' names: what SQLite itself takes. */
  readonly sqliteMs: number;
}

/** What files that stay open add to the memory of the process. */
export interface IdleFigures {
  readonly open: number;
  /** For each file, with the few pages that its page cache holds. */
  readonly kbEach: number;
}

/** How fast all files are migrated. */
export interface MigrateFigures {
  readonly filesPerS: number;
  /** The second time, when all are up to date. */
  readonly upToDatePerS: number;
  /** The longest time between two turns of the event loop. */
  readonly longestMs: number;
}

const OPEN = 200;
const FIRST = 20; // of them, which are not counted
const MIGRATION: Migration = {
  id: "0000_notes",
  hash: "1",
  statements: [
    "CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL, written_at INTEGER NOT NULL)",
    "CREATE INDEX notes_written_at ON notes (written_at)",
  ],
};
const READ = "SELECT count(*) FROM graphs";

const [row, directory, files] = process.argv.slice(2) as [string, string, string];
const count = Number(files);
const orgIds = Array.from({ length: count }, (_, i) => `org-${String(i).padStart(6, "0")}`);
fill();
await serveWork(async () => JSON.stringify(await measure()));

async function measure(): Promise<WarmFigures | IdleFigures | MigrateFigures> {
  const migrations = row === "migrate-all" ? [MIGRATION] : [];
  const tenants = openTenants({ directory, maxOpen: OPEN, idleTimeoutMs: null, migrations });
  try {
    if (row === "tenant-warm") return warm(tenants);
    return row === "tenant-idle-memory" ? await idle(tenants) : await migrateAll(tenants);
  } finally {
    tenants.close();
  }
}

function fill(): void {
  const tenants = openTenants({ directory });
  tenants.create(orgIds[0]!);
  tenants.close();
  const first = join(directory, `tenant-${orgIds[0]}.db`);
  for (const orgId of orgIds.slice(1)) copyFileSync(first, join(directory, `tenant-${orgId}.db`));
}

/** Every file is opened for the first time, so one is closed each time once the bound is reached. */
function warm(tenants: Tenants): WarmFigures {
  const own: number[] = [];
  const sqlite: number[] = [];
  for (const orgId of orgIds) {
    sqlite.push(time(() => readPlainly(join(directory, `tenant-${orgId}.db`)))); // its pages are in memory from now on
    own.push(time(() => tenants.acquire(orgId).release()));
  }
  return { medianMs: quantile(own, 0.5), p99Ms: quantile(own, 0.99), sqliteMs: quantile(sqlite, 0.5) };
}

function readPlainly(path: string): void {
  const db = new DatabaseSync(path);
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
  db.close();
}

async function idle(tenants: Tenants): Promise<IdleFigures> {
  openAll(tenants, orgIds.slice(0, FIRST)); // the code has been loaded and compiled
  const before = await residentKb();
  openAll(tenants, orgIds.slice(-(OPEN - FIRST)));
  return { open: tenants.openCount, kbEach: ((await residentKb()) - before) / (OPEN - FIRST) };
}

function openAll(tenants: Tenants, wanted: readonly string[]): void {
  for (const orgId of wanted) tenants.use(orgId, (db) => db.$client.row(READ));
}

async function residentKb(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    (globalThis as { gc?: () => void }).gc?.(); // where it is exposed
    await new Promise<void>((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss() / 1024;
}

async function migrateAll(tenants: Tenants): Promise<MigrateFigures> {
  let [lastMs, longestMs] = [performance.now(), 0];
  const onProgress = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const first = await timeAll(tenants, onProgress);
  const second = await timeAll(tenants);
  return { filesPerS: count / first, upToDatePerS: count / second, longestMs };
}

async function timeAll(tenants: Tenants, onProgress: () => void = () => {}): Promise<number> {
  const start = performance.now();
  const { failed } = await tenants.migrateAll({ onProgress });
  if (failed.length > 0) throw failed[0]!.error;
  return (performance.now() - start) / 1000;
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function quantile(values: number[], part: number): number {
  return values.sort((a, b) => a - b)[Math.floor(part * (values.length - 1))]!;
}
