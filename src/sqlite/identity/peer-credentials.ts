import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import { describeKind } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { accountTable } from "./accounts.ts";
import type { Resources } from "./api-keys.ts";
import { type ActorOptions, audit, checkActor } from "./audit-log.ts";
import { checkExpiry, checkFilled, checkOneOf, encodeObject, encodeResources, encodeScopes } from "./checks.ts";
import { normalizeFingerprint, publicKeyFingerprint } from "./public-key.ts";
import { alreadyExists } from "./refusals.ts";
import {
  type CommonMembers,
  checkPage,
  columnsOf,
  decodeRow,
  findRecord,
  getRecord,
  listRecords,
  type PageOptions,
  type RecordTable,
  setColumns,
} from "./rows.ts";
import { placeOf, readerOf, type SystemScope, writeIn } from "./system-scope.ts";
import {
  auditRefusal,
  checkVerifyOptions,
  type RefusalReason,
  refusalOf,
  type VerifiedIdentity,
  type VerifyOptions,
} from "./verification.ts";

/** What a credential is: the key of one machine, or an authority that signs the keys of many. */
export type PeerCredentialType = "ssh_key" | "cert_authority";

/** A public key by which another machine is known. Its `metadata` holds `scopes` and `resources`. */
export interface PeerCredential extends CommonMembers {
  /** The account that acts by it. */
  readonly ownerId: string;
  readonly credentialType: PeerCredentialType;
  /** As OpenSSH shows it. */
  readonly fingerprint: string;
  readonly publicKeyData: string;
  readonly name: string;
  readonly enabled: boolean;
  /** From when it is refused, in Unix milliseconds. */
  readonly expiresAt: number | null;
  /** From when it is refused, in Unix milliseconds. */
  readonly revokedAt: number | null;
}

/** What a new peer credential is to be. */
export interface NewPeerCredential extends ActorOptions {
  /** The account that acts by it. */
  readonly ownerId: string;
  /** @default "ssh_key" */
  readonly credentialType?: PeerCredentialType;
  /** A line of OpenSSH, or a certificate or public key in PEM. */
  readonly publicKeyData: string;
  /** Its fingerprint, if the caller knows it: it must be this key's. @default computed */
  readonly fingerprint?: string;
  /** @default "" */
  readonly name?: string;
  /** Kept in `metadata.scopes`. @default [] */
  readonly scopes?: readonly string[];
  /** Kept in `metadata.resources`. @default none */
  readonly resources?: Resources | null;
  /** From when it is refused, in Unix milliseconds. @default null, never */
  readonly expiresAt?: number | null;
  /** What else is to be kept, under other names than those two. @default {} */
  readonly metadata?: JsonObject;
}

/** Which peer credentials are wanted. */
export interface PeerCredentialFilter extends PageOptions {
  readonly ownerId?: string;
}

/** Whose credential it is and what it is for, or why it is refused. */
export type PeerVerification =
  | { readonly ok: true; readonly identity: VerifiedIdentity; readonly credential: PeerCredential }
  | { readonly ok: false; readonly reason: RefusalReason };

const credentialTable: RecordTable<PeerCredential> = {
  name: "peer credential",
  table: '"peer_credentials"',
  columns: [
    '"owner_id"',
    '"credential_type"',
    '"fingerprint"',
    '"public_key_data"',
    '"name"',
    '"enabled"',
    '"expires_at"',
    '"revoked_at"',
  ],
  decode: (common, row) => ({
    ...common,
    ownerId: row[0] as string,
    credentialType: row[1] as PeerCredentialType,
    fingerprint: row[2] as string,
    publicKeyData: row[3] as string,
    name: row[4] as string,
    enabled: row[5] === 1,
    expiresAt: row[6] as number | null,
    revokedAt: row[7] as number | null,
  }),
};

const TYPES: readonly PeerCredentialType[] = ["ssh_key", "cert_authority"];
const GIVEN = ["ownerId", "credentialType", "publicKeyData", "fingerprint", "name", "scopes", "resources", "expiresAt"];
const INSERT = `INSERT INTO "peer_credentials" ("id", "owner_id", "credential_type", "fingerprint", "public_key_data", "name",
  "expires_at", "metadata") VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const COLUMNS = [...columnsOf(credentialTable, "p"), 'a."status"'];
const SELECT = `SELECT ${COLUMNS.join(", ")} FROM "peer_credentials" p JOIN "accounts" a ON a."id" = p."owner_id"
  WHERE p."fingerprint" = ?`;

/**
 * Lets a machine act as an account by its public key.
 *
 * @throws {TypeError} If `publicKeyData` is no public key, or `fingerprint` is not its own.
 * @throws {StorageError} `NOT_FOUND` if there is no such account, `ALREADY_EXISTS` if the key is known, also if it is revoked.
 */
export function addPeerCredential(db: SystemScope, credential: NewPeerCredential): PeerCredential {
  const action = "add a peer credential";
  checkOptions(credential, [...GIVEN, "metadata", "actor"], "addPeerCredential");
  const { ownerId, credentialType = "ssh_key", publicKeyData, name = "", expiresAt = null, actor } = credential ?? {};
  checkName(ownerId, action, "ownerId");
  checkOneOf(credentialType, TYPES, action, "credentialType");
  checkName(name, action, "name");
  checkExpiry(expiresAt, Date.now(), action);
  checkActor(actor, action);
  const fingerprint = publicKeyFingerprint(publicKeyData);
  checkFingerprint(credential.fingerprint, fingerprint, action);
  const id = v7();
  const metadata = metadataOf(credential, action);
  const values = [id, ownerId, credentialType, fingerprint, publicKeyData.trim(), name, expiresAt, metadata];
  return writeIn(db, action, (scope) => {
    getRecord(scope, accountTable, ownerId, action);
    if (findRecord(scope, credentialTable, '"fingerprint" = ?', [fingerprint]) !== undefined) {
      throw alreadyExists(action, "fingerprint", fingerprint);
    }
    scope.run(INSERT, values);
    const added = getRecord(scope, credentialTable, id, action);
    keep(scope, actor, "peer_credential.added", added, {
      fingerprint,
      credentialType,
      scopes: scopesOf(added),
      expiresAt,
    });
    return added;
  });
}

/**
 * Says whose public key has this fingerprint, and what it may be used for. That the machine has the private key is for the
 * caller to have seen.
 *
 * @param fingerprint As OpenSSH shows it, or 64 hexadecimal digits; anything else is `malformed`.
 */
export function verifyPeer(
  db: SystemScope,
  fingerprint: string | null | undefined,
  options: VerifyOptions = {},
): PeerVerification {
  const action = "verify a peer";
  checkOptions(options, ["nowMs", "auditRefusalsEveryMs"], "verifyPeer");
  const checked = checkVerifyOptions(options, action);
  const place = placeOf(db, action);
  const normal = normalizeFingerprint(fingerprint);
  if (normal === undefined) return { ok: false, reason: "malformed" };
  const row = place.executor.row(SELECT, [normal], COLUMNS.length);
  if (row === undefined) return { ok: false, reason: "unknown" };
  const credential = decodeRow(credentialTable, row);
  const { id, ownerId, credentialType } = credential;
  const reason = refusalOf(credential, row[COLUMNS.length - 1], checked.nowMs);
  if (reason === undefined) return { ok: true, identity: identityOf(credential), credential };
  auditRefusal(place, { kind: "peer_credential", id, credentialType, ownerId, orgId: null }, reason, checked);
  return { ok: false, reason };
}

/** The peer credential with this id. @throws {StorageError} `NOT_FOUND` */
export function getPeerCredential(db: SystemScope, id: string): PeerCredential {
  const action = "get a peer credential";
  return getRecord(readerOf(db, action), credentialTable, id, action);
}

/** The peer credentials that fit, by age. */
export function listPeerCredentials(db: SystemScope, filter: PeerCredentialFilter = {}): PeerCredential[] {
  const action = "list peer credentials";
  checkPage(filter, ["ownerId"], "listPeerCredentials");
  const { ownerId } = filter;
  if (ownerId !== undefined) checkName(ownerId, action, "ownerId");
  return listRecords(readerOf(db, action), credentialTable, [['"owner_id"', ownerId]], filter, action);
}

/**
 * Has a peer credential refused from now on, for good. One that is revoked already stays as it is.
 *
 * @param options.reason For the audit log.
 * @throws {StorageError} `NOT_FOUND`
 */
export function revokePeerCredential(
  db: SystemScope,
  id: string,
  options: { readonly reason?: string } & ActorOptions = {},
): PeerCredential {
  const action = "revoke a peer credential";
  checkName(id, action, "id");
  checkOptions(options, ["reason", "actor"], "revokePeerCredential");
  const { reason, actor } = options;
  if (reason !== undefined) checkFilled(reason, action, "reason");
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const before = getRecord(scope, credentialTable, id, action);
    if (before.revokedAt !== null) return before;
    setColumns(scope, credentialTable, id, { revoked_at: Date.now() }, action);
    keep(scope, actor, "peer_credential.revoked", before, reason === undefined ? {} : { reason });
    return getRecord(scope, credentialTable, id, action);
  });
}

/** `scopes` and `resources` beside what the caller keeps there. */
function metadataOf({ metadata = {}, scopes = [], resources }: NewPeerCredential, action: string): string {
  encodeObject(metadata, action, "metadata");
  for (const member of ["scopes", "resources"]) {
    if (!Object.hasOwn(metadata, member)) continue;
    throw new TypeError(`Cannot ${action}: ${member} must be given beside metadata: received them in it`);
  }
  encodeScopes(scopes, action);
  const encoded = encodeResources(resources, action);
  return JSON.stringify({ ...metadata, scopes, ...(encoded === null ? {} : { resources }) });
}

function identityOf(credential: PeerCredential): VerifiedIdentity {
  const identity = { id: credential.ownerId, scopes: scopesOf(credential) };
  const { resources } = credential.metadata;
  if (typeof resources !== "object" || resources === null) return identity;
  const lists = Object.entries(resources).map(([resource, actions]) => [resource, textsIn(actions)] as const);
  return { ...identity, resources: Object.fromEntries(lists) };
}

function scopesOf({ metadata }: PeerCredential): string[] {
  return textsIn(metadata.scopes);
}

/** Metadata can be written past this folder: what is no text gives no right. */
function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function checkFingerprint(given: unknown, own: string, action: string): void {
  if (given === undefined || normalizeFingerprint(given) === own) return;
  const received = typeof given === "string" ? "another one" : describeKind(given);
  throw new TypeError(`Cannot ${action}: fingerprint must be that of the public key, ${own}: received ${received}`);
}

function keep(
  executor: Executor,
  actor: ActorOptions["actor"],
  action: string,
  { id, ownerId }: PeerCredential,
  details: JsonObject,
): void {
  audit(executor, actor, { action, resource: `peer_credential:${id}`, ownerId, details });
}
