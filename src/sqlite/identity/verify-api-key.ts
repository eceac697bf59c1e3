import { checkInteger, checkOptions } from "../../arguments.ts";
import { isKeyOf, prefixOf } from "./api-key-text.ts";
import { type ApiKey, apiKeyTable } from "./api-keys.ts";
import { columnsOf, decodeRow } from "./rows.ts";
import { runAtOnce } from "./run-at-once.ts";
import { placeOf, type SystemPlace, type SystemScope } from "./system-scope.ts";
import {
  auditRefusal,
  checkVerifyOptions,
  type RefusalReason,
  refusalOf,
  type VerifiedIdentity,
  type VerifyOptions,
} from "./verification.ts";

/** How a key is verified. */
export interface VerifyKeyOptions extends VerifyOptions {
  /** How often at most `lastUsedAt` of one key is written, in milliseconds; null for never. @default 60000 */
  readonly touchEveryMs?: number | null;
}

/** Whose key it is and what it is for, or why it is refused. */
export type ApiKeyVerification =
  | { readonly ok: true; readonly identity: VerifiedIdentity; readonly apiKey: ApiKey }
  | { readonly ok: false; readonly reason: RefusalReason };

const ACTION = "verify an API key";
const OPTIONS = ["nowMs", "auditRefusalsEveryMs", "touchEveryMs"];
const COLUMNS = [...columnsOf(apiKeyTable, "k"), 'k."key_hash"', 'a."status"'];
const [HASH, STATUS] = [COLUMNS.length - 2, COLUMNS.length - 1];
const SELECT = `SELECT ${COLUMNS.join(", ")} FROM "api_keys" k JOIN "accounts" a ON a."id" = k."owner_id"
  WHERE k."key_prefix" = ?`;
const TOUCH = 'UPDATE "api_keys" SET "last_used_at" = max(coalesce("last_used_at", 0), ?) WHERE "id" = ?';
const NEVER_MS = Number.NEGATIVE_INFINITY;

/**
 * HOT (bench/operations/verify-key.ts): says whose key it is, and what it may be used for.
 *
 * It reads without taking the write lock, on whatever connection is free. When a key was last used is written now and then,
 * and that a known key was refused is kept in the audit log now and then: both only if it can be at once, so that no other
 * writer makes a verification wait or fail.
 *
 * A key for one organisation says so in `apiKey.orgId` alone: who serves an organisation has to compare it.
 *
 * @param key What the caller sent; anything that is no key, also nothing, is `malformed`.
 */
export function verifyApiKey(
  db: SystemScope,
  key: string | null | undefined,
  options: VerifyKeyOptions = {},
): ApiKeyVerification {
  checkOptions(options, OPTIONS, "verifyApiKey");
  const { touchEveryMs = 60_000 } = options;
  if (touchEveryMs !== null) checkInteger(touchEveryMs, 0, ACTION, "touchEveryMs");
  const checked = checkVerifyOptions(options, ACTION);
  const place = placeOf(db, ACTION);
  const prefix = prefixOf(key);
  if (prefix === undefined) return { ok: false, reason: "malformed" };
  const row = place.executor.row(SELECT, [prefix], COLUMNS.length);
  const isRight = isKeyOf(key as string, row?.[HASH] as string | undefined);
  if (row === undefined) return { ok: false, reason: "unknown" };
  const apiKey = decodeRow(apiKeyTable, row);
  const reason = isRight ? refusalOf(apiKey, row[STATUS], checked.nowMs) : "unknown";
  if (reason !== undefined) {
    const { id, ownerId, orgId } = apiKey;
    const refused = { kind: "api_key", id, credentialType: "api_key", ownerId, orgId };
    auditRefusal(place, refused, isRight ? reason : "wrong_secret", checked);
    return { ok: false, reason };
  }
  touch(place, apiKey, checked.nowMs, touchEveryMs);
  return { ok: true, identity: identityOf(apiKey), apiKey };
}

function touch(place: SystemPlace, { id, lastUsedAt }: ApiKey, nowMs: number, touchEveryMs: number | null): void {
  if (touchEveryMs === null || nowMs - (lastUsedAt ?? NEVER_MS) < touchEveryMs) return;
  runAtOnce(place, TOUCH, [nowMs, id]);
}

/** Of lists of its own: who gets an identity may narrow it. */
function identityOf({ ownerId, scopes, resources }: ApiKey): VerifiedIdentity {
  const identity = { id: ownerId, scopes: [...scopes] };
  if (resources === null) return identity;
  const actions = Object.entries(resources).map(([resource, list]): [string, string[]] => [resource, [...list]]);
  return { ...identity, resources: Object.fromEntries(actions) };
}
