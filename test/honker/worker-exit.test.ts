import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "../support/child.ts";
import { temporaryPath } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

for (const [mode, isAlive] of [
  ["ref worker", true],
  ["unref worker", false],
  ["unref worker whose handler waits", false],
  ["unref worker that can't read its jobs", false],
  ["stopped worker", false],
  ["worker of a closed database", false],
  ["ref claim loop", true],
  ["ended claim loop", false],
  ["ref scheduler", true],
  ["ended scheduler", false],
  ["ref waitResult", true],
  ["ended waitResult", false],
  ["unref waitResult", false],
  ["unref retention", false],
] as const) {
  test(`the process ${isAlive ? "stays" : "ends"} with this: ${mode}`, async (t) => {
    const child = startChild(t, new URL("child/worker-exit.ts", import.meta.url), [temporaryPath(t), mode]);
    const exit = child.waitExit();
    let isOver = false;
    void exit.then(() => {
      isOver = true;
    });
    if (isAlive) {
      await child.nextLine();
      await turn(200);
      assert.equal(isOver, false);
    } else {
      const deadlineMs = Date.now() + 5000;
      await until(() => isOver || Date.now() > deadlineMs);
      assert.equal(isOver, true, "it is still there");
    }
  });
}
