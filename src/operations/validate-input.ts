import type { TSchema } from "@sinclair/typebox";
import { findMismatch, type Mismatch, mismatchText } from "../schema-check.ts";
import { CallError } from "./call-error.ts";

/**
 * HOT (bench/operations.ts): refuses an input that is not of `schema`.
 *
 * @throws {CallError} `VALIDATION_ERROR` that says what is wanted where, and never what stands there.
 */
export function validateInput(schema: TSchema, input: unknown, operationId: string): void {
  let mismatch: Mismatch | undefined;
  try {
    mismatch = findMismatch(schema, input);
  } catch (cause) {
    // a getter, or a trap of a proxy
    throw new CallError("VALIDATION_ERROR", `Invalid input for ${operationId}: JSON is wanted`, undefined, { cause });
  }
  if (mismatch !== undefined) throw invalidInput(operationId, mismatch);
}

/** The error for an input that says what is wanted where, and the kind of what stands there. */
export function invalidInput(operationId: string, mismatch: Mismatch): CallError {
  const { path, expected, received } = mismatch;
  const message = `Invalid input for ${operationId}: ${mismatchText(mismatch)}`;
  return new CallError("VALIDATION_ERROR", message, { path, expected, received });
}
