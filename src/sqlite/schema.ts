/**
 * What each kind of file holds: its tables and their relations, as Drizzle wants them.
 *
 * @module
 */
import { systemRelations, tenantRelations } from "./relations.ts";
import * as callGraph from "./tables/call-graph/index.ts";
import * as identity from "./tables/identity/index.ts";
import * as metagraph from "./tables/metagraph/index.ts";

/** The tables of `tenant-{orgId}.db`. */
export const tenantSchema = { ...metagraph, ...callGraph, ...tenantRelations };

/** The tables of `system.db`: identity, and graphs of scope `system`. */
export const systemSchema = { ...metagraph, ...identity, ...systemRelations };

export type TenantSchema = typeof tenantSchema;
export type SystemSchema = typeof systemSchema;
