/**
 * A process that runs one of the engine's loops, as the second argument says. A line on stdin has it do something else: `enqueue` a
 * job, or `report` what the loop has met since the last report.
 *
 * @module
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { open } from "../../../src/honker/mod.ts";

const [path = "", kind = "", busyTimeoutMs = "5000"] = process.argv.slice(2);
const db = open(path, { busyTimeoutMs: Number(busyTimeoutMs) });
const delay = monitorEventLoopDelay({ resolution: 5 });
let done = 0;
let errors: string[] = [];
let cpu = process.cpuUsage();

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error);
const note = (error: unknown) => void errors.push(codeOf(error));
process.on("warning", note);

const loops: Record<string, () => Promise<void>> = {
  async work() {
    await db.queue("work").work(() => void done++, { onError: note }).done;
  },
  async claim() {
    for await (const job of db.queue("claim").claim("a")) {
      for (;;) {
        try {
          if (job.ack()) done++;
          break;
        } catch (error) {
          note(error);
          await sleep(100);
        }
      }
    }
  },
  async outbox() {
    await db.outbox("outbox", () => void done++).runWorker("a");
  },
  async scheduler() {
    await db.scheduler().run("a");
  },
  async subscribe() {
    for await (const _ of db.stream("subscribe").subscribe("c", { saveEveryN: 1, ref: true })) {
      done++;
      await sleep(300); // so that the lock is there when it is done
    }
  },
};

const commands: Record<string, () => unknown> = {
  enqueue: () => db.queue("work").enqueue("x".repeat(1000)),
  report() {
    const used = process.cpuUsage(cpu);
    const report = { done, errors, blockedMs: delay.max / 1e6, cpuMs: (used.user + used.system) / 1000 };
    delay.reset();
    cpu = process.cpuUsage();
    errors = [];
    return report;
  },
};

loops[kind]!().catch((error) => {
  console.log(JSON.stringify({ ended: codeOf(error) }));
  process.exit(1);
});
delay.enable();
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(commands[line]!()));
  } catch (error) {
    console.log(JSON.stringify({ error: codeOf(error) }));
  }
}
process.exit(); // the test is gone
