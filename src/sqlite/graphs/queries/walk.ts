import type { GraphReader } from "../graph-connection.ts";
import { tooLarge } from "./bounds.ts";
import { chunksOf, type Step } from "./edge-steps.ts";

/** The most nodes that one walk or search remembers: a gigabyte or so. */
const MOST = 10_000_000;

/**
 * HOT (bench/graphs.ts): the nodes that steps from `start` reach, with the least number of steps to each, nearest first;
 * `start` itself with 0.
 *
 * Level by level: one statement for all nodes of a level, and each node is left once, so cycles end. A recursive query
 * could not keep the numbers apart from the nodes: it would come back to each on every depth.
 *
 * @param most after how many nodes to stop, `start` included
 * @param ceiling how many it may remember
 * @throws {StorageError} `RESULT_TOO_LARGE` if there are more.
 */
export function walk(
  reader: GraphReader,
  step: Step,
  start: string,
  maxDepth: number,
  most: number,
  ceiling: number = MOST,
): Map<string, number> {
  const depths = new Map([[start, 0]]);
  let frontier = [start];
  for (let depth = 1; depth <= maxDepth && frontier.length > 0; depth++) {
    const next: string[] = [];
    for (const chunk of chunksOf(frontier)) {
      const rows = step(reader, chunk);
      for (let i = 0; i < rows.length; i++) {
        const key = rows[i]![0] as string;
        if (depths.has(key)) continue;
        if (depths.size >= most) return depths;
        depths.set(key, depth);
        next.push(key);
      }
      if (depths.size > ceiling) throw tooLarge(ceiling, "pass maxDepth or a limit");
    }
    frontier = next;
  }
  return depths;
}
