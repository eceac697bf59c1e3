import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { accounts } from "./accounts.ts";
import { orgMembers } from "./org-members.ts";

/** A key by which an account acts. The key itself is nowhere: only its first characters, and the SHA-256 of the whole. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    ...commonColumns(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    /** The one organisation it is for; it goes when its owner is a member no more. Null is a key for all. */
    orgId: text("org_id"),
    name: text("name").notNull().default(""),
    /** The characters that it is looked up by, and that people know it by: no secret. */
    keyPrefix: text("key_prefix").notNull(),
    /** SHA-256 of the whole key, in hexadecimal digits. */
    keyHash: text("key_hash").notNull(),
    scopes: text("scopes", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
    /** What may be done with single resources: actions by `type:id`. */
    resources: text("resources", { mode: "json" }).$type<Readonly<Record<string, readonly string[]>>>(),
    enabled: integer("enabled", { mode: "boolean" }).notNull().default(true),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }),
    /** From when it is refused: of a rotated key, the end of its grace. */
    revokedAt: integer("revoked_at", { mode: "timestamp_ms" }),
    /** The key that took its place. */
    rotatedToId: text("rotated_to_id"),
    /** Written at most once in a while: see `verifyApiKey()`. */
    lastUsedAt: integer("last_used_at", { mode: "timestamp_ms" }),
  },
  (table) => [
    unique("api_keys_prefix").on(table.keyPrefix),
    unique("api_keys_hash").on(table.keyHash),
    index("api_keys_owner").on(table.ownerId, table.id),
    index("api_keys_org_owner").on(table.orgId, table.ownerId),
    foreignKey({
      name: "api_keys_member",
      columns: [table.orgId, table.ownerId],
      foreignColumns: [orgMembers.orgId, orgMembers.accountId],
    }).onDelete("cascade"),
    check("api_keys_hash_form", sql`length(${table.keyHash}) = 64 and ${table.keyHash} not glob '*[^0-9a-f]*'`),
    check("api_keys_scopes", sql`json_type(${table.scopes}) = 'array'`),
    check("api_keys_resources", sql`${table.resources} is null or json_type(${table.resources}) = 'object'`),
    check("api_keys_enabled", sql`${table.enabled} in (0, 1)`),
  ],
);
