import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  createAccount,
  createOrganization,
  deleteAccount,
  deleteOrganization,
  findAccountByEmail,
  getAccount,
  listAccounts,
  readAudit,
  setAccountStatus,
  updateAccount,
} from "../../../src/sqlite/mod.ts";
import { actions, system } from "./fixture.ts";

test("createAccount() takes an address without regard to white space around it and to its form in Unicode", (t) => {
  const { db } = system(t);
  const { id, email } = createAccount(db, { email: " Re\u0301mi@Example.org\n" });
  assert.equal(email, "r\u00e9mi@example.org");
  for (const form of ["R\u00c9MI@example.org", "re\u0301mi@example.org", "\tr\u00e9mi@example.org"]) {
    assert.equal(findAccountByEmail(db, form)?.id, id);
    assert.throws(() => createAccount(db, { email: form }), { code: "ALREADY_EXISTS" });
  }
});

test("an account is found by its address as it is told, whatever that is", (t) => {
  const { db } = system(t);
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (local) => {
      const address = `${local.replaceAll(/[\s@\0]/gu, "")}a@example.org`;
      const { id, email } = findAccountByEmail(db, address) ?? createAccount(db, { email: address });
      assert.equal(findAccountByEmail(db, email)?.id, id);
      assert.equal(findAccountByEmail(db, address)?.id, id);
    }),
    { numRuns: 60 },
  );
});

test("createAccount() takes addresses of up to 254 characters", (t) => {
  const { db } = system(t);
  const domain = "@example.org";
  const longest = "a".repeat(254 - domain.length) + domain;
  assert.equal(createAccount(db, { email: longest }).email, longest);
  assert.throws(() => createAccount(db, { email: `a${longest}` }), { name: "TypeError" });
});

test("an address that is refused is not in the error", (t) => {
  const { db } = system(t);
  for (const email of ["ann smith@example.org", "ann@home@example.org"]) {
    assert.throws(
      () => createAccount(db, { email }),
      (error: unknown) =>
        error instanceof TypeError && !inspect(error).includes("ann smith") && !inspect(error).includes("home"),
    );
  }
});

test("the audit log holds no address and no name", (t) => {
  const { db, ann } = system(t);
  updateAccount(db, ann.id, { email: "ann@new.example", name: "Ann Smith" });
  setAccountStatus(db, ann.id, { status: "suspended" });
  deleteAccount(db, ann.id);
  const log = JSON.stringify([...readAudit(db)]);
  assert.doesNotMatch(log, /example|Smith|Ann/);
  const details = Array.from(readAudit(db), (entry) => entry.details);
  assert.deepEqual(details, [
    { accessLevel: "user", status: "active" },
    { changed: ["email", "name"] },
    { from: "active", to: "suspended" },
    null,
  ]);
});

test("who does something is in the log as it is given, and the system where nobody is", (t) => {
  const { db } = system(t);
  const actor = { type: "account", id: "root", credentialId: "key-1", credentialType: "api_key" };
  const { id } = createAccount(db, { email: "bob@example.org", actor });
  const [entry] = readAudit(db, { ownerId: id });
  assert.deepEqual(
    [entry?.actorType, entry?.actorId, entry?.credentialId, entry?.credentialType],
    ["account", "root", "key-1", "api_key"],
  );
  const [first] = readAudit(db);
  assert.deepEqual([first?.actorType, first?.actorId, first?.credentialId], ["system", null, null]);
});

test("updateAccount() exchanges the metadata, and keeps what it is not given", (t) => {
  const { db, ann } = system(t);
  updateAccount(db, ann.id, { metadata: { a: 1 } });
  const { metadata, email, name, accessLevel, createdAt } = updateAccount(db, ann.id, { metadata: { b: [null] } });
  assert.deepEqual(metadata, { b: [null] });
  assert.deepEqual(
    { email, name, accessLevel, createdAt },
    {
      email: ann.email,
      name: ann.name,
      accessLevel: ann.accessLevel,
      createdAt: ann.createdAt,
    },
  );
});

test("setAccountStatus() to what it is already changes nothing, the log neither", (t) => {
  const { db, ann } = system(t);
  assert.deepEqual(setAccountStatus(db, ann.id, { status: "active" }), ann);
  assert.deepEqual(actions(db), ["account.created"]);
});

test("deleteAccount() deletes an account once its organisation is gone", (t) => {
  const { db, ann } = system(t);
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  assert.throws(() => deleteAccount(db, ann.id), {
    code: "OWNER_REQUIRED",
    details: { accountId: ann.id, orgId },
  });
  deleteOrganization(db, orgId);
  assert.equal(deleteAccount(db, ann.id), true);
});

test("an address is free again once its account is deleted", (t) => {
  const { db, ann } = system(t);
  deleteAccount(db, ann.id);
  assert.notEqual(createAccount(db, { email: ann.email }).id, ann.id);
});

test("listAccounts() gives each account once, also while accounts are added and deleted between its pages", (t) => {
  const { db } = system(t);
  for (let i = 0; i < 9; i++) createAccount(db, { email: `${i}@example.org` });
  const wanted = listAccounts(db).map(({ id }) => id);
  const seen: string[] = [];
  let page = listAccounts(db, { limit: 3 });
  while (page.length > 0) {
    seen.push(...page.map(({ id }) => id));
    if (seen.length === 3) deleteAccount(db, seen[2]!);
    page = listAccounts(db, { limit: 3, after: seen.at(-1)! });
  }
  assert.deepEqual(seen, wanted);
});

test("listAccounts() gives those of one status", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org", status: "suspended" });
  assert.deepEqual(listAccounts(db, { status: "suspended" }), [bob]);
  assert.deepEqual(listAccounts(db, { status: "active" }), [ann]);
  assert.deepEqual(listAccounts(db, { status: "active", accessLevel: "admin" }), []);
});

test("functions of accounts refuse wrong input, and say what is wanted", (t) => {
  const { db, ann } = system(t);
  const email = "bob@example.org";
  assert.throws(() => createAccount(db, undefined as never), /the email must be/);
  assert.throws(() => createAccount(db, { email, accessLevel: "root" as never }), {
    name: "TypeError",
    message: 'Cannot create an account: accessLevel must be one of admin, user, service: received "root"',
  });
  assert.throws(() => createAccount(db, { email, status: null as never }), TypeError);
  assert.throws(() => createAccount(db, { email, name: "a\0" }), TypeError);
  for (const metadata of [[], new Map(), { at: new Date() }, { n: Number.POSITIVE_INFINITY }, "x", null]) {
    assert.throws(() => createAccount(db, { email, metadata: metadata as never }), { name: "TypeError" });
  }
  assert.throws(() => listAccounts(db, { status: "gone" as never }), TypeError);
  assert.throws(() => listAccounts(db, { after: 5 as never }), TypeError);
  assert.throws(() => listAccounts(db, { limit: Number.NaN }), RangeError);
  assert.throws(() => findAccountByEmail(db, "nobody"), TypeError);
  assert.throws(() => updateAccount(db, "nobody", { name: "x" }), { code: "NOT_FOUND" });
  assert.throws(() => updateAccount(db, ann.id, { status: "suspended" } as never), /Unknown option "status"/);
  assert.throws(() => setAccountStatus(db, "nobody", { status: "active" }), { code: "NOT_FOUND" });
  assert.throws(() => setAccountStatus(db, ann.id, undefined as never), TypeError);
  assert.throws(() => deleteAccount(db, ann.id, { force: true } as never), /Unknown option "force"/);
  assert.throws(() => getAccount(db, undefined as never), TypeError);
  assert.deepEqual(listAccounts(db), [ann]);
});

test("the table takes no account but in its form, whoever writes", (t) => {
  const { db } = system(t);
  for (const change of ["email = 'ann'", "email = ' ann@example.org'", "access_level = 'root'", "status = 'gone'"]) {
    assert.throws(() => db.$client.run(`UPDATE accounts SET ${change}`), { code: "SQLITE_CONSTRAINT_CHECK" });
  }
});
