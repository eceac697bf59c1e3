import { readFileSync } from "node:fs";

/** One line of a benchmark: our figure beside a peer's. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** How many times better we are than the peer: 2 is twice as fast, or half the time. */
  readonly ratio: number;
  /** The least ratio wanted. */
  readonly goal: number;
  readonly met: boolean;
}

/** A row for a peer that can't be had here. */
export interface SkippedRow {
  readonly name: string;
  readonly peerName: string;
  readonly skipped: string;
}

/** A row of times, or of anything else of which less is better: the ratio is peer by ours. */
export function timeRow(
  name: string,
  unit: string,
  ours: number,
  peer: number,
  peerName: string,
  goal: number,
): BenchRow {
  return benchRow(name, unit, ours, peer, peerName, peer / ours, goal);
}

/** A row of rates, of which more is better: the ratio is ours by peer. */
export function rateRow(
  name: string,
  unit: string,
  ours: number,
  peer: number,
  peerName: string,
  goal: number,
): BenchRow {
  return benchRow(name, unit, ours, peer, peerName, ours / peer, goal);
}

/** The middle value, which a burst of noise does not move. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Prints the rows as a table, and with `json` the whole as one JSON object on the last line. */
export function printReport(
  bench: string,
  versions: Record<string, string>,
  rows: readonly (BenchRow | SkippedRow)[],
  json: boolean,
): void {
  console.log(
    `\n${bench} (${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")})\n`,
  );
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const name = row.name.padEnd(width);
    if ("skipped" in row) console.log(`${name}  skipped: ${row.skipped}`);
    else {
      const figures = `${format(row.ours)} ${row.unit.padEnd(6)}  ${row.peerName} ${format(row.peer)} ${row.unit}`;
      console.log(`${name} ${figures.padEnd(58)} ratio ${row.ratio} (goal ${row.goal}: ${row.met ? "met" : "MISSED"})`);
    }
  }
  if (json) console.log(JSON.stringify({ bench, versions, rows }));
}

/** The version of a package that is installed for the project, or in the folder that `root` names. */
export function packageVersion(name: string, root = new URL("../../", import.meta.url)): string {
  const manifest = new URL(`node_modules/${name}/package.json`, root);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Three significant digits: no figure here is repeatable beyond them. */
export function significant(value: number): number {
  return Number(value.toPrecision(3));
}

function benchRow(
  name: string,
  unit: string,
  ours: number,
  peer: number,
  peerName: string,
  exactRatio: number,
  goal: number,
): BenchRow {
  const ratio = significant(exactRatio);
  return { name, unit, ours: significant(ours), peer: significant(peer), peerName, ratio, goal, met: ratio >= goal };
}

function format(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 }).padStart(10);
}
