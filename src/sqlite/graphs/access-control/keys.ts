import { checkName } from "../../../arguments.ts";
import type { AclGraph, NodeAttributes } from "../../../graphs/mod.ts";
import { quote } from "../../../json-values.ts";

/** What a principal can be. */
export type IdentityType = NodeAttributes<typeof AclGraph, "principal">["identityType"];
/** What may be done to a resource. */
export type AccessAction = (typeof ACCESS_ACTIONS)[number];

export const ACCESS_ACTIONS = ["read", "write", "execute"] as const;
const IDENTITY_TYPES: readonly unknown[] = ["account", "org", "service", "role"] satisfies IdentityType[];

/**
 * The node key of a principal: `account:alice`.
 *
 * @throws {TypeError} If the type is none of account, org, service and role, or the id is no text or empty.
 */
export function principalKey(identityType: IdentityType, identityId: string): string {
  if (!IDENTITY_TYPES.includes(identityType)) {
    throw new TypeError(
      `Cannot name a principal: identityType must be account, org, service or role: received ${String(identityType)}`,
    );
  }
  checkPart(identityId, "name a principal", "identityId");
  return `${identityType}:${identityId}`;
}

/**
 * The node key of a resource: `document:42`.
 *
 * A resource of a type that principals have too is `resource:org:acme`: to protect an organisation is one thing, to be one
 * another.
 *
 * @throws {TypeError} If a part is no text or empty, or there is a colon in the type: two resources could have one key.
 */
export function resourceKey(resourceType: string, resourceId: string): string {
  checkPart(resourceType, "name a resource", "resourceType");
  checkPart(resourceId, "name a resource", "resourceId");
  if (resourceType.includes(":")) {
    throw new TypeError(
      `Cannot name a resource: resourceType must have no colon in it: received ${quote(resourceType)}`,
    );
  }
  const isTaken = IDENTITY_TYPES.includes(resourceType) || resourceType === "resource";
  return `${isTaken ? "resource:" : ""}${resourceType}:${resourceId}`;
}

function checkPart(value: unknown, action: string, what: string): void {
  checkName(value, action, what);
  if (value === "") throw new TypeError(`Cannot ${action}: ${what} must not be empty: received ""`);
}
