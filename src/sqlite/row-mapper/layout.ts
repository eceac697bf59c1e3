import type { Column } from "drizzle-orm/column";
import { COLUMN, kindOf } from "../dialect/kinds.ts";
import { type SelectedField, TABLE_NAME, tableOf } from "../drizzle-internals.ts";

/** The value of one field. */
export interface Value {
  /** Its place in the row. */
  readonly index: number;
  readonly isDecoded: boolean;
}

/** An object of the result. */
export interface Layout {
  readonly entries: Map<string, Value | Layout>;
  /** The value that makes the whole object `null` where it is `null`: of a table that a join may not find. */
  nullWith: Value | undefined;
}

/**
 * Works out where the values go, or nothing if one path leads through the value of another.
 *
 * `isDecoded` says of each field whether its value passes a decoder; `joins` of each table whether its object must be
 * there. An object becomes `null` as Drizzle decides it: if all its columns are of one table that may be missing, and the
 * first of them is `null`.
 */
export function layOut(
  fields: readonly SelectedField[],
  decoders: readonly unknown[],
  joins: Record<string, boolean> | undefined,
): Layout | undefined {
  const root: Layout = newLayout();
  const tables = new Map<string, { readonly name: string; readonly first: Value; isOne: boolean }>();
  for (const [index, { path, field }] of fields.entries()) {
    const value: Value = { index, isDecoded: decoders[index] !== undefined };
    if (!place(root, path, value)) return undefined;
    const [objectName] = path;
    if (joins === undefined || objectName === undefined || path.length !== 2 || kindOf(field as object) !== COLUMN) {
      continue;
    }
    const name = tableOf((field as Column).table)[TABLE_NAME];
    const seen = tables.get(objectName);
    if (seen === undefined) tables.set(objectName, { name, first: value, isOne: true });
    else if (seen.name !== name) seen.isOne = false;
  }
  for (const [objectName, { name, first, isOne }] of tables) {
    if (isOne && !joins?.[name]) (root.entries.get(objectName) as Layout).nullWith = first;
  }
  return root;
}

export function isLayout(entry: Value | Layout): entry is Layout {
  return "entries" in entry;
}

function newLayout(): Layout {
  return { entries: new Map(), nullWith: undefined };
}

function place(root: Layout, path: readonly string[], value: Value): boolean {
  let layout = root;
  for (let i = 0; i < path.length - 1; i++) {
    const name = path[i] as string;
    let next = layout.entries.get(name);
    if (next === undefined) {
      next = newLayout();
      layout.entries.set(name, next);
    }
    if (!isLayout(next)) return false;
    layout = next;
  }
  const name = path.at(-1);
  if (name === undefined) return true;
  const seen = layout.entries.get(name);
  if (seen !== undefined) return false;
  layout.entries.set(name, value);
  return true;
}
