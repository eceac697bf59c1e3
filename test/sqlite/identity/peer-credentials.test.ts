import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addPeerCredential,
  getPeerCredential,
  listPeerCredentials,
  revokePeerCredential,
  setAccountStatus,
  verifyPeer,
} from "../../../src/sqlite/mod.ts";
import { actions, system } from "./fixture.ts";

// made by ssh-keygen -t ed25519, with its fingerprint by ssh-keygen -lf
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f peer";

test("addPeerCredential() computes the fingerprint, by which verifyPeer() finds the account and its scopes", (t) => {
  const { db, ann } = system(t);
  const credential = addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY, scopes: ["call"] });
  assert.match(credential.fingerprint, /^SHA256:[0-9A-Za-z+/]{43}$/);
  const verified = verifyPeer(db, credential.fingerprint);
  assert.deepEqual(verified.ok && verified.identity, { id: ann.id, scopes: ["call"] });
  assert.deepEqual(getPeerCredential(db, credential.id), credential);
  assert.deepEqual(listPeerCredentials(db, { ownerId: ann.id }), [credential]);
});

test("addPeerCredential() refuses a fingerprint of another key, and one that is taken", (t) => {
  const { db, ann } = system(t);
  const other = `SHA256:${"A".repeat(43)}`;
  assert.throws(() => addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY, fingerprint: other }), TypeError);
  addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY });
  assert.throws(() => addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY }), { code: "ALREADY_EXISTS" });
  assert.throws(() => addPeerCredential(db, { ownerId: ann.id, publicKeyData: "no key" }), TypeError);
  assert.throws(() => addPeerCredential(db, { ownerId: "nobody", publicKeyData: KEY }), { code: "NOT_FOUND" });
});

test("verifyPeer() refuses one that is unknown, malformed, expired, revoked, or of an account that is not active", (t) => {
  const { db, ann } = system(t);
  const expiresAt = Date.now() + 60_000;
  const { id, fingerprint } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: KEY, expiresAt });
  const reason = (given: string, nowMs?: number) => {
    const verified = verifyPeer(db, given, nowMs === undefined ? {} : { nowMs });
    return verified.ok ? undefined : verified.reason;
  };
  assert.equal(reason(fingerprint), undefined);
  assert.equal(reason(`SHA256:${"A".repeat(43)}`), "unknown");
  assert.equal(reason("MD5:aa:bb"), "malformed");
  assert.equal(reason(fingerprint, expiresAt), "expired");
  setAccountStatus(db, ann.id, { status: "suspended" });
  assert.equal(reason(fingerprint), "account_inactive");
  setAccountStatus(db, ann.id, { status: "active" });
  revokePeerCredential(db, id);
  assert.equal(reason(fingerprint), "revoked");
  const kept = actions(db, { action: "peer_credential.*" });
  assert.deepEqual(
    [kept[0], kept.filter((action) => action !== "peer_credential.refused").length],
    ["peer_credential.added", 2],
  );
});
