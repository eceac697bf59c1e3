import type { JsonObject } from "../json-values.ts";

/** Which state may follow which in an attribute. A state that leads nowhere is final. */
export interface Transitions {
  readonly attribute: string;
  /** By state: the states that may follow it. */
  readonly allowed: Readonly<Record<string, readonly string[]>>;
}

/** A change of state that the type of a node forbids. */
export interface ForbiddenTransition {
  readonly attribute: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The change of state between the attributes `from` and `to` of a node of `type`, if the type has transitions and does not
 * allow this one. Staying in a state is always allowed.
 */
export function findForbiddenTransition(
  type: { readonly transitions: Transitions | undefined },
  from: JsonObject,
  to: JsonObject,
): ForbiddenTransition | undefined {
  if (type.transitions === undefined) return undefined;
  const { attribute, allowed } = type.transitions;
  const before = from[attribute];
  const after = to[attribute];
  if (before === after || typeof before !== "string" || typeof after !== "string") return undefined; // not both: no state
  const next = Object.hasOwn(allowed, before) ? allowed[before]! : [];
  return next.includes(after) ? undefined : { attribute, from: before, to: after };
}
