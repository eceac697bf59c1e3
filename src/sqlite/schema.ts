/**
 * What each kind of file holds: its tables and their relations, as Drizzle wants them.
 *
 * @module
 */
import * as relations from "./relations.ts";
import * as callGraph from "./tables/call-graph/index.ts";
import * as metagraph from "./tables/metagraph/index.ts";

/** The tables of `tenant-{orgId}.db`. */
export const tenantSchema = { ...metagraph, ...callGraph, ...relations };

/** The tables of `system.db`: graphs of scope `system` live there. */
export const systemSchema = { ...metagraph, ...relations };

export type TenantSchema = typeof tenantSchema;
export type SystemSchema = typeof systemSchema;
