import type { SqlParameter } from "../../../honker/mod.ts";
import type { AttributeSql } from "../layout.ts";
import type { Scalar } from "./filter.ts";

/** A comparison in SQL. Its values go to `params`, in the order of the text; a value of another JSON type never fits. */
type Compare = (attribute: AttributeSql, operand: unknown, params: SqlParameter[], refuse: Refuse) => string;
/** The error for an operand that is none: it must be what is `wanted`. */
type Refuse = (wanted: string, received: unknown) => TypeError;

const ORDERED = "text or a finite number";
const ONE = "text, a finite number or a boolean";

/** What a filter can ask of an attribute, by the name of the operator. */
export const COMPARISONS: Readonly<Record<string, Compare>> = {
  eq: (attribute, operand, params, refuse) => equals(attribute, toScalar(operand, refuse), params),
  ne: (attribute, operand, params, refuse) =>
    otherThan(attribute, equals(attribute, toScalar(operand, refuse), params)),
  gt: ordered(">"),
  gte: ordered(">="),
  lt: ordered("<"),
  lte: ordered("<="),
  in: (attribute, operand, params, refuse) => isOneOf(attribute, toList(operand, refuse), params),
  notIn: (attribute, operand, params, refuse) =>
    otherThan(attribute, isOneOf(attribute, toList(operand, refuse), params)),
  like({ value, type }, operand, params, refuse) {
    if (typeof operand !== "string") throw refuse("text", operand);
    params.push(operand);
    return `(${type} = 'text' AND ${value} LIKE ? ESCAPE '\\')`;
  },
  isNull({ value }, operand, _params, refuse) {
    if (typeof operand !== "boolean") throw refuse("a boolean", operand);
    return operand ? `${value} IS NULL` : `${value} IS NOT NULL`;
  },
  contains({ value, type }, operand, params, refuse) {
    const one = operand === null ? null : toScalar(operand, refuse);
    const item = { value: "item.value", type: "item.type" };
    const test = one === null ? "item.type = 'null'" : equals(item, one, params);
    return `EXISTS (SELECT 1 FROM json_each(CASE ${type} WHEN 'array' THEN ${value} END) AS item WHERE ${test})`;
  },
};

/** Whether `value` can stand in a filter for itself, without an operator. */
export function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function equals({ value, type }: AttributeSql, operand: Scalar, params: SqlParameter[]): string {
  if (typeof operand === "boolean") return `(${value} = ${Number(operand)} AND ${type} = '${operand}')`;
  return `(${value} = ${bind(operand, params)} AND ${type} ${typesLike(operand)})`;
}

function ordered(operator: string): Compare {
  return ({ value, type }, operand, params, refuse) => {
    if (!isScalar(operand) || typeof operand === "boolean") throw refuse(ORDERED, operand);
    return `(${value} ${operator} ${bind(operand, params)} AND ${type} ${typesLike(operand)})`;
  };
}

function isOneOf({ value, type }: AttributeSql, list: readonly Scalar[], params: SqlParameter[]): string {
  const tests: string[] = [];
  for (const kind of ["string", "number"]) {
    const some = list.filter((one) => typeof one === kind);
    if (some.length === 0) continue;
    params.push(JSON.stringify(some));
    tests.push(`(${value} IN (SELECT value FROM json_each(?)) AND ${type} ${typesLike(some[0]!)})`);
  }
  for (const one of [true, false]) if (list.includes(one)) tests.push(equals({ value, type }, one, params));
  return tests.length === 0 ? "0" : `(${tests.join(" OR ")})`;
}

/** What is there, and is not what `test` says. */
function otherThan({ value }: AttributeSql, test: string): string {
  return `(${value} IS NOT NULL AND ${test} IS NOT TRUE)`;
}

/** A number goes as JSON text, so that SQLite reads it as it reads those of the attributes: to the last digit. */
function bind(operand: string | number, params: SqlParameter[]): string {
  if (typeof operand === "string") {
    params.push(operand);
    return "?";
  }
  params.push(JSON.stringify(operand));
  return "json_extract(?, '$')";
}

function typesLike(operand: Scalar): string {
  return typeof operand === "string" ? "= 'text'" : "IN ('integer', 'real')";
}

function toScalar(operand: unknown, refuse: Refuse): Scalar {
  if (isScalar(operand)) return operand;
  throw refuse(ONE, operand);
}

function toList(operand: unknown, refuse: Refuse): readonly Scalar[] {
  if (!Array.isArray(operand)) throw refuse(`an array of ${ONE}`, operand);
  for (let i = 0; i < operand.length; i++) if (!isScalar(operand[i])) throw refuse(`an array of ${ONE}`, operand[i]);
  return operand as Scalar[];
}
