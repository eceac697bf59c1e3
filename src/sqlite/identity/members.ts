import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import { quote } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { accountTable } from "./accounts.ts";
import { type ActorOptions, audit, checkActor } from "./audit-log.ts";
import { checkOneOf } from "./checks.ts";
import { organizationTable } from "./organizations.ts";
import { alreadyExists, notFound, ownerRequired } from "./refusals.ts";
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

/** What a member may do in an organisation. `owner` is its one owner, made by `transferOwnership()`. */
export type MemberLevel = "owner" | "admin" | "member";

/** An account in an organisation. */
export interface OrgMember extends CommonMembers {
  readonly orgId: string;
  readonly accountId: string;
  readonly level: MemberLevel;
}

/** Whose membership is meant. */
export interface MemberOptions extends ActorOptions {
  readonly orgId: string;
  readonly accountId: string;
}

const memberTable: RecordTable<OrgMember> = {
  name: "member",
  table: '"org_members"',
  columns: ['"org_id"', '"account_id"', '"level"'],
  decode: (common, [orgId, accountId, level]) => ({
    ...common,
    orgId: orgId as string,
    accountId: accountId as string,
    level: level as MemberLevel,
  }),
};

const LEVELS = ["admin", "member"] as const;
const INSERT = 'INSERT INTO "org_members" ("id", "org_id", "account_id", "level") VALUES (?, ?, ?, ?)';

/**
 * Makes an account a member of an organisation.
 *
 * @throws {StorageError} `NOT_FOUND` if there is no such organisation or account, `ALREADY_EXISTS` if it is a member.
 */
export function addMember(db: SystemScope, member: MemberOptions & { readonly level?: "admin" | "member" }): OrgMember {
  const action = "add a member";
  const { orgId, accountId, actor } = checkMember(member, ["level"], action, "addMember");
  const { level = "member" } = member;
  checkOneOf(level, LEVELS, action, "level");
  return writeIn(db, action, (scope) => {
    getRecord(scope, organizationTable, orgId, action);
    getRecord(scope, accountTable, accountId, action);
    if (find(scope, orgId, accountId) !== undefined) throw alreadyExists(action, "account", "one that is a member");
    scope.run(INSERT, [v7(), orgId, accountId, level]);
    keep(scope, actor, "member.added", orgId, accountId, { level });
    return get(scope, orgId, accountId, action);
  });
}

/**
 * Changes what a member may do.
 *
 * @throws {StorageError} `NOT_FOUND` if it is no member, `OWNER_REQUIRED` if it is the owner: transfer the ownership.
 */
export function setMemberLevel(
  db: SystemScope,
  member: MemberOptions & { readonly level: "admin" | "member" },
): OrgMember {
  const action = "set the level of a member";
  const { orgId, accountId, actor } = checkMember(member, ["level"], action, "setMemberLevel");
  const { level } = member;
  checkOneOf(level, LEVELS, action, "level");
  return writeIn(db, action, (scope) => {
    const before = get(scope, orgId, accountId, action);
    if (before.level === "owner") throw ownerRequired(action, { accountId, orgId });
    if (before.level === level) return before;
    setColumns(scope, memberTable, before.id, { level }, action);
    keep(scope, actor, "member.level_changed", orgId, accountId, { from: before.level, to: level });
    return get(scope, orgId, accountId, action);
  });
}

/**
 * Takes an account out of an organisation, with the API keys that it has for that one alone.
 *
 * @returns Whether it was a member.
 * @throws {StorageError} `OWNER_REQUIRED` if it is the owner.
 */
export function removeMember(db: SystemScope, member: MemberOptions): boolean {
  const action = "remove a member";
  const { orgId, accountId, actor } = checkMember(member, [], action, "removeMember");
  return writeIn(db, action, (scope) => {
    const before = find(scope, orgId, accountId);
    if (before === undefined) return false;
    if (before.level === "owner") throw ownerRequired(action, { accountId, orgId });
    scope.run('DELETE FROM "org_members" WHERE "id" = ?', [before.id]);
    keep(scope, actor, "member.removed", orgId, accountId, { level: before.level });
    return true;
  });
}

/** The membership of an account in an organisation, or undefined. */
export function findMember(
  db: SystemScope,
  member: { readonly orgId: string; readonly accountId: string },
): OrgMember | undefined {
  const action = "find a member";
  const { orgId, accountId } = checkMember(member, [], action, "findMember");
  return find(readerOf(db, action), orgId, accountId);
}

/** The members of an organisation, by the age of their membership. */
export function listMembers(db: SystemScope, orgId: string, page: PageOptions = {}): OrgMember[] {
  const action = "list members";
  checkName(orgId, action, "orgId");
  checkPage(page, [], "listMembers");
  return listRecords(readerOf(db, action), memberTable, [['"org_id"', orgId]], page, action);
}

/** The organisations that an account is a member of, by the age of its membership. */
export function listMemberships(db: SystemScope, accountId: string, page: PageOptions = {}): OrgMember[] {
  const action = "list memberships";
  checkName(accountId, action, "accountId");
  checkPage(page, [], "listMemberships");
  return listRecords(readerOf(db, action), memberTable, [['"account_id"', accountId]], page, action);
}

function find(reader: Executor, orgId: string, accountId: string): OrgMember | undefined {
  return findRecord(reader, memberTable, '"org_id" = ? AND "account_id" = ?', [orgId, accountId]);
}

function get(reader: Executor, orgId: string, accountId: string, action: string): OrgMember {
  const member = find(reader, orgId, accountId);
  if (member !== undefined) return member;
  throw notFound(action, `member ${quote(accountId)} of organisation ${quote(orgId)}`);
}

function keep(
  executor: Executor,
  actor: ActorOptions["actor"],
  action: string,
  orgId: string,
  accountId: string,
  details: Readonly<Record<string, string>>,
): void {
  audit(executor, actor, { action, resource: `account:${accountId}`, ownerId: accountId, orgId, details });
}

function checkMember(member: unknown, known: readonly string[], action: string, callee: string): MemberOptions {
  checkOptions(member, ["orgId", "accountId", "actor", ...known], callee);
  const { orgId, accountId, actor } = (member ?? {}) as Partial<MemberOptions>;
  checkName(orgId, action, "orgId");
  checkName(accountId, action, "accountId");
  checkActor(actor, action);
  return { orgId, accountId, ...(actor === undefined ? {} : { actor }) };
}
