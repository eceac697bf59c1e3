/**
 * BullMQ as a variant of the events benchmark. Arguments: `queue`, the port of Redis, and the name of the queue.
 *
 * @module
 */
import { Queue, Worker } from "bullmq";
import type { Message } from "../events/message.ts";
import { serveTransport } from "../events/transport.ts";

const BATCH = 1000; // jobs a round trip
const TYPE = "order";

const [, port, name] = process.argv.slice(2) as [string, string, string];
const connection = { host: "127.0.0.1", port: Number(port) };
const queue = new Queue<Message>(name, { connection, defaultJobOptions: { removeOnComplete: true } });

await serveTransport({
  async listen(onMessage, concurrency) {
    const worker = new Worker<Message>(name, async ({ data }) => onMessage(data), { connection, concurrency });
    await worker.waitUntilReady();
    return () => worker.close();
  },
  async send(messages) {
    for (let i = 0; i < messages.length; i += BATCH) {
      await queue.addBulk(messages.slice(i, i + BATCH).map((data) => ({ name: TYPE, data })));
    }
  },
  async close() {
    await queue.obliterate({ force: true });
    await queue.close();
  },
});
