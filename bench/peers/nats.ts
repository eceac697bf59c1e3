/**
 * NATS as a variant of the events benchmark. Arguments: `core` or `jetstream`, the port, and the name of the subject.
 *
 * @module
 */
import { AckPolicy, connect, type JsMsg, type NatsConnection, StorageType } from "nats";
import { serveTransport, type Transport } from "../events/transport.ts";

const ACK_EVERY = 1000; // messages, like a subscription of ours saves its offset
const IN_FLIGHT = 256; // publishes that no answer has come to yet // publishes that no answer has come to yet

const [kind, port, subject] = process.argv.slice(2) as [string, string, string];
const connection = await connect({ port: Number(port) });
await serveTransport(kind === "jetstream" ? await jetStream(connection) : core(connection));

function core(nats: NatsConnection): Transport {
  return {
    async listen(onMessage) {
      const subscription = nats.subscribe(subject, { callback: (_error, received) => onMessage(received.json()) });
      await nats.flush();
      return () => subscription.unsubscribe();
    },
    send(messages) {
      for (const message of messages) nats.publish(subject, JSON.stringify(message));
      if (messages.length > 1) return nats.flush(); // else a fast sender fills memory
    },
    flush: () => nats.flush(),
    close: () => nats.close(),
  };
}

/** A stream in a file, read by a durable consumer. */
async function jetStream(nats: NatsConnection): Promise<Transport> {
  const manager = await nats.jetstreamManager();
  await manager.streams.add({ name: subject, subjects: [subject], storage: StorageType.File });
  await manager.consumers.add(subject, {
    durable_name: "shipping",
    ack_policy: AckPolicy.All,
    max_ack_pending: 10 * ACK_EVERY,
  });
  const client = nats.jetstream();
  const consumer = await client.consumers.get(subject, "shipping");
  let inFlight = 0;
  let goOn: () => void = () => {};
  const answered = () => {
    inFlight--;
    goOn();
  };
  return {
    async listen(onMessage) {
      let unacknowledged = 0;
      let last: JsMsg | undefined;
      const messages = await consumer.consume({
        max_messages: ACK_EVERY,
        callback(message) {
          last = message;
          onMessage(message.json());
          if (++unacknowledged < ACK_EVERY) return;
          unacknowledged = 0;
          message.ack();
        },
      });
      return () => {
        last?.ack();
        return messages.close();
      };
    },
    async send(messages) {
      for (const message of messages) {
        inFlight++;
        client.publish(subject, JSON.stringify(message)).then(answered, stop);
      }
      while (inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => (goOn = resolve));
    },
    async flush() {
      while (inFlight > 0) await new Promise<void>((resolve) => (goOn = resolve));
    },
    async close() {
      await manager.streams.delete(subject).catch(() => {}); // the other process may have been first
      await nats.close();
    },
  };
}

function stop(error: unknown): never {
  console.error(error);
  process.exit(1);
}
