import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import {
  createAccount,
  createTenantDatabase,
  deleteAccount,
  findAccountByEmail,
  getAccount,
  listAccounts,
  setAccountStatus,
  updateAccount,
} from "../../../src/sqlite/mod.ts";
import { temporaryPath } from "../../support/temporary.ts";
import { actions, system } from "./fixture.ts";

test("createAccount() makes an active user, and keeps that in the log", (t) => {
  const { db, ann } = system(t);
  assert.deepEqual([ann.email, ann.name, ann.accessLevel, ann.status], ["ann@example.org", "Ann", "user", "active"]);
  assert.deepEqual(getAccount(db, ann.id), ann);
  assert.deepEqual(actions(db, { ownerId: ann.id }), ["account.created"]);
});

test("an e-mail address is one whatever its case", (t) => {
  const { db, ann } = system(t);
  assert.equal(findAccountByEmail(db, "ANN@Example.org")?.id, ann.id);
  assert.throws(() => createAccount(db, { email: "Ann@example.ORG" }), { code: "ALREADY_EXISTS" });
  assert.throws(() => db.$client.run("INSERT INTO accounts (id, email) VALUES ('x', 'ANN@EXAMPLE.ORG')"), {
    code: "SQLITE_CONSTRAINT_UNIQUE",
  });
});

test("what says that an address is taken does not repeat it", (t) => {
  const { db } = system(t);
  assert.throws(
    () => createAccount(db, { email: "ann@example.org" }),
    (error: Error) => !error.message.includes("ann@"),
  );
});

for (const email of ["", "ann", "@example.org", "ann@", "a b@example.org", "ann@example.org\0", 5, undefined, null]) {
  test(`createAccount() refuses ${JSON.stringify(email)} as an address`, (t) => {
    const { db } = system(t);
    assert.throws(() => createAccount(db, { email: email as string }), { name: "TypeError" });
  });
}

test("updateAccount() changes what it is given, also the case of the own address", (t) => {
  const { db, ann } = system(t);
  const changed = updateAccount(db, ann.id, { email: "Ann@example.org", accessLevel: "admin" });
  assert.deepEqual(
    [changed.email.toLowerCase(), changed.name, changed.accessLevel],
    ["ann@example.org", "Ann", "admin"],
  );
  assert.ok(changed.updatedAt >= ann.updatedAt);
  assert.throws(() => updateAccount(db, ann.id, { accesslevel: "admin" } as never), /did you mean "accessLevel"/);
});

test("updateAccount() refuses the address of another account", (t) => {
  const { db, ann } = system(t);
  createAccount(db, { email: "bob@example.org" });
  assert.throws(() => updateAccount(db, ann.id, { email: "BOB@example.org" }), { code: "ALREADY_EXISTS" });
});

test("setAccountStatus() suspends, deactivates and activates", (t) => {
  const { db, ann } = system(t);
  for (const status of ["suspended", "deactivated", "active"] as const) {
    assert.equal(setAccountStatus(db, ann.id, { status }).status, status);
  }
  assert.throws(() => setAccountStatus(db, ann.id, { status: "gone" as never }), TypeError);
});

test("listAccounts() filters, and gives pages", (t) => {
  const { db, ann } = system(t);
  const bot = createAccount(db, { email: "bot@example.org", accessLevel: "service" });
  assert.deepEqual(listAccounts(db, { accessLevel: "service" }), [bot]);
  assert.deepEqual(listAccounts(db, { limit: 1 }), [ann]);
  assert.deepEqual(listAccounts(db, { limit: 1, after: ann.id }), [bot]);
  assert.throws(() => listAccounts(db, { limit: 0 }), RangeError);
});

test("deleteAccount() deletes an account that owns no organisation, and keeps the log", (t) => {
  const { db, ann } = system(t);
  assert.equal(deleteAccount(db, ann.id), true);
  assert.equal(deleteAccount(db, ann.id), false);
  assert.throws(() => getAccount(db, ann.id), { code: "NOT_FOUND" });
  assert.deepEqual(actions(db, { ownerId: ann.id }), ["account.created", "account.deleted"]);
});

test("functions of identity refuse what is no system database", (t) => {
  const client = open(temporaryPath(t));
  t.after(() => client.close());
  const tenant = createTenantDatabase(client);
  const wanted = /what createSystemDatabase\(\) returns, or a tx of it, is wanted/;
  for (const db of [tenant, client, {}, null, undefined, "system.db"]) {
    assert.throws(() => createAccount(db as never, { email: "a@b.c" }), { name: "TypeError", message: wanted });
  }
});

test("functions of identity say that the database is closed", (t) => {
  const { db } = system(t);
  db.$client.close();
  assert.throws(() => createAccount(db, { email: "bob@example.org" }), { code: "DATABASE_CLOSED" });
  assert.throws(() => listAccounts(db), { code: "DATABASE_CLOSED" });
});
