import { v7 } from "uuid";
import { checkBoolean, checkInteger, checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import { quote } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { accountTable } from "./accounts.ts";
import { createKeyText } from "./api-key-text.ts";
import { type Actor, type ActorOptions, audit, checkActor } from "./audit-log.ts";
import { checkExpiry, checkFilled, encodeObject, encodeResources, encodeScopes } from "./checks.ts";
import { keyInactive, notFound } from "./refusals.ts";
import {
  type CommonMembers,
  checkPage,
  getRecord,
  listRecords,
  type PageOptions,
  type RecordTable,
  setColumns,
} from "./rows.ts";
import { readerOf, type SystemScope, writeIn } from "./system-scope.ts";

/** Actions by the resource that they are allowed on, which is named `type:id`. */
export type Resources = Readonly<Record<string, readonly string[]>>;

/** What is known of an API key: never the key itself, or its hash. */
export interface ApiKey extends CommonMembers {
  /** The account that acts by it. */
  readonly ownerId: string;
  /** The one organisation it is for, or null. */
  readonly orgId: string | null;
  readonly name: string;
  /** Its first 16 characters, by which people know it. */
  readonly keyPrefix: string;
  readonly scopes: readonly string[];
  readonly resources: Resources | null;
  readonly enabled: boolean;
  /** From when it is refused, in Unix milliseconds. */
  readonly expiresAt: number | null;
  /** From when it is refused, in Unix milliseconds: to come where it was rotated with a grace. */
  readonly revokedAt: number | null;
  /** The key that took its place. */
  readonly rotatedToId: string | null;
  /** About when it was last used, in Unix milliseconds. */
  readonly lastUsedAt: number | null;
}

/** What a new API key is to be. */
export interface NewApiKey extends ActorOptions {
  /** The account that acts by it. */
  readonly ownerId: string;
  /** The one organisation it is for: the key goes when its owner is a member no more. @default null, for all */
  readonly orgId?: string | null;
  /** @default "" */
  readonly name?: string;
  /** @default [] */
  readonly scopes?: readonly string[];
  /** @default null */
  readonly resources?: Resources | null;
  /** From when it is refused, in Unix milliseconds. @default null, never */
  readonly expiresAt?: number | null;
  readonly metadata?: JsonObject;
}

/** A key that was just made. */
export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** The key itself. It is nowhere else, and can't be had again. */
  readonly key: string;
}

/** How a key is exchanged. */
export interface RotateOptions extends ActorOptions {
  /** For how long the old key works on, in milliseconds. @default 0 */
  readonly graceMs?: number;
  /** From when the new key is refused, in Unix milliseconds; null for never. @default as the old one */
  readonly expiresAt?: number | null;
}

/** Which API keys are wanted. */
export interface ApiKeyFilter extends PageOptions {
  readonly ownerId?: string;
  readonly orgId?: string;
}

export const apiKeyTable: RecordTable<ApiKey> = {
  name: "API key",
  table: '"api_keys"',
  columns: [
    '"owner_id"',
    '"org_id"',
    '"name"',
    '"key_prefix"',
    '"scopes"',
    '"resources"',
    '"enabled"',
    '"expires_at"',
    '"revoked_at"',
    '"rotated_to_id"',
    '"last_used_at"',
  ],
  decode: (common, row) => ({
    ...common,
    ownerId: row[0] as string,
    orgId: row[1] as string | null,
    name: row[2] as string,
    keyPrefix: row[3] as string,
    scopes: JSON.parse(row[4] as string) as string[],
    resources: row[5] === null ? null : (JSON.parse(row[5] as string) as Resources),
    enabled: row[6] === 1,
    expiresAt: row[7] as number | null,
    revokedAt: row[8] as number | null,
    rotatedToId: row[9] as string | null,
    lastUsedAt: row[10] as number | null,
  }),
};

const NEW_KEY = ["ownerId", "orgId", "name", "scopes", "resources", "expiresAt", "metadata", "actor"];
const MAX_GRACE_MS = 2 ** 52;
const INSERT = `INSERT INTO "api_keys" ("id", "owner_id", "org_id", "name", "key_prefix", "key_hash", "scopes",
  "resources", "expires_at", "metadata") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What is stored of a key beside its text. */
interface KeyValues {
  readonly ownerId: string;
  readonly orgId: string | null;
  readonly name: string;
  readonly scopes: string;
  readonly resources: string | null;
  readonly expiresAt: number | null;
  readonly metadata: string;
}

/**
 * Makes an API key. The key is in the result and nowhere else: the file holds its SHA-256.
 *
 * ```ts
 * const { apiKey, key } = createApiKey(db, { ownerId: ann.id, name: "laptop", scopes: ["graphs:read"] });
 * const verified = verifyApiKey(db, key);
 * ```
 *
 * @throws {StorageError} `NOT_FOUND` if there is no such account, or it is no member of the organisation.
 */
export function createApiKey(db: SystemScope, apiKey: NewApiKey): CreatedApiKey {
  const action = "create an API key";
  checkOptions(apiKey, NEW_KEY, "createApiKey");
  const { ownerId, orgId = null, name = "", expiresAt = null, scopes = [], metadata = {}, actor } = apiKey ?? {};
  checkName(ownerId, action, "ownerId");
  if (orgId !== null) checkName(orgId, action, "orgId");
  checkName(name, action, "name");
  checkExpiry(expiresAt, Date.now(), action);
  checkActor(actor, action);
  const values: KeyValues = {
    ownerId,
    orgId,
    name,
    scopes: encodeScopes(scopes, action),
    resources: encodeResources(apiKey.resources, action),
    expiresAt,
    metadata: encodeObject(metadata, action, "metadata"),
  };
  return writeIn(db, action, (scope) => {
    getRecord(scope, accountTable, ownerId, action);
    if (orgId !== null) checkMembership(scope, orgId, ownerId, action);
    return insert(scope, actor, values, {}, action);
  });
}

/** What is known of the API key with this id. @throws {StorageError} `NOT_FOUND` */
export function getApiKey(db: SystemScope, id: string): ApiKey {
  const action = "get an API key";
  return getRecord(readerOf(db, action), apiKeyTable, id, action);
}

/** What is known of the API keys that fit, by age. */
export function listApiKeys(db: SystemScope, filter: ApiKeyFilter = {}): ApiKey[] {
  const action = "list API keys";
  checkPage(filter, ["ownerId", "orgId"], "listApiKeys");
  const { ownerId, orgId } = filter;
  if (ownerId !== undefined) checkName(ownerId, action, "ownerId");
  if (orgId !== undefined) checkName(orgId, action, "orgId");
  const conditions = [['"owner_id"', ownerId] as const, ['"org_id"', orgId] as const];
  return listRecords(readerOf(db, action), apiKeyTable, conditions, filter, action);
}

/**
 * Makes a key that takes the place of another, with its name, scopes and resources. The old one is refused once the grace
 * is over.
 *
 * @throws {StorageError} `NOT_FOUND`, or `KEY_INACTIVE` if the old key is disabled, expired, revoked or was rotated before.
 */
export function rotateApiKey(db: SystemScope, id: string, options: RotateOptions = {}): CreatedApiKey {
  const action = "rotate an API key";
  checkName(id, action, "id");
  checkOptions(options, ["graceMs", "expiresAt", "actor"], "rotateApiKey");
  const { graceMs = 0, expiresAt, actor } = options;
  const nowMs = Date.now();
  checkInteger(graceMs, 0, action, "graceMs", MAX_GRACE_MS);
  checkExpiry(expiresAt, nowMs, action);
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const old = getRecord(scope, apiKeyTable, id, action);
    if (old.revokedAt !== null) throw keyInactive(action, id, old.rotatedToId === null ? "revoked" : "rotated");
    if (!old.enabled) throw keyInactive(action, id, "disabled");
    if (old.expiresAt !== null && old.expiresAt <= nowMs) throw keyInactive(action, id, "expired");
    const values: KeyValues = {
      ...old,
      scopes: JSON.stringify(old.scopes),
      resources: old.resources === null ? null : JSON.stringify(old.resources),
      expiresAt: expiresAt === undefined ? old.expiresAt : expiresAt,
      metadata: JSON.stringify(old.metadata),
    };
    const created = insert(scope, actor, values, { rotatedFromId: id }, action);
    const rotatedToId = created.apiKey.id;
    setColumns(scope, apiKeyTable, id, { revoked_at: nowMs + graceMs, rotated_to_id: rotatedToId }, action);
    keep(scope, actor, "api_key.rotated", old, { rotatedToId, graceMs });
    return created;
  });
}

/**
 * Has a key refused from now on, for good. One that is revoked already stays as it is.
 *
 * @param options.reason For the audit log.
 * @throws {StorageError} `NOT_FOUND`
 */
export function revokeApiKey(
  db: SystemScope,
  id: string,
  options: { readonly reason?: string } & ActorOptions = {},
): ApiKey {
  const action = "revoke an API key";
  checkName(id, action, "id");
  checkOptions(options, ["reason", "actor"], "revokeApiKey");
  const { reason, actor } = options;
  if (reason !== undefined) checkFilled(reason, action, "reason");
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const before = getRecord(scope, apiKeyTable, id, action);
    const nowMs = Date.now();
    if (before.revokedAt !== null && before.revokedAt <= nowMs) return before;
    setColumns(scope, apiKeyTable, id, { revoked_at: nowMs }, action);
    keep(scope, actor, "api_key.revoked", before, reason === undefined ? {} : { reason });
    return getRecord(scope, apiKeyTable, id, action);
  });
}

/**
 * Has a key refused until it is enabled again, or the other way round.
 *
 * @throws {StorageError} `NOT_FOUND`
 */
export function setApiKeyEnabled(
  db: SystemScope,
  id: string,
  options: { readonly enabled: boolean } & ActorOptions,
): ApiKey {
  const action = "enable or disable an API key";
  checkName(id, action, "id");
  checkOptions(options, ["enabled", "actor"], "setApiKeyEnabled");
  const { enabled, actor } = options ?? {};
  checkBoolean(enabled, action, "enabled");
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const before = getRecord(scope, apiKeyTable, id, action);
    if (before.enabled === enabled) return before;
    setColumns(scope, apiKeyTable, id, { enabled: enabled ? 1 : 0 }, action);
    keep(scope, actor, enabled ? "api_key.enabled" : "api_key.disabled", before, {});
    return getRecord(scope, apiKeyTable, id, action);
  });
}

function insert(
  executor: Executor,
  actor: Actor | undefined,
  values: KeyValues,
  details: JsonObject,
  action: string,
): CreatedApiKey {
  const { ownerId, orgId, name, scopes, resources, expiresAt, metadata } = values;
  const { key, prefix, hash } = createKeyText();
  const id = v7();
  executor.run(INSERT, [id, ownerId, orgId, name, prefix, hash, scopes, resources, expiresAt, metadata]);
  const apiKey = getRecord(executor, apiKeyTable, id, action);
  keep(executor, actor, "api_key.created", apiKey, { prefix, scopes: apiKey.scopes, expiresAt, ...details });
  return { apiKey, key };
}

function checkMembership(reader: Executor, orgId: string, accountId: string, action: string): void {
  const sql = 'SELECT 1 FROM "org_members" WHERE "org_id" = ? AND "account_id" = ?';
  if (reader.row(sql, [orgId, accountId], 1) !== undefined) return;
  throw notFound(action, `member ${quote(accountId)} of organisation ${quote(orgId)}`);
}

function keep(
  executor: Executor,
  actor: Actor | undefined,
  action: string,
  { id, ownerId, orgId }: Pick<ApiKey, "id" | "ownerId" | "orgId">,
  details: JsonObject,
): void {
  audit(executor, actor, { action, resource: `api_key:${id}`, ownerId, orgId, details });
}
