import { randomUUID } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { checkBoolean, checkOptions, checkSignal } from "../arguments.ts";
import { createPrivateFile, isThere, renameToFree, syncDirectory, syncFile } from "../durable-files.ts";
import { StorageError } from "../errors.ts";
import { checkFile, openExisting, sealFile } from "./closed-file.ts";
import type { Connection } from "./connection.ts";
import { asOpenError } from "./open.ts";

/** How far a backup is. */
export interface BackupProgress {
  readonly totalPages: number;
  readonly donePages: number;
}

/** How a backup is made. */
export interface BackupOptions {
  /** Whether a file that is at the target is replaced, at the end and at once; nobody may have it open. @default false */
  readonly overwrite?: boolean;
  /** Whether the copy is read and checked before it counts; the event loop waits meanwhile. @default true */
  readonly verify?: boolean;
  /** Is told after each part. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Ends the backup after the part at hand: it rejects with the signal's reason, and leaves nothing. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ["overwrite", "verify", "onProgress", "signal"];
const SIDES = ["-journal", "-wal", "-shm"];
const PAGES = 256; // a part, a megabyte: some hundred microseconds to a few milliseconds
const BUSY_TIMEOUT_MS = 5000;

/**
 * Copies the database at `path`, as it is committed now, to a new file at `target`, while others go on writing to it.
 *
 * The copy is made beside the target under another name, is on the disk and only its owner's to read before it gets its
 * own name: a backup is there whole or not at all. It goes by SQLite's backup interface, on a state that is held from the
 * first page to the last. On Node the event loop runs meanwhile; Deno and Bun copy in one turn.
 *
 * ```ts
 * await backup("system.db", "backups/system.db", { onProgress: ({ donePages, totalPages }) => bar(donePages / totalPages) });
 * ```
 *
 * @throws {StorageError} `ALREADY_EXISTS` if something is at the target, also a log without its file, and `overwrite` is
 * not set; `SQLITE_BUSY` if somebody has open what is to be overwritten; `OPEN_FAILED` if
 * there is no file at `path`, `NOT_A_DATABASE`, or `SQLITE_CORRUPT` if the copy is damaged, as the file itself is then.
 */
export async function backup(path: string, target: string, options: BackupOptions = {}): Promise<void> {
  const { from, to } = checkArguments(path, target, options);
  const { overwrite = false, verify = true, onProgress, signal } = options;
  signal?.throwIfAborted();
  const source = openState(from); // before the first await: who calls may have to keep the file where it is until now
  const copy = `${to}.${randomUUID()}.tmp`;
  try {
    if (!overwrite) refuseTaken(to);
    createPrivateFile(copy);
    const totalPages = await source.copyTo(copy, PAGES, (remaining, total) => {
      signal?.throwIfAborted();
      onProgress?.({ totalPages: total, donePages: total - remaining });
    });
    onProgress?.({ totalPages, donePages: totalPages });
    signal?.throwIfAborted();
    if (verify) checkFile(copy);
    syncFile(copy);
    if (overwrite) replace(copy, to);
    else place(copy, to);
    syncDirectory(dirname(to));
  } finally {
    source.close();
    for (const end of ["", ...SIDES]) rmSync(`${copy}${end}`, { force: true });
  }
}

/**
 * Puts the copy in the place of what is there. What belongs to that goes with it: SQLite would play the log of the old file
 * into the new one.
 */
function replace(copy: string, to: string): void {
  if (isThere(to)) release(to);
  for (const end of SIDES) rmSync(`${to}${end}`, { force: true });
  renameSync(copy, to);
}

/** @throws {SqliteError} `SQLITE_BUSY` if somebody has the file open, whose writes would be lost. What is no database is nobody's. */
function release(to: string): void {
  try {
    sealFile(to);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") throw error;
  }
}

/** A connection that reads one state: without it, SQLite would begin anew with each commit of another connection. */
function openState(path: string): Connection {
  const connection = openExisting(path, BUSY_TIMEOUT_MS);
  try {
    connection.run("PRAGMA query_only = ON");
    connection.run("BEGIN");
    connection.row("SELECT 1 FROM sqlite_master");
    return connection;
  } catch (error) {
    connection.close();
    throw asOpenError(error, path);
  }
}

function place(copy: string, to: string): void {
  try {
    renameToFree(copy, to);
  } catch (error) {
    refuseTaken(to);
    throw error;
  }
}

function refuseTaken(to: string): void {
  // a log without its file counts as well: SQLite would play it into the copy
  const taken = ["", ...SIDES].map((end) => `${to}${end}`).find(isThere);
  if (taken === undefined) return;
  throw new StorageError(
    "ALREADY_EXISTS",
    `Cannot back up to "${to}": a path that is free is wanted, or overwrite: received "${taken}"`,
  );
}

function checkArguments(path: unknown, target: unknown, options: BackupOptions): { from: string; to: string } {
  checkOptions(options, OPTIONS, "backup");
  const { overwrite, verify, onProgress, signal } = options;
  if (overwrite !== undefined) checkBoolean(overwrite, "back up", "overwrite");
  if (verify !== undefined) checkBoolean(verify, "back up", "verify");
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot back up: onProgress must be a function: received ${typeof onProgress}`);
  }
  checkSignal(signal, "back up");
  const [from, to] = [path, target].map((one) => {
    if (typeof one === "string" && one !== "" && !one.includes("\0")) return resolve(one);
    throw new TypeError(`Cannot back up: two file paths are wanted: received ${typeof one}`);
  }) as [string, string];
  if (from === to) throw new TypeError("Cannot back up: two file paths are wanted: received the same twice");
  return { from, to };
}
