import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  addMember,
  createAccount,
  createApiKey,
  createOrganization,
  deleteAccount,
  deleteOrganization,
  getApiKey,
  listApiKeys,
  readAudit,
  revokeApiKey,
  rotateApiKey,
  setAccountStatus,
  setApiKeyEnabled,
  verifyApiKey,
} from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { actions, system } from "./fixture.ts";

const HOUR_MS = 3_600_000;
const UNKNOWN = { ok: false, reason: "unknown" };

/** `key` with another last character. */
const spoiled = (key: string) => key.slice(0, -1) + (key.endsWith("a") ? "b" : "a");

test("verifyApiKey() refuses a key of which one character is another, or is left out or put in", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id });
  const place = fc.nat(key.length - 1);
  const character = fc.constantFrom(..."0aZ_-. \0é\n");
  const change = fc.constantFrom<"exchange" | "leave out" | "put in">("exchange", "leave out", "put in");
  fc.assert(
    fc.property(place, character, change, (at, other, how) => {
      const before = key.slice(0, at);
      const changed = before + (how === "leave out" ? "" : other) + key.slice(how === "put in" ? at : at + 1);
      fc.pre(changed !== key);
      const verified = verifyApiKey(db, changed, { auditRefusalsEveryMs: null });
      const isFormed = /^alk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$/.test(changed) && !changed.endsWith("\n");
      assert.deepEqual(verified, { ok: false, reason: isFormed ? "unknown" : "malformed" });
    }),
  );
});

test("what state a key is in learns only who has all of it", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  setApiKeyEnabled(db, apiKey.id, { enabled: false });
  assert.deepEqual(verifyApiKey(db, spoiled(key)), UNKNOWN);
  revokeApiKey(db, apiKey.id);
  assert.deepEqual(verifyApiKey(db, spoiled(key)), UNKNOWN);
});

test("of several reasons the one that holds for good is told", (t) => {
  const { db, ann } = system(t);
  const expiresAt = Date.now() + HOUR_MS;
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id, expiresAt });
  const reason = () => {
    const verified = verifyApiKey(db, key, { nowMs: expiresAt });
    return verified.ok ? undefined : verified.reason;
  };
  setAccountStatus(db, ann.id, { status: "deactivated" });
  assert.equal(reason(), "expired");
  setApiKeyEnabled(db, apiKey.id, { enabled: false });
  assert.equal(reason(), "disabled");
  revokeApiKey(db, apiKey.id);
  assert.equal(reason(), "revoked");
});

test("the keys of an account work again when it is active again", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id });
  for (const status of ["suspended", "deactivated"] as const) {
    setAccountStatus(db, ann.id, { status });
    assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "account_inactive" });
    setAccountStatus(db, ann.id, { status: "active" });
    assert.equal(verifyApiKey(db, key).ok, true);
  }
});

test("the keys of an account go with it, and those for one organisation with that", (t) => {
  const { db, ann } = system(t);
  const bob = createAccount(db, { email: "bob@example.org" });
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  addMember(db, { orgId, accountId: bob.id });
  const [all, one, bobs] = [
    createApiKey(db, { ownerId: ann.id }),
    createApiKey(db, { ownerId: ann.id, orgId }),
    createApiKey(db, { ownerId: bob.id, orgId }),
  ];
  deleteAccount(db, bob.id);
  assert.deepEqual(verifyApiKey(db, bobs.key), UNKNOWN);
  deleteOrganization(db, orgId);
  assert.deepEqual(verifyApiKey(db, one.key), UNKNOWN);
  assert.equal(verifyApiKey(db, all.key).ok, true);
});

test("the lists of resources in an identity are copies, and none is there where the key has none", (t) => {
  const { db, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id, resources: { "graph:1": ["read"] } });
  const first = verifyApiKey(db, key);
  assert.ok(first.ok);
  first.identity.resources!["graph:1"]!.push("write");
  first.identity.resources!["graph:2"] = ["read"];
  assert.deepEqual(first.apiKey.resources, { "graph:1": ["read"] });
  const second = verifyApiKey(db, key);
  assert.deepEqual(second.ok && second.identity.resources, { "graph:1": ["read"] });
  const without = verifyApiKey(db, createApiKey(db, { ownerId: ann.id }).key);
  assert.deepEqual(without.ok && Object.keys(without.identity), ["id", "scopes"]);
});

test("createApiKey() refuses resources that JSON would make nothing of", (t) => {
  const { db, ann } = system(t);
  const lists = [new Map([["graph:1", ["read"]]]), ["graph:1"], new Date(), "graph:1"];
  for (const resources of lists) {
    assert.throws(() => createApiKey(db, { ownerId: ann.id, resources: resources as never }), {
      name: "TypeError",
      message: /resources must be an object/,
    });
  }
  const wrong = [
    { graph: ["read"] },
    { ":1": ["read"] },
    { "graph:": ["read"] },
    { "graph:1": [5] },
    { "graph:1": [""] },
  ];
  for (const resources of wrong) {
    assert.throws(() => createApiKey(db, { ownerId: ann.id, resources: resources as never }), TypeError);
  }
  assert.deepEqual(listApiKeys(db), []);
});

test("verifyApiKey() does not put the time of use back", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const nowMs = Date.now();
  verifyApiKey(db, key, { nowMs });
  verifyApiKey(db, key, { nowMs: nowMs - HOUR_MS, touchEveryMs: 0 });
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, nowMs);
});

test("times are whole numbers in the file", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id, expiresAt: Date.now() + HOUR_MS });
  verifyApiKey(db, key);
  rotateApiKey(db, apiKey.id, { graceMs: HOUR_MS });
  const columns = ["created_at", "updated_at", "expires_at", "revoked_at", "last_used_at"];
  const types = columns.map((column) => `typeof(${column})`).join();
  assert.deepEqual(db.$client.values(`SELECT ${types} FROM api_keys WHERE id = ?`, [apiKey.id]), [
    columns.map(() => "integer"),
  ]);
});

test("a refusal does not count as use", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  verifyApiKey(db, spoiled(key));
  setApiKeyEnabled(db, apiKey.id, { enabled: false });
  verifyApiKey(db, key);
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, null);
});

test("what verifyApiKey() writes in a transaction goes with it", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  assert.throws(() =>
    db.transaction((tx) => {
      assert.equal(verifyApiKey(tx, key).ok, true);
      verifyApiKey(tx, spoiled(key));
      assert.notEqual(getApiKey(tx, apiKey.id).lastUsedAt, null);
      throw new Error("no");
    }),
  );
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, null);
  assert.deepEqual(actions(db, { action: "api_key.refused" }), []);
});

test("a refusal while another process holds the write lock is told at once, and not kept", async (t) => {
  const { db, path, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  revokeApiKey(db, apiKey.id);
  const child = startChild(t, new URL("./child/hold-write-lock.ts", import.meta.url), [path]);
  assert.equal(await child.nextLine(), "held");
  assert.deepEqual(verifyApiKey(db, key), { ok: false, reason: "revoked" });
  assert.deepEqual(actions(db, { action: "api_key.refused" }), []);
  child.send("let go");
  await child.waitExit();
  verifyApiKey(db, key);
  assert.deepEqual(actions(db, { action: "api_key.refused" }), ["api_key.refused"]);
});

test("the time to wait for a lock is what it was after a verification that wrote", (t) => {
  const { db, ann } = system(t);
  const busyTimeout = () => db.$client.values("PRAGMA busy_timeout");
  const { key } = createApiKey(db, { ownerId: ann.id });
  const before = busyTimeout();
  verifyApiKey(db, key);
  verifyApiKey(db, spoiled(key));
  assert.deepEqual(busyTimeout(), before);
  assert.notDeepEqual(before, [[0]]);
});

test("verifyApiKey() answers where the file refuses what it writes", (t) => {
  const { db, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  db.$client.run("CREATE TRIGGER no_use BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'no'); END");
  assert.equal(verifyApiKey(db, key).ok, true);
  assert.equal(getApiKey(db, apiKey.id).lastUsedAt, null);
});

test("a key that one process revokes is refused by the other at once", async (t) => {
  const { db, path, ann } = system(t);
  const { key, apiKey } = createApiKey(db, { ownerId: ann.id });
  const child = startChild(t, new URL("./child/verify.ts", import.meta.url), [path, key]);
  assert.equal(await child.nextLine(), "true");
  revokeApiKey(db, apiKey.id);
  child.send("again");
  assert.equal(await child.nextLine(), "revoked");
});

test("rotateApiKey() keeps the time at which the old key expires, unless it is told another", (t) => {
  const { db, ann } = system(t);
  const expiresAt = Date.now() + HOUR_MS;
  const make = () => createApiKey(db, { ownerId: ann.id, expiresAt }).apiKey.id;
  assert.equal(rotateApiKey(db, make()).apiKey.expiresAt, expiresAt);
  assert.equal(rotateApiKey(db, make(), { expiresAt: null }).apiKey.expiresAt, null);
  assert.equal(rotateApiKey(db, make(), { expiresAt: expiresAt + 1 }).apiKey.expiresAt, expiresAt + 1);
});

test("rotateApiKey() hands on the organisation, resources and metadata, and refuses the old key from the end of the grace", (t) => {
  const { db, ann } = system(t);
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const rest = { orgId, resources: { "graph:1": ["read"] }, metadata: { team: "a" } };
  const old = createApiKey(db, { ownerId: ann.id, ...rest });
  const { apiKey } = rotateApiKey(db, old.apiKey.id, { graceMs: HOUR_MS });
  assert.deepEqual({ orgId: apiKey.orgId, resources: apiKey.resources, metadata: apiKey.metadata }, rest);
  const { revokedAt } = getApiKey(db, old.apiKey.id);
  assert.equal(verifyApiKey(db, old.key, { nowMs: revokedAt! - 1 }).ok, true);
  assert.deepEqual(verifyApiKey(db, old.key, { nowMs: revokedAt! }), { ok: false, reason: "revoked" });
});

test("revokeApiKey() ends the grace of a key that was rotated, and keeps the first revocation of another", (t) => {
  const { db, ann } = system(t);
  const old = createApiKey(db, { ownerId: ann.id });
  rotateApiKey(db, old.apiKey.id, { graceMs: HOUR_MS });
  const revoked = revokeApiKey(db, old.apiKey.id, { reason: "leaked" });
  assert.deepEqual(verifyApiKey(db, old.key), { ok: false, reason: "revoked" });
  assert.deepEqual(revokeApiKey(db, old.apiKey.id), revoked);
  const entries = [...readAudit(db, { action: "api_key.revoked" })];
  assert.deepEqual(
    entries.map(({ details }) => details),
    [{ reason: "leaked" }],
  );
});

test("listApiKeys() gives those of one owner or organisation, in pages", (t) => {
  const { db, ann } = system(t);
  const { id: orgId } = createOrganization(db, { slug: "acme", name: "Acme", ownerId: ann.id });
  const { apiKey: all } = createApiKey(db, { ownerId: ann.id });
  const { apiKey: one } = createApiKey(db, { ownerId: ann.id, orgId });
  assert.deepEqual(listApiKeys(db, { ownerId: ann.id }), [all, one]);
  assert.deepEqual(listApiKeys(db, { orgId }), [one]);
  assert.deepEqual(listApiKeys(db, { ownerId: ann.id, limit: 1, after: all.id }), [one]);
  assert.deepEqual(listApiKeys(db, { ownerId: "nobody" }), []);
  assert.throws(() => listApiKeys(db, { limit: 1.5 }), RangeError);
});

test("keys are made of 62 characters, of which the first ones come no more often than the rest", (t) => {
  const { db, ann } = system(t);
  const counts = new Map<string, number>();
  db.transaction((tx) => {
    for (let i = 0; i < 300; i++) {
      const { key } = createApiKey(tx, { ownerId: ann.id });
      for (const character of key.slice(4).replace("_", "")) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  });
  assert.equal(counts.size, 62);
  // Bytes that are just divided by 62 would give the first eight 10 deviations more.
  const first = [..."01234567"].reduce((sum, character) => sum + counts.get(character)!, 0);
  const [mean, deviation] = [(300 * 55 * 8) / 62, 43];
  assert.ok(Math.abs(first - mean) < 5 * deviation);
});

test("the file and its log hold the digest of a key, and no part of its secret", (t) => {
  const { db, path, ann } = system(t);
  const { key } = createApiKey(db, { ownerId: ann.id });
  verifyApiKey(db, spoiled(key));
  const stored = db.$client.values("SELECT key_prefix, key_hash FROM api_keys");
  assert.deepEqual(stored, [[key.slice(0, 16), createHash("sha256").update(key).digest("hex")]]);
  const dump = db.$client.values("SELECT * FROM api_keys JOIN audit_logs").flat().map(String).join();
  db.$client.close(); // else a file that is read loses its locks
  for (const text of [dump, readFileSync(path, "latin1")]) {
    for (let at = 17; at + 12 <= key.length; at++) assert.equal(text.includes(key.slice(at, at + 12)), false);
  }
});

test("an error while a key is made tells nothing of it", (t) => {
  const { db, ann } = system(t);
  db.$client.run("CREATE TRIGGER no_keys AFTER INSERT ON api_keys BEGIN SELECT RAISE(ABORT, 'no'); END");
  assert.throws(
    () => createApiKey(db, { ownerId: ann.id }),
    (error: unknown) => {
      const told = inspect(error, { depth: 9 }) + JSON.stringify(error);
      return /no/.test(told) && !/alk_|[0-9a-f]{64}|INSERT INTO/.test(told);
    },
  );
  assert.deepEqual(actions(db, { action: "api_key.*" }), []);
});

test("the table takes no hash and no lists but in their form, whoever writes", (t) => {
  const { db, ann } = system(t);
  createApiKey(db, { ownerId: ann.id });
  for (const change of [
    "key_hash = 'alk_secret'",
    `key_hash = '${"A".repeat(64)}'`,
    "scopes = '{}'",
    "scopes = 'all'",
    "resources = '[]'",
    "enabled = 2",
    "org_id = 'none'",
    "owner_id = 'nobody'",
  ]) {
    assert.throws(() => db.$client.run(`UPDATE api_keys SET ${change}`), /constraint|malformed JSON/i);
  }
});
