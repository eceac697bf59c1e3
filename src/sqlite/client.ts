import type { Logger } from "drizzle-orm/logger";
import { checkOptions } from "../arguments.ts";
import type { Database, HonkerClient } from "../honker/mod.ts";
import { createDrizzleWithAdapter, type HonkerSQLiteDatabase } from "./adapter.ts";
import { migrate } from "./migrate.ts";
import { systemMigrations } from "./migrations/system.ts";
import { tenantMigrations } from "./migrations/tenant.ts";
import { type SystemSchema, systemSchema, type TenantSchema, tenantSchema } from "./schema.ts";

/** The Drizzle database of `system.db`. */
export type SystemDatabase<TClient = Database> = HonkerSQLiteDatabase<SystemSchema, TClient>;
/** The Drizzle database of a `tenant-{orgId}.db`. */
export type TenantDatabase<TClient = Database> = HonkerSQLiteDatabase<TenantSchema, TClient>;

/** How a system or tenant database works. */
export interface DatabaseOptions {
  /** Is told each statement and its parameters; `true` prints them. @default false */
  readonly logger?: boolean | Logger;
  /** After how long an async transaction that has not settled is rolled back, in milliseconds. @default 5000 */
  readonly asyncTransactionTimeoutMs?: number;
}

const OPTIONS = ["logger", "asyncTransactionTimeoutMs"];

/**
 * Brings the open file up to date as a system file and gives its Drizzle database.
 *
 * @param client A file opened by `open()`; who opened it closes it.
 * @throws {StorageError} `FILE_TOO_NEW`, or `MIGRATION_FAILED` if it is a tenant's file; nothing is changed then.
 */
export function createSystemDatabase<TClient extends HonkerClient = Database>(
  client: TClient,
  options: DatabaseOptions = {},
): SystemDatabase<TClient> {
  checkOptions(options, OPTIONS, "createSystemDatabase");
  migrate(client, systemMigrations, { series: "system", excludes: "tenant" });
  return createDrizzleWithAdapter(client, { ...options, schema: systemSchema });
}

/**
 * Brings the open file up to date as a tenant's file and gives its Drizzle database.
 *
 * ```ts
 * const client = open("tenant-acme.db");
 * const db = createTenantDatabase(client);
 * const drafts = db.select().from(graphs).where(eq(graphs.status, "draft")).all();
 * ```
 *
 * @param client A file opened by `open()`; who opened it closes it.
 * @throws {StorageError} `FILE_TOO_NEW`, or `MIGRATION_FAILED` if it is the system file; nothing is changed then.
 */
export function createTenantDatabase<TClient extends HonkerClient = Database>(
  client: TClient,
  options: DatabaseOptions = {},
): TenantDatabase<TClient> {
  checkOptions(options, OPTIONS, "createTenantDatabase");
  migrate(client, tenantMigrations, { series: "tenant", excludes: "system" });
  return createDrizzleWithAdapter(client, { ...options, schema: tenantSchema });
}
