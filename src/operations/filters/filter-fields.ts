import { type TSchema, Type } from "@sinclair/typebox";
import { type SQL, sql } from "drizzle-orm";
import { is } from "drizzle-orm/entity";
import { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { jsonColumnCodec } from "../../sqlite/mod.ts";

/** What a filter can ask of a column. */
export type Operator = "eq" | "ne" | "lt" | "lte" | "gt" | "gte" | "in" | "notIn" | "like" | "isNull";

/** A column as filters compare it. */
export interface FilterField {
  readonly name: string;
  readonly column: SQLiteColumn;
  readonly operators: readonly Operator[];
  /** Of one value that is compared with. */
  readonly schema: TSchema;
  /** What Drizzle takes for a value of the schema. */
  decode(value: unknown): unknown;
  /** Whether the order of the stored values is that of what they mean, so that rows can be sorted by it. */
  readonly isOrdered: boolean;
}

const EQUAL: readonly Operator[] = ["eq", "ne", "in", "notIn", "isNull"];
const ORDERED: readonly Operator[] = [...EQUAL, "lt", "lte", "gt", "gte"];

/** The columns of `names` as filters compare them: what is stored as JSON, or by the application's own code, only by isNull. */
export function filterFields(
  columns: ReadonlyMap<string, SQLiteColumn>,
  names: Iterable<string>,
): ReadonlyMap<string, FilterField> {
  const fields = new Map<string, FilterField>();
  for (const name of names) {
    const column = columns.get(name);
    if (is(column, SQLiteColumn)) fields.set(name, toField(name, column));
  }
  return fields;
}

function toField(name: string, column: SQLiteColumn): FilterField {
  const operators = operatorsOf(column);
  const { schema, decode } = jsonColumnCodec(column);
  return {
    name,
    column,
    operators,
    schema: operators.length === 1 ? Type.Never() : schema,
    decode: isInSeconds(column) ? asSeconds : ((decode as FilterField["decode"] | undefined) ?? ((value) => value)),
    isOrdered: operators.includes("lt"),
  };
}

/** Whether times are stored in whole seconds. */
function isInSeconds(column: SQLiteColumn): boolean {
  return column.dataType === "date" && (column as { mode?: unknown }).mode === "timestamp";
}

/** With its fraction: a time between two seconds is behind the one and before the other, and equal to none. */
function asSeconds(timeMs: unknown): SQL {
  return sql`${(timeMs as number) / 1000}`;
}

function operatorsOf(column: SQLiteColumn): readonly Operator[] {
  const isBlob = column.getSQLType() === "blob";
  switch (column.dataType) {
    case "string":
      return column.getSQLType().startsWith("text") ? [...ORDERED, "like"] : ORDERED;
    case "number":
    case "date":
    case "bigint":
      return isBlob ? EQUAL : ORDERED; // a bigint in a blob is its digits
    case "boolean":
    case "buffer":
      return EQUAL;
    default:
      return ["isNull"];
  }
}
