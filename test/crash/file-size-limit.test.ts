import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { test } from "node:test";
import { open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const skip = whyNoLimit() ?? false;

function whyNoLimit(): string | undefined {
  if (process.platform !== "linux") return "limits of another process can be set on Linux only";
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "prlimit of util-linux is not installed";
  }
}

/** Sets how large files of a process may grow; not given, as large as before. */
function limitFileSize(pid: number, bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
}

test("a process that may not write more than so much is refused with SQLITE_IOERR_WRITE, lives and goes on later", {
  skip,
}, async (t) => {
  const path = temporaryPath(t);
  const child = startChild(t, new URL("child/loop.ts", import.meta.url), [path, "work"]);
  assert.equal(await child.nextLine(), "ready");
  const ask = async (command: string) => {
    child.send(command);
    return JSON.parse(await child.nextLine());
  };
  const firstId = await ask("enqueue");
  await until(async () => (await ask("report")).done > 0 || statSync(`${path}-wal`).size > 0, "the first job");

  limitFileSize(child.pid, statSync(`${path}-wal`).size);
  assert.deepEqual(await ask("enqueue"), { error: "SQLITE_IOERR_WRITE" });
  assert.deepEqual(await ask("enqueue"), { error: "SQLITE_IOERR_WRITE" });
  limitFileSize(child.pid, "unlimited");
  const lastId = await ask("enqueue");
  assert.ok(lastId > firstId);

  const db = open(path);
  t.after(() => db.close());
  await until(() => db.queue("work").stats().pending + db.queue("work").stats().processing === 0, "the acks");
  const { errors } = await ask("report");
  assert.deepEqual(new Set(errors), new Set(errors.length > 0 ? ["SQLITE_IOERR_WRITE"] : []));
  assert.deepEqual(db.values("SELECT count(*) FROM _honker_dead"), [[0]]);
  assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
});
