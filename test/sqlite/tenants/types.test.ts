import assert from "node:assert/strict";
import { test } from "node:test";
import type { Organization } from "../../../src/sqlite/identity/organizations.ts";
import { openTenants, type TenantDatabase, type Tenants } from "../../../src/sqlite/mod.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Never called: the type checker reads it. */
function types(tenants: Tenants): void {
  const all: true[] = [];
  const count = tenants.use("a", (db) => db.$client.values("SELECT 1").length);
  all.push(true satisfies Equal<typeof count, number>);
  const later = tenants.use("a", async (db) => db.$client.path);
  all.push(true satisfies Equal<typeof later, Promise<string>>);
  const { db } = tenants.acquire("a");
  all.push(true satisfies Equal<typeof db, TenantDatabase>);
  const organization = tenants.createOrganization({ slug: "a", name: "A", ownerId: "b" });
  all.push(true satisfies Equal<typeof organization, Organization>);
  // @ts-expect-error an organisation has an owner
  tenants.createOrganization({ slug: "a", name: "A" });
  // @ts-expect-error there is no such status
  tenants.list({ status: "deleted" });
  // @ts-expect-error a directory is wanted
  openTenants({});
  // @ts-expect-error a misspelled option
  openTenants({ directory: "x", maxopen: 1 });
}

test("the types of tenants are what they should be", () => {
  assert.equal(typeof types, "function");
});
