import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryPath } from "../support/temporary.ts";

const DEMO = fileURLToPath(new URL("../../examples/demo/main.ts", import.meta.url));

function demo(...args: string[]) {
  const flags = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"]; // for Node 22
  return spawnSync(process.execPath, [...flags, DEMO, ...args], { encoding: "utf8", timeout: 60_000 });
}

test("the demo ends with the same graph and every event although its importer is killed half-way", () => {
  const { status, stdout } = demo("--json");
  const outcome = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual({ status, verified: outcome.verified }, { status: 0, verified: true });
  assert.ok(outcome.survivedKill > 0 && outcome.survivedKill < outcome.packages);
  assert.equal(outcome.eventsReceived, outcome.packages);
  assert.ok(outcome.why.length > 1);
});

test("the demo says in one sentence what is wrong with its input, and exits with 2", (t) => {
  const path = temporaryPath(t, "package-lock.json");
  const cases: [text: string | undefined, expected: RegExp][] = [
    [undefined, /^Cannot read ".*": a package-lock.json is wanted: received a path where nothing is\n$/],
    ["no JSON", /^Cannot read ".*": JSON is wanted: received something else\n$/],
    ['{"lockfileVersion":1}', /^Cannot read ".*": a lockfile of version 2 or 3 .* received version 1\n$/],
  ];
  for (const [text, expected] of cases) {
    if (text !== undefined) writeFileSync(path, text);
    const { status, stdout, stderr } = demo(path);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  }
});

test("the demo refuses an unknown option with its usage", () => {
  const { status, stderr } = demo("--jsn");
  assert.equal(status, 2);
  assert.match(stderr, /Unknown option '--jsn'/);
  assert.match(stderr, /Usage: npm run demo/);
});
