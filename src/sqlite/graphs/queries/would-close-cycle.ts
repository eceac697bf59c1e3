import { cachedText } from "../cached-text.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { tracedStepOver } from "./edge-steps.ts";
import { findPath } from "./shortest-path.ts";

/**
 * HOT (bench/graphs.ts): whether an edge from `source` to `target`, which is not there yet, would close a cycle in a
 * directed graph.
 *
 * Most edges lead from a node to which nothing leads, or to one from which nothing does: one statement tells that. Else a
 * path from `target` to `source` is looked for, from both ends.
 */
export function wouldCloseCycle(context: GraphContext, reader: GraphReader, source: string, target: string): boolean {
  if (source === target) return true;
  const { layout, id } = context;
  const { edges } = layout;
  const text = cachedText(layout, "may close a cycle", () => {
    const edgeAt = (column: string) => `EXISTS (SELECT 1 FROM ${edges.table} WHERE "graph_id" = ? AND ${column} = ?)`;
    return `SELECT ${edgeAt(edges.source)} AND ${edgeAt(edges.target)}`;
  });
  if (reader.row(text, [id, target, id, source], 1)![0] === 0) return false;
  const steps = {
    forward: tracedStepOver(context, "out", undefined),
    backward: tracedStepOver(context, "in", undefined),
  };
  return findPath(reader, steps, target, source, Number.POSITIVE_INFINITY) !== undefined;
}
