import { CallError } from "./call-error.ts";
import type { AccessControl, Identity } from "./operation-spec.ts";

/**
 * Whether a caller meets what an operation requires. Nothing is required: yes, also without an identity.
 *
 * Scopes are equal or not: there are no wildcards. A resource is asked by its type: whether the action is among those on
 * any resource of that type. What can't be checked, and an identity that is none, is denied.
 */
export function checkAccess(accessControl: AccessControl, identity: Identity | undefined): boolean {
  const { requiredScopes, requiredScopesAny, resourceType, resourceAction, customAuth } = accessControl;
  const asksAny = requiredScopesAny !== undefined && requiredScopesAny.length > 0;
  const asksResource = resourceType !== undefined || resourceAction !== undefined;
  if (customAuth !== undefined) return false;
  if (requiredScopes.length === 0 && !asksAny && !asksResource) return true;
  if (!isIdentity(identity)) return false;
  const { scopes } = identity;
  for (let i = 0; i < requiredScopes.length; i++) if (!scopes.includes(requiredScopes[i]!)) return false;
  if (asksAny && !requiredScopesAny.some((scope) => scopes.includes(scope))) return false;
  return !asksResource || mayAct(identity.resources, resourceType, resourceAction);
}

/** @throws {CallError} `ACCESS_DENIED` if the caller does not meet what the operation requires. */
export function enforceAccess(
  accessControl: AccessControl,
  identity: Identity | undefined,
  operationId: string,
  isTrusted = false,
): void {
  if (isTrusted || checkAccess(accessControl, identity)) return;
  throw new CallError("ACCESS_DENIED", `Access to ${operationId} is denied`, { operationId });
}

function isIdentity(identity: unknown): identity is Identity {
  if (typeof identity !== "object" || identity === null) return false;
  const { id, scopes } = identity as Partial<Identity>;
  return typeof id === "string" && Array.isArray(scopes);
}

function mayAct(resources: unknown, type: string | undefined, action: string | undefined): boolean {
  if (type === undefined || action === undefined || typeof resources !== "object" || resources === null) return false;
  const prefix = `${type}:`;
  return Object.entries(resources).some(
    ([name, actions]) => name.startsWith(prefix) && Array.isArray(actions) && actions.includes(action),
  );
}
