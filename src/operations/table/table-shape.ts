import { getTableColumns } from "drizzle-orm";
import { is } from "drizzle-orm/entity";
import { getTableConfig, getViewConfig, SQLiteColumn, SQLiteTable, SQLiteView } from "drizzle-orm/sqlite-core";
import { describeKind, quote } from "../../json-values.ts";

/** What operations are made of: a table, or a view that is only read. */
export type Relation = SQLiteTable | SQLiteView;
/** The names by which Drizzle knows the columns. */
export type ColumnName<T extends Relation> = T extends SQLiteTable
  ? keyof T["_"]["columns"] & string
  : T extends SQLiteView
    ? keyof T["_"]["selectedFields"] & string
    : never;

/** A table as operations see it. */
export interface TableShape {
  readonly table: Relation;
  /** As the database names it. */
  readonly name: string;
  readonly columns: ReadonlyMap<string, SQLiteColumn>;
  /** The columns that tell its rows apart. */
  readonly key: readonly string[];
  /** The column that tells whether a row was changed. */
  readonly version: string | undefined;
}

/** What a caller may say of a table that Drizzle does not. */
export interface ShapeOptions {
  readonly key?: readonly string[] | undefined;
  readonly version?: string | false | undefined;
}

/** @throws {TypeError} If `table` is none, or a column of the options is none of it. */
export function tableShape(table: unknown, { key, version }: ShapeOptions): TableShape {
  const action = "make operations";
  if (!is(table, SQLiteTable) && !is(table, SQLiteView)) {
    throw new TypeError(`Cannot ${action}: a Drizzle table of SQLite is wanted: received ${describeKind(table)}`);
  }
  const name = is(table, SQLiteTable) ? getTableConfig(table).name : getViewConfig(table).name;
  const columns = new Map(columnsOf(table));
  const known = key ?? (is(table, SQLiteTable) ? primaryKey(table) : []);
  checkColumns(columns, known, "key", name);
  if (key !== undefined && is(table, SQLiteTable)) checkUnique(table, key, name);
  const shape = { table, name, columns, key: known, version: versionOf(columns, version, name) };
  return is(table, SQLiteView) ? { ...shape, version: undefined } : shape;
}

/** @throws {TypeError} If a name is none of a column. */
export function checkColumns(
  columns: ReadonlyMap<string, unknown>,
  names: unknown,
  what: string,
  table: string,
): asserts names is readonly string[] {
  if (!Array.isArray(names)) {
    throw new TypeError(
      `Cannot make operations of ${quote(table)}: ${what} must be an array of columns: received ${describeKind(names)}`,
    );
  }
  for (const name of names) {
    if (columns.has(name)) continue;
    const received = typeof name === "string" ? quote(name) : describeKind(name);
    throw new TypeError(
      `Cannot make operations of ${quote(table)}: ${what} must name columns of it: received ${received}`,
    );
  }
}

/** A key that several rows can have would let one call write all of them. */
function checkUnique(table: SQLiteTable, key: readonly string[], name: string): void {
  const { primaryKeys, uniqueConstraints, indexes } = getTableConfig(table);
  const columns = getTableColumns(table) as Record<string, SQLiteColumn>;
  const named = new Set(key.map((one) => columns[one]!.name));
  const uniqueIndexes = indexes
    .map(({ config }) => config)
    .filter(({ unique, where }) => unique && where === undefined);
  const sets: (readonly unknown[])[] = [
    ...Object.values(columns)
      .filter(({ primary, isUnique }) => primary || isUnique)
      .map((column) => [column]),
    ...[...primaryKeys, ...uniqueConstraints, ...uniqueIndexes].map((one) => one.columns),
  ];
  const isNamed = (column: unknown) => is(column, SQLiteColumn) && named.has(column.name);
  if (sets.some((set) => set.every(isNamed))) return;
  throw new TypeError(
    `Cannot make operations of ${quote(name)}: key must be the primary key, or be unique by an index or a constraint: received ${quote(key.join(", "))}`,
  );
}

/** The columns of a table, and those of a view that are columns of tables. */
function columnsOf(table: Relation): [string, SQLiteColumn][] {
  if (is(table, SQLiteTable)) return Object.entries(getTableColumns(table) as Record<string, SQLiteColumn>);
  const fields = getViewConfig(table).selectedFields as Record<string, unknown>;
  const own = table as unknown as Record<string, SQLiteColumn>;
  return Object.keys(fields).map((name) => [name, own[name]!]);
}

function primaryKey(table: SQLiteTable): string[] {
  const { primaryKeys } = getTableConfig(table);
  const columns = Object.entries(getTableColumns(table));
  const [composite] = primaryKeys;
  if (composite === undefined) return columns.filter(([, { primary }]) => primary).map(([name]) => name);
  return composite.columns.map(({ name }) => columns.find(([, column]) => column.name === name)![0]);
}

function versionOf(columns: ReadonlyMap<string, SQLiteColumn>, version: unknown, table: string): string | undefined {
  if (version === false) return undefined;
  const name = version ?? "updatedAt";
  const column = columns.get(name as string);
  const isCount = column?.dataType === "number"; // of what unit nobody says: taken where it is asked for, or made by a function
  const isTime = column?.dataType === "date" || (isCount && (version !== undefined || column.onUpdateFn !== undefined));
  if (isTime) return name as string;
  if (version === undefined) return undefined;
  throw new TypeError(
    `Cannot make operations of ${quote(table)}: version must name a column of times or numbers: received ${typeof version === "string" ? quote(version) : describeKind(version)}`,
  );
}
