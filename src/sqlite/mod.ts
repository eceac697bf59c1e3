/**
 * Drizzle ORM on a Honker file: typed tables, and messages and streams in the same commit.
 *
 * ```ts
 * import { open } from "@alkdev/storage/honker";
 * import { createTenantDatabase, tenantSchema } from "@alkdev/storage/sqlite";
 *
 * const client = open("tenant-acme.db");
 * const db = createTenantDatabase(client);
 * const { graphTypes } = tenantSchema;
 *
 * db.transaction((tx) => {
 *   tx.insert(graphTypes)
 *     .values({ name: "notes", config: { type: "directed", multi: false, allowSelfLoops: false } })
 *     .run();
 *   tx.$honkerTx.notify("graph-types", { name: "notes" }); // sent with the row, or not at all
 * });
 * client.close();
 * ```
 *
 * @module
 */
export {
  type AdapterOptions,
  createDrizzleWithAdapter,
  HonkerPreparedQuery,
  HonkerSQLiteDatabase,
  HonkerSQLiteSession,
  HonkerSQLiteTransaction,
} from "./adapter.ts";
export {
  createSystemDatabase,
  createTenantDatabase,
  type DatabaseOptions,
  type SystemDatabase,
  type TenantDatabase,
} from "./client.ts";
export { type MigrateOptions, type Migration, type MigrationClient, migrate } from "./migrate.ts";
export { readMigrations } from "./read-migrations.ts";
export { type SystemSchema, systemSchema, type TenantSchema, tenantSchema } from "./schema.ts";
