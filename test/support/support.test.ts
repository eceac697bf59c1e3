import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { startChild } from "./child.ts";
import { temporaryDatabase, temporaryPath } from "./temporary.ts";

const echo = new URL("child/echo.ts", import.meta.url);

/** Runs `body` as a test would be, and its hooks afterwards. */
async function scoped(body: (scope: { after(fn: () => void | Promise<void>): void }) => unknown): Promise<void> {
  const hooks: (() => void | Promise<void>)[] = [];
  await body({ after: (fn) => void hooks.push(fn) });
  for (const hook of hooks) await hook();
}

test("temporaryPath() gives a path in an empty directory and removes it after the test", async () => {
  let path = "";
  await scoped((t) => {
    path = temporaryPath(t);
    assert.ok(existsSync(dirname(path)));
    assert.ok(!existsSync(path));
  });
  assert.ok(!existsSync(dirname(path)));
});

test("temporaryDatabase() opens a real file and removes it after the test", async () => {
  let path = "";
  await scoped((t) => {
    path = temporaryDatabase(t).path;
    assert.ok(existsSync(path));
  });
  assert.ok(!existsSync(dirname(path)));
});

test("startChild() talks in lines with a process of the same runtime", async (t) => {
  const child = startChild(t, echo, ["a", "b c"]);
  assert.equal(await child.nextLine(), "ready a b c");
  child.send("one");
  child.send("two");
  assert.equal(await child.nextLine(), "echo one");
  assert.equal(await child.nextLine(), "echo two");
  child.send("exit 7");
  assert.deepEqual(await child.waitExit(), { code: 7, signal: null });
  await assert.rejects(child.nextLine(), /ended with code 7/);
});

test("startChild() can kill the process at any moment", async (t) => {
  const child = startChild(t, echo);
  await child.nextLine();
  const line = child.nextLine();
  child.kill();
  await assert.rejects(line, /ended with SIGKILL/);
  assert.deepEqual(await child.waitExit(), { code: null, signal: "SIGKILL" });
});

test("startChild() says what the process printed to stderr when it fails", async (t) => {
  const child = startChild(t, new URL("child/no-such-file.ts", import.meta.url));
  await assert.rejects(child.nextLine(), /no-such-file/);
});

test("startChild() leaves no process behind", async () => {
  let pid = 0;
  await scoped(async (t) => {
    const child = startChild(t, echo);
    await child.nextLine();
    pid = child.pid;
    process.kill(pid, 0);
  });
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
