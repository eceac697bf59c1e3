/**
 * Turns raw rows into the objects that Drizzle promises.
 *
 * A mapper gives what Drizzle's `mapResultRow` gives, but what can be known before the first row is worked out once per
 * query, and kept for the next query that selects the same.
 *
 * @module
 */
import type { Column } from "drizzle-orm/column";
import type { SelectedFieldsOrdered } from "drizzle-orm/sqlite-core";
import { COLUMN, kindOf } from "./dialect/kinds.ts";
import { mapResultRow, type SelectedField, TABLE_IS_ALIAS, tableOf } from "./drizzle-internals.ts";
import type { RowMapper } from "./row-mapper/assemble.ts";
import { compile, type Factory } from "./row-mapper/compile.ts";
import { type Decoder, decoderOf, isIdentity } from "./row-mapper/decoder.ts";
import { layOut } from "./row-mapper/layout.ts";
import { shapeOf } from "./row-mapper/shape.ts";

export type { RowMapper };

/** Which tables' objects may be `null`: those whose name leads to `false`. */
type JoinsNotNullable = Record<string, boolean> | undefined;

/** A mapper and all that it depends on. */
interface Known {
  readonly fields: readonly SelectedField[];
  readonly joins: JoinsNotNullable;
  readonly map: RowMapper;
}

const KNOWN_PER_COLUMN = 8; // selections that begin with the same column: bounds the search and the memory

/** The mappers of selections of plain columns, under their first column. */
const known = new WeakMap<object, Known[]>();

const MAX_FACTORIES = 256; // shapes of results: bounds the memory of a program that makes ever new ones

/** What makes the mappers of all other selections, under their shape. They hold no table. */
const factories = new Map<string, Factory>();

/** HOT (bench/drizzle.ts): the mapper for rows of `fields`. */
export function rowMapper(fields: SelectedFieldsOrdered, joinsNotNullableMap: JoinsNotNullable): RowMapper {
  const first = fields[0]?.field;
  if (first === undefined) return () => ({});
  const candidates = known.get(first);
  if (candidates !== undefined) {
    for (const candidate of candidates) {
      if (hasSameFields(candidate.fields, fields) && hasSameJoins(candidate.joins, joinsNotNullableMap)) {
        return candidate.map;
      }
    }
  }
  const map = makeMapper(fields, joinsNotNullableMap);
  if (fields.every(isPlainColumn)) {
    const joins = joinsNotNullableMap && { ...joinsNotNullableMap };
    known.set(first, [{ fields, joins, map }, ...(candidates ?? []).slice(0, KNOWN_PER_COLUMN - 1)]);
  }
  return map;
}

function makeMapper(fields: readonly SelectedField[], joins: JoinsNotNullable): RowMapper {
  const decoders: (Decoder | undefined)[] = [];
  for (const { field } of fields) {
    const decoder = decoderOf(field as object);
    decoders.push(isIdentity(decoder) ? undefined : decoder);
  }
  const shape = shapeOf(fields, decoders, joins);
  let factory = factories.get(shape);
  if (factory === undefined) {
    const layout = layOut(fields, decoders, joins);
    // a path that leads through another field's value: Drizzle has an answer for it, so it is asked
    if (layout === undefined) return (row) => mapResultRow(fields, row, joins);
    factory = compile(layout);
    if (factories.size >= MAX_FACTORIES) factories.delete(factories.keys().next().value as string);
    factories.set(shape, factory);
  }
  return factory(decoders);
}

/** Whether a field is the same object in each query that selects it, and is decoded in the same way for ever. */
function isPlainColumn({ field }: SelectedField): boolean {
  return kindOf(field as object) === COLUMN && !tableOf((field as Column).table)[TABLE_IS_ALIAS];
}

function hasSameFields(left: readonly SelectedField[], right: readonly SelectedField[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    const a = left[i] as SelectedField;
    const b = right[i] as SelectedField;
    if (a.field !== b.field || a.path.length !== b.path.length) return false;
    for (let j = 0; j < a.path.length; j++) if (a.path[j] !== b.path[j]) return false;
  }
  return true;
}

function hasSameJoins(left: JoinsNotNullable, right: JoinsNotNullable): boolean {
  if (left === undefined || right === undefined) return left === right;
  let count = 0;
  for (const name in right) {
    if (left[name] !== right[name]) return false;
    count++;
  }
  for (const _ in left) count--;
  return count === 0;
}
