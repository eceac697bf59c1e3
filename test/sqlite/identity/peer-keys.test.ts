import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  addPeerCredential,
  getPeerCredential,
  listPeerCredentials,
  publicKeyFingerprint,
  readAudit,
  revokePeerCredential,
  verifyPeer,
} from "../../../src/sqlite/mod.ts";
import { actions, system } from "./fixture.ts";

/** Made by ssh-keygen and openssl, and so are their fingerprints: `ssh-keygen -lf`, `openssl x509 -fingerprint -sha256`. */
const KEYS: Readonly<Record<string, readonly [text: string, fingerprint: string]>> = {
  ed25519: [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXipLAm60xQTMTJhSJkaCf1BrDJPmf4gF9Tsm4UhPef peer one",
    "SHA256:AxPLg01WtssUH11SUo+Z3FO2i1VuUzlSA2cZ2xnoaTg",
  ],
  ecdsa: [
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBK64oXQNMETEvDUQJL+2qCiUm/ND598IOi+quDs3wGgsNElnU4imWuiSZ4v/FGMM9/9QKqYJdZwMLOmSBdmPTOI= e",
    "SHA256:WaMW+/UTUrhvboUKS0l6WIKryUwKtS2yKxLnWlmbbkI",
  ],
};
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBNDCB56ADAgECAhQngMaxvoyrliCSIMU1jyPQmZSBuzAFBgMrZXAwDzENMAsG
A1UEAwwEcGVlcjAgFw0yNjExMjUwODI2MjNaGA8yMTI2MTEwMTA4MjYyM1owDzEN
MAsGA1UEAwwEcGVlcjAqMAUGAytlcAMhAEhepVXu9dYIkG6Ipl+Oug1TFHchkha2
ePj804cwkTKZo1MwUTAdBgNVHQ4EFgQUGiWjQSzj+tsO4IrRkQEMBPzTXpcwHwYD
VR0jBBgwFoAUGiWjQSzj+tsO4IrRkQEMBPzTXpcwDwYDVR0TAQH/BAUwAwEB/zAF
BgMrZXADQQDpV6wwPOZm+TTxZkjxgjUWF7d45H4wQbNRyG5GJLu59z1TMvpmgkcD
CgCp8aFl6gRh+vGhIrnsWF3ptb0Tdm0E
-----END CERTIFICATE-----`;
const HEXADECIMAL = "43:C1:9A:99:73:94:88:69:B8:CB:C2:EF:72:11:4C:76:DA:E1:14:14:85:7C:83:F4:1B:66:07:C0:66:6B:0C:B1";
const OPENSSH_CERTIFICATE =
  "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAICl8f+trPi0GJZ8LdrEaZGCzrhdcmbGgonkkhOp1SJuC";
const [ED25519, ED25519_FINGERPRINT] = KEYS.ed25519!;
const NO_KEY = /a line of OpenSSH, or a certificate or public key in PEM, is wanted/;

const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

for (const [type, [text, fingerprint]] of Object.entries(KEYS)) {
  test(`publicKeyFingerprint() gives what ssh-keygen says of an ${type} key, whatever its comment`, () => {
    const [algorithm, body] = text.split(" ");
    assert.equal(publicKeyFingerprint(text), fingerprint);
    assert.equal(publicKeyFingerprint(`${algorithm} ${body}`), fingerprint);
    assert.equal(publicKeyFingerprint(` ${algorithm}\t${body} another comment\n`), fingerprint);
  });
}

test("publicKeyFingerprint() of a certificate is what openssl says, however its lines are broken", () => {
  const hexadecimal = Buffer.from(publicKeyFingerprint(CERTIFICATE).slice(7), "base64").toString("hex");
  assert.equal(hexadecimal.toUpperCase(), HEXADECIMAL.replaceAll(":", ""));
  assert.equal(publicKeyFingerprint(CERTIFICATE.replaceAll("\n", "\r\n")), publicKeyFingerprint(CERTIFICATE));
});

test("publicKeyFingerprint() takes a public key in PEM, and no private one", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
  assert.match(publicKeyFingerprint(spki), /^SHA256:[0-9A-Za-z+/]{43}$/);
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(
    () => publicKeyFingerprint(secret),
    (error: Error) => NO_KEY.test(error.message) && !error.message.includes(secret.split("\n")[1]!),
  );
});

const NO_KEYS: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  "empty text": "",
  "a key of another type than it says": ED25519.replace("ssh-ed25519", "ssh-rsa"),
  "a key that is cut off": ED25519.slice(0, -20),
  "a type without a key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
  "two lines": `${ED25519}\n${ED25519}`,
  "a certificate of OpenSSH": OPENSSH_CERTIFICATE,
  "a certificate without content": pem("CERTIFICATE", "="),
  "a certificate that is cut off": pem("CERTIFICATE", CERTIFICATE.split("\n")[1]!),
  "a public key that is none": pem("PUBLIC KEY", "AAAA"),
  "a certificate that does not say how long it is": pem("CERTIFICATE", `MIA${"A".repeat(169)}`),
  "two certificates": `${CERTIFICATE}\n${CERTIFICATE}`,
  "a certificate that ends as another thing": CERTIFICATE.replace("END CERTIFICATE", "END PUBLIC KEY"),
};
for (const [what, text] of Object.entries(NO_KEYS)) {
  test(`publicKeyFingerprint() refuses ${what}`, () => {
    assert.throws(() => publicKeyFingerprint(text as string), { name: "TypeError", message: NO_KEY });
  });
}

test("publicKeyFingerprint() refuses a long text as soon as a short one", () => {
  for (const filler of ["\n", " ", "A", "=", "-"]) {
    const text = `-----BEGIN CERTIFICATE-----${filler.repeat(200_000)}!`;
    assert.throws(() => publicKeyFingerprint(text), { message: NO_KEY }); // with a regular expression that goes back, in hours
    assert.throws(() => publicKeyFingerprint(`ssh-rsa ${filler.repeat(200_000)}!`), { message: NO_KEY });
  }
});

test("publicKeyFingerprint() refuses whatever is no key", () => {
  fc.assert(fc.property(fc.string(), (text) => assert.throws(() => publicKeyFingerprint(text), { message: NO_KEY })));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all).toString("base64"));
  fc.assert(
    fc.property(bytes, (body) => assert.throws(() => publicKeyFingerprint(`ssh-ed25519 ${body}`), { message: NO_KEY })),
  );
});

test("verifyPeer() takes a fingerprint as OpenSSH shows it, and in hexadecimal digits", (t) => {
  const { db, ann } = system(t);
  const credential = { ownerId: ann.id, credentialType: "cert_authority", publicKeyData: CERTIFICATE } as const;
  const { id, fingerprint } = addPeerCredential(db, credential);
  for (const form of [
    fingerprint,
    `${fingerprint}=`,
    HEXADECIMAL,
    HEXADECIMAL.toLowerCase(),
    HEXADECIMAL.replaceAll(":", ""),
  ]) {
    const verified = verifyPeer(db, form);
    assert.equal(verified.ok && verified.credential.id, id);
  }
});

test("verifyPeer() refuses whatever is no fingerprint as malformed", (t) => {
  const { db } = system(t);
  const malformed = { ok: false, reason: "malformed" };
  const almost = ED25519_FINGERPRINT.slice(0, -1);
  const wrong = [
    "",
    almost,
    `${almost}h`,
    ` ${ED25519_FINGERPRINT}`,
    HEXADECIMAL.slice(3),
    HEXADECIMAL.replace(":", ""),
  ];
  for (const given of [...wrong, undefined, null, 5, {}]) {
    assert.deepEqual(verifyPeer(db, given as string), malformed);
  }
  fc.assert(fc.property(fc.string(), (given) => assert.deepEqual(verifyPeer(db, given), malformed)));
});

test("addPeerCredential() takes the fingerprint of its key in any form, and keeps OpenSSH's", (t) => {
  const { db, ann } = system(t);
  const base = { ownerId: ann.id, publicKeyData: CERTIFICATE };
  const { fingerprint } = addPeerCredential(db, { ...base, fingerprint: HEXADECIMAL });
  assert.equal(fingerprint, publicKeyFingerprint(CERTIFICATE));
});

test("addPeerCredential() keeps scopes and resources in metadata, beside what is there", (t) => {
  const { db, ann } = system(t);
  const resources = { "graph:1": ["read"] };
  const { id, metadata, fingerprint } = addPeerCredential(db, {
    ownerId: ann.id,
    publicKeyData: ED25519,
    scopes: ["call"],
    resources,
    metadata: { rack: 7 },
  });
  assert.deepEqual(metadata, { rack: 7, scopes: ["call"], resources });
  assert.deepEqual(getPeerCredential(db, id).metadata, metadata);
  const verified = verifyPeer(db, fingerprint);
  assert.deepEqual(verified.ok && verified.identity, { id: ann.id, scopes: ["call"], resources });
});

test("addPeerCredential() refuses scopes and resources that are in metadata, where nothing checks them", (t) => {
  const { db, ann } = system(t);
  for (const metadata of [{ scopes: ["all"] }, { resources: { "graph:1": ["write"] } }]) {
    assert.throws(() => addPeerCredential(db, { ownerId: ann.id, publicKeyData: ED25519, metadata }), {
      name: "TypeError",
      message: /must be given beside metadata/,
    });
  }
  assert.deepEqual(listPeerCredentials(db), []);
});

test("verifyPeer() gives no right to what somebody wrote past the functions and is no text", (t) => {
  const { db, ann } = system(t);
  const { fingerprint } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: ED25519 });
  const metadata = JSON.stringify({
    scopes: ["a", 5, null],
    resources: { "graph:1": "write", "graph:2": ["read", {}] },
  });
  db.$client.run("UPDATE peer_credentials SET metadata = ?", [metadata]);
  const verified = verifyPeer(db, fingerprint);
  const resources = { "graph:1": [], "graph:2": ["read"] };
  assert.deepEqual(verified.ok && verified.identity, { id: ann.id, scopes: ["a"], resources });
  db.$client.run('UPDATE peer_credentials SET metadata = \'{"scopes": "all", "resources": 5}\'');
  const nothing = verifyPeer(db, fingerprint);
  assert.deepEqual(nothing.ok && nothing.identity, { id: ann.id, scopes: [] });
});

test("verifyPeer() refuses a credential that is disabled", (t) => {
  const { db, ann } = system(t);
  const { fingerprint } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: ED25519 });
  db.$client.run("UPDATE peer_credentials SET enabled = 0");
  assert.deepEqual(verifyPeer(db, fingerprint), { ok: false, reason: "disabled" });
});

test("revokePeerCredential() keeps why once, and the time of the first revocation", (t) => {
  const { db, ann } = system(t);
  const { id } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: ED25519 });
  const revoked = revokePeerCredential(db, id, { reason: "stolen" });
  assert.notEqual(revoked.revokedAt, null);
  assert.deepEqual(revokePeerCredential(db, id, { reason: "again" }), revoked);
  const [entry, ...more] = readAudit(db, { action: "peer_credential.revoked" });
  assert.deepEqual([entry?.details, entry?.resource, more], [{ reason: "stolen" }, `peer_credential:${id}`, []]);
  assert.throws(() => revokePeerCredential(db, "none"), { code: "NOT_FOUND" });
});

test("a credential that is refused is in the log once in auditRefusalsEveryMs", (t) => {
  const { db, ann } = system(t);
  const { id, fingerprint } = addPeerCredential(db, { ownerId: ann.id, publicKeyData: ED25519 });
  revokePeerCredential(db, id);
  verifyPeer(db, fingerprint, { auditRefusalsEveryMs: null });
  assert.deepEqual(actions(db, { action: "peer_credential.refused" }), []);
  for (let i = 0; i < 5; i++) verifyPeer(db, fingerprint);
  const [entry, ...more] = readAudit(db, { action: "peer_credential.refused" });
  assert.deepEqual(
    [entry?.actorType, entry?.credentialId, entry?.credentialType, entry?.ownerId, entry?.details, more],
    ["anonymous", id, "ssh_key", ann.id, { reason: "revoked" }, []],
  );
});

test("listPeerCredentials() gives those of one owner, in pages", (t) => {
  const { db, ann } = system(t);
  const made = [ED25519, CERTIFICATE, KEYS.ecdsa![0]].map((publicKeyData) =>
    addPeerCredential(db, { ownerId: ann.id, publicKeyData }),
  );
  const first = listPeerCredentials(db, { ownerId: ann.id, limit: 2 });
  const rest = listPeerCredentials(db, { ownerId: ann.id, limit: 2, after: first[1]!.id });
  assert.deepEqual([...first, ...rest], made);
  assert.deepEqual(listPeerCredentials(db, { ownerId: "nobody" }), []);
});

test("functions of peer credentials refuse wrong input, and say what is wanted", (t) => {
  const { db, ann } = system(t);
  const base = { ownerId: ann.id, publicKeyData: ED25519 };
  assert.throws(
    () => addPeerCredential(db, { ...base, credentialType: "pgp" as never }),
    /one of ssh_key, cert_authority/,
  );
  assert.throws(() => addPeerCredential(db, { ...base, expiresAt: 5 }), { name: "RangeError" });
  assert.throws(() => addPeerCredential(db, { ...base, publickeydata: "x" } as never), /did you mean "publicKeyData"/);
  assert.throws(() => listPeerCredentials(db, { owner: "x" } as never), /did you mean "ownerId"/);
  assert.throws(() => verifyPeer(db, ED25519_FINGERPRINT, { nowMs: Number.NaN }), RangeError);
  assert.throws(
    () => verifyPeer(db, ED25519_FINGERPRINT, { touchEveryMs: 5 } as never),
    /Unknown option "touchEveryMs"/,
  );
  assert.throws(() => revokePeerCredential(db, "x", { reason: " " }), TypeError);
  assert.throws(() => getPeerCredential(db, "none"), { code: "NOT_FOUND" });
});
