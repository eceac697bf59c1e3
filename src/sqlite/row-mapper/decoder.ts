import { Buffer } from "node:buffer";
import { Column } from "drizzle-orm/column";
import { noopDecoder } from "drizzle-orm/sql/sql";
import { COLUMN, kindOf, SUBQUERY, TREE } from "../dialect/kinds.ts";
import { aliasedOf, sqlOf, subqueryOf, TABLE_IS_ALIAS, tableOf } from "../drizzle-internals.ts";

/** What turns a value of the database into the value of a field. */
export interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** The decoder of a selected field. */
export function decoderOf(field: object): Decoder {
  switch (kindOf(field)) {
    case COLUMN:
      return columnDecoder(field as Column);
    case TREE:
      return sqlOf(field).decoder;
    case SUBQUERY:
      return sqlOf(subqueryOf(field).sql).decoder;
    default:
      return sqlOf(aliasedOf(field).sql).decoder;
  }
}

/** Whether a decoder gives back what it gets. */
export function isIdentity(decoder: Decoder): boolean {
  const { mapFromDriverValue } = decoder;
  return (
    mapFromDriverValue === Column.prototype.mapFromDriverValue || mapFromDriverValue === noopDecoder.mapFromDriverValue
  );
}

/** A BLOB as the `Buffer` that Drizzle's columns and custom types expect, on the same memory; `null` as `null`. */
export function bytesOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** What stands in for the columns of aliased tables, under the configuration that each shares with its original. */
const standIns = new WeakMap<object, Column>();

/** A column of an aliased table is a proxy, and new in each query: slow to ask once per value. */
function columnDecoder(column: Column): Decoder {
  if (isIdentity(column) || !tableOf(column.table)[TABLE_IS_ALIAS]) return column;
  const { config } = column as unknown as { readonly config: object };
  const prototype: object = Object.getPrototypeOf(column);
  const known = standIns.get(config);
  if (known !== undefined && Object.getPrototypeOf(known) === prototype) return known;
  // the descriptors come from behind the proxy
  const standIn: Column = Object.create(prototype, Object.getOwnPropertyDescriptors(column));
  standIns.set(config, standIn);
  return standIn;
}
