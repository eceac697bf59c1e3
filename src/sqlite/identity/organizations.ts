import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import type { SqlParameter } from "../../honker/mod.ts";
import { describeKind, quote } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { checkOrgId } from "../tenants/org-id.ts";
import { accountTable } from "./accounts.ts";
import { type ActorOptions, audit, checkActor } from "./audit-log.ts";
import { checkFilled, encodeObject } from "./checks.ts";
import { alreadyExists, notFound } from "./refusals.ts";
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

/** A tenant. Its id names its file. */
export interface Organization extends CommonMembers {
  /** Unique, for people: it may change, the id does not. */
  readonly slug: string;
  /** Unique. */
  readonly name: string;
  /** The account that is its one member of level `owner`. */
  readonly ownerId: string;
}

/** What a new organisation is to be. */
export interface NewOrganization extends ActorOptions {
  /** 1 to 63 characters of a-z, 0-9 and -, the first no -. @default a UUID of version 7 */
  readonly id?: string;
  /** 1 to 63 characters of a-z, 0-9 and -, the first no -. */
  readonly slug: string;
  readonly name: string;
  readonly ownerId: string;
  readonly metadata?: JsonObject;
}

/** What of an organisation can be changed, beside its owner. */
export interface OrganizationChanges extends ActorOptions {
  readonly slug?: string;
  readonly name?: string;
  readonly metadata?: JsonObject;
}

/** Which organisations are wanted. */
export interface OrganizationFilter extends PageOptions {
  readonly ownerId?: string;
}

export const organizationTable: RecordTable<Organization> = {
  name: "organisation",
  table: '"organizations"',
  columns: ['"slug"', '"name"', '"owner_id"'],
  decode: (common, [slug, name, ownerId]) => ({
    ...common,
    slug: slug as string,
    name: name as string,
    ownerId: ownerId as string,
  }),
};

const NEW_ORGANIZATION = ["id", "slug", "name", "ownerId", "metadata", "actor"];
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const INSERT = 'INSERT INTO "organizations" ("id", "slug", "name", "owner_id", "metadata") VALUES (?, ?, ?, ?, ?)';

/**
 * Makes an organisation with its owner as its first member, and keeps that in the audit log: all or nothing.
 *
 * ```ts
 * const owner = createAccount(db, { email: "ann@example.org" });
 * const acme = createOrganization(db, { slug: "acme", name: "Acme", ownerId: owner.id });
 * ```
 *
 * @throws {StorageError} `NOT_FOUND` if there is no such account, `ALREADY_EXISTS` if the id, slug or name is taken.
 */
export function createOrganization(db: SystemScope, organization: NewOrganization): Organization {
  const action = "create an organisation";
  checkOptions(organization, NEW_ORGANIZATION, "createOrganization");
  const { id = v7(), slug, name, ownerId, metadata = {}, actor } = organization ?? {};
  checkOrgId(id, action);
  checkSlug(slug, action);
  checkFilled(name, action, "name");
  checkName(ownerId, action, "ownerId");
  checkActor(actor, action);
  const values = [id, slug, name, ownerId, encodeObject(metadata, action, "metadata")];
  return writeIn(db, action, (scope) => {
    getRecord(scope, accountTable, ownerId, action);
    refuseTaken(scope, { id, slug, name }, undefined, action);
    scope.run(INSERT, values); // a trigger adds the owner as a member
    audit(scope, actor, { action: "organization.created", resource: `organization:${id}`, ownerId, orgId: id });
    return getRecord(scope, organizationTable, id, action);
  });
}

/** The organisation with this id. @throws {StorageError} `NOT_FOUND` */
export function getOrganization(db: SystemScope, id: string): Organization {
  const action = "get an organisation";
  return getRecord(readerOf(db, action), organizationTable, id, action);
}

/** The organisation with this slug, or undefined. */
export function findOrganizationBySlug(db: SystemScope, slug: string): Organization | undefined {
  const action = "find an organisation";
  checkName(slug, action, "slug");
  return findRecord(readerOf(db, action), organizationTable, '"slug" = ?', [slug]);
}

/** The organisations that fit, by id. */
export function listOrganizations(db: SystemScope, filter: OrganizationFilter = {}): Organization[] {
  const action = "list organisations";
  checkPage(filter, ["ownerId"], "listOrganizations");
  const { ownerId } = filter;
  if (ownerId !== undefined) checkName(ownerId, action, "ownerId");
  return listRecords(readerOf(db, action), organizationTable, [['"owner_id"', ownerId]], filter, action);
}

/**
 * Changes what is said of an organisation.
 *
 * @throws {StorageError} `NOT_FOUND`, or `ALREADY_EXISTS` if the slug or name is taken.
 */
export function updateOrganization(db: SystemScope, id: string, changes: OrganizationChanges): Organization {
  const action = "update an organisation";
  checkName(id, action, "id");
  checkOptions(changes, ["slug", "name", "metadata", "actor"], "updateOrganization");
  const { slug, name, metadata, actor } = changes ?? {};
  checkActor(actor, action);
  const columns: Record<string, SqlParameter> = {};
  if (slug !== undefined) {
    checkSlug(slug, action);
    columns.slug = slug;
  }
  if (name !== undefined) {
    checkFilled(name, action, "name");
    columns.name = name;
  }
  if (metadata !== undefined) columns.metadata = encodeObject(metadata, action, "metadata");
  return writeIn(db, action, (scope) => {
    refuseTaken(scope, { slug, name }, id, action);
    setColumns(scope, organizationTable, id, columns, action);
    const organization = getRecord(scope, organizationTable, id, action);
    audit(scope, actor, {
      action: "organization.updated",
      resource: `organization:${id}`,
      ownerId: organization.ownerId,
      orgId: id,
      details: { changed: Object.keys(columns) },
    });
    return organization;
  });
}

/**
 * Gives an organisation to another of its members, who becomes its owner; the one before stays as a member of level
 * `admin`.
 *
 * @throws {StorageError} `NOT_FOUND` if there is no such organisation, or the account is no member of it.
 */
export function transferOwnership(
  db: SystemScope,
  id: string,
  options: { readonly ownerId: string } & ActorOptions,
): Organization {
  const action = "transfer an organisation";
  checkName(id, action, "id");
  checkOptions(options, ["ownerId", "actor"], "transferOwnership");
  const { ownerId, actor } = options ?? {};
  checkName(ownerId, action, "ownerId");
  checkActor(actor, action);
  return writeIn(db, action, (scope) => {
    const before = getRecord(scope, organizationTable, id, action);
    if (before.ownerId === ownerId) return before;
    const member = 'SELECT 1 FROM "org_members" WHERE "org_id" = ? AND "account_id" = ?';
    if (scope.row(member, [id, ownerId], 1) === undefined) {
      throw notFound(action, `member ${quote(ownerId)} of organisation ${quote(id)}: add it first`);
    }
    setColumns(scope, organizationTable, id, { owner_id: ownerId }, action); // triggers exchange the levels
    audit(scope, actor, {
      action: "organization.transferred",
      resource: `organization:${id}`,
      ownerId,
      orgId: id,
      details: { from: before.ownerId, to: ownerId },
    });
    return getRecord(scope, organizationTable, id, action);
  });
}

/**
 * Deletes an organisation with its memberships and the API keys that are for it alone. Its file stays where it is.
 *
 * @returns Whether there was one.
 */
export function deleteOrganization(db: SystemScope, id: string, options: ActorOptions = {}): boolean {
  const action = "delete an organisation";
  checkName(id, action, "id");
  checkOptions(options, ["actor"], "deleteOrganization");
  checkActor(options.actor, action);
  return writeIn(db, action, (scope) => {
    const organization = findRecord(scope, organizationTable, '"id" = ?', [id]);
    if (organization === undefined) return false;
    scope.run('DELETE FROM "organizations" WHERE "id" = ?', [id]);
    const { slug, ownerId } = organization;
    const resource = `organization:${id}`;
    audit(scope, options.actor, {
      action: "organization.deleted",
      resource,
      ownerId,
      orgId: id,
      details: { slug },
    });
    return true;
  });
}

/** @throws {StorageError} `ALREADY_EXISTS` if another than `own` has the id, slug or name. */
function refuseTaken(
  reader: Executor,
  wanted: { readonly [Column in "id" | "slug" | "name"]?: string | undefined },
  own: string | undefined,
  action: string,
): void {
  for (const [column, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const row = reader.row(`SELECT "id" FROM "organizations" WHERE "${column}" = ?`, [value], 1);
    if (row !== undefined && row[0] !== own) throw alreadyExists(action, column, quote(value));
  }
}

function checkSlug(slug: unknown, action: string): asserts slug is string {
  if (typeof slug === "string" && SLUG.test(slug)) return;
  const received = typeof slug === "string" ? quote(slug) : describeKind(slug);
  throw new TypeError(
    `Cannot ${action}: slug must be 1 to 63 characters of a-z, 0-9 and -, the first no -: received ${received}`,
  );
}
