import type {
  Kind,
  Static,
  TAny,
  TBigInt,
  TBoolean,
  TDate,
  TEnum,
  TInteger,
  TNull,
  TNumber,
  TObject,
  TOptional,
  TSchema,
  TString,
  TUnion,
} from "@sinclair/typebox";
import type { Assume, Simplify } from "drizzle-orm";
import type { Column } from "drizzle-orm/column";
import type { SQL, View } from "drizzle-orm/sql/sql";
import type { Table } from "drizzle-orm/table";

/** What a schema is for: the rows that are read, those that are inserted, or the changes to some. */
export type SchemaKind = "select" | "insert" | "update";

/** A schema of any value that a JSON column can have. */
export interface JsonSchema extends TSchema {
  static: string | number | boolean | null | { [key: string]: Static<TAny> } | Static<TAny>[];
}

/** Drizzle's types want a `Buffer`; the check takes any bytes. */
export interface BufferSchema extends TSchema {
  [Kind]: "Uint8Array";
  static: Buffer;
  type: "Uint8Array";
}

/** A schema that is typed by what the column says of its values, beyond what is checked. */
export interface GenericSchema<T> extends TSchema {
  static: T;
}

/** Which columns a schema leaves out, makes optional or lets be null. */
export interface Conditions {
  never(column: Column | undefined): boolean;
  optional(column: Column): boolean;
  nullable(column: Column): boolean;
}

/** What a table or a view, or an object in a view, has under its keys. */
export type FieldsOf<T> = T extends Table ? T["_"]["columns"] : T extends View ? T["_"]["selectedFields"] : T;

/** The rows of a table or view that a schema of `TKind` is for. */
export type RowOf<TEntity extends Table | View, TKind extends SchemaKind> = TKind extends "select"
  ? TEntity["$inferSelect"]
  : TEntity extends Table
    ? TKind extends "insert"
      ? TEntity["$inferInsert"]
      : Partial<TEntity["$inferInsert"]>
    : never;

/** The schema of the values of a column that are not null. */
type ColumnSchema<TColumn extends Column> =
  IsEnum<TColumn["_"]["enumValues"]> extends true
    ? TEnum<{ [K in Assume<TColumn["_"]["enumValues"], string[]>[number]]: K }>
    : TColumn["_"]["columnType"] extends "SQLiteInteger"
      ? TInteger
      : TColumn["_"]["dataType"] extends keyof SchemaByDataType
        ? SchemaByDataType[TColumn["_"]["dataType"]]
        : unknown extends TColumn["_"]["data"]
          ? TColumn["_"]["dataType"] extends "json"
            ? JsonSchema
            : TAny
          : GenericSchema<TColumn["_"]["data"]>;

interface SchemaByDataType {
  bigint: TBigInt;
  boolean: TBoolean;
  buffer: BufferSchema;
  date: TDate;
  number: TNumber;
  string: TString;
}

type IsEnum<TValues> = [string, ...string[]] extends TValues ? false : undefined extends TValues ? false : true;

/** The fields that rows of `TKind` have: what is generated can't be written. */
export type SelectedFields<TFields, TKind extends SchemaKind> = TKind extends "select"
  ? TFields
  : { [K in keyof TFields as TFields[K] extends GeneratedColumn ? never : K]: TFields[K] };

type GeneratedColumn = Column & { _: { generated: { type: "always" } } };

/** For each column a schema in its place, or a function that makes one of its schema. */
export type BuildRefine<TFields> = {
  [K in keyof TFields]?: TFields[K] extends Column
    ? Refinement<ColumnSchema<TFields[K]>>
    : TFields[K] extends SQL | SQL.Aliased
      ? Refinement<TAny>
      : BuildRefine<FieldsOf<TFields[K]>>;
};

type Refinement<TBase extends TSchema> = TSchema | ((schema: TBase) => TSchema);

/** Does not compile where `TRefine` names what is no field. */
export type NoUnknownKeys<TRefine, TFields> = {
  [K in keyof TRefine]: K extends keyof TFields
    ? TFields[K] extends Column | SQL | SQL.Aliased
      ? TRefine[K]
      : NoUnknownKeys<TRefine[K], FieldsOf<TFields[K]>>
    : `Cannot refine column "${K & string}": there is none`;
};

/** The schema of an object with these fields, refined. */
export type BuildSchema<TKind extends SchemaKind, TFields, TRefine> = TObject<
  Simplify<{
    [K in keyof SelectedFields<TFields, TKind>]: TFields[K & keyof TFields] extends infer TField
      ? TField extends Column
        ? FieldSchema<TKind, TField, RefinementOf<TRefine, K>>
        : TField extends SQL | SQL.Aliased
          ? Refined<TAny, RefinementOf<TRefine, K>>
          : BuildSchema<TKind, FieldsOf<TField>, RefinementOf<TRefine, K>>
      : never;
  }>
>;

/** Undefined where it is not known whether there is one: as where the parameter is left out. */
type RefinementOf<TRefine, K> = K extends keyof TRefine
  ? undefined extends TRefine[K]
    ? undefined
    : TRefine[K]
  : undefined;

type FieldSchema<TKind extends SchemaKind, TColumn extends Column, TRefinement> = TRefinement extends TSchema
  ? TRefinement
  : OptionalIn<TKind, TColumn, NullableIn<TColumn, Refined<ColumnSchema<TColumn>, TRefinement>>>;

type Refined<TBase extends TSchema, TRefinement> = TRefinement extends TSchema
  ? TRefinement
  : TRefinement extends ((schema: never) => infer TMade extends TSchema)
    ? TMade
    : TBase;

type NullableIn<TColumn extends Column, TBase extends TSchema> = TColumn["_"]["notNull"] extends true
  ? TBase
  : TUnion<[TBase, TNull]>;

type OptionalIn<TKind extends SchemaKind, TColumn extends Column, TBase extends TSchema> = TKind extends "select"
  ? TBase
  : TKind extends "update"
    ? TOptional<TBase>
    : [TColumn["_"]["notNull"], TColumn["_"]["hasDefault"]] extends [true, false]
      ? TBase
      : TOptional<TBase>;
