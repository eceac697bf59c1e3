/**
 * Plays the interop scenarios: our engine and Honker itself, in separate processes on one file.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HELP = `Usage: npm run test:interop -- [options] [scenario …]

Builds a peer on Honker's Rust crate 0.4.0 (by cargo, from crates.io) and plays the scenarios of a shared file with it,
or only those whose numbers are given. Honker 0.2.4 in Python takes part where it can be had.

  --skip-if-missing  exit with 0 instead of 1 where the Rust peer can't be built
  --full             take all the time there is: ten minutes of schedules instead of one, 1000 kills instead of 40
  --list             print the scenarios
  --help             show this
`;

const here = fileURLToPath(new URL(".", import.meta.url));
const build = join(here, "build");
const { values, positionals } = readArguments();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const scenarios = readScenarios();
if (values.list) {
  for (const { number, title } of scenarios) console.log(`${String(number).padStart(3)}  ${title}`);
  process.exit(0);
}
const unknown = positionals.find((number) => !scenarios.some((scenario) => scenario.number === Number(number)));
if (unknown !== undefined) {
  console.error(`Cannot play scenario ${unknown}: one that --list prints is wanted`);
  process.exit(2);
}
mkdirSync(build, { recursive: true });
const peer = buildPeer();
if (peer instanceof Error) {
  console.error(`Cannot play the interop scenarios: ${peer.message}`);
  process.exit(values["skip-if-missing"] ? 0 : 1);
}
const python = installPython();
if (python instanceof Error) console.log(`Without Honker 0.2.4 in Python: ${python.message}`);
process.exit(play(peer, python));

function readArguments() {
  try {
    const read = parseArgs({
      allowPositionals: true,
      options: {
        "skip-if-missing": { type: "boolean" },
        full: { type: "boolean" },
        help: { type: "boolean" },
        list: { type: "boolean" },
      },
    });
    const wrong = read.positionals.find((number) => !/^\d+$/.test(number));
    if (wrong === undefined) return read;
    console.error(`Cannot play scenario "${wrong}": a number is wanted\n`);
  } catch (error) {
    console.error(`${(error as Error).message}\n`);
  }
  console.error(HELP);
  process.exit(2);
}

/** The path of the peer's program. */
function buildPeer(): string | Error {
  const target = process.env.CARGO_TARGET_DIR ?? join(build, "target");
  const manifest = join(here, "peer", "Cargo.toml");
  const result = spawnSync("cargo", ["build", "--release", "--locked", "--quiet", "--manifest-path", manifest], {
    env: { ...process.env, CARGO_TARGET_DIR: target },
    encoding: "utf8",
  });
  if (result.error !== undefined) return new Error(`cargo is wanted: ${result.error.message}`);
  if (result.status !== 0) return new Error(`cargo can't build Honker's peer: ${complaint(result.stderr)}`);
  return join(target, "release", process.platform === "win32" ? "honker-peer.exe" : "honker-peer");
}

/** The path of an interpreter that has Honker 0.2.4, whose files and messages are those of old. */
function installPython(): string | Error {
  const directory = join(build, "python");
  const interpreter = join(directory, "bin", "python");
  if (!existsSync(interpreter)) {
    const made = spawnSync("python3", ["-m", "venv", directory], { encoding: "utf8" });
    if (made.error !== undefined) return new Error(`python3 is wanted: ${made.error.message}`);
    if (made.status !== 0) return new Error(`python3 can't make an environment: ${complaint(made.stderr)}`);
  }
  if (spawnSync(interpreter, ["-c", "import honker"]).status === 0) return interpreter;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "honker==0.2.4"];
  const installed = spawnSync(interpreter, pip, { encoding: "utf8" });
  if (installed.status !== 0) return new Error(`pip can't install it: ${complaint(installed.stderr)}`);
  return interpreter;
}

/** Number and title of each scenario, as they stand in the files. */
function readScenarios(): { number: number; title: string }[] {
  const directory = join(here, "scenarios");
  return readdirSync(directory)
    .filter((name) => name.endsWith(".interop.ts"))
    .flatMap((name) => [
      ...readFileSync(join(directory, name), "utf8").matchAll(/^scenario\(\s*(\d+),\s*(?:"([^"]*)"|`([^`]*)`)/gm),
    ])
    .map(([, number, plain, templated]) => ({ number: Number(number), title: plain ?? templated ?? "" }))
    .sort((a, b) => a.number - b.number);
}

function play(peerPath: string, pythonPath: string | Error): number {
  const wanted = positionals.length === 0 ? "\\d+" : `(${positionals.join("|")})`;
  const directory = join(here, "scenarios");
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(".interop.ts"))
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => join(directory, name))
    .filter((file) => new RegExp(`^scenario\\(\\s*${wanted},`, "m").test(readFileSync(file, "utf8")));
  const only = positionals.length === 0 ? [] : [`--test-name-pattern=/^scenario ${wanted}:/`];
  const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=4", ...only, ...files], {
    stdio: "inherit",
    env: {
      ...process.env,
      INTEROP_PEER: peerPath,
      ...(pythonPath instanceof Error ? { INTEROP_NO_PYTHON: pythonPath.message } : { INTEROP_PYTHON: pythonPath }),
      ...(values.full ? { INTEROP_FULL: "1" } : {}),
    },
  });
  return status ?? 1;
}

/** The scenarios that wait for the clock come first: the others are played meanwhile. */
function rank(name: string): number {
  return ["takeover.interop.ts", "leaders.interop.ts"].includes(name) ? 0 : 1;
}

/** The line of a program's complaints that says the most. */
function complaint(text: string): string {
  const lines = text.trim().split("\n");
  return lines.find((line) => /^error/i.test(line)) ?? lines.at(-1) ?? "";
}
