/**
 * Kills a process that writes to a file, at random moments, again and again, and checks that nothing acknowledged is lost and
 * nothing is half done: `npm run test:crash -- --kills 1000`.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCrashArguments } from "./arguments.ts";
import { BreachError, Campaign } from "./campaign.ts";
import type { Counts } from "./counts.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";

const { kills, seed, json } = parseCrashArguments(process.argv.slice(2));
const directory = mkdtempSync(join(tmpdir(), "alkdev-crash-"));
const path = join(directory, "crash.db");
process.env.NODE_COMPILE_CACHE ??= join(directory, "compiled"); // a thousand children load the same source
const ends: (() => void | Promise<void>)[] = [];
const stopping = new AbortController();
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => void stop(code));
}

console.log(`${kills} kills, seed ${seed}`);
const progress = new Progress(kills);
try {
  const random = new Random(seed);
  const campaign = new Campaign(
    { after: (end) => void ends.push(end) },
    { path, kills, seed, random, signal: stopping.signal, onKill: (kill) => progress.show(kill) },
  );
  const counts = await campaign.run();
  await endAll();
  rmSync(directory, { recursive: true });
  print(counts);
} catch (error) {
  if (!stopping.signal.aborted) await fail(error);
}

async function fail(error: unknown): Promise<void> {
  await endAll();
  progress.end();
  const kill = error instanceof BreachError ? error.kill : "?";
  console.error(
    `seed ${seed}, kill ${kill}: ${error instanceof BreachError ? error.message : String((error as Error).stack)}`,
  );
  console.error(`the file is kept: ${path}`);
  process.exitCode = 1;
}

async function stop(code: number): Promise<void> {
  stopping.abort();
  progress.end();
  await endAll();
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(code);
}

/** Kills what still runs and waits for its end. */
async function endAll(): Promise<void> {
  for (const end of ends.splice(0)) await end();
}

function print(counts: Counts): void {
  const { jobs } = counts;
  console.log(
    `all as it must be after ${counts.kills} kills in ${(counts.ms / 1000).toFixed(1)} s: ${counts.acknowledged} acknowledged writes, ` +
      `${jobs.enqueued} jobs (${jobs.acked} acked, ${jobs.dead} dead, ${jobs.live} live), ${counts.events} events, ` +
      `${counts.redeliveries} redeliveries, ${counts.times} times of schedules`,
  );
  if (json) console.log(JSON.stringify({ seed, ...counts }));
}
