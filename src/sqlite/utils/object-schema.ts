import { KindGuard, type ObjectOptions, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import { suggest } from "../../arguments.ts";
import { describeKind } from "../../json-values.ts";
import type { Conditions, SchemaKind } from "./types.ts";
import { type Fields, innerFieldsOf } from "./utils.ts";

/** How the schema of an object is made of fields. */
export interface SchemaRules {
  readonly kind: SchemaKind;
  /** The schema of a field that is not null; `undefined` is an expression of a view. */
  toSchema(column: Column | undefined, kind: SchemaKind): TSchema;
  /** Refuses what can't be in such a schema. */
  checkRefined?(schema: TSchema, action: string): void;
  readonly options?: ObjectOptions;
}

const isGenerated = (column: Column | undefined) => column?.generated?.type === "always";

const CONDITIONS: Readonly<Record<SchemaKind, Conditions>> = {
  select: {
    never: () => false,
    optional: () => false,
    nullable: (column) => !column.notNull,
  },
  insert: {
    never: isGenerated,
    optional: (column) => !column.notNull || column.hasDefault,
    nullable: (column) => !column.notNull,
  },
  update: {
    never: isGenerated,
    optional: () => true,
    nullable: (column) => !column.notNull,
  },
};

/** The fields that rows of `kind` have: what is generated can't be written. */
export function selectFields(fields: Fields, kind: SchemaKind): [key: string, field: unknown][] {
  const { never } = CONDITIONS[kind];
  return Object.entries(fields).filter(([, field]) => !never(is(field, Column) ? field : undefined));
}

/**
 * The schema of objects with these fields.
 *
 * @throws {TypeError} If `refine` names what is no field, or holds neither a schema nor a function that gives one.
 */
export function fieldsToSchema(fields: Fields, refine: unknown, rules: SchemaRules): TObject {
  const selected = selectFields(fields, rules.kind);
  const refinements = checkRefinements(refine, fields, selected);
  const properties = selected.map(([key, field]) => {
    const refinement = Object.hasOwn(refinements, key) ? refinements[key] : undefined;
    const inner = innerFieldsOf(field);
    if (inner !== undefined) return [key, fieldsToSchema(inner, refinement, rules)];
    return [key, fieldToSchema(key, is(field, Column) ? field : undefined, refinement, rules)];
  });
  return Type.Object(Object.fromEntries(properties), rules.options);
}

function fieldToSchema(key: string, column: Column | undefined, refinement: unknown, rules: SchemaRules): TSchema {
  if (refinement !== undefined && typeof refinement !== "function") return checkRefined(key, refinement, rules);
  const base = rules.toSchema(column, rules.kind);
  const refined = refinement === undefined ? base : checkRefined(key, refinement(base), rules);
  if (column === undefined) return refined;
  const { nullable, optional } = CONDITIONS[rules.kind];
  const orNull = nullable(column) ? Type.Union([refined, Type.Null()]) : refined;
  return optional(column) ? Type.Optional(orNull) : orNull;
}

function checkRefined(key: string, schema: unknown, rules: SchemaRules): TSchema {
  const action = `refine column "${key}"`;
  if (!KindGuard.IsSchema(schema)) {
    const wanted = "a TypeBox schema, or a function that gives one, is wanted";
    throw new TypeError(`Cannot ${action}: ${wanted}: received ${describeKind(schema)}`);
  }
  rules.checkRefined?.(schema, action);
  return schema;
}

function checkRefinements(refine: unknown, fields: Fields, selected: [string, unknown][]): Fields {
  if (refine === undefined) return {};
  if (typeof refine !== "object" || refine === null || KindGuard.IsSchema(refine)) {
    throw new TypeError(
      `Cannot refine columns: an object with them as keys is wanted: received ${describeKind(refine)}`,
    );
  }
  const known = selected.map(([key]) => key);
  for (const key of Object.keys(refine)) {
    if (known.includes(key)) continue;
    const why = Object.hasOwn(fields, key)
      ? "what is generated takes no value"
      : `there is none: ${suggest(key, known)}`;
    throw new TypeError(`Cannot refine column "${key}": ${why}`);
  }
  return refine as Fields;
}
