import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isThere } from "../../durable-files.ts";
import { alreadyThere, isArchived, isOrganization, notFound } from "./refusals.ts";
import type { TenantContext } from "./tenant-context.ts";
import type { TenantStatus } from "./tenant-files.ts";

/**
 * Makes the file of a tenant, up to date, or nothing.
 *
 * @returns Whether it was made now: of several processes one makes it.
 * @throws {StorageError} `NOT_FOUND` if the system database knows no such organisation; `TENANT_ARCHIVED`.
 */
export function createTenant({ files, organizations, migrate }: TenantContext, orgId: string): boolean {
  const action = "create tenant";
  organizations.settle(orgId);
  return organizations.holding(orgId, (exists) => {
    if (exists === false) throw notFound(action, orgId);
    return files.lock.alone(() => {
      const status = files.statusOf(orgId);
      if (status === "archived") throw isArchived(action, orgId);
      if (status !== undefined) return false;
      if (files.pendingOf(orgId) !== undefined) {
        throw alreadyThere(
          action,
          orgId,
          "it is being made or removed with its organisation: open tenants with system",
        );
      }
      const path = files.loosePath(orgId, "new");
      files.make(path, migrate);
      files.rename(path, files.pathOf(orgId));
      return true;
    });
  });
}

/** Gives the file of a tenant its place among those of another status. @throws {StorageError} `NOT_FOUND`, `TENANT_IN_USE` */
export function moveTenant({ files, organizations, open }: TenantContext, orgId: string, to: TenantStatus): void {
  const action = to === "archived" ? "archive tenant" : "unarchive tenant";
  organizations.settle(orgId);
  open.closeUnused(orgId, action);
  files.lock.alone(() => {
    const status = files.statusOf(orgId);
    if (status === undefined) throw notFound(action, orgId);
    if (status === to) throw alreadyThere(action, orgId, `it is ${to} already`);
    const from = files.pathOf(orgId, status);
    const target = files.pathOf(orgId, to);
    if (isThere(target)) throw alreadyThere(action, orgId, `a file is at "${target}" already`);
    if (!isThere(dirname(target))) mkdirSync(dirname(target), { mode: 0o700 });
    files.seal(from, orgId, action);
    files.rename(from, target);
  });
}

/** Removes the file of a tenant without organisation. @returns Whether there was one. @throws {StorageError} `TENANT_IN_USE` */
export function deleteTenant({ files, organizations, open }: TenantContext, orgId: string): boolean {
  const action = "delete tenant";
  organizations.settle(orgId);
  return organizations.holding(orgId, (exists) => {
    if (exists) throw isOrganization(action, orgId);
    open.closeUnused(orgId, action);
    return files.lock.alone(() => {
      const status = files.statusOf(orgId);
      if (status === undefined) return false;
      const path = files.pathOf(orgId, status);
      files.sealIfSound(path, orgId, action);
      files.remove(path);
      files.sync();
      return true;
    });
  });
}
