/**
 * The files of tenants: one for each organisation, opened when it is wanted.
 *
 * @module
 */
import { lstatSync, statSync } from "node:fs";
import { checkOptions } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import { type BackupOptions, backup, type Database, type OpenOptions, open } from "../honker/mod.ts";
import { createTenantDatabase, type TenantDatabase } from "./client.ts";
import type { deleteOrganization, NewOrganization, Organization } from "./identity/organizations.ts";
import { migrate } from "./migrate.ts";
import { tenantMigrations } from "./migrations/tenant.ts";
import { createTenant, deleteTenant, moveTenant } from "./tenants/change-tenant.ts";
import { type MigrateAllOptions, type MigrateAllReport, migrateAll } from "./tenants/migrate-all.ts";
import { OpenTenants } from "./tenants/open-tenants.ts";
import { checkOrgId } from "./tenants/org-id.ts";
import { createOrganizationTenant, deleteOrganizationTenant } from "./tenants/organization-tenant.ts";
import { Organizations } from "./tenants/organizations.ts";
import { isArchived, notFound } from "./tenants/refusals.ts";
import { type RestoreOptions, restoreTenant } from "./tenants/restore-tenant.ts";
import type { TenantContext } from "./tenants/tenant-context.ts";
import { TenantFiles, type TenantStatus } from "./tenants/tenant-files.ts";
import { TenantLease } from "./tenants/tenant-lease.ts";
import { checkTenantsOptions, type TenantsOptions } from "./tenants/tenant-options.ts";

/** What is known of a tenant without opening its file. */
export interface TenantInfo {
  readonly orgId: string;
  readonly status: TenantStatus;
  readonly path: string;
  /** Of the file and its `-wal`. */
  readonly bytes: number;
  /** Whether its file is open here. */
  readonly isOpen: boolean;
  /** By how many it is in use here. */
  readonly leases: number;
}

const TENANT_CACHE_BYTES = 4 * 1024 * 1024; // hundreds are open, each with up to three connections
const ABANDONED_MS = 3_600_000; // a copy that nobody has written to for so long is of a process that was killed

/**
 * Opens a directory of tenants' files, and finishes what a process that was killed has left half done there.
 *
 * ```ts
 * const tenants = openTenants({ directory: "tenants", system });
 * const acme = tenants.createOrganization({ slug: "acme", name: "Acme", ownerId: ann.id });
 * const drafts = tenants.use(acme.id, (db) => db.select().from(graphs).where(eq(graphs.status, "draft")).all());
 * ```
 *
 * @throws {StorageError} `OPEN_FAILED` if the directory can't be made or written.
 */
export function openTenants(options: TenantsOptions): Tenants {
  checkTenantsOptions(options);
  return new Tenants(options);
}

/**
 * The tenants of a directory: `tenant-{orgId}.db` each, and those that are archived in the folder `archived`.
 *
 * A file is opened, and brought up to date, when it is first used, and stays open afterwards as long as it is among the
 * `maxOpen` that were used last. All ids are checked before anything is looked for: 1 to 63 of a-z, 0-9 and -.
 *
 * Made by `openTenants()`; who opened it closes it.
 */
export class Tenants {
  readonly directory: string;
  readonly #context: TenantContext;
  readonly #openOptions: OpenOptions;
  readonly #creates: boolean;
  #isClosed = false;

  /** Made by `openTenants()`. */
  constructor(options: TenantsOptions) {
    const { system, maxOpen = 200, idleTimeoutMs = 60_000, migrations = [], series = "app", database } = options;
    this.#openOptions = { cacheBytes: TENANT_CACHE_BYTES, ...options.open };
    this.#creates = options.create ?? system === undefined;
    const files = new TenantFiles(options.directory);
    const migrateApplication = (client: Database) =>
      migrations.length === 0 ? [] : migrate(client, migrations, { series });
    this.directory = files.directory;
    this.#context = {
      files,
      organizations: new Organizations(system, files),
      open: new OpenTenants(maxOpen, idleTimeoutMs, (orgId) => this.#open(orgId, migrateApplication, database)),
      migrate: (client) => [
        ...migrate(client, tenantMigrations, { series: "tenant", excludes: "system" }),
        ...migrateApplication(client),
      ],
    };
    try {
      this.#finishLoose();
    } catch (error) {
      files.close();
      throw error;
    }
  }

  /**
   * Runs `work` with the database of a tenant, which stays open until `work` returns, or what it returns settles.
   *
   * What still listens to the database afterwards ends when the file is closed: for that, {@link acquire} it.
   *
   * @throws {StorageError} `NOT_FOUND` if it has no file and gets none; `TENANT_ARCHIVED`; `FILE_TOO_NEW`, `MIGRATION_FAILED`.
   */
  use<T>(orgId: string, work: (db: TenantDatabase) => T): T {
    if (typeof work !== "function") {
      throw new TypeError(`Cannot use a tenant: a function of its database is wanted: received ${typeof work}`);
    }
    const lease = this.acquire(orgId);
    let result: T;
    try {
      result = work(lease.db);
    } catch (error) {
      lease.release();
      throw error;
    }
    if (!isPromiseLike(result)) {
      lease.release();
      return result;
    }
    return Promise.resolve(result).finally(() => lease.release()) as T;
  }

  /**
   * HOT (bench/operations/tenants.ts): keeps a tenant open until the lease is released: for what listens or works for
   * longer. All who use a tenant at once share one open file.
   *
   * Where all `maxOpen` files are in use, one more is opened, and one closed with the next release: nobody waits.
   *
   * @throws {StorageError} As {@link use}.
   */
  acquire(orgId: string): TenantLease {
    this.#refuseClosed();
    checkOrgId(orgId, "open a tenant");
    const { open: tenants } = this.#context;
    const tenant = tenants.acquire(orgId);
    return new TenantLease(orgId, tenant.db, () => tenants.release(tenant));
  }

  /**
   * Makes the file of a tenant, up to date: whole, or not at all.
   *
   * @returns Whether it was made now.
   * @throws {StorageError} `NOT_FOUND` if the system database knows no such organisation; `TENANT_ARCHIVED`.
   */
  create(orgId: string): boolean {
    this.#refuseClosed();
    checkOrgId(orgId, "create a tenant");
    return createTenant(this.#context, orgId);
  }

  /**
   * Makes an organisation, as `createOrganization()` does, and the file of its tenant: both, or neither, also if the process
   * is killed or the power fails at any point.
   *
   * It is a transaction of its own on the system database.
   *
   * @throws {TypeError} If these tenants were opened without `system`.
   * @throws {StorageError} `NOT_FOUND` if there is no such account; `ALREADY_EXISTS` if the id, slug or name is taken.
   */
  createOrganization(organization: NewOrganization): Organization {
    this.#refuseClosed();
    this.#refuseWithoutSystem("create an organisation");
    return createOrganizationTenant(this.#context, organization);
  }

  /**
   * Deletes an organisation, as `deleteOrganization()` does, and the file of its tenant: both, or neither.
   *
   * @returns Whether there was one.
   * @throws {TypeError} If these tenants were opened without `system`.
   * @throws {StorageError} `TENANT_IN_USE` if anybody has the file open, in this process or another.
   */
  deleteOrganization(orgId: string, options?: Parameters<typeof deleteOrganization>[2]): boolean {
    this.#refuseClosed();
    checkOrgId(orgId, "delete an organisation");
    this.#refuseWithoutSystem("delete an organisation");
    return deleteOrganizationTenant(this.#context, orgId, options);
  }

  /** Whether a tenant has a file that can be used: an archived one has none. */
  has(orgId: string): boolean {
    return this.#statusOf(orgId, "look for a tenant") === "active";
  }

  /** What is known of a tenant, or undefined if there is none. */
  info(orgId: string): TenantInfo | undefined {
    const status = this.#statusOf(orgId, "look for a tenant");
    if (status === undefined) return undefined;
    const { files, open: tenants } = this.#context;
    const path = files.pathOf(orgId, status);
    const sizes = [path, `${path}-wal`].map((file) => lstatSync(file, { throwIfNoEntry: false })?.size ?? 0);
    const bytes = sizes[0]! + sizes[1]!;
    return { orgId, status, path, bytes, isOpen: tenants.has(orgId), leases: tenants.leasesOf(orgId) };
  }

  /** The ids of the tenants, sorted. @param options `status`: which ones. @default "active" */
  list(options: { readonly status?: TenantStatus } = {}): string[] {
    this.#refuseClosed();
    checkOptions(options, ["status"], "list");
    const { status = "active" } = options;
    if (status !== "active" && status !== "archived") {
      throw new TypeError(`Cannot list tenants: status must be active or archived: received ${String(status)}`);
    }
    const { files, organizations } = this.#context;
    for (const { kind, orgId } of files.loose()) if (kind === "pending") organizations.settle(orgId);
    return files.orgIds(status);
  }

  /** How many files are open here. */
  get openCount(): number {
    return this.#context.open.size;
  }

  /**
   * Sets a tenant aside: it can't be used until {@link unarchive}.
   *
   * @throws {StorageError} `NOT_FOUND`; `TENANT_IN_USE` if anybody has the file open, in this process or another.
   */
  archive(orgId: string): void {
    this.#refuseClosed();
    checkOrgId(orgId, "archive a tenant");
    moveTenant(this.#context, orgId, "archived");
  }

  /** Brings an archived tenant back. @throws {StorageError} `NOT_FOUND`, or `ALREADY_EXISTS` if it is not archived. */
  unarchive(orgId: string): void {
    this.#refuseClosed();
    checkOrgId(orgId, "unarchive a tenant");
    moveTenant(this.#context, orgId, "active");
  }

  /**
   * Deletes the file of a tenant, active or archived, for good.
   *
   * @returns Whether there was one.
   * @throws {StorageError} `TENANT_IN_USE` if anybody has the file open, in this process or another, or its organisation is
   * there: then {@link deleteOrganization} deletes both.
   */
  delete(orgId: string): boolean {
    this.#refuseClosed();
    checkOrgId(orgId, "delete a tenant");
    return deleteTenant(this.#context, orgId);
  }

  /**
   * Copies a tenant, active or archived, as it is committed now, to a new file at `path`, while others write to it. See
   * `backup()` of `@alkdev/storage/honker`.
   *
   * @throws {StorageError} `NOT_FOUND`; `ALREADY_EXISTS` if something is at `path` and `overwrite` is not set.
   */
  async backup(orgId: string, path: string, options?: BackupOptions): Promise<void> {
    const status = this.#statusOf(orgId, "back up a tenant");
    if (status === undefined) throw notFound("back up tenant", orgId);
    const { files } = this.#context;
    // Under the lock until the file is open: then it can be neither moved nor deleted.
    await files.lock.shared(() => backup(files.pathOf(orgId, files.statusOf(orgId)), path, options));
  }

  /**
   * Puts a copy of the tenant's file at `path`, such as a backup, in the place of the tenant's file: whole and checked, or
   * not at all. It makes a tenant that is not there.
   *
   * @throws {StorageError} `TENANT_IN_USE` if anybody has the file open, in this process or another; `TENANT_ARCHIVED`;
   * `NOT_A_DATABASE`, `SQLITE_CORRUPT`, `FILE_TOO_NEW`, or `MIGRATION_FAILED` if it is no tenant's file.
   */
  async restore(orgId: string, path: string, options: RestoreOptions = {}): Promise<void> {
    this.#refuseClosed();
    checkOrgId(orgId, "restore a tenant");
    await restoreTenant(this.#context, orgId, path, options, () => this.#refuseClosed());
  }

  /**
   * Brings the files of all active tenants up to date, one after the other, each in a transaction of its own. One that
   * can't be does not stop the others.
   *
   * It may be stopped at any moment, by a signal or a crash, and called again: what is done is up to date then. Others run
   * between two files.
   */
  async migrateAll(options: MigrateAllOptions = {}): Promise<MigrateAllReport> {
    const orgIds = this.list();
    return migrateAll(this.#context, orgIds, this.#openOptions, options, () => this.#refuseClosed());
  }

  /** Closes all files, also those in use: leases end. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#context.open.close();
    } finally {
      this.#context.files.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(
    orgId: string,
    migrateApplication: (client: Database) => unknown,
    database: TenantsOptions["database"],
  ): TenantDatabase {
    const { files, organizations } = this.#context;
    organizations.settle(orgId);
    if (this.#creates && files.statusOf(orgId) === undefined) createTenant(this.#context, orgId);
    const client = files.lock.shared(() => {
      const status = files.statusOf(orgId);
      if (status === undefined) throw notFound("open tenant", orgId);
      if (status === "archived") throw isArchived("open tenant", orgId);
      return open(files.pathOf(orgId), this.#openOptions);
    });
    try {
      const db = createTenantDatabase(client, database);
      migrateApplication(client);
      return db;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  #statusOf(orgId: string, action: string): TenantStatus | undefined {
    this.#refuseClosed();
    checkOrgId(orgId, action);
    this.#context.organizations.settle(orgId);
    return this.#context.files.statusOf(orgId);
  }

  /** What processes that were killed have left. */
  #finishLoose(): void {
    const { files, organizations } = this.#context;
    for (const { kind, orgId, path } of files.loose()) {
      if (kind === "pending") organizations.settle(orgId);
      if (kind === "new") files.lock.alone(() => files.remove(path));
      if (kind === "restoring") {
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED_MS) files.remove(path);
      }
    }
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new StorageError("DATABASE_CLOSED", `Cannot use the tenants in "${this.directory}": they were closed`);
  }

  #refuseWithoutSystem(action: string): void {
    if (this.#context.organizations.isKnown) return;
    throw new TypeError(`Cannot ${action}: the tenants must be opened with system: they were opened without`);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
