import { is } from "drizzle-orm/entity";
import { checkOptions } from "../arguments.ts";
import { describeKind, quote } from "../json-values.ts";
import { createGraphStore, type GraphStore, HonkerSQLiteDatabase } from "../sqlite/mod.ts";
import { ChangeTeller, type OperationEvents } from "./change-teller.ts";
import { bindingOf, type HandlerSource, type OperationDatabase } from "./handler-source.ts";
import { type OperationHandler, type OperationSpec, operationId } from "./operation-spec.ts";
import { CursorSealer } from "./paging/cursor.ts";
import { cursorSecret } from "./paging/cursor-secret.ts";

/** How handlers work. */
export interface HandlerOptions {
  /**
   * Tells of each change of a row in the transaction that makes it: `{table}:created`, `{table}:updated`,
   * `{table}:deleted`, with the values of its primary key as JSON. By `"notify"` each is a notification on the channel of
   * that name; in a stream it is an event with that name as its key. Of graphs it is told as a graph store does.
   * @default nobody is told
   */
  readonly events?: OperationEvents;
  /**
   * What cursors are sealed with. Who changes it makes all of them invalid.
   * @default a secret that is made at the first use, and kept in the file
   */
  readonly cursorSecret?: string | Uint8Array;
}

const SECRET_BYTES = 16; // the least

/**
 * Gives the handlers of `specs`, by the id of their operation, working on one database. Nothing is written before they are
 * called.
 *
 * A handler checks its input, also where no registry did. A write and its change event are one transaction, which waits for
 * its turn while another one of this process is open. Access is checked by the registry; the row filter by the handler.
 *
 * ```ts
 * registry.registerAll(specs);
 * registry.registerHandlers(handlersFor(db, specs, { events: "notify" }));
 * ```
 *
 * @param db What `createDrizzleWithAdapter()` and the like return; who opened its client closes it.
 * @param specs What `operationsFromTable()` and `operationsFromModule()` gave, these very objects.
 * @throws {TypeError} If a spec is another one, or a copy, to which no table belongs any more.
 */
export function handlersFor(
  db: object,
  specs: Iterable<OperationSpec>,
  options: HandlerOptions = {},
): Map<string, OperationHandler> {
  const action = "make handlers";
  if (!is(db, HonkerSQLiteDatabase)) {
    throw new TypeError(
      `Cannot ${action}: a Drizzle database on a Honker file is wanted: received ${describeKind(db)}`,
    );
  }
  checkOptions(options, ["events", "cursorSecret"], "handlersFor");
  const source = toSource(db as unknown as OperationDatabase, options);
  const handlers = new Map<string, OperationHandler>();
  for (const spec of specs) {
    const binding = typeof spec === "object" && spec !== null ? bindingOf(spec) : undefined;
    if (binding === undefined) {
      throw new TypeError(
        `Cannot ${action}: the very objects of operationsFromTable() or operationsFromModule() are wanted: received ${describeSpec(spec)}`,
      );
    }
    const id = operationId(spec);
    if (handlers.has(id)) throw new TypeError(`Cannot ${action}: each operation once: received two of ${quote(id)}`);
    handlers.set(id, binding(source));
  }
  return handlers;
}

function toSource(db: OperationDatabase, { events, cursorSecret: secret }: HandlerOptions): HandlerSource {
  if (secret !== undefined) checkSecret(secret);
  let sealer = secret === undefined ? undefined : Promise.resolve(new CursorSealer(secret));
  let store: GraphStore | undefined;
  return {
    db,
    teller: new ChangeTeller(db.$client, events),
    sealer() {
      sealer ??= cursorSecret(db).then(
        (own) => new CursorSealer(own),
        (error) => {
          sealer = undefined; // the next call tries again
          throw error;
        },
      );
      return sealer;
    },
    store() {
      store ??= createGraphStore(db, events === undefined ? {} : { events });
      return store;
    },
  };
}

function checkSecret(secret: unknown): void {
  const length = typeof secret === "string" || secret instanceof Uint8Array ? secret.length : undefined;
  if (length !== undefined && length >= SECRET_BYTES) return;
  const received = length === undefined ? describeKind(secret) : `${length} of them`; // never the secret
  throw new TypeError(
    `Cannot make handlers: cursorSecret must be text or bytes, at least ${SECRET_BYTES}: received ${received}`,
  );
}

function describeSpec(spec: unknown): string {
  const { namespace, name } = (spec ?? {}) as Partial<OperationSpec>;
  if (typeof namespace !== "string" || typeof name !== "string") return describeKind(spec);
  return `another one, or a copy, of ${quote(`${namespace}.${name}`)}`;
}
