import type { Database } from "../../honker/mod.ts";
import type { OpenTenants } from "./open-tenants.ts";
import type { Organizations } from "./organizations.ts";
import type { TenantFiles } from "./tenant-files.ts";

/** What the parts of an opened directory share. */
export interface TenantContext {
  readonly files: TenantFiles;
  readonly organizations: Organizations;
  readonly open: OpenTenants;
  /** Brings an open file up to date. @returns What was applied. */
  readonly migrate: (client: Database) => string[];
}
