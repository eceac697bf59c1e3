/**
 * How soon another process learns of a message, what waiting costs, and what many listeners cost. Each reader is a process of its own,
 * measured in turns. `npm run bench:events -- --json` prints the rows as JSON on the last line.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "../src/honker/mod.ts";
import { parseBenchArgs } from "./support/arguments.ts";
import { type BenchRow, median, printReport, timeRow } from "./support/report.ts";
import { Variant } from "./support/variant.ts";

const POLLING = "1 ms polling";
const MESSAGES = 200;
const PACE_MS = 5; // between messages: each finds the reader waiting
const IDLE_MS = 2000;
const IDLE_LIMIT = 0.1; // percent of a core

const names = ["notify-cross-polling", "notify-cross-polling-p99", "idle-1", "listeners-10k"];
const { json, rounds, only } = parseBenchArgs("bench:events", names, 5);
const directory = mkdtempSync(join(tmpdir(), "bench-events-"));
const path = join(directory, "events.db");
const writer = open(path);
const script = new URL("./events/variant.ts", import.meta.url);
const ours = new Variant(script, [path, "default"]);
const polling = new Variant(script, [path, "polling"]);
try {
  const rows: BenchRow[] = [];
  if (only.some((name) => name.startsWith("notify"))) {
    const [oursUs, pollingUs] = await inTurns((variant) => latencies(variant));
    const at = (share: number, all: number[][]) =>
      median(all.map((values) => values[Math.floor(values.length * share)]!));
    rows.push(timeRow("notify-cross-polling", "µs", at(0.5, oursUs), at(0.5, pollingUs), POLLING, 1.4));
    rows.push(timeRow("notify-cross-polling-p99", "µs", at(0.99, oursUs), at(0.99, pollingUs), POLLING, 1));
  }
  if (only.includes("idle-1")) {
    const [oursShare, pollingShare] = await inTurns((variant) => variant.measure(`idle ${IDLE_MS}`));
    const peer = median(pollingShare);
    rows.push(timeRow("idle-1", "%", median(oursShare), peer, POLLING, Math.round(peer / IDLE_LIMIT)));
  }
  if (only.includes("listeners-10k")) {
    const many: number[] = [];
    const one: number[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(await ours.measure("commit 1"));
      many.push(await ours.measure("commit 10000"));
    }
    rows.push(timeRow("listeners-10k", "µs", median(many), median(one), "1 listener", 0.67));
  }
  printReport("events", { node: process.versions.node }, rows, json);
} finally {
  ours.close();
  polling.close();
  writer.close();
  rmSync(directory, { recursive: true, force: true });
}

/** What `measure` gives for our way of waiting and for polling, round by round. */
async function inTurns<T>(measure: (variant: Variant) => Promise<T>): Promise<[T[], T[]]> {
  const results: [T[], T[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    results[0].push(await measure(ours));
    results[1].push(await measure(polling));
  }
  return results;
}

/** The times of paced messages to a reader, sorted, in microseconds. */
async function latencies(variant: Variant): Promise<number[]> {
  await variant.ask(`listen ${MESSAGES}`);
  for (let i = 0; i < MESSAGES; i++) {
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    writer.notify("latency", String(process.hrtime.bigint()));
  }
  return JSON.parse(await variant.ask("latency")) as number[];
}
