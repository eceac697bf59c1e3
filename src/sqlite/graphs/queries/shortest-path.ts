import type { RawRow } from "../../../honker/mod.ts";
import type { GraphReader } from "../graph-connection.ts";
import { tooLarge } from "./bounds.ts";
import { chunksOf, type Step } from "./edge-steps.ts";

/** One of the two searches: from the first node on, or from the last back. */
interface Side {
  readonly step: Step;
  /** From where each node was reached, by key; null where the search began. */
  readonly before: Map<string, string | null>;
  frontier: string[];
}

const MOST = 10_000_000; // nodes that both searches remember together

/**
 * The keys of a shortest path from `from` to `to`, both included; undefined if there is none of at most `maxDepth` edges.
 *
 * Two searches, level by level, from both ends, always the one with fewer nodes to leave: where they meet first is the
 * middle of a shortest path, for each has seen all that is nearer to its own end.
 *
 * @param forward steps with the edges, whose rows tell where they come from; `backward` steps against them
 * @param ceiling how many nodes both may remember
 * @throws {StorageError} `RESULT_TOO_LARGE` if there are more.
 */
export function findPath(
  reader: GraphReader,
  { forward, backward }: { readonly forward: Step; readonly backward: Step },
  from: string,
  to: string,
  maxDepth: number,
  ceiling: number = MOST,
): string[] | undefined {
  if (from === to) return [from];
  const first: Side = { step: forward, before: new Map([[from, null]]), frontier: [from] };
  const last: Side = { step: backward, before: new Map([[to, null]]), frontier: [to] };
  for (let depth = 1; depth <= maxDepth; depth++) {
    if (first.frontier.length === 0 || last.frontier.length === 0) return undefined;
    const isForward = first.frontier.length <= last.frontier.length;
    const meeting = isForward ? advance(reader, first, last) : advance(reader, last, first);
    if (meeting !== undefined) return [...trace(first, meeting).reverse(), ...trace(last, meeting).slice(1)];
    if (first.before.size + last.before.size > ceiling) throw tooLarge(ceiling, "pass maxDepth");
  }
  return undefined;
}

/** Goes one level on with `side`. @returns a node that the `other` side has reached as well. */
function advance(reader: GraphReader, side: Side, other: Side): string | undefined {
  const next: string[] = [];
  for (const chunk of chunksOf(side.frontier)) {
    const rows = side.step(reader, chunk) as RawRow[];
    for (let i = 0; i < rows.length; i++) {
      const [comesFrom, key] = rows[i] as [string, string];
      if (side.before.has(key)) continue;
      side.before.set(key, comesFrom);
      if (other.before.has(key)) return key;
      next.push(key);
    }
  }
  side.frontier = next;
  return undefined;
}

/** The nodes from `key` back to where the search of `side` began. */
function trace(side: Side, key: string): string[] {
  const keys = [key];
  for (let at = side.before.get(key); typeof at === "string"; at = side.before.get(at)) keys.push(at);
  return keys;
}
