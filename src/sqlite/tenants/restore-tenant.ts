import { randomUUID } from "node:crypto";
import { checkOptions } from "../../arguments.ts";
import { StorageError } from "../../errors.ts";
import { type BackupProgress, backup, open } from "../../honker/mod.ts";
import { isArchived, notFound } from "./refusals.ts";
import type { TenantContext } from "./tenant-context.ts";

/** How a tenant is restored. */
export interface RestoreOptions {
  /** Is told after each part of the copy. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Ends it after the part at hand: it rejects with the signal's reason, and the tenant is as it was. */
  readonly signal?: AbortSignal;
}

const ACTION = "restore tenant";
const IS_TENANT = "SELECT 1 FROM alkdev_migrations WHERE series = 'tenant'";
const HAS_BOOKS = "SELECT 1 FROM sqlite_master WHERE name = 'alkdev_migrations'";

/** Puts a copy of the tenant's file at `path` in the place of the tenant's file. See `tenants.restore()`. */
export async function restoreTenant(
  context: TenantContext,
  orgId: string,
  path: string,
  options: RestoreOptions,
  refuseClosed: () => void,
): Promise<void> {
  checkOptions(options, ["onProgress", "signal"], "restore");
  const { files, organizations, open: tenants } = context;
  organizations.settle(orgId);
  refuseUnfit(context, orgId);
  const copy = `${files.loosePath(orgId, "restoring")}.${randomUUID()}`;
  try {
    await backup(path, copy, options);
    checkCopy(context, copy, path);
    refuseClosed();
    organizations.holding(orgId, (exists) => {
      files.lock.alone(() => {
        refuseUnfit(context, orgId);
        const target = files.pathOf(orgId);
        if (files.statusOf(orgId) === undefined && exists === false) throw notFound(ACTION, orgId);
        tenants.closeUnused(orgId, ACTION);
        files.seal(copy, orgId, ACTION);
        if (files.statusOf(orgId) !== undefined) files.sealIfSound(target, orgId, ACTION);
        files.rename(copy, target);
      });
    });
  } finally {
    files.remove(copy);
  }
}

function refuseUnfit({ files, open: tenants }: TenantContext, orgId: string): void {
  if (files.statusOf(orgId) === "archived") throw isArchived(ACTION, orgId);
  tenants.closeUnused(orgId, ACTION); // before the long copy, and again after it
}

/** Brings the copy up to date, which also finds out whether it is of a tenant, and of this version or an older one. */
function checkCopy({ migrate }: TenantContext, copy: string, path: string): void {
  const client = open(copy);
  try {
    if (client.row(HAS_BOOKS) === undefined || client.row(IS_TENANT) === undefined) {
      const message = `Cannot ${ACTION} from "${path}": a tenant's file is wanted: received another database`;
      throw new StorageError("MIGRATION_FAILED", message);
    }
    migrate(client);
  } finally {
    client.close();
  }
}
