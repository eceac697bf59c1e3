import { accessSync, constants, existsSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkInteger, checkOptions } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { CommitWatcherOptions } from "./commit-watcher.ts";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { losesNotices } from "./runtime.ts";
import { createSchema, hasSchema, refuseNewerGeneration } from "./schema.ts";
import { SharedFile } from "./shared-file.ts";
import { SqliteError } from "./sqlite-error.ts";

/** How `open` opens a file. */
export interface OpenOptions {
  /** Taken for the sake of Honker's binding: this engine needs one reader. @default 8 */
  readonly maxReaders?: number | null;
  /**
   * How commits of other processes are seen: by file notices with a slow poll behind them (not given), or by polling only
   * (`"polling"`), for file systems that give no notices. @default null
   */
  readonly watcherBackend?: string | null;
  /**
   * How often to look for commits of other processes without a notice. @default 1 with `"polling"`; else 5000 behind the
   * notices, or 1000 where there are none or some get lost (Deno)
   */
  readonly watcherPollIntervalMs?: number | null;
  /** How long a statement waits for the lock of another process; the thread waits with it. @default 5000 */
  readonly busyTimeoutMs?: number;
  /** How much of the file each connection keeps in memory at most, in bytes; there are up to three. @default 32_768_000 */
  readonly cacheBytes?: number;
}

const MAX_BUSY_TIMEOUT_MS = 2 ** 31 - 1; // SQLite keeps it in 32 bits
const LEAST_CACHE_BYTES = 64 * 1024;
const MAX_CACHE_BYTES = 2 ** 40; // SQLite counts it in KiB, in 32 bits
const OPTIONS = ["maxReaders", "watcherBackend", "watcherPollIntervalMs", "busyTimeoutMs", "cacheBytes"];

/**
 * Opens the database file at `path`, and creates it and what is missing of Honker's tables.
 *
 * Its journal is set to WAL, `synchronous` to NORMAL and foreign keys are enforced, as Honker does. Any number of
 * processes may have the file open, and may create it, at the same time.
 *
 * @param path A file path or `file:` URI; the directory must exist.
 * @throws {StorageError} If the path is no database that can be written, in memory, or of a newer Honker; then nothing is
 * changed.
 */
export function open(path: string, options?: OpenOptions): Database;
export function open(
  path: string,
  maxReaders?: number | null,
  watcherBackend?: string | null,
  watcherPollIntervalMs?: number | null,
): Database;
export function open(
  path: string,
  first?: OpenOptions | number | null,
  watcherBackend?: string | null,
  watcherPollIntervalMs?: number | null,
): Database {
  const options =
    typeof first === "object" && first !== null
      ? first
      : definedOnly({ maxReaders: first, watcherBackend, watcherPollIntervalMs });
  checkOptions(options, OPTIONS, "open");
  const watcher = watcherOptions(options);
  if (options.maxReaders !== undefined && options.maxReaders !== null) {
    checkInteger(options.maxReaders, 1, "open a database", "maxReaders");
  }
  const busyTimeoutMs = options.busyTimeoutMs ?? 5000;
  checkInteger(busyTimeoutMs, 0, "open a database", "busyTimeoutMs", MAX_BUSY_TIMEOUT_MS);
  const cacheBytes = options.cacheBytes ?? 32_768_000; // Honker's own
  checkInteger(cacheBytes, LEAST_CACHE_BYTES, "open a database", "cacheBytes", MAX_CACHE_BYTES);
  const { file, location } = locate(path);
  const configure = (connection: Connection) => setUp(connection, cacheBytes);
  const writer = openWriter(location, file, busyTimeoutMs, configure);
  const openReader = () => {
    const reader = new Connection(location, busyTimeoutMs);
    configure(reader);
    reader.run("PRAGMA query_only = ON");
    return reader;
  };
  const openLoader = () => {
    const loader = new Connection(location, busyTimeoutMs);
    configure(loader);
    loader.run(`PRAGMA synchronous = ${writer.row("PRAGMA synchronous")![0]}`); // as somebody may have set it
    loader.run("PRAGMA foreign_keys = OFF");
    loader.run("PRAGMA ignore_check_constraints = ON");
    loader.run("PRAGMA temp_store = FILE"); // in memory, the sorting for an index would have no bound
    loader.run("PRAGMA cache_size = -16000"); // for pages, and as much again for sorting
    return loader;
  };
  return new Database({ path: writer.path, writer, openReader, openLoader, watcher });
}

function openWriter(
  location: string,
  file: string,
  busyTimeoutMs: number,
  configure: (connection: Connection) => void,
): Connection {
  let writer: Connection | undefined;
  try {
    writer = new Connection(location, busyTimeoutMs);
    refuseOtherName(writer.path, file);
    refuseNewerGeneration(writer, file); // the first read: it also finds out whether this is a database at all
    useWal(writer, busyTimeoutMs);
    configure(writer);
    if (!hasSchema(writer)) {
      writer.run("BEGIN IMMEDIATE");
      refuseNewerGeneration(writer, file); // of two first openers the other may have been a newer Honker
      createSchema(writer);
      writer.run("COMMIT");
    }
    return writer;
  } catch (error) {
    writer?.close();
    throw asOpenError(error, file);
  }
}

/** Honker's own settings, in its order. The journal mode is set before, by {@link useWal}. */
function setUp(connection: Connection, cacheBytes: number): void {
  connection.run("PRAGMA synchronous = NORMAL");
  connection.run("PRAGMA foreign_keys = ON");
  connection.run(`PRAGMA cache_size = -${Math.floor(cacheBytes / 1024)}`);
  connection.run("PRAGMA temp_store = MEMORY");
  connection.run("PRAGMA wal_autocheckpoint = 10000");
}

/** SQLite does not wait for a lock while it converts a file to WAL, so of several first openers all but one are refused. */
function useWal(connection: Connection, busyTimeoutMs: number): void {
  const deadlineMs = performance.now() + busyTimeoutMs;
  const mode = () => connection.values("PRAGMA journal_mode")[0]![0];
  for (let delayMs = 1; mode() !== "wal"; delayMs = Math.min(2 * delayMs, 50)) {
    try {
      connection.run("PRAGMA journal_mode = WAL");
      return; // where the file system has no shared memory, SQLite keeps the mode it has
    } catch (error) {
      if (!(error instanceof SqliteError && error.retryable) || performance.now() > deadlineMs) throw error;
      sleep(delayMs);
    }
  }
}

/** The file behind `path`, which SQLite can be asked to open at `location`: absolute, so that `chdir` does not matter. */
function locate(path: string): { file: string; location: string } {
  if (typeof path !== "string" || path.includes("\0")) {
    throw new TypeError(`Cannot open a database: a file path is wanted: received ${typeof path}`);
  }
  const uri = path.startsWith("file:") ? parseUri(path) : undefined;
  const name = uri === undefined ? path : uri.file;
  if (name === "" || name === ":memory:" || uri?.isMemory) {
    throw new StorageError(
      "OPEN_FAILED",
      `Cannot open ${JSON.stringify(path)}: every connection would get its own database: use a file in os.tmpdir()`,
    );
  }
  if (uri?.isReadOnly) refuse(name, "it must be writable: received a read-only URI");
  const file = resolve(name);
  const stats = lookUp(file);
  if (stats === undefined && !existsSync(dirname(file))) refuse(file, "its directory must exist");
  if (stats !== undefined) {
    if (stats.isDirectory()) refuse(file, "a file is wanted: received a directory");
    if (!stats.isFile()) refuse(file, "a file is wanted: received a device, pipe or socket");
    if (!isWritable(file, stats)) refuse(file, "it must be writable: received a read-only file");
  }
  return { file, location: uri === undefined ? file : `${pathToFileURL(file).href}${uri.query}` };
}

interface DatabaseUri {
  readonly file: string;
  /** With its question mark. */
  readonly query: string;
  readonly isMemory: boolean;
  readonly isReadOnly: boolean;
}

/** Reads a URI as SQLite does (https://sqlite.org/uri.html). */
function parseUri(uri: string): DatabaseUri {
  const [, name = "", query = ""] = /^([^?#]*)(\?[^#]*)?/.exec(uri)!;
  const options = new URLSearchParams(query);
  try {
    return {
      file: name.startsWith("file:/") ? fileURLToPath(name) : decodeURIComponent(name.slice("file:".length)),
      query,
      isMemory: options.get("mode") === "memory" || options.get("vfs") === "memdb",
      isReadOnly: options.get("mode") === "ro" || options.get("immutable") === "1",
    };
  } catch (error) {
    throw new StorageError("OPEN_FAILED", `Cannot open "${uri}": a valid file URI is wanted`, { cause: error });
  }
}

function lookUp(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as { code?: string };
    throw new StorageError("OPEN_FAILED", `Cannot open "${file}": the path can't be followed (${code})`, {
      cause: error,
    });
  }
}

/** Root may write to every file; one without any write permission was made read-only on purpose all the same. */
function isWritable(file: string, stats: Stats): boolean {
  if ((stats.mode & 0o222) === 0) return false;
  try {
    accessSync(file, constants.W_OK); // asks by path: opening and closing the file here would drop SQLite's locks on it
    return true;
  } catch {
    return false;
  }
}

/** SQLite derives the name of the -wal file from the name it was given: two names, two logs, one torn database. */
function refuseOtherName(path: string, file: string): void {
  const other = SharedFile.otherName(path);
  if (other !== undefined) refuse(file, `the file is open as "${other}": use one name for it`);
}

function refuse(file: string, wanted: string): never {
  throw new StorageError("OPEN_FAILED", `Cannot open "${file}": ${wanted}`);
}

/** `error` as what opening `file` throws. */
export function asOpenError(error: unknown, file: string): unknown {
  if (!(error instanceof SqliteError)) return error;
  if (error.code === "SQLITE_NOTADB") {
    return new StorageError("NOT_A_DATABASE", `Cannot open "${file}": the file is not a SQLite database`, {
      cause: error,
    });
  }
  if (error.retryable) return error;
  return new StorageError("OPEN_FAILED", `Cannot open "${file}": ${error.message}`, { cause: error });
}

function watcherOptions({ watcherBackend, watcherPollIntervalMs }: OpenOptions): CommitWatcherOptions {
  const notices = watcherBackend === undefined || watcherBackend === null;
  // The words of the binding, for programs that were written for it.
  if (watcherBackend === "kernel" || watcherBackend === "kernel-watcher") {
    throw new TypeError("watcher backend 'kernel' requires the kernel-watcher Cargo feature");
  }
  if (watcherBackend === "shm" || watcherBackend === "shm-fast-path") {
    throw new TypeError("watcher backend 'shm' requires the shm-fast-path Cargo feature");
  }
  if (!notices && watcherBackend !== "polling" && watcherBackend !== "poll") {
    throw new TypeError(`unknown watcher backend "${watcherBackend}"; valid: None, 'polling', 'kernel', 'shm'`);
  }
  const pollMs = watcherPollIntervalMs ?? (notices ? 1000 : 1);
  if (typeof pollMs !== "number" || !(pollMs > 0)) throw new RangeError("watcher poll interval must be positive");
  return { notices, pollMs, backstopMs: watcherPollIntervalMs ?? (losesNotices ? 1000 : 5000) };
}

function definedOnly(options: Record<string, unknown>): OpenOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function sleep(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}
