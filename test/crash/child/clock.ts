/**
 * A process whose clock is set while it works: each line on stdin is a JSON array of a command and its arguments, each answer a
 * line of JSON.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type EnqueueOptions, type Job, open, type Worker } from "../../../src/honker/mod.ts";

const db = open(process.argv[2] ?? "");
const claimed = new Map<string, Job>();
const heard: unknown[] = [];
let worker: Worker | undefined;

const commands: Record<string, (...args: never[]) => unknown> = {
  now: () => db.row("SELECT unixepoch()")![0],
  count: (queue: string) => db.row("SELECT count(*) FROM _honker_live WHERE queue = ?", [queue])![0],
  enqueue: (queue: string, options?: EnqueueOptions) => db.queue(queue).enqueue(1, options),
  claim(queue: string, workerId: string) {
    const job = db.queue(queue).claimOne(workerId);
    if (job === null) return null;
    claimed.set(workerId, job);
    return job.attempts;
  },
  ack: (workerId: string) => claimed.get(workerId)!.ack(),
  work: (queue: string) => void db.queue(queue).work(({ id }) => heard.push(id), { idlePollS: 0.5 }),
  /** Has a handler run until its signal aborts. */
  hold(queue: string) {
    worker = db.queue(queue).work(hold, { heartbeatS: 0.2, onError: () => {} });
  },
  running: () => worker?.running ?? 0,
  tryLock: (name: string, owner: string, ttlS: number) => db.tryLock(name, owner, ttlS) !== null,
  tryRateLimit: (name: string, limit: number, per: number) => db.tryRateLimit(name, limit, per),
  saveResult: (jobId: number, value: string, ttlS: number) => db.saveResult(jobId, value, ttlS),
  getResult: (jobId: number) => db.getResult(jobId),
  schedule(queue: string) {
    const scheduler = db.scheduler();
    scheduler.add({ name: "task", queue, schedule: "@every 1s", payload: 1 });
    void scheduler.run("a");
  },
  nextFireAt: () => db.scheduler().soonest(),
  listen: (channel: string) => void listen(channel),
  subscribe: (stream: string) => void subscribe(stream),
  notify: (channel: string, payload: unknown) => db.notify(channel, payload),
  publish: (stream: string, payload: unknown) => db.stream(stream).publish(payload),
  heard: () => heard,
  /** How much of a processor it needs, over some time. */
  async load(ms: number) {
    const before = process.cpuUsage();
    await sleep(ms);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / ms;
  },
};

function hold(_job: unknown, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      heard.push(signal.reason.code);
      reject(signal.reason);
    });
  });
}

async function listen(channel: string): Promise<void> {
  for await (const { payload } of db.listen(channel)) heard.push(payload);
}

async function subscribe(stream: string): Promise<void> {
  for await (const { payload } of db.stream(stream).subscribe("c")) heard.push(payload);
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line) as [string, ...never[]];
  console.log(JSON.stringify((await commands[name]!(...args)) ?? null));
}
