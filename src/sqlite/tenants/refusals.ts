import { StorageError } from "../../errors.ts";

/** What is thrown where a tenant has no file. */
export function notFound(action: string, orgId: string): StorageError {
  return new StorageError("NOT_FOUND", `Cannot ${action} "${orgId}": a tenant is wanted: received none of that id`, {
    details: { orgId },
  });
}

/** What is thrown where one has a file already. */
export function alreadyThere(action: string, orgId: string, what: string): StorageError {
  return new StorageError("ALREADY_EXISTS", `Cannot ${action} "${orgId}": ${what}`, { details: { orgId } });
}

/** What is thrown for one that is set aside. */
export function isArchived(action: string, orgId: string): StorageError {
  const message = `Cannot ${action} "${orgId}": it is archived: unarchive it first`;
  return new StorageError("TENANT_ARCHIVED", message, { details: { orgId } });
}

/** What is thrown for one that can't be moved, replaced or deleted now, as `user` holds it. */
export function inUse(action: string, orgId: string, user: string, cause?: unknown): StorageError {
  const message = `Cannot ${action} "${orgId}": it must not be in use: received ${user}`;
  return new StorageError("TENANT_IN_USE", message, { retryable: true, details: { orgId }, cause });
}

/** What is thrown for one that can't be deleted alone. */
export function isOrganization(action: string, orgId: string): StorageError {
  const message = `Cannot ${action} "${orgId}": it must not be in use: received its organisation: use deleteOrganization()`;
  return new StorageError("TENANT_IN_USE", message, { details: { orgId } });
}
