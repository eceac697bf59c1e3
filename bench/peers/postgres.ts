/**
 * PostgreSQL's NOTIFY as a variant of the events benchmark. Arguments: `notify`, the port, and the name of the channel.
 *
 * @module
 */
import { Client } from "pg";
import type { Message } from "../events/message.ts";
import { serveTransport } from "../events/transport.ts";

const [, port, channel] = process.argv.slice(2) as [string, string, string];
const settings = { host: "127.0.0.1", port: Number(port), user: "bench", database: "postgres" };
const sender = new Client(settings);
const receiver = new Client(settings);
await Promise.all([sender.connect(), receiver.connect()]);
let deliver: (message: Message) => void = () => {};
receiver.on("notification", ({ payload }) => deliver(JSON.parse(payload!) as Message));

await serveTransport({
  async listen(onMessage) {
    deliver = onMessage;
    await receiver.query(`LISTEN ${channel}`);
    return () => {};
  },
  send: (messages) =>
    sender.query({
      name: "notify", // prepared once
      text: "SELECT count(pg_notify($1, message)) FROM unnest($2::text[]) AS message",
      values: [channel, messages.map((message) => JSON.stringify(message))],
    }),
  close: () => Promise.all([sender.end(), receiver.end()]),
});
