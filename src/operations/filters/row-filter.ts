import { isSQLWrapper, SQL, type SQLWrapper } from "drizzle-orm";
import { is } from "drizzle-orm/entity";
import { findMismatch, mismatchText } from "../../schema-check.ts";
import { ignoreRejection } from "../ignore-rejection.ts";
import type { Identity } from "../operation-spec.ts";
import { compileFilter, describeFilterError, FilterError, type FilterInput } from "./compile-filter.ts";
import type { FilterField } from "./filter-fields.ts";
import { filterSchema } from "./filter-schema.ts";

/** The operations of a table. */
export type Verb = "create" | "find" | "list" | "update" | "delete" | "count";

/**
 * The rows that a caller may see and write: a filter over any column, hidden ones too, or a condition of Drizzle; true for
 * all rows, false for none. Nothing else is taken, `undefined` least of all: it would be what a forgotten `return` gives.
 */
export type RowFilter = (identity: Identity | undefined, verb: Verb) => FilterInput | SQLWrapper | boolean;

/** The condition of a row filter for one call; undefined where all rows are allowed, false where none is. */
export type RowCondition = SQL | undefined | false;

/**
 * Gives the function that asks `rowFilter` for one call.
 *
 * @param fields All columns of the table.
 */
export function rowConditions(
  rowFilter: RowFilter,
  fields: ReadonlyMap<string, FilterField>,
): (identity: Identity | undefined, verb: Verb) => RowCondition {
  const schema = filterSchema(fields.values(), "row-filter");
  return (identity, verb) => {
    const rows: unknown = rowFilter(identity, verb);
    ignoreRejection(rows);
    if (rows === true) return undefined;
    if (rows === false) return false;
    if (is(rows, SQL)) return rows;
    if (isSQLWrapper(rows)) return rows.getSQL();
    const mismatch = findMismatch(schema, rows);
    if (mismatch !== undefined) throw new TypeError(`Cannot filter rows: rowFilter gives ${mismatchText(mismatch)}`);
    return compile(rows as FilterInput, fields);
  };
}

function compile(rows: FilterInput, fields: ReadonlyMap<string, FilterField>): SQL | undefined {
  try {
    return compileFilter(rows, fields);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new TypeError(`Cannot filter rows: rowFilter is no filter: ${describeFilterError(error)}`);
  }
}
