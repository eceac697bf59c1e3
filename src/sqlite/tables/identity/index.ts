/**
 * Who may do what, and what was done: the tables of the system file beside those of graphs.
 *
 * @module
 */
export { accounts } from "./accounts.ts";
export { apiKeys } from "./api-keys.ts";
export { auditLogs } from "./audit-logs.ts";
export { orgMembers } from "./org-members.ts";
export { organizations } from "./organizations.ts";
export { peerCredentials } from "./peer-credentials.ts";
