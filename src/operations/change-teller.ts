import { checkName, checkOptions } from "../arguments.ts";
import type { Database, HonkerClient } from "../honker/mod.ts";

/** Where changes are told: by notifications, or in a durable stream. */
export type OperationEvents = "notify" | { readonly stream: string };

/** Tells of the changes of rows in the transaction that makes them. */
export class ChangeTeller {
  readonly #client: HonkerClient;
  readonly #events: OperationEvents | undefined;

  /** @throws {TypeError} If the events are none, or a stream of another binding. */
  constructor(client: HonkerClient, events: OperationEvents | undefined) {
    checkEvents(client, events);
    this.#client = client;
    this.#events = events;
  }

  /** Tells `payload` by `name`, a channel or the key of an event, once the transaction `tx` of the client commits. */
  tell(tx: unknown, name: string, payload: unknown): void {
    if (this.#events === undefined) return;
    if (this.#events === "notify") (tx as { notify(channel: string, payload: unknown): unknown }).notify(name, payload);
    else (this.#client as Database).stream(this.#events.stream).publishTx(tx, payload, name);
  }
}

function checkEvents(client: HonkerClient, events: unknown): void {
  if (events === undefined || events === "notify") return;
  const action = "make handlers";
  if (typeof events !== "object" || events === null) {
    throw new TypeError(`Cannot ${action}: events must be "notify" or { stream }: received ${String(events)}`);
  }
  checkOptions(events, ["stream"], "handlersFor");
  checkName((events as { stream?: unknown }).stream, action, "stream");
  if ("stream" in client && "snapshot" in client) return;
  throw new TypeError(`Cannot ${action}: a stream of changes needs the client of open(): received another binding`);
}
