/**
 * The check of values against TypeBox schemas: the ground floor beside `errors.ts`.
 *
 * @module
 */
import type { TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { DefaultErrorFunction, type ValueError } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";
import { describeKind, findJsonLoss, formatPath } from "./json-values.ts";

/** A TypeBox schema whose values are of type `T`. */
export type SchemaOf<T> = TSchema & { readonly static: T };

/** Why a value is refused: what is wanted where, and the kind of what stands there. */
export interface Mismatch {
  readonly expected: string;
  readonly path: string;
  readonly received: string;
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

/** Compiles where the runtime lets code be generated; else every check walks the schema. */
function compile(schema: TSchema): Check {
  try {
    const compiled = TypeCompiler.Compile(schema);
    return (value) => compiled.Check(value);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return (value) => Value.Check(schema, value);
  }
}

function explain(schema: TSchema, value: unknown): Mismatch {
  const error = Value.Errors(schema, value).First() as ValueError;
  // The default text names the schema's rule and never the value, whatever text the application has set for TypeBox.
  const rule = DefaultErrorFunction({ ...error, errorType: error.type });
  return {
    expected: `${rule.slice(0, 1).toLowerCase()}${rule.slice(1)}`,
    path: formatPath(stepsOf(error.path, value)),
    received: error.value === undefined ? "nothing" : describeKind(error.value),
  };
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
