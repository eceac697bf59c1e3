import type { HonkerTransaction } from "../../honker/mod.ts";
import type { SystemDatabase } from "../client.ts";
import type { TenantFiles } from "./tenant-files.ts";

const HAS_ORGANIZATION = "SELECT EXISTS (SELECT 1 FROM organizations WHERE id = ?) AS found";

/**
 * The organisations of the system database, by which files come and go.
 *
 * A file that is made or removed with its row is called pending meanwhile. Its row decides: with one, it gets its name; without,
 * it goes. Both happen under the write lock of the system database, which who makes or removes the two holds until the commit: so a
 * pending file is looked at by nobody before its row is there for good, or never will be.
 *
 * Locks are taken in one order in all processes: the system database first, the directory second.
 */
export class Organizations {
  readonly #system: SystemDatabase | undefined;
  readonly #files: TenantFiles;

  constructor(system: SystemDatabase | undefined, files: TenantFiles) {
    this.#system = system;
    this.#files = files;
  }

  /** Whether there is a system database that says which organisations there are. */
  get isKnown(): boolean {
    return this.#system !== undefined;
  }

  /** Runs `work` while no organisation comes or goes. `exists` is undefined where nobody knows. */
  holding<T>(orgId: string, work: (exists: boolean | undefined) => T): T {
    const system = this.#system;
    if (system === undefined) return work(undefined);
    const tx = system.$client.transaction();
    try {
      return work(isOrganization(tx, orgId));
    } finally {
      tx.rollback(); // it wrote nothing
    }
  }

  /**
   * Runs `work` in a transaction that is on the disk once it is committed, and then what became of the tenant's pending file
   * is settled, whether or not it was.
   */
  change<T>(orgId: string, work: (tx: Parameters<Parameters<SystemDatabase["transaction"]>[0]>[0]) => T): T {
    const system = this.#system!;
    try {
      return durably(system, () => system.transaction((tx) => work(tx)));
    } finally {
      try {
        this.settle(orgId);
      } catch {
        // What is committed counts. Whoever looks for the tenant next settles it, or meets the error.
      }
    }
  }

  /** Gives a pending file its name, or removes it, as its row says. Where nobody knows, it stays as it is. */
  settle(orgId: string): void {
    if (!this.isKnown || this.#files.pendingOf(orgId) === undefined) return;
    this.holding(orgId, (exists) => {
      this.#files.lock.alone(() => {
        const status = this.#files.pendingOf(orgId); // somebody else may have done it meanwhile
        if (status === undefined) return;
        const pending = this.#files.loosePath(orgId, "pending", status);
        if (!exists) this.#files.remove(pending);
        else if (this.#files.statusOf(orgId) === undefined)
          this.#files.rename(pending, this.#files.pathOf(orgId, status));
      });
    });
  }
}

function isOrganization(tx: HonkerTransaction, orgId: string): boolean {
  return tx.query(HAS_ORGANIZATION, [orgId])[0]!.found === 1;
}

/** A file of the same disk is renamed by what is committed: after a power failure the commit must be there, too. */
function durably<T>({ $client }: SystemDatabase, work: () => T): T {
  const usual = $client.row("PRAGMA synchronous")![0];
  $client.run("PRAGMA synchronous = FULL");
  try {
    return work();
  } finally {
    $client.run(`PRAGMA synchronous = ${usual}`);
  }
}
