import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import type { Column } from "drizzle-orm/column";
import type { View } from "drizzle-orm/sql/sql";
import type { Table } from "drizzle-orm/table";
import { columnToSchema } from "./column.ts";
import { fieldsToSchema } from "./object-schema.ts";
import type { BuildRefine, BuildSchema, FieldsOf, NoUnknownKeys, SchemaKind, SelectedFields } from "./types.ts";
import { fieldsOf } from "./utils.ts";

/**
 * The schema of the rows that a select of the table or view gives.
 *
 * `refine` takes for a column a schema, which stands in its place as it is, or a function, which is given the schema of the
 * column's values: what it gives may be null, and left out, where the column's could.
 *
 * ```ts
 * const userSchema = createSelectSchema(users, { email: (schema) => Type.String({ ...schema, format: "email" }) });
 * Value.Check(userSchema, db.select().from(users).get()); // true
 * ```
 *
 * The schemas of these functions are those of drizzle-typebox 0.3.3. They differ where that refuses what the file can hold,
 * takes what it can't, or leaves a mistake unseen: `real` takes every finite number, values of enums may look like numbers,
 * bytes are any `Uint8Array`, and JSON columns that are NOT NULL take no null.
 *
 * @throws {TypeError} If `refine` names what is no column, or holds what is no schema.
 */
export function createSelectSchema<TEntity extends Table | View, TRefine extends BuildRefine<FieldsOf<TEntity>>>(
  entity: TEntity,
  refine?: TRefine & NoUnknownKeys<TRefine, FieldsOf<TEntity>>,
): BuildSchema<"select", FieldsOf<TEntity>, TRefine> {
  return createSchema(entity, refine, "select");
}

/**
 * The schema of the rows that an insert into the table takes: without generated columns, and what has a default or may be
 * null can be left out. Refined as by {@link createSelectSchema}.
 *
 * @throws {TypeError} If `refine` names what can't be inserted, or holds what is no schema.
 */
export function createInsertSchema<
  TTable extends Table,
  TRefine extends BuildRefine<SelectedFields<FieldsOf<TTable>, "insert">>,
>(
  table: TTable,
  refine?: TRefine & NoUnknownKeys<TRefine, SelectedFields<FieldsOf<TTable>, "insert">>,
): BuildSchema<"insert", FieldsOf<TTable>, TRefine> {
  return createSchema(table, refine, "insert");
}

/**
 * The schema of what an update of the table sets: all but generated columns, and each can be left out. Refined as by
 * {@link createSelectSchema}.
 *
 * @throws {TypeError} If `refine` names what can't be set, or holds what is no schema.
 */
export function createUpdateSchema<
  TTable extends Table,
  TRefine extends BuildRefine<SelectedFields<FieldsOf<TTable>, "update">>,
>(
  table: TTable,
  refine?: TRefine & NoUnknownKeys<TRefine, SelectedFields<FieldsOf<TTable>, "update">>,
): BuildSchema<"update", FieldsOf<TTable>, TRefine> {
  return createSchema(table, refine, "update");
}

function createSchema<TSchemaOfRows extends TObject>(
  entity: unknown,
  refine: unknown,
  kind: SchemaKind,
): TSchemaOfRows {
  const fields = fieldsOf(entity, `create a schema for ${kind}`);
  return fieldsToSchema(fields, refine, { kind, toSchema: columnSchema }) as TSchemaOfRows;
}

function columnSchema(column: Column | undefined, kind: SchemaKind): TSchema {
  return column === undefined ? Type.Any() : columnToSchema(column, kind);
}
