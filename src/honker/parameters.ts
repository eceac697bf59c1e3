import type { SQLInputValue } from "node:sqlite";
import { cutsTextAtNul } from "./runtime.ts";

/** A value SQLite stores. Integers beyond ±(2^53 − 1) are `bigint`, all others `number`. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** What may be bound to a `?`. Arrays and plain objects are stored as their JSON text, booleans as 1 and 0. */
export type SqlParameter =
  | SqlValue
  | boolean
  | ArrayBufferView
  | ArrayBuffer
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** Node 22 binds NULL for empty bytes that have no memory of their own, such as it reads from the database itself. */
const NO_BYTES = new Uint8Array();

/**
 * HOT (bench/drizzle.ts): the values to hand to SQLite for `params`.
 *
 * Whole numbers go as `bigint`: `node:sqlite` binds every JS number as REAL, so that `7 / ?` would be 3.5 for 2, and 1 in
 * a TEXT column "1.0".
 *
 * @throws {TypeError} If a value has no counterpart in SQLite (`undefined`, `Date`, a function, NaN, …).
 */
export function toBindings(params: readonly unknown[]): SQLInputValue[] {
  const bindings = new Array<SQLInputValue>(params.length);
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    if (typeof value === "string") {
      if (cutsTextAtNul && value.includes("\0")) refuse(i, "text without NUL characters (this runtime cuts it there)");
      bindings[i] = value;
    } else if (typeof value === "number") {
      if (Number.isSafeInteger(value)) bindings[i] = BigInt(value);
      else if (Number.isNaN(value)) refuse(i, "a number (SQLite has no NaN)", "NaN");
      else bindings[i] = value;
    } else if (value === null) {
      bindings[i] = null;
    } else {
      bindings[i] = toBinding(value, i);
    }
  }
  return bindings;
}

function toBinding(value: unknown, index: number): SQLInputValue {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "bigint") {
    if (BigInt.asIntN(64, value) !== value) refuse(index, "an integer of at most 64 bits", "a larger bigint");
    return value;
  }
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === 0) return NO_BYTES;
    return value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value) || isPlainObject(value)) {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text; // a toJSON may give nothing
  }
  refuse(index, "null, a number, bigint, string, boolean, bytes or a plain object", describe(value));
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return value.constructor?.name ?? "object";
}

function refuse(index: number, wanted: string, received = "text with one"): never {
  throw new TypeError(`Cannot bind parameter ${index + 1}: ${wanted} is wanted: received ${received}`);
}
