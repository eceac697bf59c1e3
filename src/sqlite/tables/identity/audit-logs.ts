import { sql } from "drizzle-orm";
import { check, index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";

/**
 * What was done, by whom. Rows are added only: triggers of the migration refuse to change, replace or delete one, whoever
 * writes.
 *
 * It has no foreign keys: the log outlives what it names, and a key that acts on it would change it. Each index ends with
 * the time, in which order the log is read.
 */
export const auditLogs = sqliteTable(
  "audit_logs",
  {
    ...commonColumns(),
    /** What was done, such as `api_key.created`. */
    action: text("action").notNull(),
    /** The kind of who did it: `account`, `system`, `peer` … */
    actorType: text("actor_type").notNull(),
    actorId: text("actor_id"),
    /** What it was done to, as `type:id`. */
    resource: text("resource"),
    /** The account that answers for it. */
    ownerId: text("owner_id"),
    orgId: text("org_id"),
    /** The credential that it was done by. */
    credentialId: text("credential_id"),
    /** `api_key`, `ssh_key`, `cert_authority` … */
    credentialType: text("credential_type"),
    details: text("details", { mode: "json" }).$type<Record<string, unknown>>(),
  },
  (table) => [
    index("audit_logs_time").on(table.createdAt),
    index("audit_logs_action").on(table.action, table.createdAt),
    index("audit_logs_actor").on(table.actorId, table.createdAt),
    index("audit_logs_resource").on(table.resource, table.createdAt),
    index("audit_logs_owner").on(table.ownerId, table.createdAt),
    index("audit_logs_org").on(table.orgId, table.createdAt),
    index("audit_logs_credential").on(table.credentialId, table.createdAt),
    check("audit_logs_action_form", sql`${table.action} <> ''`),
    check("audit_logs_actor_type", sql`${table.actorType} <> ''`),
    check("audit_logs_details", sql`${table.details} is null or json_type(${table.details}) = 'object'`),
  ],
);
