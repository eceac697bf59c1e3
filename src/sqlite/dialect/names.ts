import type { CasingCache } from "drizzle-orm/casing";
import type { Column } from "drizzle-orm/column";
import type { Table } from "drizzle-orm/table";
import {
  type ColumnInternals,
  TABLE_COLUMNS,
  TABLE_IS_ALIAS,
  TABLE_NAME,
  TABLE_SCHEMA,
  tableOf,
} from "../drizzle-internals.ts";

/** One column as the places of a statement spell it. */
export interface ColumnText {
  /** `"name"` */
  readonly name: string;
  /** `"table"."name"` or `"schema"."table"."name"`: in conditions, orders and groups */
  readonly qualified: string;
  /** As selected from one table, or returned. */
  readonly selected: string;
  /** As selected from joined tables: Drizzle leaves the schema out here. */
  readonly selectedQualified: string;
}

/** What an insert into one table always says. */
export interface InsertShape {
  /** `("a", "b")` */
  readonly columns: string;
  readonly entries: readonly (readonly [key: string, column: ColumnInternals])[];
}

/** Quotes `name` for SQL. */
export function quote(name: string): string {
  return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`;
}

/**
 * The spelling of tables and columns under one casing.
 *
 * What belongs to a declared table never changes and is kept with it. The proxies of aliased tables and their columns
 * are made anew for each query, so their text is not kept.
 */
export class Names {
  readonly #casing: CasingCache;
  readonly #columns = new WeakMap<Column, ColumnText>();
  readonly #tables = new WeakMap<Table, string>();
  readonly #inserts = new WeakMap<Table, InsertShape>();

  constructor(casing: CasingCache) {
    this.#casing = casing;
  }

  /** The name of `column` in the database, not quoted. */
  cased(column: Column): string {
    return this.#casing.getColumnCasing(column);
  }

  /** HOT (bench/drizzle.ts): how `column` is spelled in each place. */
  column(column: Column): ColumnText {
    return this.#columns.get(column) ?? this.#spellColumn(column);
  }

  /** HOT (bench/drizzle.ts): the name of a table or of its alias, with the schema where there is one. */
  table(table: Table): string {
    return this.#tables.get(table) ?? this.#spellTable(table);
  }

  /** HOT (bench/drizzle.ts): the columns that an insert into `table` names, and in which order. */
  insert(table: Table): InsertShape {
    return this.#inserts.get(table) ?? this.#shapeInsert(table);
  }

  #spellColumn(column: Column): ColumnText {
    const table = tableOf(column.table);
    const isAlias = table[TABLE_IS_ALIAS];
    const schema = table[TABLE_SCHEMA];
    const tableName = quote(table[TABLE_NAME]);
    const name = quote(this.cased(column));
    const dotted = flat(tableName, ".", name);
    // a bigint in a NUMERIC column would lose digits on its way through a double
    const isCast = column.columnType === "SQLiteNumericBigInt";
    const text: ColumnText = {
      name,
      qualified: isAlias || schema === undefined ? dotted : flat(quote(schema), ".", dotted),
      selected: isCast ? flat("cast(", name, " as text)") : name,
      selectedQualified: isCast ? flat("cast(", dotted, " as text)") : dotted,
    };
    if (!isAlias) this.#columns.set(column, text);
    return text;
  }

  #spellTable(table: Table): string {
    const internals = tableOf(table);
    const name = quote(internals[TABLE_NAME]);
    if (internals[TABLE_IS_ALIAS]) return name;
    const schema = internals[TABLE_SCHEMA];
    const text = schema === undefined ? name : flat(quote(schema), ".", name);
    this.#tables.set(table, text);
    return text;
  }

  #shapeInsert(table: Table): InsertShape {
    const internals = tableOf(table);
    const entries = Object.entries(internals[TABLE_COLUMNS]).filter(([, column]) => !column.shouldDisableInsert());
    const columns = `(${entries.map(([, column]) => this.column(column).name).join(", ")})`;
    const shape: InsertShape = { columns, entries };
    if (!internals[TABLE_IS_ALIAS]) this.#inserts.set(table, shape);
    return shape;
  }
}

/** Joins into one flat string: V8 would keep a concatenation as a tree and flatten it in each statement again. */
function flat(...parts: string[]): string {
  return parts.join("");
}
