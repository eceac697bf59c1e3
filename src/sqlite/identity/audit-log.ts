import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import { describeKind } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { checkFilled, encodeObject } from "./checks.ts";
import { type SystemScope, writeIn } from "./system-scope.ts";

/** Who does something, as the audit log names it. */
export interface Actor {
  /** `account`, `system`, `peer` … */
  readonly type: string;
  readonly id?: string | null;
  /** The credential that it acts by. */
  readonly credentialId?: string | null;
  /** `api_key`, `ssh_key`, `cert_authority` … */
  readonly credentialType?: string | null;
}

/** What every function that changes something takes. */
export interface ActorOptions {
  /** Who does it, for the audit log. @default { type: "system" } */
  readonly actor?: Actor;
}

/** What is to be kept in the audit log. It can't be changed or taken out again: keep secrets and personal data out. */
export interface NewAuditEntry {
  /** What was done, such as `api_key.created`. */
  readonly action: string;
  /** The kind of who did it: `account`, `system`, `peer` … */
  readonly actorType: string;
  readonly actorId?: string | null;
  /** What it was done to, as `type:id`. */
  readonly resource?: string | null;
  /** The account that answers for it. */
  readonly ownerId?: string | null;
  readonly orgId?: string | null;
  readonly credentialId?: string | null;
  readonly credentialType?: string | null;
  readonly details?: JsonObject | null;
}

/** What a function of this folder says of what it did. */
export type AuditedStep = Pick<NewAuditEntry, "action" | "resource" | "ownerId" | "orgId" | "details">;

const OPTIONAL = ["actorId", "resource", "ownerId", "orgId", "credentialId", "credentialType"] as const;
const ENTRY = ["action", "actorType", ...OPTIONAL, "details"];
const ACTOR = ["type", "id", "credentialId", "credentialType"];

/** Its time is SQLite's, taken under the write lock: the order of times is the order of commits. */
export const INSERT_AUDIT = `INSERT INTO "audit_logs" ("id", "action", "actor_type", "actor_id", "resource", "owner_id",
  "org_id", "credential_id", "credential_type", "details") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * Adds an entry to the audit log, for good: triggers refuse every change and deletion, also to who writes SQL.
 *
 * In a transaction it commits with what it tells of, or not at all.
 *
 * @returns The id of the entry.
 */
export function appendAudit(db: SystemScope, entry: NewAuditEntry): string {
  const action = "append to the audit log";
  checkOptions(entry, ENTRY, "appendAudit");
  checkFilled(entry?.action, action, "action");
  checkFilled(entry.actorType, action, "actorType");
  for (const member of OPTIONAL) {
    const value = entry[member];
    if (value !== undefined && value !== null) checkName(value, action, member);
  }
  if (entry.details !== undefined && entry.details !== null) encodeObject(entry.details, action, "details");
  const id = v7();
  writeIn(db, action, (scope) => scope.run(INSERT_AUDIT, auditValues(entry, id)));
  return id;
}

/** The parameters of {@link INSERT_AUDIT}. */
export function auditValues(entry: NewAuditEntry, id: string = v7()): (string | null)[] {
  const { action, actorType, details } = entry;
  const texts = OPTIONAL.map((member) => entry[member] ?? null);
  return [id, action, actorType, ...texts, details === undefined || details === null ? null : JSON.stringify(details)];
}

/** Keeps what a function of this folder does, beside it in its transaction. */
export function audit(executor: Executor, actor: Actor | undefined, step: AuditedStep): void {
  const { type, id, credentialId, credentialType } = actor ?? SYSTEM;
  const by = { actorType: type, actorId: id ?? null, credentialId: credentialId ?? null, credentialType };
  executor.run(INSERT_AUDIT, auditValues({ ...step, ...by, credentialType: credentialType ?? null }));
}

const SYSTEM: Actor = { type: "system" };

/** @throws {TypeError} If `actor` is given and names nobody. */
export function checkActor(actor: unknown, action: string): void {
  if (actor === undefined) return;
  if (typeof actor !== "object" || actor === null) {
    throw new TypeError(`Cannot ${action}: actor must be an object: received ${describeKind(actor)}`);
  }
  checkOptions(actor, ACTOR, "actor");
  const { type, id, credentialId, credentialType } = actor as Actor;
  checkFilled(type, action, "type of the actor");
  for (const value of [id, credentialId, credentialType]) {
    if (value !== undefined && value !== null) checkName(value, action, "id or credential of the actor");
  }
}
