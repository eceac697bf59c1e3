/**
 * One SQLite file holds typed graphs, events, queues and schedules, and one commit moves them together.
 *
 * The usual names; the rooms have the rest: `@alkdev/storage/honker`, `/sqlite`, `/graphs`.
 *
 * @module
 */
export { StorageError, type StorageErrorCode } from "./errors.ts";
export { defineGraph, moduleToDbSchema, validateEdge, validateNode } from "./graphs/mod.ts";
export { type Database, open } from "./honker/mod.ts";
export {
  createDrizzleWithAdapter,
  createGraphStore,
  createSystemDatabase,
  createTenantDatabase,
  migrate,
} from "./sqlite/mod.ts";
