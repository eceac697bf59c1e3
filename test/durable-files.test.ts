import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { createPrivateFile, isThere, renameToFree, syncDirectory, syncFile } from "../src/durable-files.ts";
import { temporaryPath } from "./support/temporary.ts";

test("createPrivateFile() makes an empty file for its owner only, and none where one is", (t) => {
  const path = temporaryPath(t);
  createPrivateFile(path);
  assert.equal(statSync(path).size, 0);
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.throws(() => createPrivateFile(path), { code: "EEXIST" });
});

test("renameToFree() gives a file another name, and never one that is taken", (t) => {
  const path = temporaryPath(t);
  writeFileSync(path, "a");
  renameToFree(path, `${path}.b`);
  writeFileSync(path, "c");
  assert.throws(() => renameToFree(path, `${path}.b`), { code: "EEXIST" });
  assert.deepEqual(readdirSync(dirname(path)), ["test.db", "test.db.b"]);
  assert.equal(readFileSync(`${path}.b`, "utf8"), "a");
});

test("isThere() tells of a link that leads nowhere, too", (t) => {
  const path = temporaryPath(t);
  assert.equal(isThere(path), false);
  symlinkSync(`${path}.nowhere`, path);
  assert.equal(isThere(path), true);
});

test("syncFile() and syncDirectory() leave what they sync as it is", (t) => {
  const path = temporaryPath(t);
  writeFileSync(path, "a");
  syncFile(path);
  syncDirectory(dirname(path));
  assert.equal(readFileSync(path, "utf8"), "a");
  assert.throws(() => syncFile(`${path}.nothing`), { code: "ENOENT" });
});
