/**
 * Tables of all kinds of columns, and values of all kinds.
 *
 * @module
 */
import { type SQL, sql } from "drizzle-orm";
import { blob, customType, integer, numeric, real, type SQLiteTable, sqliteTable, text } from "drizzle-orm/sqlite-core";
import fc from "fast-check";

/** What the builders of all columns have, without what they know of their values. */
interface Builder {
  notNull(): Builder;
  primaryKey(): Builder;
  default(value: unknown): Builder;
  $defaultFn(make: () => unknown): Builder;
  $onUpdateFn(make: () => unknown): Builder;
  generatedAlwaysAs(as: SQL, config?: { mode: "virtual" | "stored" }): Builder;
}

const point = customType<{ data: { x: number } }>({ dataType: () => "text" });

const ENUMS: [string, ...string[]][] = [
  ["a"],
  ["a", "b", "a"],
  ["1", "2"],
  ["a", "1", "", "1e3", "0"],
  ["constructor", "__proto__", "ü"],
];

/** Every kind and mode that `drizzle-orm/sqlite-core` has. */
export const KINDS: Readonly<Record<string, () => unknown>> = {
  text: () => text(),
  ...Object.fromEntries([0, 1, 5].map((length) => [`text of ${length}`, () => text({ length })])),
  ...Object.fromEntries(ENUMS.map((values) => [`text of ${JSON.stringify(values)}`, () => text({ enum: values })])),
  "text of no values": () => text({ enum: [] as never }),
  "text with a length and values": () => text({ enum: ["long", "b"], length: 2 }),
  "text json": () => text({ mode: "json" }),
  integer: () => integer(),
  "integer boolean": () => integer({ mode: "boolean" }),
  "integer timestamp": () => integer({ mode: "timestamp" }),
  "integer timestamp_ms": () => integer({ mode: "timestamp_ms" }),
  real: () => real(),
  numeric: () => numeric(),
  "numeric string": () => numeric({ mode: "string" }),
  "numeric number": () => numeric({ mode: "number" }),
  "numeric bigint": () => numeric({ mode: "bigint" }),
  blob: () => blob(),
  "blob buffer": () => blob({ mode: "buffer" }),
  "blob json": () => blob({ mode: "json" }),
  "blob bigint": () => blob({ mode: "bigint" }),
  custom: () => point(),
};

const VALUE_OF: Readonly<Record<string, (column: Builder) => Builder>> = {
  none: (column) => column,
  "a default": (column) => column.default(sql`1`),
  "a default of the program": (column) => column.$defaultFn(() => null),
  "a value at each update": (column) => column.$onUpdateFn(() => null),
  "a virtual value": (column) => column.generatedAlwaysAs(sql`1`),
  "a stored value": (column) => column.generatedAlwaysAs(sql`1`, { mode: "stored" }),
  "the primary key": (column) => column.primaryKey(),
};

const columns = fc
  .record({
    kind: fc.constantFrom(...Object.keys(KINDS)),
    value: fc.constantFrom(...Object.keys(VALUE_OF)),
    isNotNull: fc.boolean(),
  })
  .map(({ kind, value, isNotNull }) => {
    const column = VALUE_OF[value]!(KINDS[kind]!() as Builder);
    return isNotNull ? column.notNull() : column;
  });

const KEYS = ["b", "a", "1", "id", "createdAt", "ü"];

/** A table of some columns. */
export const tables: fc.Arbitrary<SQLiteTable> = fc
  .dictionary(fc.constantFrom(...KEYS), columns, { noNullPrototype: true })
  .map((fields) => sqliteTable("t", fields as never));

/** Every kind and mode, with each way to a value, null or not. */
export const everyColumn: SQLiteTable = sqliteTable(
  "every",
  Object.fromEntries(
    Object.keys(KINDS).flatMap((kind) =>
      Object.entries(VALUE_OF).flatMap(([value, give]) => [
        [`${kind}, ${value}`, give(KINDS[kind]!() as Builder)],
        [`${kind}, ${value}, not null`, give(KINDS[kind]!() as Builder).notNull()],
      ]),
    ),
  ) as never,
);

const EDGES: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -0,
  1.5,
  ...[2 ** 47, 2 ** 53 - 1, 2 ** 53, 1e300, Number.MIN_VALUE].flatMap((edge) => [edge, -edge]),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  ...[-(2n ** 63n) - 1n, -(2n ** 63n), 0n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n],
  ...ENUMS.flat(),
  "five5",
  "sixsix",
  "😀😀😀",
  "\ud800",
  new Date(0),
  new Date(8.64e15),
  new Date(Number.NaN),
  "2020-01-01",
  new Uint8Array(2),
  Buffer.from("a"),
  new Uint16Array(1),
  new ArrayBuffer(1),
  [],
  {},
  [() => 1],
  { f: () => 1, d: new Date(0), u: undefined, b: 1n },
  new Map(),
  () => 1,
  Symbol("s"),
];

/** A value of any kind, near the edges of what columns take. */
export const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...EDGES) },
  fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }),
  fc.date(),
  fc.bigInt(),
  fc.double(),
  fc.string(),
);
