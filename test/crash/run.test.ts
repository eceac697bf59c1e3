import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startChild } from "../support/child.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const script = new URL("run.ts", import.meta.url);
const flags = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];

/** Where all temporary files of a run are, so that a test sees whether any is left. */
function ownTemporaryDirectory(t: TestScope): string {
  const directory = join(dirname(temporaryPath(t)), "tmp");
  mkdirSync(directory);
  return directory;
}

function run(t: TestScope, ...args: string[]) {
  const TMPDIR = ownTemporaryDirectory(t);
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR };
  delete env.NODE_TEST_CONTEXT;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, fileURLToPath(script), ...args], {
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr, left: readdirSync(TMPDIR) };
}

test("test:crash kills, audits and prints its counts, and leaves no file", (t) => {
  const { status, stdout, stderr, left } = run(t, "--kills", "3", "--seed", "1", "--json");
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(left, []);
  const counts = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual(Object.keys(counts), [
    "seed",
    "kills",
    "acknowledged",
    "jobs",
    "events",
    "redeliveries",
    "times",
    "ms",
  ]);
  assert.deepEqual([counts.seed, counts.kills, counts.jobs.live], [1, 3, 0]);
});

for (const args of [["--kills", "0"], ["--seed", "-1"], ["--killz", "5"], ["5"]]) {
  test(`test:crash says in one line what is wrong with "${args.join(" ")}"`, (t) => {
    const { status, stdout, stderr, left } = run(t, ...args);
    assert.deepEqual(
      { status, stdout, lines: stderr.trim().split("\n").length, left },
      {
        status: 2,
        stdout: "",
        lines: 1,
        left: [],
      },
    );
  });
}

test("test:crash --help tells of its options", (t) => {
  const { status, stdout } = run(t, "--help");
  assert.equal(status, 0);
  for (const option of ["--kills", "--seed", "--json"]) assert.ok(stdout.includes(option));
});

test("test:crash leaves no process and no file when it is interrupted", {
  skip: process.platform !== "linux" && "reads /proc",
}, async (t) => {
  const directory = ownTemporaryDirectory(t);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  const child = startChild(t, script, ["--kills", "1000", "--seed", "1"]);
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  assert.match(await child.nextLine(), /1000 kills, seed 1/);
  await until(() => processesOf(directory).length >= 2, "its children");
  child.kill("SIGINT");
  assert.deepEqual(await child.waitExit(), { code: 130, signal: null });
  assert.deepEqual(processesOf(directory), []);
  assert.deepEqual(readdirSync(directory), []);
});

/** The processes that were started with a path in `directory`. */
function processesOf(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory);
    } catch {
      return false; // it has ended
    }
  });
}
