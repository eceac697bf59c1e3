/**
 * Graphs: the import of a large one, its neighbours and walks beside the same SQL by hand, and a call graph in native tables
 * beside the same in the metagraph tables. `npm run bench:graphs -- --json` prints the rows as JSON on the last line.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportFigures } from "./graphs/import.ts";
import { parseBenchArgs } from "./support/arguments.ts";
import { type BenchRow, median, packageVersion, printReport, rateRow, timeRow } from "./support/report.ts";
import { Variant } from "./support/variant.ts";

const IMPORTS = ["import", "import-by-hand", "import-memory"];
const READS = ["neighbours", "neighbours-keys", "hop-3", "hop-3-keys"];
const CALLS = ["call-filter", "call-scan", "call-children", "call-descendants", "call-update"];
const ROWS_PER_S = 150_000; // of nodes and edges together, checks, indexes and commit included
const GROWTH_MB = 128; // of memory: what SQLite caches and sorts in (34 MB), and what the engine leaves to its garbage collector
const BY_HAND_GOAL = 0.83; // 1.2 times the time
const UNCHECKED_GOAL = 0.67; // all checks cost at most half of what SQLite needs without any
const IMPORT_ROUNDS = 3; // at most: each takes half a minute
const LONG_MS = 900_000; // for an import on a slow machine

const NODES = { name: "nodes", what: "of the large graph, which has three edges for each", default: 1_000_000 };
const { json, rounds, only, size } = parseBenchArgs("bench:graphs", [...IMPORTS, ...READS, ...CALLS], 8, NODES);
const directory = mkdtempSync(join(tmpdir(), "bench-graphs-"));
const file = join(directory, "packages.db");
try {
  const rows = [...(await measureImports()), ...(await measureReads()), ...(await measureCalls())];
  printReport("graphs", { node: process.versions.node, "drizzle-orm": packageVersion("drizzle-orm") }, rows, json);
} finally {
  Variant.killAll();
  rmSync(directory, { recursive: true, force: true });
}

/** Imports into a new file each time; the last one of ours stays for the reads. */
async function measureImports(): Promise<BenchRow[]> {
  const names = only.filter((name) => IMPORTS.includes(name));
  const isRead = only.some((name) => READS.includes(name));
  const count = names.length > 0 ? Math.min(rounds, IMPORT_ROUNDS) : Number(isRead);
  const ours: ImportFigures[] = [];
  const byHand: ImportFigures[] = [];
  for (let round = 0; round < count; round++) {
    if (names.includes("import-by-hand")) byHand.push(await importOnce("node:sqlite"));
    ours.push(await importOnce("ours"));
  }
  const rate = median(ours.map(({ rowsPerS }) => rowsPerS));
  const rows: BenchRow[] = [];
  if (names.includes("import")) rows.push(rateRow("import", "/s", rate, ROWS_PER_S, "limit", 1));
  if (names.includes("import-by-hand")) {
    const rateByHand = median(byHand.map(({ rowsPerS }) => rowsPerS));
    rows.push(rateRow("import-by-hand", "/s", rate, rateByHand, "node:sqlite, unchecked", UNCHECKED_GOAL));
  }
  if (names.includes("import-memory")) {
    const growth = Math.max(...ours.map(({ growthMb }) => growthMb));
    rows.push(timeRow("import-memory", "MB", growth, GROWTH_MB, "limit", 1));
  }
  return rows;
}

async function importOnce(name: string): Promise<ImportFigures> {
  showProgress(`import, ${name}`);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  const script = new URL("./graphs/import.ts", import.meta.url);
  const variant = new Variant(script, [name, file, String(size)], LONG_MS);
  const figures = JSON.parse(await variant.ask("import")) as ImportFigures;
  await variant.close();
  const [wall, cpu] = [figures.rowsPerS, figures.rowsPerCpuS].map(Math.round);
  console.log(
    `import, ${name}: ${wall} rows/s, ${cpu} rows in a second of CPU time, ${Math.round(figures.growthMb)} MB`,
  );
  return figures;
}

function measureReads(): Promise<BenchRow[]> {
  const script = new URL("./graphs/reading.ts", import.meta.url);
  const open = (variant: string) => new Variant(script, [variant, file, String(size)]);
  return compare(READS, () => [open("ours"), open("node:sqlite")], "node:sqlite", BY_HAND_GOAL);
}

function measureCalls(): Promise<BenchRow[]> {
  const script = new URL("./graphs/calling.ts", import.meta.url);
  const count = Math.max(1, Math.floor(size / 5));
  const open = (layout: string) => new Variant(script, [layout, join(directory, `${layout}.db`), String(count)]);
  return compare(CALLS, () => [open("native"), open("metagraph")], "metagraph layout", 1);
}

/** Measures both variants in turns, round by round. */
async function compare(
  known: readonly string[],
  open: () => [ours: Variant, peer: Variant],
  peerName: string,
  goal: number,
): Promise<BenchRow[]> {
  const names = only.filter((name) => known.includes(name));
  if (names.length === 0) return [];
  const [ours, peer] = open();
  const rows: BenchRow[] = [];
  for (const name of names) {
    const oursUs: number[] = [];
    const peerUs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      showProgress(`${name} ${round + 1} of ${rounds}`);
      if (round % 2 === 0) oursUs.push(await ours.measure(name));
      peerUs.push(await peer.measure(name));
      if (round % 2 === 1) oursUs.push(await ours.measure(name)); // in turns: the second finds the file in the caches
    }
    rows.push(timeRow(name, "µs", median(oursUs), median(peerUs), peerName, goal));
  }
  await Promise.all([ours.close(), peer.close()]);
  return rows;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(40)}`);
}
