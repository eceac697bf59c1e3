import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addMember,
  createAccount,
  createApiKey,
  createOrganization,
  deleteAccount,
  findMember,
  getOrganization,
  listApiKeys,
  listMembers,
  listMemberships,
  listOrganizations,
  readAudit,
  removeMember,
  setMemberLevel,
  transferOwnership,
  updateOrganization,
} from "../../../src/sqlite/mod.ts";
import type { TestScope } from "../../support/temporary.ts";
import { actions, system } from "./fixture.ts";

/** Acme, which Ann owns and Bob is a member of; Carl is none. */
function acme(t: TestScope) {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const carl = createAccount(db, { email: "carl@example.org" });
  const { id: orgId } = createOrganization(db, { id: "acme", slug: "acme", name: "Acme", ownerId: ann.id });
  addMember(db, { orgId, accountId: bob.id });
  return { db, orgId, ann, bob, carl };
}

test("addMember() makes a member, or an admin where that is asked for", (t) => {
  const { db, orgId, carl } = acme(t);
  const member = addMember(db, { orgId, accountId: carl.id, level: "admin" });
  assert.deepEqual([member.orgId, member.accountId, member.level], [orgId, carl.id, "admin"]);
  assert.deepEqual(findMember(db, { orgId, accountId: carl.id }), member);
});

test("addMember() refuses the level owner, and an account that is none", (t) => {
  const { db, orgId, carl } = acme(t);
  assert.throws(() => addMember(db, { orgId, accountId: carl.id, level: "owner" as never }), {
    name: "TypeError",
    message: 'Cannot add a member: level must be one of admin, member: received "owner"',
  });
  assert.throws(() => addMember(db, { orgId, accountId: "nobody" }), { code: "NOT_FOUND" });
  assert.equal(listMembers(db, orgId).length, 2);
});

test("setMemberLevel() refuses who is no member", (t) => {
  const { db, orgId, carl } = acme(t);
  assert.throws(() => setMemberLevel(db, { orgId, accountId: carl.id, level: "admin" }), { code: "NOT_FOUND" });
});

test("what changes nothing is not in the log", (t) => {
  const { db, orgId, ann, bob, carl } = acme(t);
  const before = actions(db);
  setMemberLevel(db, { orgId, accountId: bob.id, level: "member" });
  removeMember(db, { orgId, accountId: carl.id });
  transferOwnership(db, orgId, { ownerId: ann.id });
  assert.deepEqual(actions(db), before);
});

test("every step of a membership is in the log of its organisation and its account", (t) => {
  const { db, orgId, bob } = acme(t);
  const member = { orgId, accountId: bob.id, actor: { type: "account", id: "root" } };
  setMemberLevel(db, { ...member, level: "admin" });
  removeMember(db, member);
  const entries = [...readAudit(db, { orgId, ownerId: bob.id })];
  assert.deepEqual(
    entries.map(({ action, actorId, details }) => [action, actorId, details]),
    [
      ["member.added", null, { level: "member" }],
      ["member.level_changed", "root", { from: "member", to: "admin" }],
      ["member.removed", "root", { level: "admin" }],
    ],
  );
});

test("removeMember() takes the keys for that organisation with it, and no others", (t) => {
  const { db, orgId, ann, bob } = acme(t);
  const { id: other } = createOrganization(db, { slug: "other", name: "Other", ownerId: bob.id });
  createApiKey(db, { ownerId: bob.id, orgId });
  const kept = [{ ownerId: bob.id, orgId: other }, { ownerId: bob.id }, { ownerId: ann.id, orgId }].map(
    (key) => createApiKey(db, key).apiKey.id,
  );
  removeMember(db, { orgId, accountId: bob.id });
  assert.deepEqual(
    listApiKeys(db).map(({ id }) => id),
    kept,
  );
});

test("deleteAccount() takes a member out of its organisations", (t) => {
  const { db, orgId, ann, bob } = acme(t);
  deleteAccount(db, bob.id);
  assert.deepEqual(
    listMembers(db, orgId).map(({ accountId }) => accountId),
    [ann.id],
  );
});

test("transferOwnership() keeps the keys of both owners, and lets the one before go", (t) => {
  const { db, orgId, ann, bob } = acme(t);
  createApiKey(db, { ownerId: ann.id, orgId });
  createApiKey(db, { ownerId: bob.id, orgId });
  transferOwnership(db, orgId, { ownerId: bob.id });
  assert.equal(listApiKeys(db, { orgId }).length, 2);
  assert.equal(removeMember(db, { orgId, accountId: ann.id }), true);
  assert.equal(deleteAccount(db, ann.id), true);
  const [entry] = readAudit(db, { action: "organization.transferred" });
  assert.deepEqual(entry?.details, { from: ann.id, to: bob.id });
});

test("transferOwnership() refuses an organisation that is none", (t) => {
  const { db, ann } = acme(t);
  assert.throws(() => transferOwnership(db, "none", { ownerId: ann.id }), { code: "NOT_FOUND" });
});

test("updateOrganization() refuses what another one has, and takes its own again", (t) => {
  const { db, orgId, ann } = acme(t);
  createOrganization(db, { slug: "other", name: "Other", ownerId: ann.id });
  assert.throws(() => updateOrganization(db, orgId, { slug: "other" }), { code: "ALREADY_EXISTS" });
  assert.throws(() => updateOrganization(db, orgId, { name: "Other" }), { code: "ALREADY_EXISTS" });
  assert.throws(() => updateOrganization(db, orgId, { slug: "No" }), TypeError);
  assert.throws(() => updateOrganization(db, orgId, { name: " " }), TypeError);
  assert.throws(() => updateOrganization(db, orgId, { ownerId: ann.id } as never), /Unknown option "ownerId"/);
  assert.throws(() => updateOrganization(db, "none", { name: "None" }), { code: "NOT_FOUND" });
  const renamed = updateOrganization(db, orgId, { slug: "acme", name: "Acme Inc.", metadata: { plan: "pro" } });
  assert.deepEqual([renamed.slug, renamed.name, renamed.metadata], ["acme", "Acme Inc.", { plan: "pro" }]);
});

test("listMembers() and listMemberships() give pages, each once", (t) => {
  const { db, orgId, bob } = acme(t);
  for (let i = 0; i < 5; i++) addMember(db, { orgId, accountId: createAccount(db, { email: `${i}@example.org` }).id });
  const all = listMembers(db, orgId);
  const [first] = listMembers(db, orgId, { limit: 1 });
  assert.deepEqual([first, ...listMembers(db, orgId, { after: first!.id })], all);
  assert.equal(new Set(all.map(({ id }) => id)).size, 7);
  assert.deepEqual(listMemberships(db, bob.id, { limit: 5 }), [findMember(db, { orgId, accountId: bob.id })]);
  assert.deepEqual(listMembers(db, "none"), []);
});

test("listOrganizations() gives those of one owner", (t) => {
  const { db, orgId, ann, bob } = acme(t);
  const other = createOrganization(db, { slug: "other", name: "Other", ownerId: bob.id });
  assert.deepEqual(listOrganizations(db, { ownerId: bob.id }), [other]);
  assert.deepEqual(listOrganizations(db, { ownerId: ann.id }), [getOrganization(db, orgId)]);
});

test("functions of members refuse wrong input, and say what is wanted", (t) => {
  const { db, orgId, bob } = acme(t);
  const member = { orgId, accountId: bob.id };
  assert.throws(() => addMember(db, undefined as never), /the orgId must be/);
  assert.throws(() => addMember(db, { orgid: orgId, accountId: bob.id } as never), /did you mean "orgId"/);
  assert.throws(() => removeMember(db, { ...member, level: "member" } as never), /Unknown option "level"/);
  assert.throws(() => removeMember(db, { orgId, accountId: null as never }), TypeError);
  assert.throws(() => removeMember(db, { ...member, actor: "root" as never }), /actor must be an object/);
  assert.throws(() => removeMember(db, { ...member, actor: { type: "" } }), /type of the actor/);
  assert.throws(
    () => removeMember(db, { ...member, actor: { type: "account", ID: "x" } as never }),
    /Unknown option "ID"/,
  );
  assert.throws(() => removeMember(db, { ...member, actor: { type: "account", id: 5 as never } }), TypeError);
  assert.throws(() => listMembers(db, orgId, { limit: 0 }), RangeError);
  assert.equal(listMembers(db, orgId).length, 2);
});

/** What would leave acme with another owner than its members say, with `:owner` and `:member` for the ids of their rows. */
const FORGERIES: Readonly<Record<string, string>> = {
  "a second owner": "INSERT INTO org_members (id, org_id, account_id, level) VALUES ('new', 'acme', :carl, 'owner')",
  "a second owner by INSERT OR IGNORE":
    "INSERT OR IGNORE INTO org_members (id, org_id, account_id, level) VALUES ('new', 'acme', :carl, 'owner')",
  "the owner as another member by INSERT OR REPLACE":
    "INSERT OR REPLACE INTO org_members (id, org_id, account_id, level) VALUES ('new', 'acme', :ann, 'member')",
  "a member in the owner's row by INSERT OR REPLACE":
    "INSERT OR REPLACE INTO org_members (id, org_id, account_id, level) VALUES (:owner, 'acme', :carl, 'member')",
  "a member in the owner's row by INSERT OR REPLACE with its rowid":
    "INSERT OR REPLACE INTO org_members (rowid, id, org_id, account_id, level) SELECT rowid, 'new', 'acme', :carl, 'member' FROM org_members WHERE id = :owner",
  "a member in the owner's row by UPDATE OR REPLACE":
    "UPDATE OR REPLACE org_members SET id = :owner WHERE id = :member",
  "a member in the owner's row by UPDATE OR REPLACE with its rowid":
    "UPDATE OR REPLACE org_members SET rowid = (SELECT rowid FROM org_members WHERE id = :owner) WHERE id = :member",
  "a membership of the owner that becomes another's": "UPDATE org_members SET account_id = :carl WHERE id = :owner",
  "a membership of the owner that becomes another's by level, too":
    "UPDATE org_members SET account_id = :carl, level = 'member' WHERE id = :owner",
  "a membership of the owner that moves": "UPDATE org_members SET org_id = 'other' WHERE id = :owner",
  "a member that takes the place of the owner":
    "UPDATE OR REPLACE org_members SET account_id = :ann WHERE id = :member",
  "an organisation that is renamed under its members": "UPDATE organizations SET id = 'other' WHERE id = 'acme'",
  "an owner who is no member": "UPDATE organizations SET owner_id = :carl WHERE id = 'acme'",
  "an account that is deleted while it owns": "DELETE FROM accounts WHERE id = :ann",
  "an account that is replaced while it owns":
    "INSERT OR REPLACE INTO accounts (id, email) VALUES (:ann, 'x@example.org')",
  "an account that is replaced by its address while it owns":
    "INSERT OR REPLACE INTO accounts (id, email) VALUES ('new', 'ann@example.org')",
};
for (const [what, sql] of Object.entries(FORGERIES)) {
  test(`the file refuses ${what} from who writes SQL`, (t) => {
    const { db, orgId, ann, bob, carl } = acme(t);
    const ids: Record<string, string> = { ann: ann.id, carl: carl.id };
    ids.owner = findMember(db, { orgId, accountId: ann.id })!.id;
    ids.member = findMember(db, { orgId, accountId: bob.id })!.id;
    const before = listMembers(db, orgId);
    const text = sql.replaceAll(/:(\w+)/g, (_, name: string) => `'${ids[name]}'`);
    assert.throws(() => db.$client.run(text), { code: /^SQLITE_CONSTRAINT/ });
    assert.deepEqual(listMembers(db, orgId), before);
  });
}

test("an organisation that is replaced by SQL has its new owner as its one owner", (t) => {
  const { db, orgId, carl } = acme(t);
  db.$client.run("INSERT OR REPLACE INTO organizations (id, slug, name, owner_id) VALUES ('acme', 'a', 'A', ?)", [
    carl.id,
  ]);
  assert.deepEqual(
    listMembers(db, orgId).map(({ accountId, level }) => [accountId, level]),
    [[carl.id, "owner"]],
  );
});

test("the membership that the file adds has an id as all others", (t) => {
  const { db, orgId, ann } = acme(t);
  const { id } = findMember(db, { orgId, accountId: ann.id })!;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const ms = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  assert.ok(Math.abs(ms - Date.now()) < 60_000);
});
