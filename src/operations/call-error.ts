import type { ErrorDefinition } from "./operation-spec.ts";

/** The codes that every operation may answer with; any other is one that it declares. */
export const CALL_ERROR_CODES = [
  "OPERATION_NOT_FOUND",
  "ACCESS_DENIED",
  "VALIDATION_ERROR",
  "TIMEOUT",
  "ABORTED",
  "EXECUTION_ERROR",
  "UNKNOWN_ERROR",
] as const;

/** One of the codes that every operation may answer with. */
export type CallErrorCode = (typeof CALL_ERROR_CODES)[number];

const HTTP_STATUS: Readonly<Record<CallErrorCode, number>> = {
  OPERATION_NOT_FOUND: 404,
  ACCESS_DENIED: 403,
  VALIDATION_ERROR: 400,
  TIMEOUT: 504,
  ABORTED: 499,
  EXECUTION_ERROR: 500,
  UNKNOWN_ERROR: 500,
};

/**
 * Says that a call failed, in words that may go to whoever called: no SQL, no values, no path of a file.
 *
 * What it was made of is its `cause`, which is not enumerable, so that it does not go along.
 */
export class CallError extends Error {
  override readonly name: string = "CallError";
  readonly code: string;
  declare readonly details?: unknown;

  constructor(code: string, message: string, details?: unknown, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    if (details !== undefined) this.details = details;
  }

  /** What goes over the wire. */
  toJSON(): { code: string; message: string; details?: unknown } {
    const { code, message, details } = this;
    return details === undefined ? { code, message } : { code, message, details };
  }
}

/**
 * The {@link CallError} for what a handler threw.
 *
 * A `CallError` stays as it is. An `Error` whose message is a declared code, or begins with one and a colon, becomes that
 * error. Of any other nothing is told: it is an `EXECUTION_ERROR`, and what is no error an `UNKNOWN_ERROR`; both have it as
 * their `cause`.
 */
export function mapError(error: unknown, errorSchemas: readonly ErrorDefinition[] = []): CallError {
  if (error instanceof CallError) return error;
  if (!(error instanceof Error)) {
    return new CallError("UNKNOWN_ERROR", "The operation failed", undefined, { cause: error });
  }
  const { message } = error;
  const declared = errorSchemas.find(({ code }) => message === code || message.startsWith(`${code}:`));
  if (declared === undefined) {
    const details = isRetryable(error) ? { retryable: true } : undefined;
    return new CallError("EXECUTION_ERROR", "The operation failed", details, { cause: error });
  }
  const told = message.slice(declared.code.length + 1).trim();
  return new CallError(declared.code, told === "" ? declared.description : told, undefined, { cause: error });
}

/** The HTTP status for an error code: the declared one, or that of the codes which every operation has; else 500. */
export function httpStatusOf(code: string, errorSchemas: readonly ErrorDefinition[] = []): number {
  const declared = errorSchemas.find((one) => one.code === code)?.httpStatus;
  return declared ?? (Object.hasOwn(HTTP_STATUS, code) ? HTTP_STATUS[code as CallErrorCode] : 500);
}

function isRetryable(error: Error): boolean {
  return "retryable" in error && error.retryable === true;
}
