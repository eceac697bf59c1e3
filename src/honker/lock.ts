import { checkInteger, checkName, MAX_SECONDS } from "../arguments.ts";
import type { Sql } from "./connection.ts";
import type { OpenFile } from "./open-file.ts";

/** The lock's owner after this is `owner`, or whoever had it; an owner that has it already does not extend it. */
export function acquireLock(sql: Sql, name: string, owner: string, ttlS: number | bigint): boolean {
  sql.run("DELETE FROM _honker_locks WHERE name = ? AND expires_at <= unixepoch()", [name]);
  sql.run("INSERT OR IGNORE INTO _honker_locks(name, owner, expires_at) VALUES (?, ?, unixepoch() + ?)", [
    name,
    owner,
    ttlS,
  ]);
  return sql.row("SELECT owner FROM _honker_locks WHERE name = ?", [name])![0] === owner;
}

/** Makes a lock end `ttl` seconds from now. It may have lapsed, as long as nobody else took it. Values: ttl, name, owner. */
export const RENEW_LOCK = "UPDATE _honker_locks SET expires_at = unixepoch() + ? WHERE name = ? AND owner = ?";
/** Values: name, owner. */
export const RELEASE_LOCK = "DELETE FROM _honker_locks WHERE name = ? AND owner = ?";

/**
 * A named lock across processes, held by `owner` until it is released or its time is over.
 *
 * It is not renewed by itself: call {@link heartbeat} in time. Two handles with the same owner share it.
 */
export class Lock {
  readonly name: string;
  readonly owner: string;
  readonly #file: OpenFile;

  private constructor(file: OpenFile, name: string, owner: string) {
    this.#file = file;
    this.name = name;
    this.owner = owner;
  }

  /** The lock, or null if another owner has it. Made by `Database.tryLock()`. */
  static try(file: OpenFile, name: string, owner: string, ttlS: number): Lock | null {
    checkName(name, "take a lock", "name");
    checkName(owner, `take lock "${name}"`, "owner");
    checkInteger(ttlS, 1, `take lock "${name}"`, "ttlS", MAX_SECONDS);
    return file.transact((sql) => acquireLock(sql, name, owner, ttlS)) ? new Lock(file, name, owner) : null;
  }

  /** Gives it up, so that others can take it at once. False if it was not held any more. */
  release(): boolean {
    return this.#file.write(RELEASE_LOCK, [this.name, this.owner], true).changes > 0;
  }

  /**
   * Holds it for `ttlS` seconds from now, longer or shorter than before.
   *
   * @returns False if another owner has it by now.
   */
  heartbeat(ttlS: number): boolean {
    if (typeof ttlS === "number" && ttlS <= 0) throw new RangeError("ttl_s must be positive"); // Honker's own words
    checkInteger(ttlS, 1, `renew lock "${this.name}"`, "ttlS", MAX_SECONDS);
    return this.#file.write(RENEW_LOCK, [ttlS, this.name, this.owner]).changes > 0;
  }

  /** Releases it, unless the database has been closed. */
  [Symbol.dispose](): void {
    if (!this.#file.isClosed) this.release();
  }
}
