/**
 * Redis as a variant of the events benchmark. Arguments: `pubsub` or `streams`, the port, and the name of the channel.
 *
 * @module
 */
import { Redis } from "ioredis";
import type { Message } from "../events/message.ts";
import { serveTransport, type Transport } from "../events/transport.ts";

const BATCH = 1000; // entries a read
const SAVE_EVERY = 1000; // entries, like a subscription of ours

const [kind, port, name] = process.argv.slice(2) as [string, string, string];
const sender = new Redis(Number(port));
const receiver = new Redis(Number(port)); // one that waits can do nothing else
await serveTransport(kind === "streams" ? streams() : pubsub());

function pubsub(): Transport {
  return {
    async listen(onMessage) {
      const onText = (_channel: string, text: string) => onMessage(JSON.parse(text) as Message);
      receiver.on("message", onText);
      await receiver.subscribe(name);
      return () => receiver.off("message", onText);
    },
    send: (messages) => Promise.all(messages.map((message) => sender.publish(name, JSON.stringify(message)))),
    close,
  };
}

/** A stream whose reader waits by XREAD BLOCK and saves the id that it has come to. */
function streams(): Transport {
  let lastId = "0";
  let unsaved = 0;
  let isReading = false;
  let deliver: (message: Message) => void = () => {};

  async function readOn(): Promise<void> {
    for (;;) {
      const replies = await receiver.xread("COUNT", BATCH, "BLOCK", 0, "STREAMS", name, lastId);
      for (const [id, fields] of replies?.[0]?.[1] ?? []) {
        deliver(JSON.parse(fields[1]!) as Message);
        lastId = id;
        if (++unsaved === SAVE_EVERY) {
          unsaved = 0;
          await sender.set(`${name}:offset`, lastId);
        }
      }
    }
  }

  return {
    listen(onMessage) {
      deliver = onMessage;
      if (!isReading) readOn().catch(() => {}); // until the connection ends
      isReading = true;
      return () => {};
    },
    send(messages) {
      const pipeline = sender.pipeline();
      for (const message of messages) pipeline.xadd(name, "*", "message", JSON.stringify(message));
      return pipeline.exec();
    },
    close,
  };
}

async function close(): Promise<void> {
  receiver.disconnect();
  await sender.del(name, `${name}:offset`);
  sender.disconnect();
}
