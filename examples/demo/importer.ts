/**
 * Imports a lockfile into a graph, from where an earlier run stopped, and tells its parent what it did.
 *
 * Arguments: the lockfile, the database file and, to be killed in the middle of a transaction, `--stop-halfway`: it then tells what it
 * has committed, and waits.
 *
 * @module
 */
import { open } from "../../src/honker/mod.ts";
import { createTenantDatabase } from "../../src/sqlite/mod.ts";
import { importBatch, openGraph, planImport } from "./dependency-graph.ts";
import { readLockfile } from "./lockfile.ts";

/** What an importer tells. */
export interface ImportReport {
  readonly batchSize: number;
  readonly resumedAt: number;
  readonly rows: number;
  readonly elapsedMs: number;
}

const ORPHAN_CHECK_MS = 1000;

const [lockfile, file, flag] = process.argv.slice(2) as [string, string, string | undefined];
const plan = planImport(readLockfile(lockfile));
const total = plan.packages.length;
const client = open(file);
const db = createTenantDatabase(client);
const graph = openGraph(db, lockfile);
const resumedAt = graph.nodes().count(); // batches are all or nothing, and come in order
const begin = performance.now();
let rows = 0;
for (let start = resumedAt; start < total; start += plan.batchSize) {
  const isHalfway = start + plan.batchSize >= total / 2;
  rows += importBatch(db, graph, plan, start, flag === "--stop-halfway" && isHalfway ? waitToBeKilled : undefined);
}
client.close();
if (process.connected) process.send?.(report(), () => process.connected && process.disconnect());

function report(): ImportReport {
  return { batchSize: plan.batchSize, resumedAt, rows, elapsedMs: performance.now() - begin };
}

/** Holds its transaction open until it is killed, or its parent is gone. */
function waitToBeKilled(): void {
  const parent = process.ppid;
  process.send?.(report());
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (process.ppid === parent) Atomics.wait(never, 0, 0, ORPHAN_CHECK_MS);
  process.exit(1);
}
