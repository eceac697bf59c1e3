/**
 * This package as a variant of the events benchmark. Arguments: which of its ways to use, and the path of its file.
 *
 * @module
 */
import { type Database, open } from "../../src/honker/mod.ts";
import type { Message } from "./message.ts";
import { serveTransport, type Transport } from "./transport.ts";

const FILES = 1000;

const [kind, path] = process.argv.slice(2) as [string, string];
await serveTransport(openTransport());

function openTransport(): Transport {
  switch (kind) {
    case "polling":
      return notices([open(path, { watcherBackend: "polling" })]);
    case "files":
      return notices(Array.from({ length: FILES }, (_, i) => open(`${path}-${i}`)));
    case "polling-files":
      return notices(Array.from({ length: FILES }, (_, i) => open(`${path}-${i}`, { watcherBackend: "polling" })));
    case "stream":
      return streamOf(open(path));
    case "queue":
      return queueOf(open(path));
    case "listeners-1":
      return amongListeners(open(path), 1);
    case "listeners-10000":
      return amongListeners(open(path), 10_000);
    default:
      return notices([open(path)]);
  }
}

/** `notify` to the first of some files, `listen` on all of them. */
function notices(files: readonly Database[]): Transport {
  return {
    listen(onMessage) {
      const listeners = files.map((db) => db.listen("orders", { ref: true }));
      for (const listener of listeners) void forEach(listener, onMessage);
      return () => {
        for (const listener of listeners) listener.close();
      };
    },
    send(messages) {
      for (const sent of messages) files[0]!.notify("orders", sent);
    },
    close() {
      for (const db of files) db.close();
    },
  };
}

/** A durable stream, with the offset of its consumer saved every 1000 events. */
function streamOf(db: Database): Transport {
  const stream = db.stream("orders");
  return {
    listen(onMessage) {
      const subscription = stream.subscribe("shipping", { ref: true });
      void forEach(subscription, onMessage);
      return () => subscription.close();
    },
    send(messages) {
      if (messages.length === 1) stream.publish(messages[0]);
      else stream.publishBatch(messages);
    },
    close: () => db.close(),
  };
}

function queueOf(db: Database): Transport {
  const queue = db.queue<Message>("orders");
  return {
    listen(onMessage, concurrency) {
      const worker = queue.work((job) => onMessage(job.payload), { concurrency });
      return () => worker.stop();
    },
    send(messages) {
      if (messages.length === 1) queue.enqueue(messages[0]!);
      else queue.enqueueBatch(messages);
    },
    close: () => db.close(),
  };
}

/** Commits that nobody listens to, among `count` listeners on other channels, with the dispatching that follows each. */
function amongListeners(db: Database, count: number): Transport {
  for (let i = 0; i < count; i++) db.listen(`other-${i}`);
  return {
    listen: () => () => {},
    send(messages) {
      for (const sent of messages) db.notify("unheard", sent);
      return new Promise((resolve) => setImmediate(resolve));
    },
    close: () => db.close(),
  };
}

async function forEach(events: AsyncIterable<{ payload: unknown }>, onMessage: (message: Message) => void) {
  for await (const { payload } of events) onMessage(payload as Message);
}
