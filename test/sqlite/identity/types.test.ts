import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ApiKeyVerification,
  type AuditEntry,
  addMember,
  appendAudit,
  createAccount,
  createApiKey,
  createOrganization,
  type Organization,
  readAudit,
  type SystemDatabase,
  type SystemScope,
  type SystemTransaction,
  setAccountStatus,
  type TenantDatabase,
  type VerifiedIdentity,
  verifyApiKey,
} from "../../../src/sqlite/mod.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Never called: the type checker reads it. */
function types(db: SystemDatabase, tenant: TenantDatabase): void {
  const all: true[] = [];
  const organization = createOrganization(db, { slug: "a", name: "A", ownerId: "b" });
  all.push(true satisfies Equal<typeof organization, Organization>);
  db.transaction((tx) => {
    all.push(true satisfies Equal<typeof tx, SystemTransaction>);
    createOrganization(tx, { slug: "a", name: "A", ownerId: "b" });
    tx.transaction((nested) => createOrganization(nested, { slug: "a", name: "A", ownerId: "b" }));
  });
  const scope: SystemScope = db;
  for (const entry of readAudit(scope)) all.push(true satisfies Equal<typeof entry, AuditEntry>);
  const verified = verifyApiKey(db, undefined);
  all.push(true satisfies Equal<typeof verified, ApiKeyVerification>);
  if (verified.ok) all.push(true satisfies Equal<typeof verified.identity, VerifiedIdentity>);
  const { key, apiKey } = createApiKey(db, { ownerId: "a" });
  all.push(true satisfies Equal<typeof key, string>);

  // @ts-expect-error a refusal names nobody
  verified.identity;
  // @ts-expect-error a key is known by its prefix, and its hash by nobody
  apiKey.keyHash;
  // @ts-expect-error what is told is not to be changed
  organization.slug = "b";
  // @ts-expect-error an organisation has an owner
  createOrganization(db, { slug: "a", name: "A" });
  // @ts-expect-error there is one owner, by transferOwnership()
  addMember(db, { orgId: "a", accountId: "b", level: "owner" });
  // @ts-expect-error there is no such status
  setAccountStatus(db, "a", { status: "deleted" });
  // @ts-expect-error a misspelled option
  createApiKey(db, { ownerId: "a", expiresat: 5 });
  // @ts-expect-error times are numbers
  createApiKey(db, { ownerId: "a", expiresAt: new Date() });
  // @ts-expect-error details are JSON
  appendAudit(db, { action: "a", actorType: "system", details: { at: new Date() } });
  // @ts-expect-error there is no such order
  readAudit(db, { order: "descending" });
  // @ts-expect-error a tenant's file has no accounts
  createAccount(tenant, { email: "ann@example.org" });
}

test("the types of identity are what they should be", () => {
  assert.equal(typeof types, "function");
});
