import { checkInteger } from "../../arguments.ts";
import { auditValues, INSERT_AUDIT } from "./audit-log.ts";
import { checkTime } from "./checks.ts";
import { runAtOnce } from "./run-at-once.ts";
import type { SystemPlace } from "./system-scope.ts";

/** Who acts, and what it may do, as access control asks for it. */
export interface VerifiedIdentity {
  /** The account. */
  readonly id: string;
  readonly scopes: string[];
  /** Actions by `type:id`. */
  readonly resources?: Record<string, string[]>;
}

/**
 * Why a credential is refused. `unknown` is also one whose secret is wrong: what state it is in learns only who has the whole
 * of it. Tell the outside none of them.
 */
export type RefusalReason = "malformed" | "unknown" | "revoked" | "disabled" | "expired" | "account_inactive";

/** How a credential is verified. */
export interface VerifyOptions {
  /** The time that it must be valid at, in Unix milliseconds. @default now */
  readonly nowMs?: number;
  /** How often at most the refusal of one credential is kept in the audit log, for each reason; null for never. @default 3600000 */
  readonly auditRefusalsEveryMs?: number | null;
}

/** What is looked at beside the secret. */
interface CredentialState {
  readonly enabled: boolean;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** A credential that was refused, as the audit log names it. */
interface Refused {
  /** `api_key`, `peer_credential`. */
  readonly kind: string;
  readonly id: string;
  readonly credentialType: string;
  readonly ownerId: string;
  readonly orgId: string | null;
}

const REFUSALS_EVERY_MS = 3_600_000;
// Not by the index of actions (+): there, the refusals of all other credentials would be in the way.
const RECENT = `SELECT 1 FROM "audit_logs" WHERE "resource" = ? AND "created_at" > ? AND +"action" = ?
  AND json_extract("details", '$.reason') = ? LIMIT 1`;

/** Checks what {@link VerifyOptions} says and gives it in full. */
export function checkVerifyOptions(options: VerifyOptions, action: string): Required<VerifyOptions> {
  const { nowMs = Date.now(), auditRefusalsEveryMs = REFUSALS_EVERY_MS } = options;
  checkTime(nowMs, action, "nowMs");
  if (auditRefusalsEveryMs !== null) checkInteger(auditRefusalsEveryMs, 0, action, "auditRefusalsEveryMs");
  return { nowMs, auditRefusalsEveryMs };
}

/** Why a credential with the right secret is refused, or undefined. */
export function refusalOf(
  { enabled, expiresAt, revokedAt }: CredentialState,
  accountStatus: unknown,
  nowMs: number,
): RefusalReason | undefined {
  if (revokedAt !== null && revokedAt <= nowMs) return "revoked";
  if (!enabled) return "disabled";
  if (expiresAt !== null && expiresAt <= nowMs) return "expired";
  return accountStatus === "active" ? undefined : "account_inactive";
}

/**
 * Keeps the refusal of a known credential in the audit log, if the last one for the same reason is long enough ago, so that
 * nobody can fill the log; and if it can be written at once.
 */
export function auditRefusal(
  place: SystemPlace,
  { kind, id, credentialType, ownerId, orgId }: Refused,
  reason: string,
  { nowMs, auditRefusalsEveryMs }: Required<VerifyOptions>,
): void {
  if (auditRefusalsEveryMs === null) return;
  const action = `${kind}.refused`;
  const resource = `${kind}:${id}`;
  const since = nowMs - auditRefusalsEveryMs;
  if (place.executor.row(RECENT, [resource, since, action, reason], 1) !== undefined) return;
  const entry = { action, actorType: "anonymous", resource, ownerId, orgId, credentialId: id, credentialType };
  runAtOnce(place, INSERT_AUDIT, auditValues({ ...entry, details: { reason } }));
}
