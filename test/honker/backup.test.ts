import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type BackupOptions, backup, type Database, open } from "../../src/honker/mod.ts";
import { isNode } from "../support/runtime.ts";
import { type TestScope, temporaryDatabase, temporaryPath } from "../support/temporary.ts";

const ROWS = 3000;

/** A database of some megabytes, and a path beside it that is free. */
function filled(t: TestScope): { db: Database; target: string } {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b)");
  db.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO a SELECT randomblob(1000) FROM n`);
  return { db, target: join(dirname(db.path), "copy.db") };
}

const filesBeside = (path: string) => readdirSync(dirname(path)).filter((name) => name.startsWith("copy"));

function countIn(path: string): unknown {
  const copy = open(path);
  try {
    return copy.row("SELECT count(*) FROM a")?.[0];
  } finally {
    copy.close();
  }
}

test("backup() copies what is committed to a new file, which only its owner may read", async (t) => {
  const { db, target } = filled(t);
  const tx = db.transaction();
  tx.execute("INSERT INTO a VALUES (1)");
  await backup(db.path, target);
  tx.commit();
  if (process.platform !== "win32") assert.equal(statSync(target).mode & 0o777, 0o600);
  assert.deepEqual(filesBeside(target), ["copy.db"]);
  assert.equal(countIn(target), ROWS);
});

test("backup() is of the state in which it began, whatever is written meanwhile", async (t) => {
  const { db, target } = filled(t);
  let written = 0;
  const onProgress = () => {
    db.run("INSERT INTO a VALUES (1)");
    written++;
  };
  await backup(db.path, target, { onProgress });
  assert.ok(written > 1);
  assert.equal(countIn(target), ROWS);
});

test("backup() lets the event loop run", { skip: !isNode && "Deno and Bun copy in one turn" }, async (t) => {
  const { db, target } = filled(t);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const before: number[] = [];
  await backup(db.path, target, { onProgress: () => void before.push(turns) });
  clearInterval(timer);
  assert.ok(before.at(-1)! > before[0]!);
});

test("backup() tells how far it is, up to the last page", async (t) => {
  const { db, target } = filled(t);
  const told: [number, number][] = [];
  await backup(db.path, target, { onProgress: ({ donePages, totalPages }) => void told.push([donePages, totalPages]) });
  const pages = db.row("PRAGMA page_count")?.[0] as number;
  assert.ok(told.length > 2 && told.every(([, total]) => total === pages));
  assert.ok(told.every(([done], i) => i === 0 || done > told[i - 1]![0]));
  assert.equal(told.at(-1)?.[0], pages);
});

test("backup() overwrites nothing unless it is asked to", async (t) => {
  const { db, target } = filled(t);
  writeFileSync(target, "mine");
  const message = `Cannot back up to "${target}": a path that is free is wanted, or overwrite: received "${target}"`;
  await assert.rejects(backup(db.path, target), { code: "ALREADY_EXISTS", message });
  assert.equal(readFileSync(target, "utf8"), "mine");
  await backup(db.path, target, { overwrite: true });
  assert.equal(countIn(target), ROWS);
});

test("backup() refuses a target beside which a log was left, and overwrites both", async (t) => {
  const { db, target } = filled(t);
  const other = temporaryDatabase(t);
  other.run("CREATE TABLE other (n)");
  copyFileSync(`${other.path}-wal`, `${target}-wal`);
  await assert.rejects(backup(db.path, target), { code: "ALREADY_EXISTS" });
  await backup(db.path, target, { overwrite: true });
  assert.equal(countIn(target), ROWS);
});

test("backup() overwrites a database of a process that was killed together with its log", async (t) => {
  const { db, target } = filled(t);
  const other = temporaryDatabase(t);
  other.run("CREATE TABLE numbers (n)");
  other.run("INSERT INTO numbers VALUES (1)");
  for (const end of ["", "-wal"]) copyFileSync(other.path + end, target + end);
  await backup(db.path, target, { overwrite: true });
  assert.equal(countIn(target), ROWS);
});

test("backup() does not overwrite a database that is open, and leaves nothing", async (t) => {
  const { db, target } = filled(t);
  const other = open(target);
  t.after(() => other.close());
  other.run("CREATE TABLE mine (n)");
  await assert.rejects(backup(db.path, target, { overwrite: true }), { code: "SQLITE_BUSY" });
  other.run("INSERT INTO mine VALUES (1)");
  assert.deepEqual(
    filesBeside(target).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("backup() does not overwrite what came meanwhile", async (t) => {
  const { db, target } = filled(t);
  const onProgress = () => writeFileSync(target, "mine");
  await assert.rejects(backup(db.path, target, { onProgress }), { code: "ALREADY_EXISTS" });
  assert.equal(readFileSync(target, "utf8"), "mine");
  assert.deepEqual(filesBeside(target), ["copy.db"]);
});

test("backup() leaves nothing when its signal aborts, or onProgress throws", async (t) => {
  const { db, target } = filled(t);
  const reason = new Error("enough");
  const controller = new AbortController();
  const abort = () => controller.abort(reason);
  await assert.rejects(backup(db.path, target, { signal: controller.signal, onProgress: abort }), reason);
  await assert.rejects(backup(db.path, target, { signal: controller.signal }), reason);
  const fail = () => {
    throw reason;
  };
  await assert.rejects(backup(db.path, target, { onProgress: fail }), reason);
  assert.deepEqual(filesBeside(target), []);
});

test("backup() refuses what is no file and no database, and leaves nothing", async (t) => {
  const target = temporaryPath(t, "copy.db");
  const nothing = join(dirname(target), "nothing.db");
  await assert.rejects(backup(nothing, target), {
    code: "OPEN_FAILED",
    message: `Cannot open "${nothing}": a file is wanted: received none`,
  });
  assert.equal(existsSync(nothing), false);
  await assert.rejects(backup(dirname(target), target), { code: "OPEN_FAILED" });
  writeFileSync(nothing, "no database at all".repeat(100));
  await assert.rejects(backup(nothing, target), { code: "NOT_A_DATABASE" });
  assert.deepEqual(filesBeside(target), []);
});

test("backup() refuses a copy that is damaged, unless it is asked not to look", async (t) => {
  const { db, target } = filled(t);
  db.close();
  const bytes = readFileSync(db.path);
  bytes.fill(0xff, 40 * 4096, 60 * 4096);
  writeFileSync(db.path, bytes);
  await assert.rejects(backup(db.path, target), { code: "SQLITE_CORRUPT", message: /a sound database is wanted/ });
  assert.deepEqual(filesBeside(target), []);
  await backup(db.path, target, { verify: false });
  assert.deepEqual(filesBeside(target), ["copy.db"]);
});

const WRONG: readonly [string, unknown[], RegExp][] = [
  ["an unknown option", ["a", "b", { override: true }], /Unknown option "override" for backup\(\)/],
  ["a number as path", [1, "b"], /Cannot back up: two file paths are wanted: received number/],
  ["no target", ["a"], /two file paths are wanted: received undefined/],
  ["a path with NUL", ["a", "b\0"], /two file paths are wanted/],
  ["one path twice", ["a", "./a"], /received the same twice/],
  ["overwrite as text", ["a", "b", { overwrite: "yes" }], /overwrite must be true or false: received string/],
  ["verify as text", ["a", "b", { verify: "yes" }], /verify must be true or false/],
  ["onProgress as text", ["a", "b", { onProgress: "yes" }], /onProgress must be a function: received string/],
  ["a signal that is none", ["a", "b", { signal: {} }], /signal must be an AbortSignal/],
];

for (const [what, args, message] of WRONG) {
  test(`backup() refuses ${what}`, async () => {
    await assert.rejects(backup(...(args as [string, string, BackupOptions])), { name: "TypeError", message });
  });
}
