/**
 * What Drizzle ORM 0.45 has at run time but strips from its type declarations: named here once, as narrowly as it is
 * used, so that no other file needs a cast to `any`.
 *
 * @module
 */
import type { CasingCache } from "drizzle-orm/casing";
import type { Column } from "drizzle-orm/column";
import { type DriverValueDecoder, SQL, type SQLChunk } from "drizzle-orm/sql/sql";
import type { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import type { Subquery } from "drizzle-orm/subquery";
import * as utils from "drizzle-orm/utils";

/** The keys under which a table, or the proxy of an aliased one, keeps what Drizzle knows of it. */
export const TABLE_NAME = Symbol.for("drizzle:Name");
export const TABLE_ORIGINAL_NAME = Symbol.for("drizzle:OriginalName");
export const TABLE_BASE_NAME = Symbol.for("drizzle:BaseName");
export const TABLE_SCHEMA = Symbol.for("drizzle:Schema");
export const TABLE_COLUMNS = Symbol.for("drizzle:Columns");
export const TABLE_IS_ALIAS = Symbol.for("drizzle:IsAlias");
/** The key under which a view keeps its configuration. */
export const VIEW_CONFIG = Symbol.for("drizzle:ViewBaseConfig");

/** A table as it is at run time. */
export interface TableInternals {
  readonly [TABLE_NAME]: string;
  readonly [TABLE_ORIGINAL_NAME]: string;
  readonly [TABLE_BASE_NAME]: string;
  readonly [TABLE_SCHEMA]: string | undefined;
  readonly [TABLE_COLUMNS]: Record<string, ColumnInternals>;
  readonly [TABLE_IS_ALIAS]: boolean;
}

/** A view as it is at run time. */
export interface ViewInternals {
  readonly [VIEW_CONFIG]: { readonly name: string; readonly schema: string | undefined; readonly isAlias: boolean };
}

/** A column with the method that says whether an insert must leave it out (generated columns). */
export type ColumnInternals = Column & { shouldDisableInsert(): boolean };

/** An SQL tree with its decoder, its switch for inlined parameters and the writer of one inlined value. */
export interface SqlInternals {
  readonly queryChunks: SQLChunk[];
  readonly shouldInlineParams: boolean;
  readonly usedTables: string[];
  decoder: DriverValueDecoder<unknown, unknown>;
  mapInlineParam(value: unknown, config: { escapeString(text: string): string }): string;
}

/** `SQL.Aliased` with the mark that a subquery puts on the fields that are selected from it. */
export interface AliasedInternals {
  readonly sql: SQL;
  readonly fieldAlias: string;
  readonly isSelectionField: boolean;
}

/** One selected field and the place of its value in the result. */
export interface SelectedField {
  readonly path: readonly string[];
  readonly field: unknown;
}

interface DialectInternals {
  readonly casing: CasingCache;
}

type MapResultRow = (
  columns: readonly SelectedField[],
  row: readonly unknown[],
  joinsNotNullableMap: Record<string, boolean> | undefined,
) => Record<string, unknown>;

/** Drizzle's own mapping of one raw row. */
export const mapResultRow: MapResultRow = (utils as unknown as { mapResultRow: MapResultRow }).mapResultRow;

export function tableOf(value: object): TableInternals {
  return value as TableInternals;
}

export function viewOf(value: object): ViewInternals {
  return value as ViewInternals;
}

export function sqlOf(value: object): SqlInternals {
  return value as SqlInternals;
}

export function aliasedOf(value: object): AliasedInternals {
  return value as AliasedInternals;
}

export function subqueryOf(value: object): Subquery["_"] {
  return (value as Subquery)._;
}

/** The cache through which a dialect derives column names from keys. */
export function casingOf(dialect: SQLiteSyncDialect): CasingCache {
  return (dialect as unknown as DialectInternals).casing;
}

/** Writes `value` into SQL text as Drizzle does for `inlineParams()`. */
export function inlineText(value: unknown, escapeString: (text: string) => string): string {
  return sqlOf(SQL.prototype).mapInlineParam(value, { escapeString });
}
