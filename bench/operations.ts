/**
 * Operations beside the same queries of Drizzle, the verification of API keys, and tenants' files.
 * `npm run bench:operations -- --json` prints the rows as JSON on the last line.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IdleFigures, MigrateFigures, WarmFigures } from "./operations/tenants.ts";
import { parseBenchArgs } from "./support/arguments.ts";
import { type BenchRow, median, packageVersion, printReport, rateRow, timeRow } from "./support/report.ts";
import { Variant } from "./support/variant.ts";

/** The least part of Drizzle's speed: each call is checked twice, for access and input, and its answer is JSON. */
const CALLS: Readonly<Record<string, number>> = { find: 0.33, "list-50": 0.33, create: 0.5 };
const TENANTS = ["tenant-warm", "tenant-idle-memory", "migrate-all"];
const KEY_US = 100; // at most, to verify one of the keys
const WARM_MS = 3; // at most, to open a file that is up to date
const IDLE_MB = 1; // at most, of a file that stays open
const FILES_PER_S = 100; // at least, that are migrated
const LONG_MS = 600_000; // for filling the files on a slow machine
const KEYS_EACH = 10; // keys for each row of the table: a million by default
const FILES_PART = 0.02; // files for each row: two thousand by default
const MIN_FILES = 40;

const SIZE = {
  name: "rows",
  what: "of the table; ten times as many keys, a fiftieth as many files",
  default: 100_000,
};
const names = [...Object.keys(CALLS), "verify-key", ...TENANTS];
const { json, rounds, only, size } = parseBenchArgs("bench:operations", names, 8, SIZE);
const directory = mkdtempSync(join(tmpdir(), "bench-operations-"));
try {
  const rows = [...(await measureCalls()), ...(await measureKeys()), ...(await measureTenants())];
  printReport("operations", { node: process.versions.node, "drizzle-orm": packageVersion("drizzle-orm") }, rows, json);
} finally {
  Variant.killAll();
  rmSync(directory, { recursive: true, force: true });
}

/** Measures both variants in turns, round by round. */
async function measureCalls(): Promise<BenchRow[]> {
  const wanted = only.filter((name) => name in CALLS);
  if (wanted.length === 0) return [];
  const script = new URL("./operations/calling.ts", import.meta.url);
  const open = (name: string) => new Variant(script, [name, join(directory, `${name}.db`), String(size)], LONG_MS);
  const [ours, peer] = [open("ours"), open("drizzle")];
  const rows: BenchRow[] = [];
  for (const name of wanted) {
    const oursUs: number[] = [];
    const peerUs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      showProgress(`${name} ${round + 1} of ${rounds}`);
      if (round % 2 === 0) oursUs.push(await ours.measure(name));
      peerUs.push(await peer.measure(name));
      if (round % 2 === 1) oursUs.push(await ours.measure(name));
    }
    rows.push(timeRow(name, "µs", median(oursUs), median(peerUs), "drizzle", CALLS[name]!));
  }
  await Promise.all([ours.close(), peer.close()]);
  return rows;
}

async function measureKeys(): Promise<BenchRow[]> {
  if (!only.includes("verify-key")) return [];
  showProgress("verify-key");
  const script = new URL("./operations/verify-key.ts", import.meta.url);
  const variant = new Variant(script, [join(directory, "system.db"), String(size * KEYS_EACH)], LONG_MS);
  const timesUs: number[] = [];
  for (let round = 0; round < rounds; round++) timesUs.push(await variant.measure("known"));
  await variant.close();
  return [timeRow("verify-key", "µs", median(timesUs), KEY_US, "limit", 1)];
}

async function measureTenants(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const name of TENANTS.filter((one) => only.includes(one))) {
    const answer = await askTenants(name);
    if (name === "tenant-warm") {
      const { medianMs } = JSON.parse(answer) as WarmFigures;
      rows.push(timeRow(name, "ms", medianMs, WARM_MS, "limit", 1));
    } else if (name === "tenant-idle-memory") {
      const { kbEach } = JSON.parse(answer) as IdleFigures;
      rows.push(timeRow(name, "MB", kbEach / 1024, IDLE_MB, "limit", 1));
    } else {
      const { filesPerS } = JSON.parse(answer) as MigrateFigures;
      rows.push(rateRow(name, "/s", filesPerS, FILES_PER_S, "limit", 1));
    }
  }
  return rows;
}

/** Each row has files of its own: one that was migrated is not so again. */
async function askTenants(name: string): Promise<string> {
  showProgress(name);
  const files = Math.max(MIN_FILES, Math.floor(size * FILES_PART));
  const folder = mkdtempSync(join(directory, `${name}-`));
  const variant = new Variant(
    new URL("./operations/tenants.ts", import.meta.url),
    [name, folder, String(files)],
    LONG_MS,
  );
  const answer = await variant.ask(name);
  await variant.close();
  rmSync(folder, { recursive: true, force: true });
  return answer;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(40)}`);
}
