import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  addMember,
  createAccount,
  createApiKey,
  createOrganization,
  getApiKey,
  listApiKeys,
  readAudit,
  removeMember,
  revokeApiKey,
  rotateApiKey,
  setAccountStatus,
  setApiKeyEnabled,
  verifyApiKey,
} from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { actions, system } from "./fixture.ts";

const HOUR_MS = 3_600_000;

test("createApiKey() gives a key that verifyApiKey() knows, with its owner, scopes and resources", (t) => {
  const { db, ann } = system(t);
  const resources = { "graph:1": ["read"] };
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id, name: "laptop", scopes: ["graphs:read"], resources });
  const verified = verifyApiKey(db, key);
  assert.ok(verified.ok);
  assert.deepEqual(verified.identity, { id: ann.id, scopes: ["graphs:read"], resources });
  assert.equal(verified.apiKey.id, apiKey.id);
  assert.match(key, /^alk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$/);
  assert.equal(apiKey.keyPrefix, key.slice(0, 16));
});

test("an identity is a copy: changing it changes no other one", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id, scopes: ["a"] });
  const first = verifyApiKey(db, key);
  assert.ok(first.ok);
  first.identity.scopes.push("admin");
  const second = verifyApiKey(db, key);
  assert.deepEqual(second.ok && second.identity.scopes, ["a"]);
});

test("a key is in the file by its SHA-256 only, and in nothing that is told of it", (t) => {
  const { db, path, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const verified = verifyApiKey(db, key);
  db.$client.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const secret = key.slice(17);
  const hash = db.$client.values("SELECT key_hash FROM api_keys")[0]![0] as string;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(readFileSync(path).includes(secret), false);
  const told = inspect([apiKey, verified, getApiKey(db, apiKey.id), [...readAudit(db)]], { depth: 9 });
  assert.equal(told.includes(secret) || told.includes(hash), false);
});

test("verifyApiKey() refuses whatever is no key as malformed", (t) => {
  const { db } = system(t);
  const malformed = { ok: false, reason: "malformed" };
  for (const key of [undefined, null, "", "alk_", `alk_${"a".repeat(12)}_${"a".repeat(44)}`, 5, {}]) {
    assert.deepEqual(verifyApiKey(db, key as string), malformed);
  }
  fc.assert(fc.property(fc.string(), (key) => assert.deepEqual(verifyApiKey(db, key), malformed)));
});

test("verifyApiKey() tells a wrong secret from no key to the audit log only", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const wrong = key.slice(0, -1) + (key.endsWith("a") ? "b" : "a");
  const unknown = { ok: false, reason: "unknown" };
  assert.deepEqual(verifyApiKey(db, wrong), unknown);
  assert.deepEqual(verifyApiKey(db, `alk_${"0".repeat(12)}_${"0".repeat(43)}`), unknown);
  const refused = [...readAudit(db, { action: "api_key.refused" })];
  assert.deepEqual(
    refused.map(({ resource, details }) => [resource, details]),
    [[`api_key:${apiKey.id}`, { reason: "wrong_secret" }]],
  );
});

test("verifyApiKey() refuses a key from the time at which it expires", (t) => {
  const { db, ann } = system(t);
  const expiresAt = Date.now() + HOUR_MS;
  const { key } = createApiKey(db, { ownerId: ann.id, expiresAt });
  assert.equal(verifyApiKey(db, key, { nowMs: expiresAt - 1 }).ok, true);
  assert.deepEqual(verifyApiKey(db, key, { nowMs: expiresAt }), { ok: false, reason: "expired" });
});

test("verifyApiKey() refuses a key that is disabled, until it is enabled again", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  setApiKeyEnabled(db, apiKey.id, { enabled: false });
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "disabled" });
  setApiKeyEnabled(db, apiKey.id, { enabled: true });
  assert.equal(verifyApiKey(db, key).ok, true);
});

test("verifyApiKey() refuses a key that is revoked", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  revokeApiKey(db, apiKey.id, { reason: "lost" });
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "revoked" });
});

test("verifyApiKey() refuses the keys of an account that is not active", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id });
  setAccountStatus(db, ann.id, { status: "suspended" });
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "account_inactive" });
});

test("a key for one organisation goes with the membership of its owner", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  assert.throws(() => createApiKey(db, { ownerId: bob.id, orgId }), { code: "NOT_FOUND" });
  addMember(db, { orgId, accountId: bob.id, level: "member" });
  const { key } = createApiKey(db, { ownerId: bob.id, orgId });
  assert.equal(verifyApiKey(db, key).ok, true);
  removeMember(db, { orgId, accountId: bob.id });
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "unknown" });
});

test("rotateApiKey() gives a key with the same rights, and the old one works on for the grace", (t) => {
  const { db, ann } = system(t);
  const old = createApiKey(db, { ownerId: ann.id, name: "ci", scopes: ["a"] });
  const { key, apiKey } = rotateApiKey(db, old.apiKey.id, { graceMs: HOUR_MS });
  const nowMs = Date.now();
  assert.deepEqual([apiKey.name, apiKey.scopes, apiKey.ownerId], ["ci", ["a"], ann.id]);
  assert.equal(verifyApiKey(db, key).ok, true);
  assert.equal(verifyApiKey(db, old.key).ok, true);
  assert.deepEqual(verifyApiKey(db, old.key, { nowMs: nowMs + HOUR_MS + 1 }), { ok: false, reason: "revoked" });
  assert.equal(getApiKey(db, old.apiKey.id).rotatedToId, apiKey.id);
});

test("rotateApiKey() refuses a key that is rotated, revoked, disabled or expired, and makes none", (t) => {
  const { db, ann } = system(t);
  const make = (expiresAt: number | null = null) => createApiKey(db, { ownerId: ann.id, expiresAt }).apiKey.id;
  const rotated = make();
  rotateApiKey(db, rotated, { graceMs: HOUR_MS });
  const revoked = make();
  revokeApiKey(db, revoked);
  const disabled = make();
  setApiKeyEnabled(db, disabled, { enabled: false });
  const expired = make(Date.now() + HOUR_MS);
  db.$client.run("UPDATE api_keys SET expires_at = 1 WHERE id = ?", [expired]);
  const before = listApiKeys(db).length;
  for (const [id, reason] of Object.entries({ rotated, revoked, disabled, expired }).map(
    ([r, id]) => [id, r] as const,
  )) {
    assert.throws(() => rotateApiKey(db, id), { code: "KEY_INACTIVE", details: { id, reason } });
  }
  assert.equal(listApiKeys(db).length, before);
});

test("verifyApiKey() writes the time of use once in touchEveryMs", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const nowMs = Date.now();
  const use = (atMs: number, touchEveryMs?: number | null) => {
    verifyApiKey(db, key, { nowMs: atMs, ...(touchEveryMs !== undefined && { touchEveryMs }) });
    return getApiKey(db, apiKey.id).lastUsedAt;
  };
  assert.equal(use(nowMs, null), null);
  assert.equal(use(nowMs), nowMs);
  assert.equal(use(nowMs + 59_999), nowMs);
  assert.equal(use(nowMs + 60_000), nowMs + 60_000);
  assert.equal(use(nowMs + 60_001, 0), nowMs + 60_001);
});

test("refusals of one key for one reason are kept once in auditRefusalsEveryMs", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  revokeApiKey(db, apiKey.id);
  const wrong = key.slice(0, -1) + (key.endsWith("a") ? "b" : "a");
  for (let i = 0; i < 20; i++) {
    verifyApiKey(db, key);
    verifyApiKey(db, wrong);
  }
  assert.equal(actions(db, { action: "api_key.refused" }).length, 2);
  verifyApiKey(db, key, { auditRefusalsEveryMs: null });
  verifyApiKey(db, key, { nowMs: Date.now() + HOUR_MS + 60_000 });
  assert.equal(actions(db, { action: "api_key.refused" }).length, 3);
});

test("every step of a key is in the audit log", (t) => {
  const { db, ann } = system(t);
  const actor = { type: "account", id: ann.id };
  const { apiKey } = createApiKey(db, { ownerId: ann.id, actor });
  setApiKeyEnabled(db, apiKey.id, { enabled: false, actor });
  setApiKeyEnabled(db, apiKey.id, { enabled: true, actor });
  const next = rotateApiKey(db, apiKey.id, { actor });
  revokeApiKey(db, next.apiKey.id, { actor });
  assert.deepEqual(actions(db, { action: "api_key.*", actorId: ann.id }), [
    "api_key.created",
    "api_key.disabled",
    "api_key.enabled",
    "api_key.created",
    "api_key.rotated",
    "api_key.revoked",
  ]);
});

test("a key that is made in a transaction which rolls back is none", (t) => {
  const { db, ann } = system(t);
  let key = "";
  assert.throws(() =>
    db.transaction((tx) => {
      key = createApiKey(tx, { ownerId: ann.id }).key;
      assert.equal(verifyApiKey(tx, key).ok, true);
      throw new Error("no");
    }),
  );
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "unknown" });
  assert.deepEqual(actions(db, { action: "api_key.*" }), []);
});

test("verifyApiKey() works while an async transaction is open, and writes nothing then", async (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  let finish = () => {};
  const wait = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const transaction = db.transaction(async () => wait);
  assert.equal(verifyApiKey(db, key).ok, true);
  finish();
  await transaction;
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, null);
  assert.equal(verifyApiKey(db, key).ok, true);
  assert.notEqual(getApiKey(db, apiKey.id).lastUsedAt, null);
});

test("verifyApiKey() works while another process holds the write lock", async (t) => {
  const { db, path, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const child = startChild(t, new URL("./child/hold-write-lock.ts", import.meta.url), [path]);
  assert.equal(await child.nextLine(), "held");
  assert.equal(verifyApiKey(db, key).ok, true);
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, null);
  child.send("let go");
  await child.waitExit();
  verifyApiKey(db, key);
  assert.notEqual(getApiKey(db, apiKey.id).lastUsedAt, null);
});

test("functions of keys refuse wrong input, and say what is wanted", (t) => {
  const { db, ann } = system(t);
  const ownerId = ann.id;
  assert.throws(() => createApiKey(db, { ownerId: "nobody" }), { code: "NOT_FOUND" });
  assert.throws(
    () => createApiKey(db, { ownerId, scope: [] } as never),
    /Unknown option "scope".*did you mean "scopes"/,
  );
  assert.throws(() => createApiKey(db, { ownerId, scopes: "all" as never }), TypeError);
  assert.throws(() => createApiKey(db, { ownerId, resources: { a: "read" } as never }), TypeError);
  assert.throws(() => createApiKey(db, { ownerId, expiresAt: Number.NaN }), RangeError);
  assert.throws(() => rotateApiKey(db, "nobody"), { code: "NOT_FOUND" });
  assert.throws(() => rotateApiKey(db, "x", { graceMs: -1 }), RangeError);
  assert.throws(() => verifyApiKey(db, "x", { touchEveryMs: -1 }), RangeError);
  assert.throws(
    () => verifyApiKey({} as never, "x"),
    /what createSystemDatabase\(\) returns, or a tx of it, is wanted/,
  );
});
