import { type TSchema, Type } from "@sinclair/typebox";
import type { FilterField, Operator } from "./filter-fields.ts";

/** The most values in a list of a filter. */
const MAX_LISTED = 500;
/** The most characters of a pattern: SQLite's time for one grows with its wildcards. */
const MAX_PATTERN = 256;
const MAX_JOINED = 100; // filters under one AND or OR

/** The names of a filter that are no columns. */
export const CONNECTIVES: readonly string[] = ["AND", "OR", "NOT"];

/** The JSON Schema of the filters over `fields`. @param id under which it refers to itself. */
export function filterSchema(fields: Iterable<FilterField>, id: string): TSchema {
  const conditions = Array.from(fields, (field) => [field.name, Type.Optional(conditionSchema(field))] as const);
  return Type.Recursive(
    (This) =>
      Type.Object(
        {
          ...Object.fromEntries(conditions),
          AND: Type.Optional(Type.Array(This, { maxItems: MAX_JOINED, description: "All of these" })),
          OR: Type.Optional(Type.Array(This, { maxItems: MAX_JOINED, description: "One of these" })),
          NOT: Type.Optional(This),
        },
        {
          additionalProperties: false,
          description: "All conditions hold. Only isNull holds for an absent value",
        },
      ),
    { $id: id },
  );
}

function conditionSchema({ operators, schema }: FilterField): TSchema {
  const compared = Object.fromEntries(operators.map((one) => [one, Type.Optional(operandSchema(one, schema))]));
  const comparisons = Type.Object(compared, { additionalProperties: false, minProperties: 1 });
  const isCompared = operators.includes("eq");
  return Type.Union([...(isCompared ? [schema] : []), Type.Null(), comparisons]);
}

function operandSchema(operator: Operator, schema: TSchema): TSchema {
  switch (operator) {
    case "in":
    case "notIn":
      return Type.Array(schema, { maxItems: MAX_LISTED });
    case "like":
      return Type.String({
        maxLength: MAX_PATTERN,
        description: "% is any text, _ one character, \\ takes the next as it is; a-z equal A-Z",
      });
    case "isNull":
      return Type.Boolean();
    default:
      return schema;
  }
}
