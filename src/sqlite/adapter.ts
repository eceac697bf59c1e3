/**
 * Drizzle ORM on an open Honker file.
 *
 * @module
 */
import { DefaultLogger, type Logger } from "drizzle-orm/logger";
import {
  createTableRelationsHelpers,
  type ExtractTablesWithRelations,
  extractTablesRelationalConfig,
  type RelationalSchemaConfig,
} from "drizzle-orm/relations";
import type { Casing } from "drizzle-orm/utils";
import { checkInteger, checkOptions } from "../arguments.ts";
import { Database, type HonkerClient } from "../honker/mod.ts";
import { bindingHost } from "./adapter/binding.ts";
import { BindingDialect } from "./adapter/binding-dialect.ts";
import { HonkerSQLiteDatabase } from "./adapter/database.ts";
import { engineHost } from "./adapter/engine-host.ts";
import { HonkerSQLiteDialect } from "./dialect.ts";

export { HonkerSQLiteDatabase } from "./adapter/database.ts";
export { HonkerPreparedQuery } from "./adapter/prepared-query.ts";
export { HonkerSQLiteSession, HonkerSQLiteTransaction } from "./adapter/session.ts";

/** How Drizzle works on the file. */
export interface AdapterOptions<TSchema extends Record<string, unknown>> {
  /** Tables and relations: what `db.query` knows, and the types. */
  readonly schema?: TSchema;
  /** Is told each statement and its parameters; `true` prints them. @default false */
  readonly logger?: boolean | Logger;
  /** How names of columns that were declared without one follow from their keys. @default as they are */
  readonly casing?: Casing;
  /** After how long an async transaction that has not settled is rolled back, in milliseconds. @default 5000 */
  readonly asyncTransactionTimeoutMs?: number;
}

const MAX_TIMER_MS = 2 ** 31 - 1; // a timer of more fires at once

const OPTIONS = ["schema", "logger", "casing", "asyncTransactionTimeoutMs"];
const relationalSchemas = new WeakMap<object, unknown>();

/**
 * Gives the Drizzle database of an open file.
 *
 * ```ts
 * const client = open("app.db");
 * const db = createDrizzleWithAdapter(client, { schema });
 * db.transaction((tx) => {
 *   tx.insert(schema.orders).values({ total: 42 }).run();
 *   tx.$honkerTx.notify("orders", { total: 42 });
 * });
 * ```
 *
 * @param client A file opened by `open()`, or by Honker's native Node binding; who opened it closes it.
 * @throws {TypeError} If `client` is no open Honker file, or an option is unknown.
 */
export function createDrizzleWithAdapter<
  TSchema extends Record<string, unknown> = Record<string, never>,
  TClient extends HonkerClient = Database,
>(client: TClient, options: AdapterOptions<TSchema> = {}): HonkerSQLiteDatabase<TSchema, TClient> {
  checkClient(client);
  checkValues(options);
  const isEngine = isOwnEngine(client);
  return new HonkerSQLiteDatabase<TSchema, TClient>(
    {
      host: isEngine ? engineHost(client) : bindingHost(client),
      dialect: isEngine ? new HonkerSQLiteDialect({ casing: options.casing }) : new BindingDialect(options.casing),
      schema: options.schema && relationalSchema(options.schema),
      logger: options.logger === true ? new DefaultLogger() : options.logger || undefined,
      asyncTransactionTimeoutMs: options.asyncTransactionTimeoutMs ?? 5000,
    },
    client,
  );
}

/** By what it can do, not by its class: two copies of this package may meet in one program. */
function isOwnEngine(client: HonkerClient): client is Database {
  return client instanceof Database || ("values" in client && "row" in client && "whenUnlocked" in client);
}

/** HOT (bench/operations/tenants.ts): what is found out of a schema once, for all the files that have it. */
function relationalSchema<TSchema extends Record<string, unknown>>(
  fullSchema: TSchema,
): RelationalSchemaConfig<ExtractTablesWithRelations<TSchema>> {
  const known = relationalSchemas.get(fullSchema);
  if (known !== undefined) return known as RelationalSchemaConfig<ExtractTablesWithRelations<TSchema>>;
  const { tables, tableNamesMap } = extractTablesRelationalConfig(fullSchema, createTableRelationsHelpers);
  const config = { fullSchema, schema: tables as ExtractTablesWithRelations<TSchema>, tableNamesMap };
  relationalSchemas.set(fullSchema, config);
  return config;
}

function checkClient(client: unknown): void {
  const isClient =
    typeof client === "object" &&
    client !== null &&
    ["query", "transaction", "notify"].every((name) => typeof (client as Record<string, unknown>)[name] === "function");
  if (isClient) return;
  const received = typeof client === "string" ? "a path (open it first)" : typeof client;
  throw new TypeError(`Cannot create a Drizzle database: an open Honker database is wanted: received ${received}`);
}

function checkValues(options: AdapterOptions<Record<string, unknown>>): void {
  checkOptions(options, OPTIONS, "createDrizzleWithAdapter");
  const { casing, asyncTransactionTimeoutMs: timeoutMs } = options;
  if (casing !== undefined && casing !== "snake_case" && casing !== "camelCase") {
    throw new TypeError(
      `Cannot create a Drizzle database: casing must be snake_case or camelCase: received ${String(casing)}`,
    );
  }
  if (timeoutMs !== undefined) {
    checkInteger(timeoutMs, 1, "create a Drizzle database", "asyncTransactionTimeoutMs", MAX_TIMER_MS);
  }
}
