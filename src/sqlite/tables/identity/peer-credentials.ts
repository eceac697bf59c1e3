import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { accounts } from "./accounts.ts";

/** A public key or certificate authority by which another machine is known. Its scopes are in `metadata.scopes`. */
export const peerCredentials = sqliteTable(
  "peer_credentials",
  {
    ...commonColumns(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    credentialType: text("credential_type", { enum: ["ssh_key", "cert_authority"] }).notNull(),
    /** As OpenSSH shows it: `SHA256:` and 43 characters of base64. */
    fingerprint: text("fingerprint").notNull(),
    publicKeyData: text("public_key_data").notNull(),
    name: text("name").notNull().default(""),
    enabled: integer("enabled", { mode: "boolean" }).notNull().default(true),
    expiresAt: integer("expires_at", { mode: "timestamp_ms" }),
    revokedAt: integer("revoked_at", { mode: "timestamp_ms" }),
  },
  (table) => [
    unique("peer_credentials_fingerprint").on(table.fingerprint),
    index("peer_credentials_owner").on(table.ownerId),
    check("peer_credentials_type", sql`${table.credentialType} in ('ssh_key', 'cert_authority')`),
    check(
      "peer_credentials_fingerprint_form",
      sql`length(${table.fingerprint}) = 50 and ${table.fingerprint} glob 'SHA256:*'`,
    ),
    check("peer_credentials_enabled", sql`${table.enabled} in (0, 1)`),
  ],
);
