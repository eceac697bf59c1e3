import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { createPrivateFile, isThere, syncDirectory, syncFile } from "../../durable-files.ts";
import { StorageError } from "../../errors.ts";
import { type Database, FileLock, open, sealFile } from "../../honker/mod.ts";
import { isOrgId } from "./org-id.ts";
import { inUse } from "./refusals.ts";

/** Whether a tenant can be used, or is set aside. */
export type TenantStatus = "active" | "archived";

/** A name that is not a tenant's yet, or not any more. */
export interface LooseFile {
  readonly path: string;
  readonly orgId: string;
  readonly kind: keyof typeof LOOSE;
}

/**
 * What a file is called while it is
 *
 * - `new`: made by `create()`. Whoever finds it while nobody else changes the directory may remove it: its maker is dead.
 * - `pending`: made or removed together with a row of the system database, which decides what becomes of it.
 * - `restoring`: copied by `restore()`, for as long as that takes. Left alone until it is old.
 */
const LOOSE = { new: ".db.new", pending: ".db.pending", restoring: ".restoring" } as const;

const LOCK_TIMEOUT_MS = 5000;
const PREFIX = "tenant-";
const SUFFIX = ".db";
const FOLDERS: Readonly<Record<TenantStatus, string>> = { active: ".", archived: "archived" };
const SIDECARS = ["-wal", "-shm", "-journal"]; // what SQLite keeps beside a database

/**
 * The directory of tenants' files: their names, and how they come, move and go.
 *
 * Whoever changes names does so under {@link lock} alone, and whoever opens a file holds it shared meanwhile, in all
 * processes: so a file is never opened while it is moved. That it is not open already is found out by sealing it.
 */
export class TenantFiles {
  readonly directory: string;
  readonly lock: FileLock;

  constructor(directory: string) {
    try {
      if (!isThere(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.directory = realpathSync(directory);
      this.lock = new FileLock(join(this.directory, "tenants.lock"), LOCK_TIMEOUT_MS);
    } catch (cause) {
      const message = `Cannot open tenants: "${directory}" must be a directory that can be written: it is not`;
      throw new StorageError("OPEN_FAILED", message, { cause });
    }
  }

  pathOf(orgId: string, status: TenantStatus = "active"): string {
    return join(this.directory, FOLDERS[status], `${PREFIX}${orgId}${SUFFIX}`);
  }

  loosePath(orgId: string, kind: keyof typeof LOOSE, status: TenantStatus = "active"): string {
    return join(this.directory, FOLDERS[status], `${PREFIX}${orgId}${LOOSE[kind]}`);
  }

  /** @throws {StorageError} `OPEN_FAILED` if what has the tenant's name is no file: a symbolic link, a directory, … */
  statusOf(orgId: string): TenantStatus | undefined {
    for (const status of ["active", "archived"] as const) {
      const stats = lstatSync(this.pathOf(orgId, status), { throwIfNoEntry: false });
      if (stats === undefined) continue;
      if (stats.isFile()) return status;
      const message = `Cannot use tenant "${orgId}": a file is wanted: received ${kindOf(stats)}`;
      throw new StorageError("OPEN_FAILED", message, { details: { orgId } });
    }
    return undefined;
  }

  /** Where a tenant's pending file is, if there is one. */
  pendingOf(orgId: string): TenantStatus | undefined {
    return (["active", "archived"] as const).find((status) => isThere(this.loosePath(orgId, "pending", status)));
  }

  /** The tenants of a status, sorted. What is no tenant's file is passed over. */
  orgIds(status: TenantStatus): string[] {
    const ids: string[] = [];
    for (const entry of this.#entries(status)) {
      const orgId = orgIdOf(entry.name, SUFFIX);
      if (orgId !== undefined && entry.isFile()) ids.push(orgId);
    }
    return ids.sort();
  }

  loose(): LooseFile[] {
    const found: LooseFile[] = [];
    for (const status of ["active", "archived"] as const) {
      for (const { name } of this.#entries(status)) {
        const path = join(this.directory, FOLDERS[status], name);
        for (const kind of ["new", "pending"] as const) {
          const orgId = orgIdOf(name, LOOSE[kind]);
          if (orgId !== undefined) found.push({ path, orgId, kind });
        }
        if (name.startsWith(PREFIX) && name.includes(LOOSE.restoring))
          found.push({ path, orgId: "", kind: "restoring" });
      }
    }
    return found;
  }

  /** Makes a file under a name that is not a tenant's yet, whole and on the disk; `fill` brings in the tables. */
  make(path: string, fill: (client: Database) => void): void {
    this.remove(path);
    createPrivateFile(path);
    try {
      const client = open(path);
      try {
        client.run("PRAGMA synchronous = OFF"); // it is synced once, at the end: before, nobody knows it
        fill(client);
      } finally {
        client.close();
      }
      syncFile(path);
      this.sync();
    } catch (error) {
      this.remove(path);
      throw error;
    }
  }

  /** Gives a sealed file its next name. What SQLite may have left there is of a file that is gone. */
  rename(from: string, to: string): void {
    for (const end of SIDECARS) rmSync(`${to}${end}`, { force: true });
    renameSync(from, to);
    this.sync();
  }

  remove(path: string): void {
    for (const end of [...SIDECARS, ""]) rmSync(`${path}${end}`, { force: true }); // the last one has the name that is looked for
  }

  /** Has all of a file in one, which nobody has open. @throws {StorageError} `TENANT_IN_USE` */
  seal(path: string, orgId: string, action: string): void {
    try {
      sealFile(path);
    } catch (cause) {
      if (!(cause instanceof StorageError && cause.retryable)) throw cause;
      throw inUse(action, orgId, "another program or connection that has it open", cause);
    }
  }

  /** The same for a file that goes away: one that is damaged goes, too. */
  sealIfSound(path: string, orgId: string, action: string): void {
    try {
      this.seal(path, orgId, action);
    } catch (error) {
      if (error instanceof StorageError && error.retryable) throw error;
    }
  }

  close(): void {
    this.lock.close();
  }

  /** Waits until the names are on the disk. */
  sync(): void {
    syncDirectory(this.directory);
    const archive = join(this.directory, FOLDERS.archived);
    if (isThere(archive)) syncDirectory(archive);
  }

  #entries(status: TenantStatus) {
    const folder = join(this.directory, FOLDERS[status]);
    return isThere(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  }
}

function orgIdOf(name: string, suffix: string): string | undefined {
  if (!name.startsWith(PREFIX) || !name.endsWith(suffix)) return undefined;
  const orgId = name.slice(PREFIX.length, -suffix.length);
  return isOrgId(orgId) ? orgId : undefined;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return "a symbolic link";
  return stats.isDirectory() ? "a directory" : "a device, pipe or socket";
}
