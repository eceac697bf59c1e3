import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import { StorageError } from "../../errors.ts";
import type { Row, SqlParameter, SqlValue } from "../../honker/mod.ts";

/** The binding binds integers that don't fit in 32 bits as REAL; from here on no column turns them back into INTEGER. */
const MAX_REAL_INTEGER = 2 ** 51;

/**
 * The parameters as Honker's native binding can take them: JSON.
 *
 * @throws {StorageError} `CLIENT_CANNOT_CARRY` if one would reach the file as something else.
 * @throws {TypeError} If one has no counterpart in SQLite at all.
 */
export function carriedParams(params: readonly unknown[]): SqlParameter[] {
  return params.map((param, index) => {
    switch (typeof param) {
      case "string":
      case "boolean":
        return param;
      case "number":
        if (!Number.isFinite(param)) refuse("bind a number", `it has no ${param}`);
        if (Number.isSafeInteger(param) && Math.abs(param) >= MAX_REAL_INTEGER) {
          refuse("bind an integer of 2^51 or more", "it would be stored as REAL");
        }
        return param;
      case "bigint":
        return refuse("bind a bigint", "it has only JSON's numbers");
      case "object":
        if (param === null) return null;
        if (ArrayBuffer.isView(param) || param instanceof ArrayBuffer) {
          refuse("bind bytes", "it has no parameters of bytes");
        }
        if (isJson(param)) return JSON.stringify(param); // the binding would sort its keys, and make `{}` of a date in it
    }
    throw new TypeError(`Cannot bind parameter ${index + 1}: a value of JSON is wanted: received ${nameOf(param)}`);
  });
}

/**
 * A row that the binding gave.
 *
 * @throws {StorageError} `CLIENT_CANNOT_CARRY` if it holds an integer that the binding has rounded, or that looks like one.
 */
export function carriedRow(row: Record<string, unknown>): Row {
  for (const name in row) {
    const value = row[name];
    if (Number.isInteger(value) && Math.abs(value as number) > Number.MAX_SAFE_INTEGER && isInt64(value as number)) {
      refuse("read an integer beyond 2^53", "it is rounded: cast it to text in SQL");
    }
  }
  return row as Record<string, SqlValue>;
}

/** @throws {StorageError} `CLIENT_CANNOT_CARRY` if a selected column holds bytes or 64-bit integers. */
export function checkColumns(fields: readonly { readonly field: unknown }[]): void {
  for (const { field } of fields) {
    if (!is(field, Column)) continue;
    const isBytes = field.getSQLType().toLowerCase() === "blob";
    if (isBytes || field.dataType === "bigint") {
      refuse(`read column "${field.name}"`, isBytes ? "bytes come back as text" : "integers beyond 2^53 are rounded");
    }
  }
}

export function refuse(action: string, why: string): never {
  throw new StorageError("CLIENT_CANNOT_CARRY", `Cannot ${action} through this Honker binding: ${why}`);
}

/** Not every whole REAL is: larger ones can't be a rounded integer. */
function isInt64(value: number): boolean {
  return Math.abs(value) <= 2 ** 63;
}

function isJson(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  return typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value;
}
