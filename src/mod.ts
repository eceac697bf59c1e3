/**
 * One SQLite file holds typed graphs, events, streams, queues and schedules, and one commit moves them together.
 *
 * The usual names; the rooms have the rest: `@alkdev/storage/honker`, `/sqlite`, `/graphs`.
 *
 * @module
 */
export { ERROR_CODES, StorageError, type StorageErrorCode } from "./errors.ts";
export { defineGraph, moduleToDbSchema, validateEdge, validateNode } from "./graphs/mod.ts";
export { Database, open } from "./honker/mod.ts";
export { createDrizzleWithAdapter, createSystemDatabase, createTenantDatabase, migrate } from "./sqlite/mod.ts";
