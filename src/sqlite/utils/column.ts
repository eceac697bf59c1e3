import { type TSchema, Type } from "@sinclair/typebox";
import type { Column } from "drizzle-orm/column";
import { INT64_MAX, INT64_MIN, UINT64_MAX } from "./constants.ts";
import type { BufferSchema, JsonSchema, SchemaKind } from "./types.ts";
import { isColumnType, isUnsigned, isWithEnum } from "./utils.ts";

const SCALARS = [Type.String(), Type.Number(), Type.Boolean()] as const;
const COMPOUNDS = [Type.Array(Type.Any()), Type.Record(Type.String(), Type.Any())] as const;

/** What JSON can say without an array or an object. */
export const literalSchema = Type.Union([...SCALARS, Type.Null()]);

/** Any value of a JSON column. What stands inside of arrays and objects is not looked at. */
export const jsonSchema: JsonSchema = Type.Union([literalSchema, ...COMPOUNDS]);

/** The values that a JSON column takes if it is NOT NULL: Drizzle writes null as SQL's NULL. */
const jsonNotNullSchema: JsonSchema = Type.Union([Type.Union([...SCALARS]), ...COMPOUNDS]);

/** Bytes: a `Buffer` where Drizzle gives them, any `Uint8Array` where it takes them. */
export const bufferSchema: BufferSchema = Type.Unsafe<Buffer>(Type.Uint8Array()) as unknown as BufferSchema;

/** An object as `Type.Enum()` takes it. It leaves out keys that look like numbers, so none does. */
function mapEnumValues(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [`=${value}`, value]));
}

/** The schema of what `column` gives or takes, if it is not null. */
export function columnToSchema(column: Column, kind: SchemaKind): TSchema {
  if (isWithEnum(column)) return Type.Enum(mapEnumValues(column.enumValues));
  switch (column.dataType) {
    case "array":
      return Type.Array(Type.Any());
    case "number":
      return numberSchema(column);
    case "bigint":
      return isUnsigned(column)
        ? Type.BigInt({ minimum: 0n, maximum: UINT64_MAX })
        : Type.BigInt({ minimum: INT64_MIN, maximum: INT64_MAX });
    case "boolean":
      return Type.Boolean();
    case "date":
      return Type.Date();
    case "string":
      return stringSchema(column);
    case "json":
      return kind !== "select" && column.notNull ? jsonNotNullSchema : jsonSchema;
    case "buffer":
      return bufferSchema;
    default:
      return Type.Any(); // a type of the application's own: what it takes is known there
  }
}

function numberSchema(column: Column): TSchema {
  if (isColumnType(column, ["SQLiteReal"])) return Type.Number();
  const range = { minimum: isUnsigned(column) ? 0 : Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
  return isColumnType(column, ["SQLiteInteger"]) ? Type.Integer(range) : Type.Number(range);
}

function stringSchema(column: Column): TSchema {
  const { length } = column as { length?: number };
  return isColumnType(column, ["SQLiteText"]) && length !== undefined
    ? Type.String({ maxLength: length })
    : Type.String();
}
