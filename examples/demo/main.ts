/**
 * Reads a package-lock.json as a typed graph: `npm run demo [-- path/to/package-lock.json] [--json]`.
 *
 * One process imports it in transactions, each with nodes, edges and one stream event per package; a second one listens and shows
 * how far it is. Half-way the importing process is killed in the middle of a transaction and started again. At the end the
 * graph, the events and the lockfile must agree.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { open } from "../../src/honker/mod.ts";
import { createTenantDatabase } from "../../src/sqlite/mod.ts";
import { graphLines, lockfileLines, openGraph, PACKAGES } from "./dependency-graph.ts";
import type { ImportReport } from "./importer.ts";
import { InputError, type Lockfile, readLockfile } from "./lockfile.ts";
import { isLongestWhy, isMostDependedUpon } from "./lockfile-answers.ts";
import type { ObserverReport } from "./observer.ts";
import { longestWhy, mostDependedUpon } from "./questions.ts";

const USAGE = `Usage: npm run demo -- [path/to/package-lock.json] [--json]

  --json   print the outcome as one JSON object on the last line
  --help   print this

Without a path it reads the lockfile of this project.`;
const PATIENCE_MS = 30_000; // for a child that should be about to answer

const { path, json } = readArguments();
const nearPath = relative(process.env.INIT_CWD ?? ".", path);
const shownPath = nearPath.startsWith("..") ? path : nearPath;
const directory = mkdtempSync(join(tmpdir(), "storage-demo-"));
const children = new Set<ChildProcess>();
process.on("SIGINT", () => stop(130));
process.on("SIGTERM", () => stop(143));
try {
  const outcome = await run(readLockfile(path));
  print(outcome);
  if (json) console.log(JSON.stringify(outcome));
  process.exitCode = outcome.verified ? 0 : 1;
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  cleanUp();
}

async function run(lockfile: Lockfile) {
  const file = join(directory, "tenant-demo.db");
  const total = lockfile.packages.length;
  console.log(`${shownPath}: ${total} packages, ${lockfile.dependencies.length} dependencies`);
  open(file).close(); // so that there is a file to listen to

  const observer = start("observer.ts", [file, String(total)]);
  await message(observer, "listening");

  const killed = start("importer.ts", [path, file, "--stop-halfway"]);
  const before = (await message(killed)) as ImportReport;
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const client = open(file);
  const db = createTenantDatabase(client);
  const graph = openGraph(db, path);
  const survived = graph.nodes().count();
  const survivedEvents = client.stream(PACKAGES).readSince(0, -1).length;
  say(`importer: killed in the middle of a transaction; ${survived} of ${total} packages are committed`);

  const complete = message(observer, "complete").catch(() => {}); // too few events show below
  const after = (await message(start("importer.ts", [path, file]))) as ImportReport;
  say(`importer: resumed at package ${after.resumedAt} and finished`);
  await complete;
  const report = message(observer);
  observer.send("stop");
  const { events, keys } = (await report) as ObserverReport;

  const packages = graph.nodes().count();
  const dependencies = graph.edges().count();
  const why = longestWhy(graph, "");
  const most = mostDependedUpon(db, graph.id, 5);
  const checks = {
    packagesEqual: packages === total,
    edgesEqual: dependencies === lockfile.dependencies.length,
    sameGraph: digest(graphLines(graph)) === digest(lockfileLines(lockfile)),
    eventsEqual: events === total,
    eventKeysEqual: keys === digest(lockfile.packages.map(({ key }) => key)),
    killedHalfway: killed.signalCode === "SIGKILL" && survived < total && survived + before.batchSize >= total / 2,
    nothingHalfDone: survived % before.batchSize === 0 && survivedEvents === survived && after.resumedAt === survived,
    whyIsRight: isLongestWhy(
      lockfile,
      why.map(({ key }) => key),
    ),
    mostIsRight: isMostDependedUpon(lockfile, most),
    integrity: client.query("PRAGMA integrity_check")[0]?.integrity_check === "ok",
    foreignKeys: client.query("PRAGMA foreign_key_check").length === 0,
  };
  client.close();
  const rows = before.rows + after.rows;
  const importMs = before.elapsedMs + after.elapsedMs;
  return {
    lockfile: shownPath,
    packages,
    edges: dependencies,
    eventsReceived: events,
    survivedKill: survived,
    why: why.map(({ name }) => name),
    mostDependedUpon: most.map(({ name, dependants }) => ({ name, dependants })),
    rows,
    importMs: Math.round(importMs),
    rowsPerSecond: Math.round(rows / (importMs / 1000)),
    checks,
    verified: Object.values(checks).every((passed) => passed),
  };
}

/** Prints a line; on a terminal in the place of the observer's bar, which is drawn anew below it. */
function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(line);
}

type Outcome = Awaited<ReturnType<typeof run>>;

function print(outcome: Outcome): void {
  const { packages, edges, eventsReceived, why, mostDependedUpon: most, checks } = outcome;
  console.log(`
graph:    ${packages} packages, ${edges} dependencies
observer: ${eventsReceived} events, one a package
speed:    ${outcome.rows} rows in ${outcome.importMs} ms, ${outcome.rowsPerSecond} rows/s

why the deepest package is installed:
${why.map((name, depth) => `  ${"  ".repeat(depth)}${depth === 0 ? "" : "└ "}${name}`).join("\n")}

most depended upon:
${most.map(({ name, dependants }) => `  ${String(dependants).padStart(5)}  ${name}`).join("\n")}

${Object.entries(checks)
  .map(([name, passed]) => `${passed ? "ok    " : "FAILED"} ${name}`)
  .join("\n")}
`);
}

function digest(lines: string[]): string {
  return createHash("sha256").update(JSON.stringify(lines.sort())).digest("hex");
}

function start(script: string, args: string[]): ChildProcess {
  const child = fork(new URL(script, import.meta.url), args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** The next message of a child, or the next that is `expected`. */
function message(child: ChildProcess, expected?: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      settle();
    };
    const onMessage = (received: unknown) => {
      timer.refresh(); // it is alive
      const isExpected = expected === undefined ? typeof received === "object" : received === expected;
      if (isExpected) end(() => resolve(received));
    };
    const fail = (why: string) =>
      end(() => reject(new Error(`Cannot go on: ${why} before it told ${expected ?? "its figures"}`)));
    const onExit = (code: number | null, signal: string | null) => fail(`a child ended with ${code ?? signal}`);
    const timer = setTimeout(() => fail("a child was silent"), PATIENCE_MS);
    child.on("message", onMessage);
    child.on("exit", onExit);
  });
}

function readArguments(): { path: string; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (positionals.length > 1) throw new TypeError(`One lockfile is wanted: received ${positionals.length}`);
    // npm runs scripts in the project's directory: a path is meant from where the user stands
    const own = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
    const given = positionals[0] && resolve(process.env.INIT_CWD ?? ".", positionals[0]);
    return { path: given ?? own, json: values.json ?? false };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function stop(code: number): never {
  cleanUp();
  process.exit(code);
}

function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
}
