import { Column } from "drizzle-orm/column";
import { is } from "drizzle-orm/entity";
import { Name, Param, Placeholder, SQL, StringChunk, View } from "drizzle-orm/sql/sql";
import { Subquery } from "drizzle-orm/subquery";
import { Table } from "drizzle-orm/table";

// The kinds of things an SQL tree is made of. Numbers, because `switch` on them is a jump.
const OTHER = 0;
export const TEXT = 1;
export const NAME = 2;
export const TREE = 3;
export const TABLE = 4;
export const COLUMN = 5;
export const VIEW = 6;
export const PARAM = 7;
export const PLACEHOLDER = 8;
export const ALIASED = 9;
export const SUBQUERY = 10;

/** Which of Drizzle's classes an object belongs to. */
export type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const kinds = new WeakMap<object, Kind>([
  [StringChunk.prototype, TEXT],
  [Name.prototype, NAME],
  [SQL.prototype, TREE],
  [Param.prototype, PARAM],
]);

/**
 * HOT (bench/drizzle.ts): tells the kind of `value` as Drizzle's `is()` would.
 *
 * `is()` walks the class chain once per question asked. The answer is a property of the prototype, so it is asked once
 * per class. The prototype, not `constructor`, is the key: a table may have a column of that name, and the proxies of
 * aliased tables and subqueries answer for their columns.
 */
export function kindOf(value: object): Kind {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return OTHER;
  return kinds.get(prototype) ?? classify(value, prototype);
}

/** Whether `value` is an object of that kind. */
export function isKind(value: unknown, kind: Kind): value is object {
  return typeof value === "object" && value !== null && kindOf(value) === kind;
}

function classify(value: object, prototype: object): Kind {
  let kind: Kind = OTHER;
  if (is(value, StringChunk)) kind = TEXT;
  else if (is(value, Name)) kind = NAME;
  else if (is(value, SQL)) kind = TREE;
  else if (is(value, Table)) kind = TABLE;
  else if (is(value, Column)) kind = COLUMN;
  else if (is(value, View)) kind = VIEW;
  else if (is(value, Param)) kind = PARAM;
  else if (is(value, Placeholder)) kind = PLACEHOLDER;
  else if (is(value, SQL.Aliased)) kind = ALIASED;
  else if (is(value, Subquery)) kind = SUBQUERY;
  kinds.set(prototype, kind);
  return kind;
}
