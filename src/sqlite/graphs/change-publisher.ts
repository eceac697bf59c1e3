import { checkName, checkOptions } from "../../arguments.ts";
import { AclGraph, type GraphModule } from "../../graphs/mod.ts";
import type { Database } from "../../honker/mod.ts";
import type { Scope } from "../adapter/scope.ts";

/** Where a store tells of its changes: by notifications, or in a durable stream. */
export type GraphEvents = "notify" | { readonly stream: string };

/** What happened to a node or an edge: a channel, or the key of an event in a stream. */
export type ChangeName = `${"nodes" | "edges" | "graphs"}:${"created" | "updated" | "deleted"}`;

/** What is told of a change. Attributes are not: who wants them reads them. */
export interface GraphChange {
  readonly graphId: string;
  /** Of the node or edge; null for an edge without one, and for a graph. */
  readonly key: string | null;
  /** The node or edge type; of a graph, its graph type. */
  readonly type: string;
  /** Of an edge. */
  readonly id?: string;
  /** The key before it was renamed. */
  readonly previousKey?: string | null;
}

/** The channel on which every change of an access control graph is told, whatever the store's own events are. */
export const ACL_CHANGED = "acl:changed";

interface Publishing {
  notify(channel: string, payload: unknown): unknown;
}

/** Tells of changes in the transaction that makes them. */
export class ChangePublisher {
  readonly #client: object;
  readonly #events: GraphEvents | undefined;

  constructor(client: object, events: GraphEvents | undefined) {
    checkEvents(client, events);
    this.#client = client;
    this.#events = events;
  }

  /** Whether changes are told one by one: if not, they need not be collected. */
  get isTelling(): boolean {
    return this.#events !== undefined;
  }

  /** Tells of `changes` of a graph, in their order, once `scope` commits. */
  publish(scope: Scope, module: GraphModule, graphId: string, changes: readonly [ChangeName, GraphChange][]): void {
    const transaction = scope.raw() as Publishing;
    if (module.name === AclGraph.name) transaction.notify(ACL_CHANGED, { graphId });
    if (this.#events === undefined) return;
    if (this.#events === "notify") {
      for (const [name, change] of changes) transaction.notify(name, change);
      return;
    }
    const stream = (this.#client as Database).stream(this.#events.stream);
    for (const [name, change] of changes) stream.publishTx(transaction, change, name);
  }
}

function checkEvents(client: object, events: unknown): void {
  if (events === undefined || events === "notify") return;
  const action = "create a graph store";
  if (typeof events !== "object" || events === null) {
    throw new TypeError(`Cannot ${action}: events must be "notify" or { stream }: received ${String(events)}`);
  }
  checkOptions(events, ["stream"], "createGraphStore");
  checkName((events as { stream?: unknown }).stream, action, "stream");
  if ("stream" in client && "snapshot" in client) return;
  throw new TypeError(`Cannot ${action}: a stream of changes needs the client of open(): received another binding`);
}
