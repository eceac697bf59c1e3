import { and, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, ne, notInArray, or, type SQL, sql } from "drizzle-orm";
import { describeKind, isPlain, quote } from "../../json-values.ts";
import type { Mismatch } from "../../schema-check.ts";
import type { FilterField } from "./filter-fields.ts";

/** The value that a row filter or a caller's filter compares a column with: what its JSON Schema says, or null for none. */
export interface FilterInput {
  readonly [column: string]: unknown;
}

/** Refuses a filter that can't be compiled. */
export class FilterError extends Error {
  override readonly name: string = "FilterError";
  readonly mismatch: Mismatch;

  constructor(mismatch: Mismatch) {
    super(`${mismatch.expected} at ${mismatch.path}`);
    this.mismatch = mismatch;
  }
}

type Compare = (field: FilterField, operand: unknown) => SQL;

/** The most values of a filter: SQLite refuses too many parameters. */
const MAX_VALUES = 1000;
/** The most conditions and filters in a filter: SQLite refuses expressions of more than a thousand levels, and each may be one or two. */
const MAX_CONDITIONS = 400;
/** What a pattern counts for: SQLite may go through a long text for each. */
const PATTERN_WEIGHT = 50;
/** The most filters in each other: SQLite refuses deep expressions. */
const MAX_LEVELS = 20;

const COMPARE: Readonly<Record<string, Compare>> = {
  eq: ({ column, decode }, operand) => eq(column, decode(operand)),
  ne: ({ column, decode }, operand) => ne(column, decode(operand)),
  lt: ({ column, decode }, operand) => lt(column, decode(operand)),
  lte: ({ column, decode }, operand) => lte(column, decode(operand)),
  gt: ({ column, decode }, operand) => gt(column, decode(operand)),
  gte: ({ column, decode }, operand) => gte(column, decode(operand)),
  in: ({ column, decode }, operand) => {
    const list = (operand as unknown[]).map(decode);
    return list.length === 0 ? sql`0` : inArray(column, list);
  },
  notIn: ({ column, decode }, operand) => {
    const list = (operand as unknown[]).map(decode);
    return list.length === 0 ? isNotNull(column) : notInArray(column, list);
  },
  like: ({ column }, operand) => sql`${column} like ${operand} escape '\\'`,
  isNull: ({ column }, operand) => (operand === true ? isNull(column) : isNotNull(column)),
};

/**
 * The SQL of a filter that fits the schema of `fields`; its values are parameters, encoded as their columns are.
 *
 * @throws {FilterError} If it has more conditions or levels than SQLite bears, or names no field.
 */
export function compileFilter(filter: FilterInput, fields: ReadonlyMap<string, FilterField>): SQL | undefined {
  return new FilterCompiler(fields).all(filter, "$.filter", 1);
}

class FilterCompiler {
  readonly #fields: ReadonlyMap<string, FilterField>;
  #values = 0;
  #conditions = 0;

  constructor(fields: ReadonlyMap<string, FilterField>) {
    this.#fields = fields;
  }

  /** Undefined where every row passes. */
  all(filter: unknown, path: string, level: number): SQL | undefined {
    if (!isObject(filter)) throw refusal("an object of conditions", path, filter);
    if (level > MAX_LEVELS) throw refusal(`at most ${MAX_LEVELS} filters in each other`, path, filter);
    this.#count(1, 0, path, filter);
    const tests: (SQL | undefined)[] = [];
    for (const [name, asked] of Object.entries(filter)) {
      const at = `${path}.${name}`;
      if (name === "AND") tests.push(and(...this.#each(asked, at, level)));
      else if (name === "OR") tests.push(this.#one(asked, at, level));
      else if (name === "NOT") tests.push(sql`(${this.all(asked, at, level + 1) ?? sql`1`}) is not true`);
      else tests.push(this.#condition(name, asked, at));
    }
    return and(...tests);
  }

  #one(filters: unknown, path: string, level: number): SQL | undefined {
    const tests = this.#each(filters, path, level);
    if (tests.length === 0) return sql`0`;
    return tests.includes(undefined) ? undefined : or(...tests);
  }

  #each(filters: unknown, path: string, level: number): (SQL | undefined)[] {
    if (!Array.isArray(filters)) throw refusal("an array of filters", path, filters);
    return filters.map((one, i) => this.all(one, `${path}[${i}]`, level + 1));
  }

  #condition(name: string, asked: unknown, path: string): SQL | undefined {
    const field = this.#fields.get(name);
    if (field === undefined) throw refusal("a column that can be filtered by", path, asked);
    if (asked === null) return this.#compare(field, "isNull", true, path);
    if (!isObject(asked)) return this.#compare(field, "eq", asked, path);
    return and(...Object.entries(asked).map(([operator, operand]) => this.#compare(field, operator, operand, path)));
  }

  #compare(field: FilterField, operator: string, operand: unknown, path: string): SQL {
    if (!(field.operators as readonly string[]).includes(operator)) {
      throw refusal(`one of the operators ${field.operators.join(", ")}`, path, operand);
    }
    const weight = operator === "like" ? PATTERN_WEIGHT : 1;
    this.#count(weight, Array.isArray(operand) ? operand.length : 1, path, operand);
    return COMPARE[operator]!(field, operand);
  }

  #count(conditions: number, values: number, path: string, received: unknown): void {
    this.#conditions += conditions;
    this.#values += values;
    if (this.#values > MAX_VALUES) throw refusal(`at most ${MAX_VALUES} values`, path, received);
    if (this.#conditions <= MAX_CONDITIONS) return;
    const wanted = `at most ${MAX_CONDITIONS} conditions and filters, of which a pattern counts for ${PATTERN_WEIGHT}`;
    throw refusal(wanted, path, received);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);
}

function refusal(expected: string, path: string, received: unknown): FilterError {
  return new FilterError({ expected, path, received: describeKind(received) });
}

/** How a message names a filter that is none of a request, but of the server's own row filter. */
export function describeFilterError({ mismatch }: FilterError): string {
  return `${mismatch.expected} is wanted at ${quote(mismatch.path)}`;
}
