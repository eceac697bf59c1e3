/**
 * Drizzle on this engine beside Drizzle on better-sqlite3, the same queries, each variant in a process of its own, round
 * by round. `npm run bench:drizzle -- --json` prints the rows as JSON on the last line.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBenchArgs } from "./support/arguments.ts";
import { type BenchRow, median, packageVersion, printReport, type SkippedRow, timeRow } from "./support/report.ts";
import { Variant } from "./support/variant.ts";

const PEER = "better-sqlite3";
const OPEN_LIMIT_US = 2000;

/** The least ratio for each work, and who it is held against. */
const GOALS: Readonly<Record<string, { goal: number; peer: string }>> = {
  point: { goal: 3, peer: PEER },
  "point-prepared": { goal: 0.77, peer: "node:sqlite" }, // 1.3 times the time of the bare engine
  "rows-100": { goal: 2, peer: PEER },
  "insert-returning": { goal: 3, peer: PEER },
  "join-50": { goal: 2.7, peer: PEER },
  relational: { goal: 1.3, peer: PEER },
  "tx-1000": { goal: 3.5, peer: PEER },
  "insert-1000": { goal: 3.3, peer: PEER },
  open: { goal: 1, peer: "limit" },
};

const { json, rounds, only } = parseBenchArgs("bench:drizzle", Object.keys(GOALS), 9);
const directory = mkdtempSync(join(tmpdir(), "bench-drizzle-"));
const names = ["ours", PEER, "node:sqlite"];
const script = new URL("./drizzle/variant.ts", import.meta.url);
const variants = names.map((name, i) => new Variant(script, [name, join(directory, `${i}.db`)]));
try {
  const rows: (BenchRow | SkippedRow)[] = [];
  const isReady = await Promise.all(variants.map((variant) => variant.ask("ready").catch(() => undefined)));
  for (const name of only) {
    const { goal, peer } = GOALS[name]!;
    const ours = variants[0]!;
    const other = variants[names.indexOf(peer)];
    if (other !== undefined && isReady[names.indexOf(peer)] === undefined) {
      rows.push({ name, peerName: peer, skipped: `${peer} can't be loaded here` });
      continue;
    }
    const oursUs: number[] = [];
    const peerUs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      oursUs.push(await ours.measure(name));
      peerUs.push(other === undefined ? OPEN_LIMIT_US : await other.measure(name));
    }
    rows.push(timeRow(name, "µs", median(oursUs), median(peerUs), peer, goal));
    if (process.stderr.isTTY) process.stderr.write(`\r${name.padEnd(20)}`);
  }
  const versions = {
    node: process.versions.node,
    "drizzle-orm": packageVersion("drizzle-orm"),
    "better-sqlite3": packageVersion("better-sqlite3"),
  };
  printReport("drizzle", versions, rows, json);
} finally {
  await Promise.all(variants.map((variant) => variant.close()));
  rmSync(directory, { recursive: true, force: true });
}
