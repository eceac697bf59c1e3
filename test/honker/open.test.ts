import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Database, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryPath } from "../support/temporary.ts";

/** Opens a file that a test expects to be opened. */
function opened(t: { after(fn: () => void): void }, path: string): Database {
  const db = open(path);
  t.after(() => db.close());
  return db;
}

/** Runs `sql` in the file at `path` with plain SQLite. */
function plain(path: string, ...sql: string[]): void {
  const database = new DatabaseSync(path);
  for (const text of sql) database.exec(text);
  database.close();
}

const CLAIM_V1 = "CREATE TABLE _honker_live (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL";

test("open() creates the file with Honker's settings when there is none", (t) => {
  const path = temporaryPath(t);
  const db = opened(t, path);
  const pragma = (name: string) => db.values(`PRAGMA ${name}`)[0]?.[0];
  assert.equal(pragma("journal_mode"), "wal");
  assert.equal(pragma("synchronous"), 1);
  assert.equal(pragma("foreign_keys"), 1);
  assert.equal(pragma("busy_timeout"), 5000);
  assert.equal(pragma("cache_size"), -32000);
  assert.equal(pragma("temp_store"), 2);
  assert.equal(pragma("wal_autocheckpoint"), 10000);
});

test("open() gives the reader of an open transaction the same settings, and no right to write", (t) => {
  const db = opened(t, temporaryPath(t));
  const tx = db.transaction();
  assert.equal(db.values("PRAGMA foreign_keys")[0]?.[0], 1);
  assert.equal(db.values("PRAGMA query_only")[0]?.[0], 1);
  tx.rollback();
});

test("open() changes nothing on disk when the file is up to date", (t) => {
  const path = temporaryPath(t);
  open(path).close();
  const before = readFileSync(path);
  open(path).close();
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
});

for (const path of [
  ":memory:",
  "",
  "file::memory:",
  "file:%3Amemory%3A?cache=shared",
  "file:shared?mode=memory&cache=shared",
  "file:/shared?vfs=memdb",
]) {
  test(`open() refuses ${JSON.stringify(path)}, where every connection would have its own database`, () => {
    assert.throws(() => open(path), { name: "StorageError", code: "OPEN_FAILED", message: /os\.tmpdir\(\)/ });
  });
}

test("open() takes a file whose name only contains :memory:", (t) => {
  const path = temporaryPath(t, "not:memory:.db");
  opened(t, path).notify("a", 1);
  assert.ok(readdirSync(dirname(path)).includes("not:memory:.db"));
});

test("open() takes a path with the special characters of a URI as it is", (t) => {
  const path = temporaryPath(t, "a?mode=ro#b%20 c.db");
  assert.equal(opened(t, path).path, path);
});

test("open() refuses a directory", (t) => {
  const directory = dirname(temporaryPath(t));
  assert.throws(() => open(directory), { code: "OPEN_FAILED", message: /a file is wanted: received a directory/ });
});

test("open() refuses a path in a directory that does not exist, and creates none", (t) => {
  const path = join(dirname(temporaryPath(t)), "missing", "test.db");
  assert.throws(() => open(path), { code: "OPEN_FAILED", message: /its directory must exist/ });
  assert.deepEqual(readdirSync(dirname(dirname(path))), []);
});

test("open() refuses a path that goes through a file", (t) => {
  const path = temporaryPath(t);
  writeFileSync(path, "");
  assert.throws(() => open(join(path, "test.db")), { name: "StorageError", code: "OPEN_FAILED" });
});

test("open() refuses a pipe instead of waiting for it", { skip: process.platform === "win32" && "no pipes" }, (t) => {
  const path = temporaryPath(t);
  execFileSync("mkfifo", [path]);
  assert.throws(() => open(path), { code: "OPEN_FAILED", message: /a file is wanted/ });
});

for (const size of [2, 50, 100, 512, 5000]) {
  test(`open() refuses a file of ${size} bytes that is no database, and leaves it as it is`, (t) => {
    const path = temporaryPath(t);
    const bytes = Buffer.alloc(size, "no database ");
    writeFileSync(path, bytes);
    assert.throws(() => open(path), { name: "StorageError", code: "NOT_A_DATABASE", message: new RegExp(path) });
    assert.deepEqual(readFileSync(path), bytes);
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
  });
}

test("open() takes an empty file", (t) => {
  const path = temporaryPath(t);
  writeFileSync(path, "");
  assert.equal(opened(t, path).notify("a", 1), 1);
});

test("open() refuses a read-only file and leaves it as it is", (t) => {
  const path = temporaryPath(t);
  plain(path, "CREATE TABLE a (b)");
  const bytes = readFileSync(path);
  chmodSync(path, 0o444);
  assert.throws(() => open(path), { code: "OPEN_FAILED", message: /must be writable: received a read-only file/ });
  assert.deepEqual(readFileSync(path), bytes);
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
});

for (const query of ["mode=ro", "immutable=1"]) {
  test(`open() refuses a URI with ${query}`, (t) => {
    const path = temporaryPath(t);
    plain(path, "CREATE TABLE a (b)");
    assert.throws(() => open(`${pathToFileURL(path).href}?${query}`), {
      code: "OPEN_FAILED",
      message: /read-only URI/,
    });
  });
}

test("open() refuses a URI that is none", () => {
  assert.throws(() => open("file:%E0%A4%A"), { code: "OPEN_FAILED", message: /a valid file URI is wanted/ });
});

test("open() takes a file: URI, absolute or relative, for the writer and the reader", (t) => {
  const path = temporaryPath(t, "a b.db");
  const uri = `${pathToFileURL(path).href}?mode=rwc`;
  const db = opened(t, uri);
  db.run("CREATE TABLE kept (a)");
  const tx = db.transaction();
  assert.deepEqual(db.query("SELECT count(*) AS n FROM kept"), [{ n: 0 }]);
  tx.rollback();
  const other = opened(t, `file:${relative(process.cwd(), path).replace(" ", "%20")}`);
  assert.equal(other.path, path);
  assert.deepEqual(other.query("SELECT count(*) AS n FROM kept"), [{ n: 0 }]);
});

for (const [name, sql] of [
  ["G2, by its index", [`${CLAIM_V1})`, "CREATE INDEX _honker_live_ready ON _honker_live(queue)"]],
  ["G1.5, by its column", [`${CLAIM_V1}, claimed_at INTEGER)`]],
] as const) {
  for (const mode of ["DELETE", "WAL"]) {
    test(`open() refuses a ${mode} file of a newer Honker (${name}) and leaves it as it is`, (t) => {
      const path = temporaryPath(t);
      plain(path, `PRAGMA journal_mode = ${mode}`, ...sql);
      const bytes = readFileSync(path);
      assert.throws(() => open(path), {
        code: "FILE_TOO_NEW",
        message: /newer Honker \(claim-v2\): update this package/,
      });
      assert.deepEqual(readFileSync(path), bytes);
      assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
    });
  }
}

test("open() refuses a hard link to a file that is open, which would get a log of its own", (t) => {
  const path = temporaryPath(t);
  opened(t, path);
  const link = join(dirname(path), "link.db");
  linkSync(path, link);
  assert.throws(() => open(link), { code: "OPEN_FAILED", message: /the file is open as ".*test\.db": use one name/ });
});

test("open() follows a symbolic link to the file itself", (t) => {
  const path = temporaryPath(t);
  const link = join(dirname(path), "link.db");
  symlinkSync(path, link);
  assert.equal(opened(t, link).path, path);
  assert.ok(!readdirSync(dirname(path)).includes("link.db-wal"));
});

test("open() keeps to its file when the working directory changes", (t) => {
  const path = temporaryPath(t);
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(dirname(path));
  const db = opened(t, basename(path));
  db.run("CREATE TABLE here (a)");
  mkdirSync("elsewhere");
  process.chdir("elsewhere");
  const tx = db.transaction();
  assert.deepEqual(db.values("SELECT count(*) FROM here"), [[0]]); // opens the reader
  tx.rollback();
});

test("open() converts a file in another journal mode", (t) => {
  const path = temporaryPath(t);
  plain(path, "PRAGMA journal_mode = TRUNCATE", "CREATE TABLE kept (a)", "INSERT INTO kept VALUES (7)");
  const db = opened(t, path);
  assert.deepEqual(db.values("PRAGMA journal_mode"), [["wal"]]);
  assert.deepEqual(db.values("SELECT a FROM kept"), [[7]]);
});

test("open() succeeds in eight processes that create one file at once", async (t) => {
  for (let round = 0; round < 4; round++) {
    const path = temporaryPath(t);
    const children = Array.from({ length: 8 }, (_, i) =>
      startChild(t, new URL("child/opener.ts", import.meta.url), [path, `child ${i}`]),
    );
    for (const child of children) assert.equal(await child.nextLine(), "ready");
    const startMs = Date.now() + 50;
    for (const child of children) child.send(String(startMs));
    for (const child of children) assert.equal(await child.nextLine(), "opened");
    const db = opened(t, path);
    assert.deepEqual(db.values("SELECT count(DISTINCT payload) FROM _honker_notifications"), [[8]]);
    assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
  }
});

test("open() does not wait for a transaction of another process when the file is up to date", async (t) => {
  const path = temporaryPath(t);
  const child = startChild(t, new URL("child/database.ts", import.meta.url), [path]);
  await child.nextLine();
  child.send('["begin"]');
  await child.nextLine();
  const db = open(path, { busyTimeoutMs: 0 });
  t.after(() => db.close());
  assert.throws(() => db.notify("a", 1), { code: "SQLITE_BUSY", retryable: true });
});

test("open() finds all that was committed when every process was killed", async (t) => {
  const path = temporaryPath(t);
  const child = startChild(t, new URL("child/database.ts", import.meta.url), [path]);
  await child.nextLine();
  child.send('["notify", "a", 1]');
  await child.nextLine();
  child.send('["begin"]');
  child.send('["tx.notify", "a", 2]');
  await child.nextLine();
  await child.nextLine();
  child.kill();
  await child.waitExit();
  assert.deepEqual(opened(t, path).values("SELECT payload FROM _honker_notifications"), [["1"]]);
});

test("open() takes its options by position as Honker's binding does", (t) => {
  for (const args of [[4], [4, "polling"], [null, "poll", 5], [undefined, null, null]] as const) {
    open(temporaryPath(t), ...(args as [number])).close();
  }
});

for (const [options, expected] of [
  [{ watcherBackend: "kernel" }, /requires the kernel-watcher Cargo feature/],
  [{ watcherBackend: "shm" }, /requires the shm-fast-path Cargo feature/],
  [{ watcherBackend: "x" }, /unknown watcher backend "x"; valid: None, 'polling', 'kernel', 'shm'/],
  [{ watcherPollIntervalMs: 0 }, /watcher poll interval must be positive/],
  [{ watcherPollIntervalMs: Number.NaN }, /watcher poll interval must be positive/],
  [{ maxReaders: 0 }, /maxReaders must be an integer >= 1: received 0/],
  [{ busyTimeoutMs: -1 }, /busyTimeoutMs must be an integer >= 0 and <= 2147483647: received -1/],
  [{ busyTimeoutMs: 2 ** 31 }, /received 2147483648/],
  [{ cacheBytes: 1000 }, /cacheBytes must be an integer >= 65536 and <= 1099511627776: received 1000/],
  [{ busyTimeoutMS: 1 }, /Unknown option "busyTimeoutMS" for open\(\): did you mean "busyTimeoutMs"/],
  [{ colour: 1 }, /Unknown option "colour" for open\(\): known are/],
] as const) {
  test(`open() refuses ${Object.keys(options)[0]} ${Object.values(options)[0]} and creates no file`, (t) => {
    const path = temporaryPath(t);
    assert.throws(() => open(path, options as object), expected);
    assert.deepEqual(readdirSync(dirname(path)), []);
  });
}

for (const path of [undefined, null, 5, "a\0b", new URL("file:///a.db")]) {
  test(`open() refuses the path ${JSON.stringify(path)}`, () => {
    assert.throws(() => open(path as string), { name: "TypeError", message: /a file path is wanted/ });
  });
}
