import type { Contender } from "./contender.ts";
import { memoryPlan } from "./memory.ts";
import { type Plan, series } from "./series.ts";
import type { Reception } from "./transport.ts";

const IDLE_MS = 2000;
const LEAST_SHARE = 0.001; // percent of a core: less can't be told from nothing in that time
const p50 = ({ p50Us }: Reception) => p50Us;
const p99 = ({ p99Us }: Reception) => p99Us;
const itself = (value: number) => value;
const paced = (contender: Contender) => contender.latency(300, 5); // each finds the reader waiting
const warmUp = (contender: Contender) => contender.throughput(3000, 1); // paced ones alone would not get compiled
const idle = async (contender: Contender) => Math.max(await contender.idleShare(IDLE_MS), LEAST_SHARE);

const ALONE = { processes: 1 } as const;
const REDIS = "Redis Streams";
const NATS = "NATS core";
const POSTGRES = "Postgres NOTIFY";
const POLLING = "1 ms polling";
const PLAINJOB = "plainjob at 1 ms";
const QUEUE = { ours: "our queue", peers: [PLAINJOB], unit: "/s", figure: itself } as const;
const STREAM = { ours: "our stream", unit: "/s", figure: itself } as const;

/** All that `npm run bench:events` measures: notifications and streams, queues, memory. */
export const PLANS: readonly Plan[] = [
  series(
    [
      { name: "notify-cross", unit: "µs", figure: p50, ours: "ours", peers: [REDIS], goal: 1.4 },
      { name: "notify-cross-nats", unit: "µs", figure: p50, ours: "ours", peers: [NATS], goal: 1.6 },
      {
        name: "notify-cross-p99",
        unit: "µs",
        figure: p99,
        ours: "ours",
        peers: [REDIS, NATS, POSTGRES, "Redis pub/sub"],
        goal: 1.25,
      },
      { name: "notify-cross-polling", unit: "µs", figure: p50, ours: "ours", peers: [POLLING], goal: 1.4 },
      { name: "notify-cross-polling-p99", unit: "µs", figure: p99, ours: "ours", peers: [POLLING], goal: 1 },
    ],
    paced,
    { warmUp },
  ),
  series([{ name: "notify-same", unit: "µs", figure: p50, ours: "ours", peers: [REDIS], goal: 1.3 }], paced, {
    processes: 1,
    warmUp,
  }),
  {
    names: ["dispatch-local"],
    measure: async ([name]) => [
      {
        name: name!,
        peerName: "graphql-yoga in memory",
        skipped: "every message of the engine is stored: event targets without storage come later",
      },
    ],
  },
  series([{ name: "stream-1", ...STREAM, peers: ["JetStream on file"], goal: 1.6 }], (contender) =>
    contender.throughput(20_000, 1),
  ),
  series([{ name: "stream-100", ...STREAM, peers: [REDIS], goal: 1.5 }], (contender) =>
    contender.throughput(100_000, 100),
  ),
  series([{ name: "stream-max", ...STREAM, peers: [NATS, POSTGRES], goal: 1.1 }], (contender) =>
    contender.throughput(100_000, contender.system === POSTGRES ? 100 : 1000),
  ),
  series(
    [
      {
        name: "listeners-10k",
        unit: "µs",
        figure: (commitsPerSecond: number) => 1e6 / commitsPerSecond,
        ours: "10 000 listeners",
        peers: ["1 listener"],
        goal: 0.67,
      },
    ],
    (contender) => contender.sendRate(2000, 1),
    ALONE,
  ),
  series(
    [{ name: "idle-1", unit: "%", figure: itself, ours: "ours", peers: [POLLING], goal: { limit: 0.1 } }],
    idle,
    ALONE,
  ),
  series(
    [
      {
        name: "idle-1000",
        unit: "%",
        figure: itself,
        ours: "our 1000 files",
        peers: ["1 ms polling of 1000 files"],
        goal: { limit: 0.5 },
      },
    ],
    idle,
    ALONE,
  ),
  series([{ name: "enqueue-1", ...QUEUE, goal: 1 }], (contender) => contender.sendRate(10_000, 1), ALONE),
  series([{ name: "enqueue-bulk", ...QUEUE, goal: 1 }], (contender) => contender.sendRate(50_000, 1000), ALONE),
  series([{ name: "work-1", ...QUEUE, goal: 1.15 }], (contender) => contender.receiveRate(5000, 1), ALONE),
  series(
    [{ name: "work-10", ...QUEUE, peers: ["BullMQ"], goal: 2.5 }],
    (contender) => contender.receiveRate(10_000, 10),
    ALONE,
  ),
  series([{ name: "pickup", ...QUEUE, unit: "µs", figure: p50, goal: 1.2 }], paced, { warmUp }),
  series([{ name: "pickup-idle", ...QUEUE, unit: "%", goal: { limit: 1 } }], idle, ALONE),
  memoryPlan("memory-behind", "our stream", 200_000),
  memoryPlan("memory-jobs", "our queue", 20_000),
];
