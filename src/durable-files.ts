/**
 * Files that are there after a power failure, and for their owner's eyes only: the ground floor beside `errors.ts`.
 *
 * @module
 */
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, unlinkSync } from "node:fs";

/** Creates an empty file at `path` that only its owner may read: SQLite gives its `-wal` and `-shm` files the same mode. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, "wx", 0o600));
}

/** Waits until what was written to the file at `path` is on the disk. Never for a database that is open. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Waits until the names in the directory at `path` are on the disk. Windows has no such call, and does it by itself. */
export function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Gives the file at `from` the name `to`, which no file may have.
 *
 * @throws {Error} `EEXIST`, with `from` as it was.
 */
export function renameToFree(from: string, to: string): void {
  try {
    linkSync(from, to); // unlike a rename, never over another file
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST" || isThere(to)) throw error;
    renameSync(from, to); // a file system without hard links
    return;
  }
  unlinkSync(from);
}

/** Whether anything has the name `path`; a symbolic link counts, wherever it leads. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
