import type { TObject, TSchema } from "@sinclair/typebox";
import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import type { SQL, View } from "drizzle-orm/sql/sql";
import type { Table } from "drizzle-orm/table";
import { checkOptions, suggest } from "../../arguments.ts";
import { describeKind } from "../../json-values.ts";
import { checkPlainSchema } from "./check-plain-schema.ts";
import { jsonColumnCodec, openCodec } from "./json-column.ts";
import { fieldsToSchema, type SchemaRules, selectFields } from "./object-schema.ts";
import type { FieldsOf, RowOf, SchemaKind } from "./types.ts";
import { type Fields, fieldsOf, innerFieldsOf } from "./utils.ts";

/** The rows that a codec is for: those that are read, those that are inserted, or the changes to some. */
export type CodecKind = SchemaKind;

/** What stands for a value of type `T` in JSON: milliseconds for a date, base64 for bytes, decimal text for a bigint. */
export type JsonOf<T> = T extends Date ? number : T extends Uint8Array | bigint ? string : T;

/** What stands for a row in JSON; the objects in a row of a view are rows, too. */
export type JsonRowOf<TRow, TFields> = {
  [K in keyof TRow]: K extends keyof TFields
    ? TFields[K] extends Column | SQL | SQL.Aliased
      ? JsonOf<Exclude<TRow[K], undefined>>
      : JsonRowOf<TRow[K], FieldsOf<TFields[K]>>
    : never;
};

/** Schemas in the place of those of columns, or functions that make them of those. */
export type JsonRefinements<TFields> = {
  readonly [K in keyof TFields]?: TFields[K] extends Column | SQL | SQL.Aliased
    ? TSchema | ((schema: TSchema) => TSchema)
    : JsonRefinements<FieldsOf<TFields[K]>>;
};

/** Which columns a codec has, and what their schemas are. */
export interface JsonCodecOptions<TFields, TOmit extends string = string> {
  /** The columns that are neither in the schema nor in what is encoded. */
  readonly omit?: readonly TOmit[];
  /**
   * As for `createInsertSchema()`, but of the JSON form: a schema takes the place of a column's, a function is given it.
   * What is refined must be plain JSON Schema. One of an omitted column changes nothing.
   */
  readonly refine?: JsonRefinements<TFields>;
}

/** Rows in a form that JSON can say, and back. */
export interface JsonCodec<Row, Json> {
  /** Plain JSON Schema: it stays what it is through `JSON.parse(JSON.stringify(schema))`. */
  readonly schema: TObject;
  /**
   * HOT (bench/operations.ts): a row as Drizzle gives it, as a new object. Columns that `schema` does not have are left out.
   *
   * @throws {StorageError} `NOT_JSON` if a value has no such form: an infinite number, an integer beyond 2^53.
   */
  encode(row: Row): Json;
  /** HOT (bench/operations.ts): what Drizzle takes, as a new object. `json` must be what `schema` accepts. */
  decode(json: Json): Row;
}

type Convert = ((value: never) => unknown) | undefined;

/** The keys of an object in their order, and what changes the value of each. */
interface Steps {
  readonly keys: readonly string[];
  readonly encoders: readonly Convert[];
  readonly decoders: readonly Convert[];
  /** The places of those that an encoder changes. */
  readonly changed: readonly number[];
  /** Whether rows come from a select, and so hold no undefined. */
  readonly isRead: boolean;
}

/**
 * Makes a form of rows that JSON can say: a schema of it, and the way there and back.
 *
 * ```ts
 * const codec = createJsonCodec(users, "select", { omit: ["passwordHash"] });
 * codec.encode(db.select().from(users).get()!); // { id: 1, createdAt: 1767225600000, avatar: "iVBORw==" }
 * ```
 *
 * @throws {TypeError} If a column, an option or a refinement is unknown, or refined to what is not JSON.
 */
export function createJsonCodec<
  TEntity extends Table | View,
  TKind extends TEntity extends Table ? CodecKind : "select",
  TOmit extends keyof FieldsOf<TEntity> & string = never,
>(
  entity: TEntity,
  kind: TKind,
  options: JsonCodecOptions<FieldsOf<TEntity>, TOmit> = {},
): JsonCodec<Omit<RowOf<TEntity, TKind>, TOmit>, JsonRowOf<Omit<RowOf<TEntity, TKind>, TOmit>, FieldsOf<TEntity>>> {
  const fields = fieldsOf(entity, "create a JSON codec");
  checkKind(kind);
  checkOptions(options, ["omit", "refine"], "createJsonCodec");
  const { omit = [], refine } = options;
  checkOmit(omit, fields);
  const kept = without(fields, omit);
  const steps = stepsOf(kept, kind);
  const rules: SchemaRules = {
    kind,
    toSchema: (column) => (column === undefined ? openCodec("") : jsonColumnCodec(column, kind)).schema,
    checkRefined: checkPlainSchema,
    options: { additionalProperties: false },
  };
  return {
    schema: fieldsToSchema(kept, isObject(refine) ? without(refine, omit) : refine, rules),
    encode: (row) => encode(row as Row, steps) as never,
    decode: (json) => convert(json as Row, steps.keys, steps.decoders) as never,
  };
}

type Row = Readonly<Record<string, unknown>>;

function convert(from: Row, keys: readonly string[], converters: readonly Convert[]): Record<string, unknown> {
  const to: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = from[key];
    if (value === undefined) continue;
    const change = converters[i];
    to[key] = change === undefined || value === null ? value : change(value as never);
  }
  return to;
}

/** Rows that were read have just these keys, in their order: copying a whole object is faster than making one of keys. */
function encode(from: Row, { keys, encoders, changed, isRead }: Steps): Record<string, unknown> {
  if (!isRead || !hasJust(from, keys)) return convert(from, keys, encoders);
  const to = { ...from };
  for (let i = 0; i < changed.length; i++) {
    const at = changed[i]!;
    const key = keys[at]!;
    const value = to[key];
    if (value !== null) to[key] = encoders[at]!(value as never);
  }
  return to;
}

function hasJust(row: Row, keys: readonly string[]): boolean {
  const own = Object.keys(row);
  if (own.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) if (own[i] !== keys[i]) return false;
  return true;
}

function stepsOf(fields: Fields, kind: SchemaKind): Steps {
  const selected = selectFields(fields, kind);
  const inherited = selected.find(([key]) => key in Object.prototype);
  if (inherited !== undefined) {
    const wanted = "a key that not every object has is wanted";
    throw new TypeError(`Cannot create a JSON codec: ${wanted}: received a column "${inherited[0]}"`);
  }
  const codecs = selected.map(([key, field]) => {
    const inner = innerFieldsOf(field);
    if (inner === undefined) return is(field, Column) ? jsonColumnCodec(field, kind) : openCodec(key);
    const steps = stepsOf(inner, kind);
    return {
      encode: (row: Row) => encode(row, steps),
      decode: (json: Row) => convert(json, steps.keys, steps.decoders),
    };
  });
  const encoders = codecs.map((codec) => codec.encode);
  return {
    keys: selected.map(([key]) => key),
    encoders,
    decoders: codecs.map((codec) => codec.decode),
    changed: encoders.flatMap((change, i) => (change === undefined ? [] : i)),
    isRead: kind === "select",
  };
}

function checkKind(kind: unknown): void {
  if (kind === "select" || kind === "insert" || kind === "update") return;
  throw new TypeError(`Cannot create a JSON codec: kind must be select, insert or update: received ${String(kind)}`);
}

function checkOmit(omit: unknown, fields: Fields): void {
  if (!Array.isArray(omit)) {
    throw new TypeError(`Cannot omit columns: an array of their keys is wanted: received ${describeKind(omit)}`);
  }
  for (const key of omit) {
    if (Object.hasOwn(fields, key)) continue;
    throw new TypeError(`Cannot omit column "${key}": there is none: ${suggest(String(key), Object.keys(fields))}`);
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function without(fields: Fields, omit: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !omit.includes(key)));
}
