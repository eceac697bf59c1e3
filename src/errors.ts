/**
 * The one error class of this package and its codes. The ground floor: everything may import it, it imports nothing.
 *
 * @module
 */

/** Every code a {@link StorageError} can carry. `docs/errors.md` explains each with its cause and its fix. */
export const ERROR_CODES = [
  "ALREADY_EXISTS",
  "ASYNC_NOT_SUPPORTED",
  "CLIENT_CANNOT_CARRY",
  "DATABASE_CLOSED",
  "DECRYPTION_FAILED",
  "FILE_REPLACED",
  "FILE_TOO_NEW",
  "GRAPH_ARCHIVED",
  "HONKER_CHECKPOINT_MIGRATION_UNVERIFIABLE",
  "INVALID_GRAPH",
  "INVALID_MODULE",
  "JOB_DEAD",
  "KEY_INACTIVE",
  "LEASE_LOST",
  "MIGRATION_FAILED",
  "MODULE_CHANGED",
  "NOT_A_DATABASE",
  "NOT_FOUND",
  "NOT_JSON",
  "OPEN_FAILED",
  "OWNER_REQUIRED",
  "RESULT_MISSING",
  "RESULT_TIMEOUT",
  "RESULT_TOO_LARGE",
  "RUNTIME_TOO_OLD",
  "TENANT_ARCHIVED",
  "TENANT_IN_USE",
  "TRANSACTION_FINISHED",
  "TRANSACTION_OPEN",
  "TRANSACTION_TIMEOUT",
  "WORKER_STOPPED",
] as const;

/**
 * A stable name for what went wrong: compare this, never the message. What SQLite itself refuses carries SQLite's own
 * symbol, such as `SQLITE_CONSTRAINT_UNIQUE` (https://sqlite.org/rescode.html).
 */
export type StorageErrorCode = (typeof ERROR_CODES)[number] | `SQLITE_${string}`;

/** What a {@link StorageError} carries beside its message. */
export interface StorageErrorOptions {
  /** Facts for a log: never SQL text, parameters, payloads or secrets. */
  details?: Readonly<Record<string, string | number | boolean | null>>;
  /** Whether the same call may succeed if it is made again. @default false */
  retryable?: boolean;
  cause?: unknown;
}

/**
 * Says that a file, a transaction or stored data did not allow what was asked.
 *
 * Misuse of the API (a wrong type, a number out of range, an unknown option) is a `TypeError` or `RangeError` instead.
 */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
  readonly code: StorageErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryable: boolean;

  constructor(code: StorageErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}
