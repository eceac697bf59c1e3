import { serveWork } from "../support/variant.ts";
import { type Message, message, nowNs } from "./message.ts";

const MESSAGES_A_TURN = 256; // then a sender leaves room for its own timers and sockets
const SAMPLE_EVERY = 1000; // messages between two looks at the memory

/** A way of messages from one process to another: what each variant of the events benchmark gives. */
export interface Transport {
  /** Has `onMessage` called with each message that nobody has received yet, gives a way to stop that. `concurrency` is for queues. */
  listen(onMessage: (message: Message) => void, concurrency: number): Stop | Promise<Stop>;
  /** Sends messages as one transaction, or what comes nearest; resolves once more may be sent. */
  send(messages: readonly Message[]): unknown;
  /** Resolves once all that was sent is accepted. */
  flush?(): Promise<unknown>;
  close(): unknown;
}

/** Ends a {@link Transport.listen}. */
type Stop = () => unknown;

/** When messages arrived: their latencies, and the first and the last time. */
export interface Reception {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** When messages were sent. */
export interface Sending {
  readonly startNs: number;
  readonly endNs: number;
}

/**
 * Does the works of the events benchmark over `transport`, and answers each line with JSON:
 *
 * - `listen N CONCURRENCY` starts to receive N messages, `received` waits for them: a {@link Reception};
 * - `pace N MS` sends N messages, so many milliseconds apart, `send N BATCH` as fast as it goes: a {@link Sending};
 * - `idle MS` listens while nothing happens: the share of a core, in percent, that this costs;
 * - `grow N` receives N messages: by how many MB the process grew in the meantime at most.
 */
export async function serveTransport(transport: Transport): Promise<void> {
  let reception: Promise<Reception> | undefined;
  await serveWork(async (line) => {
    const [work, ...numbers] = line.split(" ");
    const [first = 0, second = 1] = numbers.map(Number);
    switch (work) {
      case "listen":
        reception = (await receive(transport, first, second)).reception;
        return "{}";
      case "received":
        return JSON.stringify(await reception);
      case "pace":
        return JSON.stringify(await pace(transport, first, second));
      case "send":
        return JSON.stringify(await send(transport, first, second));
      case "idle":
        return idleShare(transport, first);
      case "grow":
        return growth(transport, first);
      default:
        return "ready";
    }
  });
  await transport.close();
}

/** Starts to receive; the reception is inside an object, for an async function would wait for it. */
async function receive(
  transport: Transport,
  count: number,
  concurrency: number,
): Promise<{ reception: Promise<Reception> }> {
  const latenciesUs: number[] = [];
  const { promise, resolve } = Promise.withResolvers<Reception>();
  let firstNs = 0;
  const stop = await transport.listen(({ sentAtNs }) => {
    const atNs = nowNs();
    if (latenciesUs.length === 0) firstNs = atNs;
    latenciesUs.push((atNs - sentAtNs) / 1000);
    if (latenciesUs.length === count) resolve({ ...percentiles(latenciesUs), firstNs, lastNs: atNs });
  }, concurrency);
  return { reception: promise.finally(() => stop()) };
}

function percentiles(valuesUs: readonly number[]): { p50Us: number; p99Us: number } {
  const sorted = valuesUs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
  return { p50Us: at(0.5), p99Us: at(0.99) };
}

/** Each message finds the listener waiting, and its sender awake from a timer. */
async function pace(transport: Transport, count: number, paceMs: number): Promise<Sending> {
  const startNs = nowNs();
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, paceMs));
    await transport.send([message(i)]);
  }
  await transport.flush?.();
  return { startNs, endNs: nowNs() };
}

async function send(transport: Transport, count: number, batch: number): Promise<Sending> {
  const startNs = nowNs();
  for (let sent = 0; sent < count; sent += batch) {
    await transport.send(Array.from({ length: batch }, (_, i) => message(sent + i)));
    if (sent % MESSAGES_A_TURN < batch) await new Promise((resolve) => setImmediate(resolve));
  }
  await transport.flush?.();
  return { startNs, endNs: nowNs() };
}

async function idleShare(transport: Transport, durationMs: number): Promise<number> {
  const stop = await transport.listen(() => {}, 1);
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  const { user, system } = process.cpuUsage(before);
  await stop();
  return ((user + system) / 1000 / durationMs) * 100;
}

async function growth(transport: Transport, count: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const before = process.memoryUsage.rss();
  let peak = before;
  let received = 0;
  const stop = await transport.listen(() => {
    if (++received % SAMPLE_EVERY === 0) peak = Math.max(peak, process.memoryUsage.rss());
    if (received === count) resolve((peak - before) / 1e6);
  }, 1);
  return promise.finally(() => stop());
}
