import type { Host } from "./executor.ts";
import type { Scope } from "./scope.ts";

/** What an open Drizzle transaction writes in. */
export interface OpenScope {
  readonly host: Host;
  readonly scope: Scope;
}

const hosts = new WeakMap<object, Host>();
const scopes = new WeakMap<object, OpenScope>();

/** Lets {@link hostOf} find what is below a Drizzle database. */
export function serveHost(database: object, host: Host): void {
  hosts.set(database, host);
}

/** Lets {@link scopeOf} find what is below a Drizzle transaction. */
export function serveScope(transaction: object, scope: OpenScope): void {
  scopes.set(transaction, scope);
}

/** What is below a Drizzle database that `createDrizzleWithAdapter` made, for the parts of this folder that write SQL. */
export function hostOf(database: unknown): Host | undefined {
  return typeof database === "object" && database !== null ? hosts.get(database) : undefined;
}

/** What is below a transaction of such a database. */
export function scopeOf(transaction: unknown): OpenScope | undefined {
  return typeof transaction === "object" && transaction !== null ? scopes.get(transaction) : undefined;
}
