/**
 * The check of values against TypeBox schemas: the ground floor beside `errors.ts`.
 *
 * @module
 */
import type { TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { DefaultErrorFunction, type ValueError } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";
import { describeKind, findJsonLoss, formatPath, quote } from "./json-values.ts";

/** A TypeBox schema whose values are of type `T`. */
export type SchemaOf<T> = TSchema & { readonly static: T };

/** Why a value is refused: what is wanted where, and the kind of what stands there. */
export interface Mismatch {
  readonly expected: string;
  readonly path: string;
  readonly received: string;
  /** The value itself where that tells no secret: a number, a boolean, or text where one of a few texts is wanted. */
  readonly shown?: string;
}

type Check = (value: unknown) => boolean;

const checks = new WeakMap<TSchema, Check>();

/**
 * The first reason why `value` can't be stored as JSON of `schema`, or undefined.
 *
 * What JSON would lose comes before what the schema wants: a cycle could keep a recursive schema going for ever. The
 * check of a schema is compiled at its first use.
 */
export function findMismatch(schema: TSchema, value: unknown): Mismatch | undefined {
  const loss = findJsonLoss(value);
  if (loss !== undefined) return { ...loss, path: formatPath(loss.path) };
  return findSchemaMismatch(schema, value);
}

/** The first reason why `value`, which `JSON.parse` gave, is not of `schema`, or undefined. */
export function findSchemaMismatch(schema: TSchema, value: unknown): Mismatch | undefined {
  return checkOf(schema)(value) ? undefined : explain(schema, value);
}

/** What a message says of a mismatch. */
export function mismatchText({ expected, path, received }: Mismatch): string {
  return `${expected} at ${path}: received ${received}`;
}

/** @throws {TypeError} If `schema` is not what TypeBox can check by: its reason is the cause. */
export function checkSchema(schema: unknown, action: string): void {
  if (typeof schema === "object" && schema !== null) {
    try {
      checkOf(schema as TSchema);
      return;
    } catch (cause) {
      throw new TypeError(`Cannot ${action}: schema must be a TypeBox schema: received an object that is none`, {
        cause,
      });
    }
  }
  throw new TypeError(`Cannot ${action}: schema must be a TypeBox schema: received ${describeKind(schema)}`);
}

function checkOf(schema: TSchema): Check {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = compile(schema);
  checks.set(schema, check);
  return check;
}

/** Compiles where the runtime lets code be generated and TypeBox does it right; else every check walks the schema. */
function compile(schema: TSchema): Check {
  if (isMiscompiled(schema)) return (value) => Value.Check(schema, value);
  try {
    const compiled = TypeCompiler.Compile(schema);
    return (value) => compiled.Check(value);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return (value) => Value.Check(schema, value);
  }
}

/**
 * Whether TypeBox's compiler makes a wrong check of `schema`. Its code names an undeclared member of an object `key`, and
 * one of such a member `key`, too; and with a record it takes one value for another.
 */
function isMiscompiled(schema: TSchema, isUndeclared = false): boolean {
  const { additionalProperties, unevaluatedProperties, patternProperties, items, contains } = schema;
  const undeclared = [additionalProperties, unevaluatedProperties].find((one) => typeof one === "object");
  const isNamed = schema.$id === undefined && isUndeclared; // what has an id is checked in a function of its own
  if (undeclared !== undefined && (isNamed || patternProperties !== undefined)) return true;
  const here = [schema.properties, schema.allOf, schema.anyOf, [schema.not], Array.isArray(items) ? items : []];
  const apart = [schema.$defs, patternProperties, [contains], Array.isArray(items) ? [] : [items]];
  return (
    (undeclared !== undefined && isMiscompiled(undeclared, true)) ||
    schemasIn(here).some((one) => isMiscompiled(one, isNamed)) ||
    schemasIn(apart).some((one) => isMiscompiled(one))
  );
}

function schemasIn(places: readonly unknown[]): TSchema[] {
  const parts = places.flatMap((place) => Object.values(place ?? {}));
  return parts.filter((part) => typeof part === "object" && part !== null) as TSchema[];
}

function explain(schema: TSchema, value: unknown): Mismatch {
  const error = firstError(schema, value);
  if (error === undefined) return { expected: "what the schema accepts", path: "$", received: describeKind(value) };
  // The default text names the schema's rule and never the value, whatever text the application has set for TypeBox.
  const rule = DefaultErrorFunction({ ...error, errorType: error.type });
  const shown = showValue(error.value, error.schema);
  return {
    expected: `${rule.slice(0, 1).toLowerCase()}${rule.slice(1)}`,
    path: formatPath(stepsOf(error.path, value)),
    received: error.value === undefined ? "nothing" : describeKind(error.value),
    ...(shown === undefined ? {} : { shown }),
  };
}

function showValue(value: unknown, schema: TSchema): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const wanted = (schema.anyOf ?? [schema]) as readonly TSchema[];
  return typeof value === "string" && wanted.every((one) => one.const !== undefined) ? quote(value) : undefined;
}

/** Undefined where TypeBox fails to tell: at null under an intersection with `unevaluatedProperties`. */
function firstError(schema: TSchema, value: unknown): ValueError | undefined {
  try {
    return Value.Errors(schema, value).First();
  } catch {
    return undefined;
  }
}

/** The steps of a JSON Pointer (RFC 6901): a step into an array is its index. */
function stepsOf(pointer: string, value: unknown): (string | number)[] {
  let inside = value;
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(inside) ? Number(key) : key;
      inside = (inside as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}
