/**
 * Imports a lockfile into a graph, from where an earlier run stopped.
 *
 * Arguments: the lockfile, the database file and, to be killed in the middle of a transaction, `--stop-halfway`: it then says
 * "halfway" and waits. It tells its parent what it did.
 *
 * @module
 */
import { open } from "../../src/honker/mod.ts";
import { createTenantDatabase } from "../../src/sqlite/mod.ts";
import { importBatch, importedPackages, openGraph, planImport } from "./dependency-graph.ts";
import { readLockfile } from "./lockfile.ts";

const [lockfile, file, flag] = process.argv.slice(2) as [string, string, string | undefined];
const plan = planImport(readLockfile(lockfile));
const total = plan.packages.length;
const client = open(file);
const db = createTenantDatabase(client);
const graphId = openGraph(db, lockfile);
const started = importedPackages(db, graphId);
const begin = performance.now();
let rows = 0;
for (let start = started; start < total; start += plan.batchSize) {
  const isLast = start + plan.batchSize >= total / 2;
  rows += importBatch(db, graphId, plan, start, flag === "--stop-halfway" && isLast ? waitToBeKilled : undefined);
}
client.close();
process.send!({ resumedAt: started, rows, elapsedMs: performance.now() - begin }, () => process.disconnect());

function waitToBeKilled(): void {
  process.send!("halfway");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
