/**
 * Operations: contracts that can be sent, made from tables and graph types, their handlers, and a registry to call them.
 *
 * ```ts
 * import { open } from "@alkdev/storage/honker";
 * import { handlersFor, OperationRegistry, operationsFromTable } from "@alkdev/storage/operations";
 * import { createDrizzleWithAdapter } from "@alkdev/storage/sqlite";
 * import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
 *
 * const orders = sqliteTable("orders", { id: integer().primaryKey(), item: text().notNull(), total: integer().notNull() });
 * const client = open("shop.db");
 * client.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL, total INTEGER NOT NULL)");
 *
 * const specs = operationsFromTable(orders);
 * const registry = new OperationRegistry();
 * registry.registerAll(specs);
 * registry.registerHandlers(handlersFor(createDrizzleWithAdapter(client), specs, { events: "notify" }));
 *
 * const identity = { id: "ada", scopes: ["orders:read", "orders:write"] };
 * await registry.execute("orders.create", { item: "lamp", total: 42 }, { identity });
 * const { data } = await registry.execute("orders.list", { filter: { total: { gte: 40 } } }, { identity });
 * console.log(JSON.stringify(data)); // {"items":[{"id":1,"item":"lamp","total":42}]}
 *
 * await registry.execute("orders.create", { item: "lamp", total: "many" }, { identity }).catch(({ code }) => {
 *   console.log(code); // VALIDATION_ERROR
 * });
 * client.close();
 * ```
 *
 * @module
 */
export { checkAccess, enforceAccess } from "./access-control.ts";
export { buildEnv, type EnvOptions } from "./build-env.ts";
export { CALL_ERROR_CODES, CallError, type CallErrorCode, httpStatusOf, mapError } from "./call-error.ts";
export type { OperationEvents } from "./change-teller.ts";
export {
  type HttpMeta,
  httpEnvelope,
  isResponseEnvelope,
  type LocalMeta,
  localEnvelope,
  type McpMeta,
  mcpEnvelope,
  type ResponseEnvelope,
  type ResponseMeta,
  unwrap,
} from "./envelope.ts";
export type { FilterInput } from "./filters/compile-filter.ts";
export type { RowFilter, Verb } from "./filters/row-filter.ts";
export type {
  AttributeNames,
  GraphAccess,
  GraphVerb,
  ModuleOperationsOptions,
} from "./graph/module-options.ts";
export { type HandlerOptions, handlersFor } from "./handlers-for.ts";
export { OperationRegistry, type RegisteredOperation } from "./operation-registry.ts";
export {
  type AccessControl,
  type ErrorDefinition,
  type Identity,
  type OperationContext,
  type OperationEnv,
  type OperationHandler,
  type OperationSpec,
  OperationType,
  operationId,
  type SubscriptionHandler,
} from "./operation-spec.ts";
export { operationsFromModule } from "./operations-from-module.ts";
export { operationsFromTable } from "./operations-from-table.ts";
export type { AssignedValues, TableOperationsOptions } from "./table/table-options.ts";
export type { ColumnName, Relation } from "./table/table-shape.ts";
