import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import { is } from "drizzle-orm/entity";
import { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { checkInteger } from "../../arguments.ts";
import { describeKind, isPlain, quote } from "../../json-values.ts";
import { createJsonCodec, jsonColumnCodec } from "../../sqlite/mod.ts";
import { type FilterField, filterFields } from "../filters/filter-fields.ts";
import { CONNECTIVES } from "../filters/filter-schema.ts";
import { type RowCondition, rowConditions, type Verb } from "../filters/row-filter.ts";
import { ignoreRejection } from "../ignore-rejection.ts";
import type { Identity } from "../operation-spec.ts";
import { checkNamespace, type TableOperationsOptions, VERBS } from "./table-options.ts";
import { checkColumns, type Relation, type TableShape, tableShape } from "./table-shape.ts";

/** A row as Drizzle gives or takes it. */
export type Row = Record<string, unknown>;
/** A row in values of JSON. */
export type JsonRow = Record<string, unknown>;

/** Between rows and JSON. */
interface Codec {
  readonly schema: TObject;
  encode(row: Row): JsonRow;
  decode(json: JsonRow): Row;
}

/** One column between its values and JSON. */
interface ColumnCodec {
  readonly schema: TSchema;
  encode(value: unknown): unknown;
  decode(value: unknown): unknown;
}

/** All that is known of the operations of one table. */
export interface TablePlan {
  readonly shape: TableShape;
  readonly namespace: string;
  readonly verbs: readonly Verb[];
  /** The columns that are put out. */
  readonly visible: ReadonlySet<string>;
  readonly output: Codec;
  /** Not of a view. */
  readonly create: Codec | undefined;
  readonly update: Codec | undefined;
  readonly keyCodecs: readonly ColumnCodec[];
  /** Of the column by which changes are told, if callers see it. */
  readonly versionCodec: ColumnCodec | undefined;
  readonly filterable: ReadonlyMap<string, FilterField>;
  readonly sortable: readonly string[];
  readonly defaultLimit: number;
  readonly maxLimit: number;
  /** Undefined where every caller may have every row. */
  readonly rowsFor: ((identity: Identity | undefined, verb: Verb) => RowCondition) | undefined;
  readonly assign: ((identity: Identity | undefined, verb: "create" | "update") => Row) | undefined;
}

type Options = TableOperationsOptions<Relation>;
type Refinement = TSchema | ((schema: TSchema) => TSchema);
type Refinements = Readonly<Record<string, (schema: TSchema) => TSchema>>;

const READING: readonly Verb[] = ["find", "list", "count"];
const NEED_KEY: readonly Verb[] = ["find", "list", "update", "delete"];

/** @throws {TypeError} If the options don't fit the table. @throws {RangeError} If a limit is out of its range. */
export function tablePlan(table: unknown, options: Options): TablePlan {
  const shape = tableShape(table, { key: options.key, version: options.updatedAt });
  const { name, columns } = shape;
  const isTable = is(shape.table, SQLiteTable);
  const namespace = options.namespace ?? name;
  checkNamespace(namespace);
  const verbs = VERBS.filter((verb) => options.verbs?.includes(verb) ?? (isTable || READING.includes(verb)));
  checkVerbsOf(shape, verbs, isTable);

  const hiddenOutput = columnList(shape, options.hidden?.output, "hidden.output");
  const hiddenInput = [...new Set([...timesOf(columns), ...columnList(shape, options.hidden?.input, "hidden.input")])];
  const refine = refinements(shape, options.refine);
  const fixed = columnList(shape, options.fixed, "fixed");
  const hiddenKey = shape.key.find((column) => hiddenOutput.includes(column));
  if (hiddenKey !== undefined) throw refusal(name, "hidden.output must leave the key visible", quote(hiddenKey));
  const visible = new Set([...columns.keys()].filter((column) => !hiddenOutput.includes(column)));
  const writes = isTable && verbs.some((verb) => !READING.includes(verb));
  if (verbs.includes("create") && options.assign === undefined) checkRequired(shape, hiddenInput);

  const comparable = filterFields(columns, visible);
  const filterable = pick(shape, comparable, options.filterable, "filterable");
  const clash = CONNECTIVES.find((word) => filterable.has(word));
  if (clash !== undefined) throw refusal(name, `filterable must leave out what filters use`, quote(clash));
  const ordered = new Map([...comparable].filter(([, field]) => field.isOrdered));
  const { defaultLimit = Math.min(50, options.maxLimit ?? 50), maxLimit = 500 } = options;
  checkInteger(maxLimit, 1, "make operations", "maxLimit", 100_000);
  checkInteger(defaultLimit, 1, "make operations", "defaultLimit", maxLimit);
  const { rowFilter, assign } = options;
  const { version } = shape;
  return {
    shape,
    namespace,
    verbs,
    visible,
    output: codecOf(shape, "select", hiddenOutput, refine),
    create: writes ? codecOf(shape, "insert", hiddenInput, refine) : undefined,
    update: writes
      ? codecOf(shape, "update", [...new Set([...hiddenInput, ...fixed, ...shape.key])], refine)
      : undefined,
    keyCodecs: shape.key.map((column) => columnCodec(columns.get(column)!)),
    versionCodec: version !== undefined && visible.has(version) ? nullableCodec(columns.get(version)!) : undefined,
    filterable,
    sortable: [...pick(shape, ordered, options.sortable, "sortable").keys()],
    defaultLimit,
    maxLimit,
    rowsFor: rowFilter && rowConditions(rowFilter, filterFields(columns, columns.keys())),
    assign: assign && assigned(shape, assign as TablePlan["assign"] & {}),
  };
}

function codecOf(
  { table, columns }: TableShape,
  kind: "select" | "insert" | "update",
  omit: readonly string[],
  refine: Refinements,
): Codec {
  const isGiven = (name: string) => kind === "select" || columns.get(name)!.generated === undefined;
  const given = Object.fromEntries(Object.entries(refine).filter(([name]) => isGiven(name)));
  return createJsonCodec(table as SQLiteTable, kind, {
    omit: omit as never,
    refine: given as never,
  }) as unknown as Codec;
}

/** What `assign` gives, if it is what it must be: else a caller's own values would stand in its place. */
function assigned({ name, columns }: TableShape, assign: TablePlan["assign"] & {}): TablePlan["assign"] {
  return (identity, verb) => {
    const values: unknown = assign(identity, verb);
    ignoreRejection(values);
    if (typeof values !== "object" || values === null || !isPlain(values)) {
      throw new TypeError(
        `Cannot assign columns of ${quote(name)}: assign must give an object of them: received ${describeKind(values)}`,
      );
    }
    checkColumns(columns, Object.keys(values), "what assign gives", name);
    return values as Row;
  };
}

/** As functions: of these it stays the table's to say what may be null or left out. */
function refinements({ name, columns }: TableShape, refine: Options["refine"]): Refinements {
  const given = Object.entries((refine ?? {}) as Record<string, Refinement | undefined>);
  checkColumns(
    columns,
    given.map(([column]) => column),
    "refine",
    name,
  );
  const isThere = (entry: [string, Refinement | undefined]): entry is [string, Refinement] => entry[1] !== undefined;
  return Object.fromEntries(
    given.filter(isThere).map(([column, one]) => [column, typeof one === "function" ? one : () => one]),
  );
}

function columnCodec(column: SQLiteColumn): ColumnCodec {
  const { schema, encode = same, decode = same } = jsonColumnCodec(column);
  return { schema, encode, decode: decode as ColumnCodec["decode"] };
}

function nullableCodec(column: SQLiteColumn): ColumnCodec {
  const codec = columnCodec(column);
  return column.notNull ? codec : { ...codec, schema: Type.Union([codec.schema, Type.Null()]) };
}

function same(value: unknown): never {
  return value as never;
}

function checkVerbsOf({ name, key }: TableShape, verbs: readonly Verb[], isTable: boolean): void {
  const writing = isTable ? undefined : verbs.find((verb) => !READING.includes(verb));
  if (writing !== undefined) throw refusal(name, "verbs of a view must be those that read", writing);
  const asking = key.length > 0 ? undefined : verbs.find((verb) => NEED_KEY.includes(verb));
  if (asking === undefined) return;
  throw refusal(name, `a primary key is wanted, or the option key, or verbs that need none`, `none, and ${asking}`);
}

/** Times that the table sets by itself. */
function timesOf(columns: ReadonlyMap<string, SQLiteColumn>): string[] {
  return ["createdAt", "updatedAt"].filter((name) => {
    const column = columns.get(name);
    return is(column, SQLiteColumn) && (column.hasDefault || column.onUpdateFn !== undefined || !column.notNull);
  });
}

/** A column that nobody may give and that has no value of its own would make every creation fail. */
function checkRequired({ name, columns }: TableShape, hiddenInput: readonly string[]): void {
  const missing = hiddenInput.find((one) => {
    const column = columns.get(one)!;
    return column.notNull && !column.hasDefault && column.generated === undefined;
  });
  if (missing === undefined) return;
  throw refusal(name, "a column of hidden.input without a default needs assign", quote(missing));
}

function columnList({ name, columns }: TableShape, names: readonly string[] = [], what: string): readonly string[] {
  checkColumns(columns, names, what, name);
  return names;
}

function pick(
  { name, columns }: TableShape,
  fields: ReadonlyMap<string, FilterField>,
  names: readonly string[] | undefined,
  what: string,
): ReadonlyMap<string, FilterField> {
  if (names === undefined) return fields;
  checkColumns(columns, names, what, name);
  const unfit = names.find((one) => !fields.has(one));
  if (unfit !== undefined) throw refusal(name, `${what} must name columns that are put out and compared`, quote(unfit));
  return new Map(names.map((one) => [one, fields.get(one)!]));
}

function refusal(table: string, wanted: string, received: string): TypeError {
  return new TypeError(`Cannot make operations of ${quote(table)}: ${wanted}: received ${received}`);
}
