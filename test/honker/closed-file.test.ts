import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { checkFile, open, sealFile } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";

const child = new URL("child/write-and-stay.ts", import.meta.url);

test("sealFile() brings what a killed process left in the log into the file, which can be moved then", async (t) => {
  const path = temporaryPath(t);
  const writer = startChild(t, child, [path]);
  assert.equal(await writer.nextLine(), "written");
  writer.kill();
  await writer.waitExit();
  assert.ok(existsSync(`${path}-wal`));
  sealFile(path);
  assert.deepEqual(readdirSync(dirname(path)), ["test.db"]);
  renameSync(path, `${path}.moved`);
  const db = open(`${path}.moved`);
  assert.deepEqual(db.values("SELECT b FROM a"), [[7]]);
  db.close();
});

test("sealFile() is refused while a connection of this or another process is open, and harms it not", async (t) => {
  const db = temporaryDatabase(t);
  assert.throws(() => sealFile(db.path), { code: "SQLITE_BUSY", retryable: true });
  db.run("CREATE TABLE c (d)");
  const path = temporaryPath(t);
  const writer = startChild(t, child, [path]);
  await writer.nextLine();
  assert.throws(() => sealFile(path), { code: "SQLITE_BUSY" });
});

test("sealFile() refuses what is no database, and makes none", (t) => {
  const path = temporaryPath(t);
  assert.throws(() => sealFile(path), { code: "OPEN_FAILED" });
  assert.equal(existsSync(path), false);
  writeFileSync(path, "no database at all".repeat(100));
  assert.throws(() => sealFile(path), { code: "NOT_A_DATABASE" });
});

test("checkFile() refuses a database that is damaged", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE a (b)");
  db.close();
  checkFile(db.path);
  const bytes = readFileSync(db.path);
  bytes.fill(0xff, 4096, 5 * 4096);
  writeFileSync(db.path, bytes);
  assert.throws(() => checkFile(db.path), {
    code: "SQLITE_CORRUPT",
    message: new RegExp(`^Cannot use "${db.path}": a sound database is wanted: `),
  });
});
