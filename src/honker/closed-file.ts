import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { StorageError } from "../errors.ts";
import { Connection } from "./connection.ts";
import { asOpenError } from "./open.ts";

/** Opens the database at `path`, which must be there: SQLite would create it. */
export function openExisting(path: string, busyTimeoutMs: number): Connection {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new StorageError("OPEN_FAILED", `Cannot open "${path}": a file is wanted: received none`);
  }
  try {
    return new Connection(`${pathToFileURL(path).href}?mode=rw`, busyTimeoutMs);
  } catch (error) {
    throw asOpenError(error, path);
  }
}

/**
 * Brings all of the database at `path` into that one file, without a `-wal` beside it, so that it can be moved or deleted.
 *
 * It must be nobody's: no connection of this or another process may have it open, which is found out here.
 *
 * @throws {SqliteError} `SQLITE_BUSY` at once if somebody has it open; it is as it was then.
 */
export function sealFile(path: string): void {
  const connection = openExisting(path, 0);
  try {
    connection.values("PRAGMA journal_mode = DELETE"); // SQLite refuses it while another connection is open
    connection.run("BEGIN EXCLUSIVE"); // and where the file had no -wal, this while one reads or writes
    connection.run("ROLLBACK");
  } catch (error) {
    throw asOpenError(error, path);
  } finally {
    connection.close();
  }
}

/** @throws {StorageError} `SQLITE_CORRUPT` if the database at `path` is damaged. It reads all of it. */
export function checkFile(path: string): void {
  const connection = openExisting(path, 0);
  try {
    const found = connection.values("PRAGMA quick_check(1)")[0]![0];
    if (found === "ok") return;
    throw new StorageError("SQLITE_CORRUPT", `Cannot use "${path}": a sound database is wanted: ${String(found)}`);
  } catch (error) {
    throw asOpenError(error, path);
  } finally {
    connection.close();
  }
}
