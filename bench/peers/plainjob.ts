/**
 * plainjob as a variant of the events benchmark. Arguments: `queue`, and the path of its file.
 *
 * @module
 */
import Database from "better-sqlite3";
import { better, defineQueue, defineWorker } from "plainjob";
import type { Message } from "../events/message.ts";
import { serveTransport } from "../events/transport.ts";

const POLL_MS = 1; // its default is 1000
const TYPE = "order";
const silent = { error() {}, warn() {}, info() {}, debug() {} }; // it logs several lines a job

const [, path] = process.argv.slice(2) as [string, string];
const queue = defineQueue({ connection: better(new Database(path)), logger: silent });

await serveTransport({
  listen(onMessage) {
    const worker = defineWorker(TYPE, async ({ data }) => onMessage(JSON.parse(data) as Message), {
      queue,
      pollIntervall: POLL_MS, // as it spells it
      logger: silent,
    });
    const running = worker.start();
    return async () => {
      await worker.stop();
      await running;
    };
  },
  send(messages) {
    if (messages.length === 1) queue.add(TYPE, messages[0]);
    else queue.addMany(TYPE, messages);
  },
  close: () => queue.close(),
});
