import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addMember,
  createAccount,
  createOrganization,
  deleteAccount,
  deleteOrganization,
  findMember,
  findOrganizationBySlug,
  getOrganization,
  listMembers,
  listMemberships,
  listOrganizations,
  removeMember,
  setMemberLevel,
  transferOwnership,
  updateOrganization,
} from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { actions, system } from "./fixture.ts";

const ROUNDS = 4;

test("createOrganization() makes the organisation, its owner as a member and the entry in the log together", (t) => {
  const { db, ann } = system(t);
  const acme = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  assert.deepEqual(getOrganization(db, acme.id), acme);
  assert.deepEqual(findOrganizationBySlug(db, "acme"), acme);
  assert.deepEqual(
    listMembers(db, acme.id).map(({ accountId, level }) => [accountId, level]),
    [[ann.id, "owner"]],
  );
  assert.deepEqual(actions(db, { orgId: acme.id }), ["organization.created"]);
});

test("an organisation that is made in a transaction which rolls back is none", (t) => {
  const { db, ann } = system(t);
  assert.throws(() =>
    db.transaction((tx) => {
      const { id } = createOrganization(tx, { slug: "acme", name: "Acme", ownerId: ann.id });
      assert.equal(listMembers(tx, id).length, 1);
      throw new Error("no");
    }),
  );
  assert.deepEqual(listOrganizations(db), []);
  assert.deepEqual(listMemberships(db, ann.id), []);
  assert.deepEqual(actions(db, { action: "organization.*" }), []);
});

test("createOrganization() refuses a slug, name or id that is taken, and leaves nothing", (t) => {
  const { db, ann } = system(t);
  const ownerId = ann.id;
  createOrganization(db, { id: "acme-id", slug: "acme", name: "Acme", ownerId });
  for (const other of [
    { slug: "acme", name: "Other" },
    { slug: "other", name: "Acme" },
    { id: "acme-id", slug: "other", name: "Other" },
  ]) {
    assert.throws(() => createOrganization(db, { ...other, ownerId }), { code: "ALREADY_EXISTS" });
  }
  assert.equal(listOrganizations(db).length, 1);
  assert.deepEqual(actions(db, { action: "organization.*" }).length, 1);
});

for (const slug of ["", "-a", "A", "a b", "a/b", "../x", "é", "a".repeat(64), 5, undefined]) {
  test(`createOrganization() refuses the slug ${JSON.stringify(slug)?.slice(0, 20)}`, (t) => {
    const { db, ann } = system(t);
    const organization = { slug: slug as string, name: "Acme", ownerId: ann.id };
    assert.throws(() => createOrganization(db, organization), { name: "TypeError" });
  });
}

test("createOrganization() refuses an id that can't be part of a file's name", (t) => {
  const { db, ann } = system(t);
  for (const id of ["../x", "con", "A", ""]) {
    assert.throws(() => createOrganization(db, { id, slug: "acme", name: "Acme", ownerId: ann.id }), TypeError);
  }
});

test("createOrganization() refuses an owner that is no account", (t) => {
  const { db } = system(t);
  assert.throws(() => createOrganization(db, { slug: "acme", name: "Acme", ownerId: "nobody" }), { code: "NOT_FOUND" });
});

test("updateOrganization() changes slug and name, and keeps the rest", (t) => {
  const { db, ann } = system(t);
  const acme = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const changed = updateOrganization(db, acme.id, { slug: "acme-2" });
  assert.deepEqual([changed.slug, changed.name, changed.ownerId], ["acme-2", "Acme", ann.id]);
  assert.equal(findOrganizationBySlug(db, "acme"), undefined);
});

test("transferOwnership() makes a member the owner, and the owner before an admin", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  assert.throws(() => transferOwnership(db, orgId, { ownerId: bob.id }), { code: "NOT_FOUND" });
  addMember(db, { orgId, accountId: bob.id });
  assert.equal(transferOwnership(db, orgId, { ownerId: bob.id }).ownerId, bob.id);
  assert.equal(findMember(db, { orgId, accountId: bob.id })?.level, "owner");
  assert.equal(findMember(db, { orgId, accountId: ann.id })?.level, "admin");
});

test("members are added once, get another level, and go", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const member = { orgId, accountId: bob.id };
  assert.equal(addMember(db, member).level, "member");
  assert.throws(() => addMember(db, member), { code: "ALREADY_EXISTS" });
  assert.equal(setMemberLevel(db, { ...member, level: "admin" }).level, "admin");
  assert.throws(() => setMemberLevel(db, { ...member, level: "owner" } as never), TypeError);
  assert.equal(removeMember(db, member), true);
  assert.equal(removeMember(db, member), false);
  assert.throws(() => addMember(db, { orgId: "none", accountId: bob.id }), { code: "NOT_FOUND" });
});

test("an organisation keeps its owner: it is not removed, demoted or deleted", (t) => {
  const { db, ann } = system(t);
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const owner = { orgId, accountId: ann.id };
  assert.throws(() => removeMember(db, owner), { code: "OWNER_REQUIRED" });
  assert.throws(() => setMemberLevel(db, { ...owner, level: "admin" }), { code: "OWNER_REQUIRED" });
  assert.throws(() => deleteAccount(db, ann.id), { code: "OWNER_REQUIRED" });
  assert.equal(findMember(db, owner)?.level, "owner");
});

test("the triggers keep the owner also from who writes SQL", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  addMember(db, { orgId, accountId: bob.id });
  const sql = db.$client;
  assert.throws(() => sql.run("DELETE FROM org_members WHERE account_id = ?", [ann.id]), /org_members_owner/);
  assert.throws(
    () => sql.run("UPDATE org_members SET level = 'admin' WHERE account_id = ?", [ann.id]),
    /org_members_owner/,
  );
  assert.throws(
    () => sql.run("UPDATE org_members SET level = 'owner' WHERE account_id = ?", [bob.id]),
    /org_members_owner/,
  );
  assert.throws(() => sql.run("UPDATE organizations SET owner_id = 'nobody'"), /organizations_owner_is_member/);
  assert.throws(() => sql.run("DELETE FROM accounts WHERE id = ?", [ann.id]), { code: /^SQLITE_CONSTRAINT/ });
});

test("deleteOrganization() deletes it with its memberships, and keeps the log", (t) => {
  const { db, ann } = system(t);
  const { id } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  assert.equal(deleteOrganization(db, id), true);
  assert.equal(deleteOrganization(db, id), false);
  assert.deepEqual(listMemberships(db, ann.id), []);
  assert.deepEqual(actions(db, { orgId: id }), ["organization.created", "organization.deleted"]);
});

test("listOrganizations() gives pages, each once", (t) => {
  const { db, ann } = system(t);
  const slugs = Array.from({ length: 7 }, (_, i) => `org-${i}`);
  for (const slug of slugs) createOrganization(db, { slug, name: slug, ownerId: ann.id });
  const seen: string[] = [];
  let page = listOrganizations(db, { limit: 3 });
  while (page.length > 0) {
    seen.push(...page.map(({ slug }) => slug));
    page = listOrganizations(db, { limit: 3, after: page.at(-1)!.id });
  }
  assert.deepEqual(seen, slugs);
});

test("relations lead from an organisation to its owner, members and keys", (t) => {
  const { db, ann } = system(t);
  createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const found = db.query.organizations.findMany({ with: { owner: true, members: { with: { account: true } } } }).sync();
  assert.equal(found[0]?.owner.email, "ann@example.org");
  assert.equal(found[0]?.members[0]?.account.email, "ann@example.org");
});

test("after SIGKILL at any moment an organisation has its owner and its entry in the log, or is not there", async (t) => {
  const { db, path } = system(t);
  for (let round = 0; round < ROUNDS; round++) {
    const child = startChild(t, new URL("./child/organizations.ts", import.meta.url), [path, String(round)]);
    for (let line = 0; line < 1 + (round % 5); line++) await child.nextLine();
    child.kill();
    await child.waitExit();
  }
  const without = (rest: string) =>
    db.$client.values(`SELECT count(*) FROM organizations o WHERE NOT EXISTS (${rest})`);
  assert.ok(listOrganizations(db).length >= ROUNDS);
  assert.deepEqual(without("SELECT 1 FROM org_members WHERE org_id = o.id AND level = 'owner'"), [[0]]);
  assert.deepEqual(without("SELECT 1 FROM audit_logs WHERE org_id = o.id AND action = 'organization.created'"), [[0]]);
  assert.deepEqual(without("SELECT 1 FROM api_keys WHERE org_id = o.id"), [[0]]);
  const entries = db.$client.values("SELECT count(*) FROM audit_logs WHERE action = 'organization.created'");
  assert.deepEqual(entries, db.$client.values("SELECT count(*) FROM organizations"));
});
