import type { HonkerClient } from "../honker/mod.ts";
import type { GraphStore, HonkerSQLiteDatabase } from "../sqlite/mod.ts";
import type { ChangeTeller } from "./change-teller.ts";
import type { OperationHandler, OperationSpec } from "./operation-spec.ts";
import type { CursorSealer } from "./paging/cursor.ts";

/** A Drizzle database on a Honker file, of whatever schema. */
export type OperationDatabase = HonkerSQLiteDatabase<Record<string, unknown>, HonkerClient>;

/** What the handlers of one `handlersFor()` share. */
export interface HandlerSource {
  readonly db: OperationDatabase;
  readonly teller: ChangeTeller;
  /** Made at its first use: it may have to write the secret of the file. */
  sealer(): Promise<CursorSealer>;
  /** Made at its first use: not every file has graphs. */
  store(): GraphStore;
}

/** Makes the handler of one spec. */
export type Binding = (source: HandlerSource) => OperationHandler;

const bindings = new WeakMap<OperationSpec, Binding>();

/** Keeps what belongs to a spec and is no part of it: the table, the row filter. */
export function bindSpec(spec: OperationSpec, binding: Binding): OperationSpec {
  bindings.set(spec, binding);
  return spec;
}

/** What {@link bindSpec} kept for exactly this spec. */
export function bindingOf(spec: OperationSpec): Binding | undefined {
  return bindings.get(spec);
}
