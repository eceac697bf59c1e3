import { suggest } from "../../../arguments.ts";
import type { SqlParameter } from "../../../honker/mod.ts";
import { describeKind, isPlain, quote } from "../../../json-values.ts";
import { type AskedAttribute, type AttributeOwner, attributeAt } from "./attribute-paths.ts";
import { COMPARISONS, isScalar } from "./comparisons.ts";

/** A filter in SQL. */
export interface CompiledFilter {
  readonly text: string;
  readonly params: SqlParameter[];
  /**
   * Whether an index on an attribute finds all that passes: at one point of it, where rows lie in the order in which they
   * were added, or in a range.
   */
  readonly index: "point" | "range" | undefined;
}

const MOST = 400; // filters and comparisons in one: SQLite refuses deep expressions
const RANGES = ["in", "gt", "gte", "lt", "lte"];
const OPERATORS = Object.keys(COMPARISONS);
const EVERYTHING: CompiledFilter = { text: "", params: [], index: undefined };

/**
 * The SQL of a filter, with its values as parameters.
 *
 * @throws {TypeError} If a path leads to no attribute, an operator is unknown, or a value doesn't fit its operator.
 */
export function compileFilter(filter: unknown, owner: AttributeOwner): CompiledFilter {
  if (filter === undefined) return EVERYTHING;
  const compiler = new FilterCompiler(owner);
  const text = compiler.all(filter, "where", true);
  return { text, params: compiler.params, index: compiler.index };
}

class FilterCompiler {
  readonly params: SqlParameter[] = [];
  index: CompiledFilter["index"];
  readonly #owner: AttributeOwner;
  #parts = 0;

  constructor(owner: AttributeOwner) {
    this.#owner = owner;
  }

  /** @param isFirst whether every result must pass it, so that it can choose the index. */
  all(filter: unknown, place: string, isFirst: boolean): string {
    if (!isObject(filter)) throw this.#refusal(place, "must be an object of conditions", filter);
    this.#count();
    const tests = Object.entries(filter).map(([name, value]) => {
      if (name === "AND") return this.#joined(value, `${place}.AND`, " AND ", "1", isFirst);
      if (name === "OR") return this.#joined(value, `${place}.OR`, " OR ", "0", false);
      if (name === "NOT") return `${this.all(value, `${place}.NOT`, false)} IS NOT TRUE`;
      return this.#condition(name, value, isFirst);
    });
    return tests.length === 0 ? "1" : `(${tests.join(" AND ")})`;
  }

  #joined(filters: unknown, place: string, word: string, none: string, isFirst: boolean): string {
    if (!Array.isArray(filters)) throw this.#refusal(place, "must be an array of filters", filters);
    const tests = filters.map((filter, i) => this.all(filter, `${place}[${i}]`, isFirst));
    return tests.length === 0 ? none : `(${tests.join(word)})`;
  }

  #condition(path: string, asked: unknown, isFirst: boolean): string {
    const attribute = attributeAt(this.#owner, path);
    if (asked === null) return this.#compare("isNull", attribute, true, path, isFirst);
    if (isScalar(asked)) return this.#compare("eq", attribute, asked, path, isFirst);
    if (!isObject(asked) || Object.keys(asked).length === 0) {
      throw this.#refusal(
        quote(path),
        "must be text, a finite number, a boolean, null or an object of operators",
        asked,
      );
    }
    const tests = Object.entries(asked).map(([operator, operand]) =>
      this.#compare(operator, attribute, operand, path, isFirst),
    );
    return tests.join(" AND ");
  }

  #compare(operator: string, attribute: AskedAttribute, operand: unknown, path: string, isFirst: boolean): string {
    const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (compare === undefined) {
      const { kind } = this.#owner;
      throw new TypeError(
        `Cannot query ${kind} by ${quote(path)}: unknown operator ${quote(operator)}: ${suggest(operator, OPERATORS)}`,
      );
    }
    this.#count();
    if (isFirst && attribute.isIndexed) {
      if (operator === "eq" || (operator === "isNull" && operand === true)) this.index = "point";
      else if (RANGES.includes(operator)) this.index ??= "range";
    }
    return compare(attribute, operand, this.params, (wanted, received) =>
      this.#refusal(`${operator} of ${quote(path)}`, `must be ${wanted}`, received),
    );
  }

  #count(): void {
    if (++this.#parts > MOST) {
      throw new TypeError(
        `Cannot query ${this.#owner.kind}: where must hold at most ${MOST} conditions: received more`,
      );
    }
  }

  #refusal(place: string, wanted: string, received: unknown): TypeError {
    return new TypeError(`Cannot query ${this.#owner.kind}: ${place} ${wanted}: received ${describeKind(received)}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);
}
