/**
 * One reader of the events benchmark, on the file and with the watcher backend that its arguments name: `default` or `polling`.
 *
 * It answers `listen N` once it listens for N messages, `latency` with the microseconds that they took, sorted, `idle MS` with its
 * share of a core while nothing happens, and `commit LISTENERS` with the microseconds of a commit among so many listeners.
 *
 * @module
 */
import { type Listener, open } from "../../src/honker/mod.ts";
import { serveWork } from "../support/variant.ts";

const COMMITS = 1000;

const [path, backend] = process.argv.slice(2) as [string, string];
const db = open(path, { watcherBackend: backend === "polling" ? "polling" : null });
let latencies: Promise<number[]> | undefined;

await serveWork((line) => {
  const [work, argument] = line.split(" ") as [string, string];
  switch (work) {
    case "listen":
      latencies = receive(db.listen("latency", { ref: true }), Number(argument));
      return "listening";
    case "latency":
      return latencies!.then((values) => JSON.stringify(values));
    case "idle":
      return idleShare(Number(argument));
    default:
      return commitCost(Number(argument));
  }
});
db.close();

/** How long after its sending each message arrived; the monotonic clock is one for all processes. */
async function receive(listener: Listener, count: number): Promise<number[]> {
  const latenciesUs: number[] = [];
  for await (const { payload } of listener) {
    latenciesUs.push(Number(process.hrtime.bigint() - BigInt(payload as string)) / 1000);
    if (latenciesUs.length === count) break;
  }
  return latenciesUs.sort((a, b) => a - b);
}

/** The share of a core, in percent, that waiting costs. */
async function idleShare(durationMs: number): Promise<number> {
  const listener = db.listen("quiet");
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  const { user, system } = process.cpuUsage(before);
  listener.close();
  return ((user + system) / 1000 / durationMs) * 100;
}

/** A commit with a message that nobody listens to, and the dispatching that follows it. */
async function commitCost(count: number): Promise<number> {
  const listeners = Array.from({ length: count }, (_, i) => db.listen(`other-${i}`));
  db.notify("unheard", "warm");
  const start = process.hrtime.bigint();
  for (let i = 0; i < COMMITS; i++) {
    db.notify("unheard", i);
    await new Promise((resolve) => setImmediate(resolve)); // the dispatcher and the file's own notices have their turn
  }
  const elapsedUs = Number(process.hrtime.bigint() - start) / 1000;
  for (const listener of listeners) listener.close();
  return elapsedUs / COMMITS;
}
