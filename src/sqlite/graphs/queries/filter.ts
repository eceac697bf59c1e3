import type { AttributePath } from "../../../graphs/mod.ts";

/** What a filter compares with. */
export type Scalar = string | number | boolean;

/**
 * Which nodes or edges are meant, by their attributes of type `A`: those for which every condition holds.
 *
 * A path leads to an attribute as in `"stats.size"`; a value alone means that it is equal, null that there is none (or
 * JSON's null). `AND` and `OR` take lists of filters, `NOT` one: it means all that its filter does not, also where the
 * attribute is absent.
 *
 * ```ts
 * const filter = { license: "MIT", "stats.size": { gte: 10, lt: 20 }, NOT: { tags: { contains: "old" } } };
 * ```
 */
export type Filter<A> =
  string extends AttributePath<A>
    ? A extends { readonly [name: string]: never }
      ? A // no attributes, no conditions
      : OpenFilter
    : { readonly [P in AttributePath<A>]?: Condition<ValueAt<A, P>> } & Connectives<Filter<A>>;

/** A filter over attributes of which nothing is known to the compiler. */
export interface OpenFilter {
  readonly [path: string]: Condition<unknown> | OpenFilter | readonly OpenFilter[];
}

interface Connectives<F> {
  readonly AND?: readonly F[];
  readonly OR?: readonly F[];
  readonly NOT?: F;
}

/** What is asked of one attribute: a value it equals, null for none, or comparisons that all hold. */
export type Condition<V> = Operand<V> | null | Comparisons<V>;

/**
 * Comparisons with values of one JSON type: text is never more than a number, `true` is not 1. Texts are ordered by their
 * code points. No comparison but `isNull` holds where the attribute is absent or null: neither does `ne`, as in SQL.
 */
export interface Comparisons<V> {
  readonly eq?: Operand<V>;
  readonly ne?: Operand<V>;
  readonly gt?: Ordered<V>;
  readonly gte?: Ordered<V>;
  readonly lt?: Ordered<V>;
  readonly lte?: Ordered<V>;
  readonly in?: readonly Operand<V>[];
  readonly notIn?: readonly Operand<V>[];
  /** SQL's pattern: `%` is any text, `_` one character, `\` takes the next as it is; a–z equal A–Z. */
  readonly like?: TextOf<V>;
  /** Whether it is absent or null. */
  readonly isNull?: boolean;
  /** A value that the array has as an element. */
  readonly contains?: ElementOf<V>;
}

/** The order of the results: paths to attributes, the first counting most. Absent ones are less than any value. */
export type OrderBy<A> = { readonly [P in AttributePath<A>]?: "asc" | "desc" };

/** The type of the attribute to which the path `P` leads in `T`. */
type ValueAt<T, P extends string> = T extends object
  ? P extends keyof T
    ? T[P]
    : P extends `"${infer Name}"`
      ? Member<T, Name>
      : P extends `"${infer Name}".${infer Rest}`
        ? ValueAt<Member<T, Name>, Rest>
        : P extends `${infer Name}.${infer Rest}`
          ? ValueAt<Member<T, Name>, Rest>
          : never
  : never;

type Member<T, Name extends string> = Name extends keyof T ? T[Name] : never;
type Operand<V> = unknown extends V ? Scalar : Extract<V, Scalar>;
type TextOf<V> = [Extract<Operand<V>, string>] extends [never] ? never : string;
type NumberOf<V> = [Extract<Operand<V>, number>] extends [never] ? never : number;
type Ordered<V> = TextOf<V> | NumberOf<V>;
type ElementOf<V> = unknown extends V
  ? Scalar | null
  : V extends readonly (infer Element)[]
    ? Extract<Element, Scalar | null>
    : never;
