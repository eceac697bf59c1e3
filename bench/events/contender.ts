import { join } from "node:path";
import { Variant } from "../support/variant.ts";
import { installClients } from "./install-peers.ts";
import type { ServerName, Servers } from "./servers.ts";
import type { Reception, Sending } from "./transport.ts";

interface System {
  /** A module that serves a transport. */
  readonly script: URL;
  /** Which of its transports. */
  readonly kind: string;
  /** The server that it needs; without one it keeps a file. */
  readonly server?: ServerName;
}

const OURS = new URL("./ours.ts", import.meta.url);
const REDIS = new URL("../peers/redis.ts", import.meta.url);
const NATS = new URL("../peers/nats.ts", import.meta.url);
const POSTGRES = new URL("../peers/postgres.ts", import.meta.url);
const PLAINJOB = new URL("../peers/plainjob.ts", import.meta.url);
const BULLMQ = new URL("../peers/bullmq.ts", import.meta.url);

/** Who takes part, by the name that stands in the report. */
const SYSTEMS = {
  ours: { script: OURS, kind: "notify" },
  "our stream": { script: OURS, kind: "stream" },
  "our queue": { script: OURS, kind: "queue" },
  "our 1000 files": { script: OURS, kind: "files" },
  "10 000 listeners": { script: OURS, kind: "listeners-10000" },
  "1 listener": { script: OURS, kind: "listeners-1" },
  "1 ms polling": { script: OURS, kind: "polling" },
  "1 ms polling of 1000 files": { script: OURS, kind: "polling-files" },
  "Redis Streams": { script: REDIS, kind: "streams", server: "Redis" },
  "Redis pub/sub": { script: REDIS, kind: "pubsub", server: "Redis" },
  "NATS core": { script: NATS, kind: "core", server: "NATS" },
  "JetStream on file": { script: NATS, kind: "jetstream", server: "NATS" },
  "Postgres NOTIFY": { script: POSTGRES, kind: "notify", server: "PostgreSQL" },
  "plainjob at 1 ms": { script: PLAINJOB, kind: "queue" },
  BullMQ: { script: BULLMQ, kind: "queue", server: "Redis" },
} as const satisfies Record<string, System>;

export type SystemName = keyof typeof SYSTEMS;

/** Where a {@link Contender} runs. */
export interface Place {
  readonly servers: Servers;
  readonly directory: string;
  /** Of the series that it takes part in: each has files and channels of its own. */
  readonly series: string;
  /** 1 if it sends messages to itself. */
  readonly processes: 1 | 2;
}

/** One that takes part in a comparison: a process that sends and one that receives. */
export class Contender {
  readonly system: SystemName;
  readonly #sender: Variant;
  readonly #receiver: Variant;

  private constructor(system: SystemName, sender: Variant, receiver: Variant) {
    this.system = system;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  /** Resolves once it is ready. */
  static async start(name: SystemName, { servers, directory, series, processes }: Place): Promise<Contender> {
    const { script, kind, server }: System = SYSTEMS[name];
    if (script !== OURS) await installClients();
    const id = `${series} ${name}`.toLowerCase().replaceAll(/\W+/g, "_");
    const place =
      server === undefined ? [join(directory, `${id}.db`)] : [String((await servers.start(server)).port), id];
    const start = () => new Variant(script, [kind, ...place]);
    const receiver = start();
    const contender = new Contender(name, processes === 1 ? receiver : start(), receiver);
    try {
      await contender.#receiver.ask("ready");
      await contender.#sender.ask("ready");
    } catch (error) {
      await contender.close();
      throw error;
    }
    return contender;
  }

  /** The latencies of `count` messages, sent `paceMs` apart. */
  async latency(count: number, paceMs: number): Promise<Reception> {
    await this.#receiver.ask(`listen ${count}`);
    await this.#sender.ask(`pace ${count} ${paceMs}`);
    return this.#received();
  }

  /** How many messages a second get from one to the other while both are busy, `batch` sent at a time. */
  async throughput(count: number, batch: number): Promise<number> {
    await this.#receiver.ask(`listen ${count}`);
    const { startNs } = JSON.parse(await this.#sender.ask(`send ${count} ${batch}`)) as Sending;
    const { lastNs } = await this.#received();
    return perSecond(count, lastNs - startNs);
  }

  /** How many messages a second can be sent, `batch` at a time, with nobody to receive them. */
  async sendRate(count: number, batch: number): Promise<number> {
    const { startNs, endNs } = JSON.parse(await this.#sender.ask(`send ${count} ${batch}`)) as Sending;
    return perSecond(count, endNs - startNs);
  }

  /** How many waiting messages a second are received, `concurrency` at a time. */
  async receiveRate(count: number, concurrency: number): Promise<number> {
    await this.#sender.ask(`send ${count} ${count}`);
    await this.#receiver.ask(`listen ${count} ${concurrency}`);
    const { firstNs, lastNs } = await this.#received();
    return perSecond(count - 1, lastNs - firstNs);
  }

  /** The share of a core, in percent, that it costs to listen while nothing happens. */
  idleShare(durationMs: number): Promise<number> {
    return this.#receiver.measure(`idle ${durationMs}`);
  }

  /** By how many MB a process grows at most that receives `count` of the `waiting` messages, sent before it begins. */
  async growth(waiting: number, count: number): Promise<number> {
    await this.#sender.ask(`send ${waiting} 1000`);
    return this.#receiver.measure(`grow ${count}`);
  }

  async close(): Promise<void> {
    await Promise.all([this.#sender.close(), this.#receiver.close()]);
  }

  async #received(): Promise<Reception> {
    return JSON.parse(await this.#receiver.ask("received")) as Reception;
  }
}

function perSecond(count: number, durationNs: number): number {
  return (count / durationNs) * 1e9;
}
