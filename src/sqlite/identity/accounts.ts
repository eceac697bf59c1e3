import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import type { SqlParameter } from "../../honker/mod.ts";
import { describeKind } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { type ActorOptions, audit, checkActor } from "./audit-log.ts";
import { checkOneOf, encodeObject } from "./checks.ts";
import { alreadyExists, ownerRequired } from "./refusals.ts";
import {
  type CommonMembers,
  checkPage,
  findRecord,
  getRecord,
  listRecords,
  type PageOptions,
  type RecordTable,
  setColumns,
} from "./rows.ts";
import { readerOf, type SystemScope, writeIn } from "./system-scope.ts";

/** What kind of account it is: `admin` of the system, a `user`, or a `service`. */
export type AccessLevel = "admin" | "user" | "service";
/** Whether an account can act: the credentials of one that is not `active` are refused. */
export type AccountStatus = "active" | "suspended" | "deactivated";

/** Who can act: a person or a service. */
export interface Account extends CommonMembers {
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly accessLevel: AccessLevel;
  readonly status: AccountStatus;
}

/** What a new account is to be. */
export interface NewAccount extends ActorOptions {
  /** Without regard to case and to white space around it. */
  readonly email: string;
  /** @default "" */
  readonly name?: string;
  /** @default "user" */
  readonly accessLevel?: AccessLevel;
  /** @default "active" */
  readonly status?: AccountStatus;
  readonly metadata?: JsonObject;
}

/** What of an account can be changed, beside its status. */
export interface AccountChanges extends ActorOptions {
  readonly email?: string;
  readonly name?: string;
  readonly accessLevel?: AccessLevel;
  readonly metadata?: JsonObject;
}

/** Which accounts are wanted. */
export interface AccountFilter extends PageOptions {
  readonly accessLevel?: AccessLevel;
  readonly status?: AccountStatus;
}

export const accountTable: RecordTable<Account> = {
  name: "account",
  table: '"accounts"',
  columns: ['"email"', '"name"', '"access_level"', '"status"'],
  decode: (common, [email, name, accessLevel, status]) => ({
    ...common,
    email: email as string,
    name: name as string,
    accessLevel: accessLevel as AccessLevel,
    status: status as AccountStatus,
  }),
};

const ACCESS_LEVELS: readonly AccessLevel[] = ["admin", "user", "service"];
const STATUSES: readonly AccountStatus[] = ["active", "suspended", "deactivated"];
const NEW_ACCOUNT = ["email", "name", "accessLevel", "status", "metadata", "actor"];
const MAX_EMAIL = 254; // characters: https://www.rfc-editor.org/errata/eid1690
const INSERT = `INSERT INTO "accounts" ("id", "email", "name", "access_level", "status", "metadata")
  VALUES (?, ?, ?, ?, ?, ?)`;

/**
 * Makes an account.
 *
 * @throws {StorageError} `ALREADY_EXISTS` if the address has one.
 */
export function createAccount(db: SystemScope, account: NewAccount): Account {
  const action = "create an account";
  checkOptions(account, NEW_ACCOUNT, "createAccount");
  const { name = "", accessLevel = "user", status = "active", metadata = {}, actor } = account ?? {};
  const email = normalizeEmail(account?.email, action);
  checkName(name, action, "name");
  checkOneOf(accessLevel, ACCESS_LEVELS, action, "accessLevel");
  checkOneOf(status, STATUSES, action, "status");
  checkActor(actor, action);
  const id = v7();
  const values = [id, email, name, accessLevel, status, encodeObject(metadata, action, "metadata")];
  return writeIn(db, action, (scope) => {
    refuseTaken(scope, email, undefined, action);
    scope.run(INSERT, values);
    const details = { accessLevel, status };
    audit(scope, actor, { action: "account.created", resource: `account:${id}`, ownerId: id, details });
    return getRecord(scope, accountTable, id, action);
  });
}

/** The account with this id. @throws {StorageError} `NOT_FOUND` */
export function getAccount(db: SystemScope, id: string): Account {
  const action = "get an account";
  return getRecord(readerOf(db, action), accountTable, id, action);
}

/** The account with this address, or undefined. */
export function findAccountByEmail(db: SystemScope, email: string): Account | undefined {
  const action = "find an account";
  const normal = normalizeEmail(email, action);
  return findRecord(readerOf(db, action), accountTable, 'lower("email") = ?', [normal]);
}

/** The accounts that fit, by age. */
export function listAccounts(db: SystemScope, filter: AccountFilter = {}): Account[] {
  const action = "list accounts";
  checkPage(filter, ["accessLevel", "status"], "listAccounts");
  const { accessLevel, status } = filter;
  if (accessLevel !== undefined) checkOneOf(accessLevel, ACCESS_LEVELS, action, "accessLevel");
  if (status !== undefined) checkOneOf(status, STATUSES, action, "status");
  const conditions = [['"access_level"', accessLevel] as const, ['"status"', status] as const];
  return listRecords(readerOf(db, action), accountTable, conditions, filter, action);
}

/**
 * Changes what is said of an account.
 *
 * @throws {StorageError} `NOT_FOUND`, or `ALREADY_EXISTS` if the address has another account.
 */
export function updateAccount(db: SystemScope, id: string, changes: AccountChanges): Account {
  const action = "update an account";
  checkName(id, action, "id");
  checkOptions(changes, ["email", "name", "accessLevel", "metadata", "actor"], "updateAccount");
  const { name, accessLevel, metadata, actor } = changes ?? {};
  checkActor(actor, action);
  const columns: Record<string, SqlParameter> = {};
  const email = changes?.email === undefined ? undefined : normalizeEmail(changes.email, action);
  if (email !== undefined) columns.email = email;
  if (name !== undefined) {
    checkName(name, action, "name");
    columns.name = name;
  }
  if (accessLevel !== undefined) {
    checkOneOf(accessLevel, ACCESS_LEVELS, action, "accessLevel");
    columns.access_level = accessLevel;
  }
  if (metadata !== undefined) columns.metadata = encodeObject(metadata, action, "metadata");
  return writeIn(db, action, (scope) => {
    if (email !== undefined) refuseTaken(scope, email, id, action);
    setColumns(scope, accountTable, id, columns, action);
    const level = accessLevel === undefined ? {} : { accessLevel };
    const details = { changed: Object.keys(columns), ...level };
    audit(scope, actor, { action: "account.updated", resource: `account:${id}`, ownerId: id, details });
    return getRecord(scope, accountTable, id, action);
  });
}

/**
 * Lets an account act, or no more: the credentials of one that is suspended or deactivated are refused at once, and work
 * again when it is active again.
 *
 * @throws {StorageError} `NOT_FOUND`
 */
export function setAccountStatus(
  db: SystemScope,
  id: string,
  options: { readonly status: AccountStatus } & ActorOptions,
): Account {
  const action = "set the status of an account";
  checkName(id, action, "id");
  checkOptions(options, ["status", "actor"], "setAccountStatus");
  const { status, actor } = options ?? {};
  checkOneOf(status, STATUSES, action, "status");
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const before = getRecord(scope, accountTable, id, action);
    if (before.status === status) return before;
    setColumns(scope, accountTable, id, { status }, action);
    const details = { from: before.status, to: status };
    audit(scope, actor, { action: "account.status_changed", resource: `account:${id}`, ownerId: id, details });
    return getRecord(scope, accountTable, id, action);
  });
}

/**
 * Deletes an account with its memberships and credentials. What it did stays in the audit log, by its id.
 *
 * @returns Whether there was one.
 * @throws {StorageError} `OWNER_REQUIRED` if it owns an organisation.
 */
export function deleteAccount(db: SystemScope, id: string, options: ActorOptions = {}): boolean {
  const action = "delete an account";
  checkName(id, action, "id");
  checkOptions(options, ["actor"], "deleteAccount");
  checkActor(options.actor, action);
  return writeIn(db, action, (scope) => {
    const owned = scope.row('SELECT "id" FROM "organizations" WHERE "owner_id" = ?', [id], 1);
    if (owned !== undefined) throw ownerRequired(action, { accountId: id, orgId: owned[0] as string });
    const { changes } = scope.run('DELETE FROM "accounts" WHERE "id" = ?', [id]);
    if (changes > 0) {
      audit(scope, options.actor, { action: "account.deleted", resource: `account:${id}`, ownerId: id });
    }
    return changes > 0;
  });
}

/**
 * `email` as it is stored and looked for: without white space around it, composed (NFC) and in lower case. Mail servers may
 * tell upper from lower case before the @; none in use does.
 */
function normalizeEmail(email: unknown, action: string): string {
  checkName(email, action, "email");
  const normal = email.trim().normalize("NFC").toLowerCase();
  if (/^[^\s@]+@[^\s@]+$/.test(normal) && normal.length <= MAX_EMAIL) return normal;
  throw new TypeError(
    `Cannot ${action}: email must be an address such as ann@example.org: received ${describeKind(email)}`,
  );
}

function refuseTaken(reader: Executor, email: string, own: string | undefined, action: string): void {
  const row = reader.row('SELECT "id" FROM "accounts" WHERE lower("email") = ?', [email], 1);
  if (row !== undefined && row[0] !== own) throw alreadyExists(action, "email", "an address that has an account");
}
