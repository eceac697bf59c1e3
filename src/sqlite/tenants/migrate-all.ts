import { checkOptions, checkSignal } from "../../arguments.ts";
import { type OpenOptions, open } from "../../honker/mod.ts";
import type { TenantContext } from "./tenant-context.ts";

/** How far a migration of all tenants is. */
export interface MigrateAllProgress {
  /** Tenants that there were when it began. */
  readonly total: number;
  /** Tenants that it has dealt with. */
  readonly done: number;
  /** The one it dealt with last. */
  readonly orgId: string;
}

/** How all tenants are migrated. */
export interface MigrateAllOptions {
  /** Is told after each file. */
  readonly onProgress?: (progress: MigrateAllProgress) => void;
  /** Ends it after the file at hand: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A tenant that could not be migrated. Its file is as it was. */
export interface FailedTenant {
  readonly orgId: string;
  readonly error: unknown;
}

/** What a migration of all tenants did. */
export interface MigrateAllReport {
  /** Files that were brought up to date now. */
  readonly migrated: number;
  /** Files that were up to date: also those that a run before this one did. */
  readonly upToDate: number;
  readonly failed: readonly FailedTenant[];
}

/** Migrates the files of all active tenants. See `tenants.migrateAll()`. */
export async function migrateAll(
  context: TenantContext,
  orgIds: readonly string[],
  openOptions: OpenOptions,
  options: MigrateAllOptions,
  refuseClosed: () => void,
): Promise<MigrateAllReport> {
  checkMigrateAllOptions(options);
  const { onProgress, signal } = options;
  const failed: FailedTenant[] = [];
  let migrated = 0;
  let upToDate = 0;
  for (const [i, orgId] of orgIds.entries()) {
    signal?.throwIfAborted();
    refuseClosed();
    try {
      const applied = migrateOne(context, orgId, openOptions);
      if (applied > 0) migrated++;
      else if (applied === 0) upToDate++;
    } catch (error) {
      failed.push({ orgId, error });
    }
    onProgress?.({ total: orgIds.length, done: i + 1, orgId });
    await new Promise<void>((resolve) => setImmediate(resolve)); // others have their turn between two files
  }
  return { migrated, upToDate, failed };
}

/** @returns How many migrations were applied, or −1 if the file is gone by now. */
function migrateOne({ files, open: tenants, migrate }: TenantContext, orgId: string, options: OpenOptions): number {
  if (tenants.has(orgId)) return 0; // it was migrated when it was opened
  const client = files.lock.shared(() =>
    files.statusOf(orgId) === "active" ? open(files.pathOf(orgId), options) : undefined,
  );
  if (client === undefined) return -1;
  try {
    return migrate(client).length;
  } finally {
    client.close();
  }
}

function checkMigrateAllOptions(options: MigrateAllOptions): void {
  const action = "migrate all tenants";
  checkOptions(options, ["onProgress", "signal"], "migrateAll");
  if (options.onProgress !== undefined && typeof options.onProgress !== "function") {
    throw new TypeError(`Cannot ${action}: onProgress must be a function: received ${typeof options.onProgress}`);
  }
  checkSignal(options.signal, action);
}
