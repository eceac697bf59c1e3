import { StorageError } from "../../errors.ts";
import type { TenantDatabase } from "../client.ts";

/** Keeps a tenant's file open until it is released, or the `Tenants` it is of are closed. */
export class TenantLease {
  readonly orgId: string;
  readonly #db: TenantDatabase;
  readonly #end: () => void;
  #isReleased = false;

  /** Made by `tenants.acquire()`. */
  constructor(orgId: string, db: TenantDatabase, end: () => void) {
    this.orgId = orgId;
    this.#db = db;
    this.#end = end;
  }

  /** @throws {StorageError} `DATABASE_CLOSED` once it is released. */
  get db(): TenantDatabase {
    if (!this.#isReleased) return this.#db;
    throw new StorageError(
      "DATABASE_CLOSED",
      `Cannot use tenant "${this.orgId}": the lease was released: acquire it anew`,
    );
  }

  /** Lets the file be closed, with what still listens on it, as soon as nobody else uses it. Idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#end();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
