import { relations } from "drizzle-orm";
import { accounts, apiKeys, auditLogs, organizations, orgMembers, peerCredentials } from "../tables/identity/index.ts";

export const accountsRelations = relations(accounts, ({ many }) => ({
  /** Organisations that it owns. */
  organizations: many(organizations),
  memberships: many(orgMembers),
  apiKeys: many(apiKeys),
  peerCredentials: many(peerCredentials),
}));

export const organizationsRelations = relations(organizations, ({ one, many }) => ({
  owner: one(accounts, { fields: [organizations.ownerId], references: [accounts.id] }),
  members: many(orgMembers),
  /** Keys that are for this organisation alone. */
  apiKeys: many(apiKeys),
}));

export const orgMembersRelations = relations(orgMembers, ({ one }) => ({
  organization: one(organizations, { fields: [orgMembers.orgId], references: [organizations.id] }),
  account: one(accounts, { fields: [orgMembers.accountId], references: [accounts.id] }),
}));

export const apiKeysRelations = relations(apiKeys, ({ one }) => ({
  owner: one(accounts, { fields: [apiKeys.ownerId], references: [accounts.id] }),
  organization: one(organizations, { fields: [apiKeys.orgId], references: [organizations.id] }),
  /** The key that took its place. */
  rotatedTo: one(apiKeys, { fields: [apiKeys.rotatedToId], references: [apiKeys.id] }),
}));

export const peerCredentialsRelations = relations(peerCredentials, ({ one }) => ({
  owner: one(accounts, { fields: [peerCredentials.ownerId], references: [accounts.id] }),
}));

/** Null where what a row names is gone: the log has no foreign keys. */
export const auditLogsRelations = relations(auditLogs, ({ one }) => ({
  actor: one(accounts, { fields: [auditLogs.actorId], references: [accounts.id], relationName: "actor" }),
  owner: one(accounts, { fields: [auditLogs.ownerId], references: [accounts.id], relationName: "owner" }),
  organization: one(organizations, { fields: [auditLogs.orgId], references: [organizations.id] }),
}));
