import type { RawRow } from "../../../honker/mod.ts";

/** An edge of the access control graph. */
export interface AccessStep {
  readonly type: "belongs_to" | "delegates" | "can_read" | "can_write" | "can_execute";
  readonly source: string;
  readonly target: string;
}

/** A way by which something is allowed. */
export interface AccessPath {
  /** From the principal to the resource. A delegation is walked upwards, from the delegate to the delegator. */
  readonly steps: readonly AccessStep[];
  /** All scopes that come along on this way, sorted. */
  readonly scopes: readonly string[];
}

/** What the walk reached: at `at`, acting for `holder` within `limits`, by the edge type `via` from another such place. */
export type TraceRow = [
  via: "belongs_to" | "delegates" | null,
  holder: string,
  limits: string | null,
  at: string,
  fromHolder: string,
  fromLimits: string | null,
  fromAt: string,
];

/**
 * The way to the nearest place of `trace` that is one of `ways`.
 *
 * @param trace what was reached, nearest first.
 * @param ways columns: holder, limits, at, the scopes as a JSON array.
 */
export function findPath(trace: readonly TraceRow[], ways: readonly RawRow[], last: Omit<AccessStep, "source">) {
  const scopesAt = new Map(ways.map(([holder, limits, at, scopes]) => [JSON.stringify([holder, limits, at]), scopes]));
  const nearest = new Map<string, TraceRow>();
  for (const row of trace) {
    const place = JSON.stringify(row.slice(1, 4));
    if (!nearest.has(place)) nearest.set(place, row);
    const scopes = scopesAt.get(place);
    if (scopes === undefined) continue;
    const steps = [...stepsTo(row, nearest), { ...last, source: row[3] }];
    return { steps, scopes: (JSON.parse(scopes as string) as string[]).sort() } satisfies AccessPath;
  }
  return undefined;
}

/** Each place was reached from one that is nearer, so the way back ends. */
function stepsTo(place: TraceRow, nearest: ReadonlyMap<string, TraceRow>): AccessStep[] {
  const steps: AccessStep[] = [];
  for (let row = place; row[0] !== null; ) {
    const [via, , , at, fromHolder, fromLimits, fromAt] = row;
    steps.unshift(
      via === "delegates" ? { type: via, source: at, target: fromAt } : { type: via, source: fromAt, target: at },
    );
    row = nearest.get(JSON.stringify([fromHolder, fromLimits, fromAt]))!;
  }
  return steps;
}
