import fc from "fast-check";
import type { Item } from "./fixture.ts";

type Scalar = string | number | boolean | null;
/** A filter over some columns of `items`. */
export interface ItemFilter {
  readonly [name: string]: unknown;
}

const TEXTS = ["", "a", "A", "b", "ab", "a%", "a_b", "é", "\u{1f600}", "'", "null"];
const NUMBERS = [-2, -1, 0, 1, 2, 3];

/** Values of the columns that the model knows. */
const VALUES: Readonly<Record<string, fc.Arbitrary<Scalar>>> = {
  note: fc.constantFrom(...TEXTS),
  size: fc.constantFrom(...NUMBERS),
  weight: fc.constantFrom(...NUMBERS.map((n) => n / 2)),
  isDone: fc.boolean(),
  dueAt: fc.constantFrom(...NUMBERS.map((n) => n * 1000)),
  color: fc.constantFrom("red", "green", "blue"),
};
const NULLABLE = ["note", "size", "weight", "dueAt", "color"];
const ORDERED = ["lt", "lte", "gt", "gte"];

/** New rows, without their names, which are unique. */
export const newItem: fc.Arbitrary<Record<string, Scalar>> = fc.record(
  Object.fromEntries(
    Object.entries(VALUES).map(([name, value]) => [
      name,
      NULLABLE.includes(name) ? fc.option(value, { nil: null }) : value,
    ]),
  ),
);

/** Filters of all operators. */
export const itemFilter: fc.Arbitrary<ItemFilter> = fc.letrec<{ filter: ItemFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...Object.keys(VALUES)).chain((name) => condition(name).map((asked) => ({ [name]: asked }))),
    fc.record({ AND: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ OR: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ NOT: tie("filter") }),
  ),
})).filter;

function condition(name: string): fc.Arbitrary<unknown> {
  const value = VALUES[name]!;
  const comparisons = ["eq", "ne", ...(name === "isDone" ? [] : ORDERED)].map((one) => fc.record({ [one]: value }));
  const lists = ["in", "notIn"].map((one) => fc.record({ [one]: fc.array(value, { maxLength: 3 }) }));
  const like = name === "note" ? [fc.record({ like: fc.constantFrom("%", "a%", "%b", "_", "a\\%", "A_B", "") })] : [];
  return fc.oneof(value, fc.constant(null), fc.record({ isNull: fc.boolean() }), ...comparisons, ...lists, ...like);
}

/** Whether a row passes a filter, in JavaScript. */
export function passes(row: Readonly<Record<string, unknown>>, filter: ItemFilter): boolean {
  return Object.entries(filter).every(([name, asked]) => {
    if (name === "AND") return (asked as ItemFilter[]).every((one) => passes(row, one));
    if (name === "OR") return (asked as ItemFilter[]).some((one) => passes(row, one));
    if (name === "NOT") return !passes(row, asked as ItemFilter);
    const value = row[name] as Scalar;
    if (asked === null) return value === null;
    if (typeof asked !== "object") return value === asked;
    return Object.entries(asked).every(([operator, operand]) => holds(value, operator, operand));
  });
}

function holds(value: Scalar, operator: string, operand: unknown): boolean {
  if (operator === "isNull") return (value === null) === operand;
  if (value === null) return false;
  switch (operator) {
    case "eq":
      return value === operand;
    case "ne":
      return value !== operand;
    case "in":
      return (operand as unknown[]).includes(value);
    case "notIn":
      return !(operand as unknown[]).includes(value);
    case "like":
      return toPattern(operand as string).test(value as string);
    default: {
      const order = compare(value, operand as Scalar);
      if (operator === "lt") return order < 0;
      if (operator === "lte") return order <= 0;
      return operator === "gt" ? order > 0 : order >= 0;
    }
  }
}

/** As SQLite sorts: null first, text by its bytes. */
export function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b);
}

/** The rows in the order of `sort`, and then of their ids in the direction of the last. */
export function sorted(rows: readonly Item[], sort: readonly { field: string; direction?: string }[]): Item[] {
  const last = { field: "id", direction: sort.at(-1)?.direction ?? "asc" };
  return rows.toSorted((a, b) => {
    for (const { field, direction } of [...sort, last]) {
      const order = compare(a[field], b[field]);
      if (order !== 0) return direction === "desc" ? -order : order;
    }
    return 0;
  });
}

function toPattern(like: string): RegExp {
  const parts = like.match(/\\[\s\S]|[\s\S]/gu) ?? [];
  const text = parts.map((part) => {
    if (part === "%") return "[^]*";
    if (part === "_") return "[^]";
    const letter = part.replace(/^\\/, "");
    return /[a-z]/i.test(letter)
      ? `[${letter.toLowerCase()}${letter.toUpperCase()}]`
      : letter.replace(/[$()*+.?[\\\]^{|}]/, "\\$&");
  });
  return new RegExp(`^${text.join("")}$`, "u");
}
