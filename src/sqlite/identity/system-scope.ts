import type { Database } from "../../honker/mod.ts";
import type { TransactionOf } from "../adapter/database.ts";
import type { Executor, Host } from "../adapter/executor.ts";
import { hostOf, scopeOf } from "../adapter/hosts.ts";
import { Scope } from "../adapter/scope.ts";
import type { HonkerSQLiteTransaction } from "../adapter.ts";
import type { SystemDatabase } from "../client.ts";
import type { SystemSchema } from "../schema.ts";

/** A Drizzle transaction on `system.db`. */
export type SystemTransaction<TClient = Database> = HonkerSQLiteTransaction<SystemSchema, TransactionOf<TClient>>;

/**
 * Where a function of identity works: what `createSystemDatabase()` returns, or the `tx` of its `transaction()`.
 *
 * On the database it commits by itself, all or nothing; in a transaction it is a part of that.
 */
export type SystemScope = SystemDatabase<unknown> | HonkerSQLiteTransaction<SystemSchema, unknown>;

/** What is below a {@link SystemScope}. */
export interface SystemPlace {
  readonly host: Host;
  /** The open transaction, if it is one. */
  readonly scope: Scope | undefined;
  /** Where single statements run. */
  readonly executor: Executor;
}

const TABLES = `SELECT count(*) FROM sqlite_schema
  WHERE "type" = 'table' AND "name" IN ('accounts', 'organizations', 'api_keys', 'audit_logs')`;

const systems = new WeakSet<Host>();

/**
 * HOT (bench/operations/verify-key.ts): what is below `db`.
 *
 * @throws {TypeError} If `db` is no Drizzle database or transaction on a system file.
 */
export function placeOf(db: SystemScope, action: string): SystemPlace {
  const open = scopeOf(db);
  const host = open?.host ?? hostOf(db);
  if (host === undefined) refuse(action, db === null ? "null" : typeof db);
  const executor = open?.scope ?? host.executor;
  if (!systems.has(host)) {
    if (executor.row(TABLES, [], 1)![0] !== 4) refuse(action, "a database without the tables of identity");
    systems.add(host);
  }
  return { host, scope: open?.scope, executor };
}

/** Where single reads run. @throws {TypeError} As {@link placeOf}. */
export function readerOf(db: SystemScope, action: string): Executor {
  return placeOf(db, action).executor;
}

/** Runs `work` all or nothing: in a transaction of its own, or in a savepoint of the open one. */
export function writeIn<T>(db: SystemScope, action: string, work: (scope: Scope) => T): T {
  const { host, scope: outer } = placeOf(db, action);
  const scope = outer?.nest() ?? new Scope(host.begin(), undefined);
  try {
    const result = outer === undefined ? host.runCallback(scope, () => work(scope)) : work(scope);
    scope.commit();
    return result;
  } catch (error) {
    scope.rollback();
    throw error;
  }
}

function refuse(action: string, received: string): never {
  throw new TypeError(
    `Cannot ${action}: what createSystemDatabase() returns, or a tx of it, is wanted: received ${received}`,
  );
}
