import type { Column } from "drizzle-orm/column";
import { COLUMN, kindOf } from "../dialect/kinds.ts";
import { type SelectedField, TABLE_NAME, tableOf } from "../drizzle-internals.ts";

/**
 * HOT (bench/drizzle.ts): a text that is the same for selections whose rows become objects in the same way, whatever
 * decodes their values.
 *
 * Every name is preceded by its length, so that no two shapes share a text.
 */
export function shapeOf(
  fields: readonly SelectedField[],
  decoders: readonly unknown[],
  joins: Record<string, boolean> | undefined,
): string {
  let shape = joins === undefined ? "" : "j";
  for (let i = 0; i < fields.length; i++) {
    const { path, field } = fields[i] as SelectedField;
    shape += decoders[i] === undefined ? "=" : "d";
    for (let j = 0; j < path.length; j++) shape += `${(path[j] as string).length}:${path[j]}`;
    if (joins !== undefined && path.length === 2 && kindOf(field as object) === COLUMN) {
      const table = tableOf((field as Column).table)[TABLE_NAME];
      shape += `${joins[table] ? "!" : "?"}${table.length}:${table}`;
    }
  }
  return shape;
}
