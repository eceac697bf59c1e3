import { statSync } from "node:fs";
import type { TenantDatabase } from "../client.ts";
import { inUse } from "./refusals.ts";

/** A tenant whose file is open. */
export interface OpenTenant {
  readonly orgId: string;
  readonly db: TenantDatabase;
}

interface Entry extends OpenTenant {
  readonly file: string; // its device and inode
  leases: number;
  idleSinceMs: number;
}

const LEAST_LOOK_MS = 10;
const MOST_LOOK_MS = 60_000;

/**
 * The tenants whose files are open. One is either
 *
 * - in use: it has leases. It is not closed, whatever the bound.
 * - idle: nobody has a lease. It is closed when `maxOpen` files are open and another is wanted, the one that was used
 *   the longest ago first; when `idleTimeoutMs` have passed; or when its file is to be moved.
 *
 * An idle one with an open transaction counts as in use: somebody went on without a lease.
 */
export class OpenTenants {
  readonly #maxOpen: number;
  readonly #idleTimeoutMs: number | null;
  readonly #open: (orgId: string) => TenantDatabase;
  readonly #entries = new Map<string, Entry>();
  readonly #idle = new Map<string, Entry>(); // the one that was used the longest ago stands first
  #timer: NodeJS.Timeout | undefined;

  constructor(maxOpen: number, idleTimeoutMs: number | null, open: (orgId: string) => TenantDatabase) {
    this.#maxOpen = maxOpen;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#open = open;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(orgId: string): boolean {
    return this.#entries.has(orgId);
  }

  leasesOf(orgId: string): number {
    return this.#entries.get(orgId)?.leases ?? 0;
  }

  /** HOT (bench/operations/tenants.ts): the tenant, opened if it is not, with one more lease. */
  acquire(orgId: string): OpenTenant {
    const entry = this.#current(orgId) ?? this.#openEntry(orgId);
    entry.leases++;
    this.#idle.delete(orgId);
    return entry;
  }

  /** Takes a lease back. After {@link close} it does nothing. */
  release(tenant: OpenTenant): void {
    const entry = tenant as Entry;
    if (this.#entries.get(entry.orgId) !== entry || --entry.leases > 0) return;
    entry.idleSinceMs = performance.now();
    this.#idle.set(entry.orgId, entry);
    if (this.#entries.size > this.#maxOpen) this.#closeOldest();
    this.#startTimer();
  }

  /** Closes the tenant if it is open. @throws {StorageError} `TENANT_IN_USE` */
  closeUnused(orgId: string, action: string): void {
    const entry = this.#entries.get(orgId);
    if (entry === undefined) return;
    if (entry.leases > 0) throw inUse(action, orgId, "a lease in this process");
    if (entry.db.$client.inTransaction) throw inUse(action, orgId, "an open transaction in this process");
    this.#closeEntry(entry);
  }

  /** Closes all, also those in use. */
  close(): void {
    this.#stopTimer();
    let failure: { readonly error: unknown } | undefined;
    for (const entry of [...this.#entries.values()]) {
      try {
        this.#closeEntry(entry);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** An idle one whose file was replaced or deleted by somebody is not what is asked for. */
  #current(orgId: string): Entry | undefined {
    const entry = this.#entries.get(orgId);
    if (entry === undefined || entry.leases > 0 || fileAt(entry.db.$client.path) === entry.file) return entry;
    this.#closeEntry(entry);
    return undefined;
  }

  #openEntry(orgId: string): Entry {
    if (this.#entries.size >= this.#maxOpen) this.#closeOldest(); // before, so that the bound holds meanwhile
    const db = this.#open(orgId);
    const entry = { orgId, db, file: fileAt(db.$client.path), leases: 0, idleSinceMs: 0 };
    this.#entries.set(orgId, entry);
    return entry;
  }

  #closeOldest(): void {
    for (const entry of this.#idle.values()) {
      if (entry.db.$client.inTransaction) continue;
      this.#closeEntry(entry);
      return;
    }
  }

  #closeEntry(entry: Entry): void {
    this.#entries.delete(entry.orgId);
    this.#idle.delete(entry.orgId);
    entry.db.$client.close();
  }

  #startTimer(): void {
    if (this.#idleTimeoutMs === null || this.#timer !== undefined || this.#idle.size === 0) return;
    const lookMs = Math.min(Math.max(this.#idleTimeoutMs / 4, LEAST_LOOK_MS), MOST_LOOK_MS);
    this.#timer = setInterval(() => this.#closeExpired(), lookMs);
    this.#timer.unref();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #closeExpired(): void {
    const latestMs = performance.now() - this.#idleTimeoutMs!;
    for (const entry of [...this.#idle.values()]) {
      if (entry.idleSinceMs > latestMs) break;
      if (!entry.db.$client.inTransaction) this.#closeEntry(entry);
    }
    if (this.#idle.size === 0) this.#stopTimer();
  }
}

function fileAt(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}
