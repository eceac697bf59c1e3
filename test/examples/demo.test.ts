import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryPath } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const DEMO = fileURLToPath(new URL("../../examples/demo/main.ts", import.meta.url));

const FLAGS = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"]; // for Node 22

function demo(...args: string[]) {
  return spawnSync(process.execPath, [...FLAGS, DEMO, ...args], { encoding: "utf8", timeout: 60_000 });
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/lockfiles/${name}`, import.meta.url));
}

function lastLine(stdout: string) {
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const LOCKFILES: Readonly<Record<string, string | undefined>> = {
  "this project": undefined,
  next: fixture("next.package-lock.json"),
};

for (const [name, path] of Object.entries(LOCKFILES)) {
  test(`the demo of ${name} ends with the same graph and every event although its importer is killed half-way`, () => {
    const { status, stdout, stderr } = demo("--json", ...(path === undefined ? [] : [path]));
    const outcome = lastLine(stdout);
    assert.deepEqual({ status, verified: outcome.verified }, { status: 0, verified: true }, stderr);
    assert.ok(outcome.survivedKill > 0 && outcome.survivedKill < outcome.packages);
    assert.equal(outcome.eventsReceived, outcome.packages);
    assert.ok(outcome.why.length > 1);
  });
}

test("the demo takes a project that links to one directory by two names, and to itself", (t) => {
  const path = temporaryPath(t, "package-lock.json");
  const link = (resolved: string) => ({ link: true, resolved });
  const packages = {
    "": { name: "twice", dependencies: { a: "file:x", b: "file:x", twice: "file:." } },
    x: {},
    "node_modules/a": link("x"),
    "node_modules/b": link("x"),
    "node_modules/twice": link(""),
  };
  writeFileSync(path, JSON.stringify({ lockfileVersion: 3, packages }));
  const { status, stdout, stderr } = demo(path, "--json");
  assert.equal(status, 0, stderr);
  assert.deepEqual(lastLine(stdout).checks.edgesEqual, true);
});

test("the demo leaves no process and no directory behind when it is killed", async (t) => {
  const directory = dirname(temporaryPath(t));
  const child = spawn(process.execPath, [...FLAGS, DEMO, fixture("next.package-lock.json")], {
    env: { ...process.env, TMPDIR: directory, NODE_TEST_CONTEXT: "" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  await until(() => output.includes("killed in the middle"), "the importer's end");
  child.kill("SIGKILL");
  await once(child.stdout, "close"); // its children have it, too: it closes with the last of them
  assert.deepEqual(readdirSync(directory), []);
});

test("the demo says in one sentence what is wrong with its input, and exits with 2", (t) => {
  const path = temporaryPath(t, "package-lock.json");
  const cases: [text: string | undefined, expected: RegExp][] = [
    [undefined, /^Cannot read ".*": a package-lock.json is wanted: received a path where nothing is\n$/],
    ["no JSON", /^Cannot read ".*": JSON is wanted: received something else\n$/],
    ['{"lockfileVersion":3,"packages":{}}', /^Cannot read ".*": .* at least one package is wanted: received none\n$/],
    ['{"lockfileVersion":3,"packages":{"":{"version":"\\ud800"}}}', /^Cannot read ".*": .* received another shape\n$/],
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
