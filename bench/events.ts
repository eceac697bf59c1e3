/**
 * Events and queues of this package beside brokers, databases and job queues: how soon another process learns of a message, how many a
 * second get there, what waiting costs. Each is in processes of its own, in turns.
 *
 * The servers and clients of the peers are installed where they are missing and can be. `npm run bench:events -- --json` prints the rows as
 * JSON on the last line.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLANS } from "./events/plans.ts";
import { Servers } from "./events/servers.ts";
import { parseBenchArgs } from "./support/arguments.ts";
import { type BenchRow, packageVersion, printReport, type SkippedRow } from "./support/report.ts";
import { Variant } from "./support/variant.ts";

const CLIENTS = ["ioredis", "nats", "pg", "plainjob", "better-sqlite3", "bullmq"];

const names = PLANS.flatMap((plan) => plan.names);
const { json, rounds, only } = parseBenchArgs("bench:events", names, 5);
const directory = mkdtempSync(join(tmpdir(), "bench-events-"));
const servers = new Servers(directory);
const INTERRUPTED = new Error("Interrupted: ending the servers");
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => reject(INTERRUPTED));
});
try {
  const rows = await Promise.race([measureAll(), interrupted]);
  printReport("events", await versions(), rows, json);
} catch (error) {
  console.error(error === INTERRUPTED ? INTERRUPTED.message : error);
  process.exitCode = error === INTERRUPTED ? 130 : 1;
} finally {
  Variant.killAll();
  await servers.close();
  rmSync(directory, { recursive: true, force: true });
}
if (process.exitCode !== undefined) process.exit(); // an interrupted measurement would go on

async function measureAll(): Promise<(BenchRow | SkippedRow)[]> {
  const rows: (BenchRow | SkippedRow)[] = [];
  for (const plan of PLANS) {
    const wanted = plan.names.filter((name) => only.includes(name));
    if (wanted.length === 0) continue;
    console.error(`row ${rows.length + 1} of ${only.length}: ${wanted.join(", ")}`);
    rows.push(...(await plan.measure(wanted, { servers, directory, rounds })));
  }
  return rows;
}

async function versions(): Promise<Record<string, string>> {
  const peers = new URL("./peers/", import.meta.url);
  const clients = CLIENTS.filter((name) => existsSync(new URL(`node_modules/${name}`, peers)));
  return {
    node: process.versions.node,
    ...(await servers.versions()),
    ...Object.fromEntries(clients.map((name) => [name, packageVersion(name, peers)])),
  };
}
