import { v7 } from "uuid";
import {
  createOrganization,
  deleteOrganization,
  type NewOrganization,
  type Organization,
} from "../identity/organizations.ts";
import { checkOrgId } from "./org-id.ts";
import { alreadyThere } from "./refusals.ts";
import type { TenantContext } from "./tenant-context.ts";

/** Makes an organisation and the file of its tenant: both, or neither. */
export function createOrganizationTenant(
  { files, organizations, migrate }: TenantContext,
  organization: NewOrganization,
): Organization {
  const action = "create tenant";
  const id = organization?.id ?? v7();
  checkOrgId(id, action);
  organizations.settle(id);
  return organizations.change(id, (tx) => {
    const created = createOrganization(tx, { ...organization, id }); // first: what is refused here makes no file
    files.lock.alone(() => {
      if (files.statusOf(id) !== undefined) throw alreadyThere(action, id, "it has a file, without an organisation");
      files.make(files.loosePath(id, "pending"), migrate);
    });
    return created;
  });
}

/** Deletes an organisation and the file of its tenant: both, or neither. @returns Whether there was one. */
export function deleteOrganizationTenant(
  { files, organizations, open }: TenantContext,
  orgId: string,
  options: Parameters<typeof deleteOrganization>[2],
): boolean {
  const action = "delete tenant";
  organizations.settle(orgId);
  open.closeUnused(orgId, action);
  return organizations.change(orgId, (tx) => {
    if (!deleteOrganization(tx, orgId, options)) return false;
    files.lock.alone(() => {
      const status = files.statusOf(orgId);
      if (status === undefined) return;
      files.sealIfSound(files.pathOf(orgId, status), orgId, action);
      files.rename(files.pathOf(orgId, status), files.loosePath(orgId, "pending", status));
    });
    return true;
  });
}
