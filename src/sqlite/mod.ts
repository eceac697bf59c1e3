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

export { transactionInTurn } from "./adapter/in-turn.ts";
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
export {
  type AccessChange,
  AccessChanges,
} from "./graphs/access-control/access-changes.ts";
export type { AccessPath, AccessStep } from "./graphs/access-control/access-path.ts";
export type { AccessIdentity, ResourceAccess } from "./graphs/access-control/access-questions.ts";
export type { Delegation, NewPrincipal, NewResource } from "./graphs/access-control/grants.ts";
export { type AccessAction, type IdentityType, principalKey, resourceKey } from "./graphs/access-control/keys.ts";
export {
  AccessControl,
  type AccessControlOptions,
  type AccessFilter,
  createAccessControl,
  type ScopeConditions,
} from "./graphs/access-control.ts";
export type { ChangeName, GraphChange, GraphEvents } from "./graphs/change-publisher.ts";
export type { EdgeOf, GraphEdge, GraphNode, NodeOf } from "./graphs/elements.ts";
export { type ExportOptions, exportDot, exportGraph } from "./graphs/export-graph.ts";
export {
  type EdgeEntry,
  type EdgePatch,
  type EdgePatchEntry,
  type EdgeReplacement,
  Graph,
  type NewElements,
  type NodeEntry,
  type NodePatch,
  type NodePatchEntry,
} from "./graphs/graph.ts";
export type { GraphInfo, GraphLayoutName, GraphStatus } from "./graphs/graph-info.ts";
export type { GraphChanges } from "./graphs/graph-rows.ts";
export {
  createGraphStore,
  GraphStore,
  type GraphStoreOptions,
  type NewGraph,
} from "./graphs/graph-store.ts";
export { type ImportedGraph, type ImportGraphOptions, importGraph } from "./graphs/import-graph.ts";
export type { GraphFilter } from "./graphs/list-graphs.ts";
export type { Degrees } from "./graphs/queries/degrees.ts";
export { EdgeQuery, NodeQuery } from "./graphs/queries/element-query.ts";
export type { Comparisons, Condition, Filter, OpenFilter, OrderBy } from "./graphs/queries/filter.ts";
export type { Reached } from "./graphs/queries/node-walk.ts";
export type {
  Direction,
  DirectionOptions,
  EdgeOptions,
  EdgePlace,
  EdgeTypesOptions,
  EndOptions,
  NeighbourOptions,
  NodeOptions,
  OrderOptions,
  PathOptions,
  SubgraphOptions,
  WalkOptions,
} from "./graphs/queries/questions.ts";
export type { Subgraph } from "./graphs/queries/subgraph.ts";
export {
  type RotationOptions,
  type RotationProgress,
  type RotationReport,
  rotateSecrets,
} from "./graphs/rotate-secrets.ts";
export type { Registration } from "./graphs/types/register-module.ts";
export type { ImportCounts, ImportOptions } from "./graphs/writes/bulk-load.ts";
export type { EdgeRef } from "./graphs/writes/stored-edges.ts";
export {
  type AccessLevel,
  type Account,
  type AccountChanges,
  type AccountFilter,
  type AccountStatus,
  createAccount,
  deleteAccount,
  findAccountByEmail,
  getAccount,
  listAccounts,
  type NewAccount,
  setAccountStatus,
  updateAccount,
} from "./identity/accounts.ts";
export {
  type ApiKey,
  type ApiKeyFilter,
  type CreatedApiKey,
  createApiKey,
  getApiKey,
  listApiKeys,
  type NewApiKey,
  type Resources,
  type RotateOptions,
  revokeApiKey,
  rotateApiKey,
  setApiKeyEnabled,
} from "./identity/api-keys.ts";
export { type Actor, type ActorOptions, appendAudit, type NewAuditEntry } from "./identity/audit-log.ts";
export {
  addMember,
  findMember,
  listMembers,
  listMemberships,
  type MemberLevel,
  type MemberOptions,
  type OrgMember,
  removeMember,
  setMemberLevel,
} from "./identity/members.ts";
export {
  createOrganization,
  deleteOrganization,
  findOrganizationBySlug,
  getOrganization,
  listOrganizations,
  type NewOrganization,
  type Organization,
  type OrganizationChanges,
  type OrganizationFilter,
  transferOwnership,
  updateOrganization,
} from "./identity/organizations.ts";
export {
  addPeerCredential,
  getPeerCredential,
  listPeerCredentials,
  type NewPeerCredential,
  type PeerCredential,
  type PeerCredentialFilter,
  type PeerCredentialType,
  type PeerVerification,
  revokePeerCredential,
  verifyPeer,
} from "./identity/peer-credentials.ts";
export { publicKeyFingerprint } from "./identity/public-key.ts";
export { type AuditEntry, type AuditFilter, readAudit } from "./identity/read-audit.ts";
export type { CommonMembers, PageOptions } from "./identity/rows.ts";
export type { SystemScope, SystemTransaction } from "./identity/system-scope.ts";
export type { RefusalReason, VerifiedIdentity, VerifyOptions } from "./identity/verification.ts";
export { type ApiKeyVerification, type VerifyKeyOptions, verifyApiKey } from "./identity/verify-api-key.ts";
export { type MigrateOptions, type Migration, type MigrationClient, migrate } from "./migrate.ts";
export { readMigrations } from "./read-migrations.ts";
export { type SystemSchema, systemSchema, type TenantSchema, tenantSchema } from "./schema.ts";
export type {
  FailedTenant,
  MigrateAllOptions,
  MigrateAllProgress,
  MigrateAllReport,
} from "./tenants/migrate-all.ts";
export type { RestoreOptions } from "./tenants/restore-tenant.ts";
export type { TenantStatus } from "./tenants/tenant-files.ts";
export { TenantLease } from "./tenants/tenant-lease.ts";
export type { TenantsOptions } from "./tenants/tenant-options.ts";
export { openTenants, type TenantInfo, Tenants } from "./tenants.ts";
export { bufferSchema, jsonSchema, literalSchema } from "./utils/column.ts";
export {
  type CodecKind,
  createJsonCodec,
  type JsonCodec,
  type JsonCodecOptions,
  type JsonOf,
  type JsonRefinements,
  type JsonRowOf,
} from "./utils/json-codec.ts";
export { type JsonColumnCodec, jsonColumnCodec } from "./utils/json-column.ts";
export { createInsertSchema, createSelectSchema, createUpdateSchema } from "./utils/schema.ts";
export type {
  BufferSchema,
  BuildRefine,
  BuildSchema,
  GenericSchema,
  JsonSchema,
  NoUnknownKeys,
  SchemaKind,
} from "./utils/types.ts";
