import { is } from "drizzle-orm/entity";
import { Param, Placeholder } from "drizzle-orm/sql/sql";
import type { SqlParameter } from "../../honker/mod.ts";

/** Whether `params` hold a place to fill. */
export function hasPlaceholders(params: readonly unknown[]): boolean {
  return params.some((param) => typeof param === "object" && param !== null && placeholderOf(param) !== undefined);
}

/**
 * The parameters with `values` in their places, encoded by their columns.
 *
 * Unlike Drizzle's own filling it leaves `null` to the database: a column's encoder may not know it.
 *
 * @throws {TypeError} If a place has no value.
 */
export function fillPlaceholders(params: readonly unknown[], values: Record<string, unknown> = {}): SqlParameter[] {
  return params.map((param) => {
    const placeholder = placeholderOf(param);
    if (placeholder === undefined) return param as SqlParameter;
    const value = Object.hasOwn(values, placeholder.name) ? values[placeholder.name] : undefined;
    if (value === undefined) {
      throw new TypeError(`Cannot run a prepared query: no value for placeholder "${placeholder.name}" was provided`);
    }
    if (value === null || !is(param, Param)) return value as SqlParameter;
    return param.encoder.mapToDriverValue(value) as SqlParameter;
  });
}

function placeholderOf(param: unknown): Placeholder | undefined {
  if (param instanceof Uint8Array) return undefined;
  if (is(param, Placeholder)) return param;
  return is(param, Param) && is(param.value, Placeholder) ? param.value : undefined;
}
