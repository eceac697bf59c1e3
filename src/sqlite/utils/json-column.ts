import { Buffer } from "node:buffer";
import { type TSchema, Type } from "@sinclair/typebox";
import type { Column } from "drizzle-orm/column";
import { StorageError } from "../../errors.ts";
import { describeKind, findJsonLoss, formatPath, type JsonValue } from "../../json-values.ts";
import { columnToSchema } from "./column.ts";
import { INT64_MAX, MAX_TIME_MS, UINT64_MAX } from "./constants.ts";
import type { SchemaKind } from "./types.ts";
import { isUnsigned, isWithEnum } from "./utils.ts";

/** How the values of one column that are not null are said in JSON. A function that is missing would change nothing. */
export interface JsonColumnCodec {
  /** Plain JSON Schema. */
  readonly schema: TSchema;
  /** @throws {StorageError} `NOT_JSON` */
  encode?(value: unknown): JsonValue;
  /** Takes what `schema` accepts. */
  decode?(json: JsonValue): unknown;
}

const DIGIT = "[A-Za-z0-9+/]";
// Sixteen digits written out: a group that a regular expression only counts, or a shorter one, makes it run out of stack
// on some megabytes. The last digit holds bits that are not used: they are 0, so that bytes have one form.
const BASE64 = `^(?:${DIGIT.repeat(16)})*(?:${DIGIT.repeat(4)}){0,3}(?:${DIGIT}[AQgw]==|${DIGIT.repeat(2)}[AEIMQUYcgkosw048]=)?$`;
const INT64 = `^(?:0|-?(?:${positiveUpTo(INT64_MAX)})|-${INT64_MAX + 1n})$`;
const UINT64 = `^(?:0|${positiveUpTo(UINT64_MAX)})$`;

const ANY_NOT_NULL = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.Unknown()),
  Type.Object({}),
]);

/**
 * The codec of one column: dates are integer milliseconds since 1970, bytes base64 (RFC 4648, section 4, padded), 64-bit
 * integers decimal text; all else is as it is. A column of seconds takes milliseconds, too, and Drizzle cuts them off.
 *
 * @param kind What the schema is for: a JSON column that is NOT NULL takes no null when it is written. @default "select"
 */
export function jsonColumnCodec(column: Column, kind: SchemaKind = "select"): JsonColumnCodec {
  const schema = columnToSchema(column, kind);
  const { name } = column;
  if (isWithEnum(column)) return { schema };
  switch (column.dataType) {
    case "string":
    case "boolean":
      return { schema };
    case "number":
      return { schema, encode: (value) => encodeNumber(value, schema.type === "integer", name) };
    case "bigint":
      return isUnsigned(column)
        ? { schema: Type.String({ pattern: UINT64 }), encode: (value) => encodeUint64(value, name), decode: toBigInt }
        : { schema: Type.String({ pattern: INT64 }), encode: (value) => encodeInt64(value, name), decode: toBigInt };
    case "date":
      return {
        schema: Type.Integer({ minimum: -MAX_TIME_MS, maximum: MAX_TIME_MS }),
        encode: (value) => encodeDate(value, name),
        decode: (json) => new Date(json as number),
      };
    case "buffer":
      return {
        schema: Type.String({ contentEncoding: "base64", pattern: BASE64 }),
        encode: (value) => encodeBytes(value, name),
        decode: (json) => Buffer.from(json as string, "base64"),
      };
    case "json":
      return { schema: kind !== "select" && column.notNull ? ANY_NOT_NULL : Type.Unknown() };
    default:
      return openCodec(name);
  }
}

/** The codec of what nothing is known of: it passes what JSON can say. */
export function openCodec(name: string): JsonColumnCodec {
  return {
    schema: Type.Unknown(),
    encode(value) {
      const loss = findJsonLoss(value);
      if (loss === undefined) return value as JsonValue;
      return refuse(name, `${loss.expected} is wanted`, `${loss.received} at ${formatPath(loss.path)}`);
    },
  };
}

function encodeNumber(value: unknown, isInteger: boolean, name: string): number {
  if (isInteger ? Number.isSafeInteger(value) : Number.isFinite(value)) return (value as number) + 0; // 0, not -0
  return refuse(
    name,
    isInteger ? "an integer within 2^53 is wanted" : "a finite number is wanted",
    describeKind(value),
  );
}

function encodeDate(value: unknown, name: string): number {
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  return Number.isNaN(time) ? refuse(name, "a valid Date is wanted", describeKind(value)) : time;
}

function encodeBytes(value: unknown, name: string): string {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (!(value instanceof Uint8Array)) return refuse(name, "bytes are wanted", describeKind(value));
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

function encodeInt64(value: unknown, name: string): string {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value.toString();
  return refuse(name, "a bigint of 64 bits is wanted", describeKind(value));
}

function encodeUint64(value: unknown, name: string): string {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) return value.toString();
  return refuse(name, "a bigint of 64 bits, 0 or more, is wanted", describeKind(value));
}

function toBigInt(json: JsonValue): bigint {
  return BigInt(json as string);
}

function refuse(name: string, wanted: string, received: string): never {
  throw new StorageError("NOT_JSON", `Cannot encode column "${name}" as JSON: ${wanted}: received ${received}`, {
    details: { column: name },
  });
}

/** A regular expression for the decimal integers from 1 to `most`, without leading zeros. */
function positiveUpTo(most: bigint): string {
  const digits = most.toString();
  const shorter = `[1-9][0-9]{0,${digits.length - 2}}`;
  const smaller = [...digits].flatMap((digit, i) => {
    const least = i === 0 ? 1 : 0;
    if (Number(digit) <= least) return [];
    const rest = digits.length - 1 - i;
    return `${digits.slice(0, i)}[${least}-${Number(digit) - 1}]${rest === 0 ? "" : `[0-9]{${rest}}`}`;
  });
  return [shorter, ...smaller, digits].join("|");
}
