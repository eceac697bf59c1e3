import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import {
  addPeerCredential,
  appendAudit,
  createAccount,
  createApiKey,
  createOrganization,
  createSystemDatabase,
  createTenantDatabase,
  findAccountByEmail,
  getAccount,
  getApiKey,
  listAccounts,
  listMembers,
  listOrganizations,
  readAudit,
  rotateApiKey,
  type SystemTransaction,
  systemSchema,
  verifyApiKey,
  verifyPeer,
} from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { openJsonBinding } from "../../support/json-binding.ts";
import { temporaryPath } from "../../support/temporary.ts";
import { actions, system } from "./fixture.ts";

const OPEN = { code: "TRANSACTION_OPEN" };
const FINISHED = { code: "TRANSACTION_FINISHED" };
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXipLAm60xQTMTJhSJkaCf1BrDJPmf4gF9Tsm4UhPef";

test("functions of identity are part of the transaction that they are given, with what else is written", (t) => {
  const { db, ann } = system(t);
  db.transaction((tx) => {
    const { id } = createOrganization(tx, { slug: "acme", name: "Acme", ownerId: ann.id });
    tx.update(systemSchema.organizations).set({ name: "Acme Inc." }).run();
    tx.$honkerTx.notify("organizations", { id });
  });
  assert.equal(listOrganizations(db)[0]?.name, "Acme Inc.");
});

test("what is done in a nested transaction is undone with that alone", (t) => {
  const { db, ann } = system(t);
  db.transaction((tx) => {
    createAccount(tx, { email: "bob@example.org" });
    assert.throws(() =>
      tx.transaction((nested) => {
        createOrganization(nested, { slug: "acme", name: "Acme", ownerId: ann.id });
        throw new Error("no");
      }),
    );
    tx.transaction((nested) => createOrganization(nested, { slug: "other", name: "Other", ownerId: ann.id }));
  });
  assert.deepEqual(
    listOrganizations(db).map(({ slug }) => slug),
    ["other"],
  );
  assert.deepEqual(actions(db), ["account.created", "account.created", "organization.created"]);
});

test("a function that fails undoes itself alone, and the transaction goes on", (t) => {
  const { db, ann } = system(t);
  db.$client.run(`CREATE TRIGGER no_organizations BEFORE INSERT ON audit_logs WHEN NEW.action = 'organization.created'
    BEGIN SELECT RAISE(ABORT, 'no entry'); END`);
  db.transaction((tx) => {
    createAccount(tx, { email: "bob@example.org" });
    assert.throws(() => createOrganization(tx, { slug: "acme", name: "Acme", ownerId: ann.id }), /no entry/);
    createAccount(tx, { email: "carl@example.org" });
  });
  assert.deepEqual(listOrganizations(db), []);
  assert.equal(listAccounts(db).length, 3);
  assert.throws(() => createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id }), /no entry/);
  assert.deepEqual(db.$client.values("SELECT count(*) FROM org_members"), [[0]]);
});

test("a function whose entry can't be written does nothing", (t) => {
  const { db, ann } = system(t);
  const { apiKey } = createApiKey(db, { ownerId: ann.id });
  db.$client.run("CREATE TRIGGER full BEFORE INSERT ON audit_logs BEGIN SELECT RAISE(ABORT, 'no entry'); END");
  const tables = ["accounts", "organizations", "org_members", "api_keys", "peer_credentials", "audit_logs"];
  const state = () => tables.map((table) => db.$client.values(`SELECT * FROM ${table}`));
  const before = state();
  assert.throws(() => createAccount(db, { email: "bob@example.org" }), /no entry/);
  assert.throws(() => createApiKey(db, { ownerId: ann.id }), /no entry/);
  assert.throws(() => rotateApiKey(db, apiKey.id), /no entry/);
  assert.throws(() => addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY }), /no entry/);
  assert.deepEqual(state(), before);
});

test("a write outside is refused while a transaction is open, and reads see what is committed", async (t) => {
  const { db } = system(t);
  const outside = () => {
    assert.throws(() => createAccount(db, { email: "x@example.org" }), OPEN);
    assert.throws(() => appendAudit(db, { action: "x", actorType: "system" }), OPEN);
    assert.equal(findAccountByEmail(db, "bob@example.org"), undefined);
    assert.deepEqual(actions(db), ["account.created"]);
  };
  const done = db.transaction(async (tx) => {
    createAccount(tx, { email: "bob@example.org" });
    await Promise.resolve();
    outside();
    createAccount(tx, { email: "carl@example.org" });
  });
  outside();
  await done;
  assert.equal(listAccounts(db).length, 3);
});

test("the outer transaction is not written to while a nested one is open", (t) => {
  const { db } = system(t);
  db.transaction((tx) => {
    tx.transaction((nested) => {
      createAccount(nested, { email: "bob@example.org" });
      assert.throws(() => createAccount(tx, { email: "carl@example.org" }), OPEN);
    });
    createAccount(tx, { email: "carl@example.org" });
  });
  assert.equal(listAccounts(db).length, 3);
});

test("a transaction that is over is refused by every function", (t) => {
  const { db, ann } = system(t);
  let over: SystemTransaction | undefined;
  const kept = db.transaction((tx) => {
    over = tx;
    return readAudit(tx);
  });
  assert.throws(() => createAccount(over!, { email: "x@example.org" }), FINISHED);
  assert.throws(() => getAccount(over!, ann.id), FINISHED);
  assert.throws(() => verifyApiKey(over!, `alk_${"0".repeat(12)}_${"0".repeat(43)}`), FINISHED);
  assert.throws(() => kept.next(), FINISHED);
});

test("a database that is closed is named as such by every kind of function", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id });
  const { fingerprint } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY });
  const entries = readAudit(db);
  db.$client.close();
  const closed = { code: "DATABASE_CLOSED" };
  assert.throws(() => verifyApiKey(db, key), closed);
  assert.throws(() => verifyPeer(db, fingerprint), closed);
  assert.throws(() => appendAudit(db, { action: "x", actorType: "system" }), closed);
  assert.throws(() => createOrganization(db, { slug: "a", name: "A", ownerId: ann.id }), closed);
  assert.throws(() => entries.next(), closed);
});

test("every kind of function refuses what is no system database, before it looks at anything", (t) => {
  const client = open(temporaryPath(t));
  t.after(() => client.close());
  const tenant = createTenantDatabase(client);
  const refusal = (received: string) => ({
    name: "TypeError",
    message: new RegExp(`what createSystemDatabase\\(\\) returns, or a tx of it, is wanted: received ${received}$`),
  });
  const without = refusal("a database without the tables of identity");
  for (const [db, wanted] of [
    [tenant, without],
    [{}, refusal("object")],
    [null, refusal("null")],
    [client, refusal("object")],
  ] as const) {
    assert.throws(() => getAccount(db as never, "x"), wanted);
    assert.throws(() => listOrganizations(db as never), wanted);
    assert.throws(() => verifyApiKey(db as never, "x"), wanted);
    assert.throws(() => verifyPeer(db as never, "x"), wanted);
    assert.throws(() => readAudit(db as never), wanted);
    assert.throws(() => appendAudit(db as never, { action: "x", actorType: "system" }), wanted);
  }
  tenant.transaction((tx) => assert.throws(() => createAccount(tx as never, { email: "a@example.org" }), without));
});

test("two processes that make organisations and keys at once make all of them", async (t) => {
  const { db, path, ann } = system(t);
  const script = new URL("./child/write.ts", import.meta.url);
  const children = ["a", "b"].map((name) => startChild(t, script, [path, name, "10"]));
  for (const child of children) assert.equal(await child.nextLine(), "ready");
  for (const child of children) child.send("go");
  for (const child of children) assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
  assert.equal(listOrganizations(db).length, 20);
  for (const { id, ownerId } of listOrganizations(db)) {
    assert.deepEqual(
      listMembers(db, id).map(({ accountId, level }) => [accountId, level]),
      [[ownerId, "owner"]],
    );
  }
  const order = Array.from(readAudit(db), ({ createdAt }) => createdAt);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.equal(actions(db, { action: "organization.created", ownerId: ann.id }).length, 20);
});

test("of two processes that want one slug one gets it, and the other is told", async (t) => {
  const { db, path } = system(t);
  const script = new URL("./child/write.ts", import.meta.url);
  const children = ["same", "same"].map((name) => startChild(t, script, [path, name, "1"]));
  for (const child of children) assert.equal(await child.nextLine(), "ready");
  for (const child of children) child.send("go");
  const said = await Promise.all(children.map((child) => child.nextLine()));
  assert.deepEqual(said.sort(), ["ALREADY_EXISTS", "made"]);
  assert.equal(listOrganizations(db).length, 1);
});

test("identity on the native binding is as on ours", (t) => {
  const client = openJsonBinding(temporaryPath(t));
  t.after(() => client.close?.());
  const db = createSystemDatabase(client);
  const ann = createAccount(db, { email: "ann@example.org", metadata: { a: [1, null, 2 ** 40] } });
  assert.deepEqual(getAccount(db, ann.id), ann);
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const nowMs = Date.now();
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id, orgId, expiresAt: nowMs + 60_000 });
  const verified = verifyApiKey(db, key, { nowMs });
  assert.deepEqual(verified.ok && verified.identity, { id: ann.id, scopes: [] });
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, nowMs);
  assert.deepEqual(verifyApiKey(db, key, { nowMs: nowMs + 60_000 }), { ok: false, reason: "expired" });
  rotateApiKey(db, apiKey.id);
  assert.throws(() => createAccount(db, { email: "ANN@example.org" }), { code: "ALREADY_EXISTS" });
  assert.throws(() =>
    db.transaction((tx) => {
      createAccount(tx, { email: "bob@example.org" });
      throw new Error("no");
    }),
  );
  assert.equal(listAccounts(db, { limit: 5 }).length, 1);
  const kept = Array.from(readAudit(db, { orgId, from: nowMs - 60_000, batchSize: 2 }), ({ action }) => action);
  assert.deepEqual(kept, [
    "organization.created",
    "api_key.created",
    "api_key.refused",
    "api_key.created",
    "api_key.rotated",
  ]);
});
