import { StorageError } from "../errors.ts";

/** SQLite's result codes by number (https://sqlite.org/rescode.html); a code not listed falls back to its low byte. */
const SYMBOLS: Readonly<Record<number, string>> = {
  1: "ERROR",
  2: "INTERNAL",
  3: "PERM",
  4: "ABORT",
  5: "BUSY",
  6: "LOCKED",
  7: "NOMEM",
  8: "READONLY",
  9: "INTERRUPT",
  10: "IOERR",
  11: "CORRUPT",
  12: "NOTFOUND",
  13: "FULL",
  14: "CANTOPEN",
  15: "PROTOCOL",
  17: "SCHEMA",
  18: "TOOBIG",
  19: "CONSTRAINT",
  20: "MISMATCH",
  21: "MISUSE",
  22: "NOLFS",
  23: "AUTH",
  25: "RANGE",
  26: "NOTADB",
  257: "ERROR_MISSING_COLLSEQ",
  261: "BUSY_RECOVERY",
  262: "LOCKED_SHAREDCACHE",
  264: "READONLY_RECOVERY",
  266: "IOERR_READ",
  267: "CORRUPT_VTAB",
  270: "CANTOPEN_NOTEMPDIR",
  275: "CONSTRAINT_CHECK",
  513: "ERROR_RETRY",
  516: "ABORT_ROLLBACK",
  517: "BUSY_SNAPSHOT",
  518: "LOCKED_VTAB",
  520: "READONLY_CANTLOCK",
  522: "IOERR_SHORT_READ",
  523: "CORRUPT_SEQUENCE",
  526: "CANTOPEN_ISDIR",
  531: "CONSTRAINT_COMMITHOOK",
  769: "ERROR_SNAPSHOT",
  773: "BUSY_TIMEOUT",
  776: "READONLY_ROLLBACK",
  778: "IOERR_WRITE",
  779: "CORRUPT_INDEX",
  782: "CANTOPEN_FULLPATH",
  787: "CONSTRAINT_FOREIGNKEY",
  1032: "READONLY_DBMOVED",
  1034: "IOERR_FSYNC",
  1038: "CANTOPEN_CONVPATH",
  1043: "CONSTRAINT_FUNCTION",
  1288: "READONLY_CANTINIT",
  1290: "IOERR_DIR_FSYNC",
  1299: "CONSTRAINT_NOTNULL",
  1544: "READONLY_DIRECTORY",
  1546: "IOERR_TRUNCATE",
  1550: "CANTOPEN_SYMLINK",
  1555: "CONSTRAINT_PRIMARYKEY",
  1802: "IOERR_FSTAT",
  1811: "CONSTRAINT_TRIGGER",
  2058: "IOERR_UNLOCK",
  2067: "CONSTRAINT_UNIQUE",
  2323: "CONSTRAINT_VTAB",
  2579: "CONSTRAINT_ROWID",
  2835: "CONSTRAINT_PINNED",
  3091: "CONSTRAINT_DATATYPE",
  4874: "IOERR_SHMSIZE",
};

/**
 * What SQLite refused, with its symbolic code (`SQLITE_CONSTRAINT_UNIQUE`, …) and its own message.
 *
 * `sql` and `params` are there for a debugger but not enumerable, so that a logged error leaks no data.
 */
export class SqliteError extends StorageError {
  override readonly name = "SqliteError";
  /** The extended result code. */
  declare readonly errcode: number;
  declare readonly sql: string;
  declare readonly params: readonly unknown[];

  constructor(cause: Error & { errcode: number }, sql: string, params: readonly unknown[]) {
    const symbol = SYMBOLS[cause.errcode] ?? SYMBOLS[cause.errcode & 0xff] ?? "ERROR";
    const primary = cause.errcode & 0xff;
    super(`SQLITE_${symbol}`, cause.message, { retryable: primary === 5 || primary === 6, cause });
    this.errcode = cause.errcode;
    Object.defineProperty(this, "sql", { value: sql, enumerable: false });
    Object.defineProperty(this, "params", { value: params, enumerable: false });
  }
}

/** The error to throw for `error`, which running `sql` threw: SQLite's refusals as {@link SqliteError}, others as they are. */
export function toSqliteError(error: unknown, sql: string, params: readonly unknown[]): unknown {
  return isSqliteFailure(error) ? new SqliteError(error, sql, params) : error;
}

function isSqliteFailure(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}
