import type { GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import type { Step } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { nodesInParts, readNodes, requireNode } from "./read-nodes.ts";
import { walk } from "./walk.ts";

/** A node that a walk has reached. */
export type Reached<Node> = Node & {
  /** How many edges it is away from where the walk began: the least that is possible. */
  readonly depth: number;
};

/** From where a walk goes, how, and how far. */
export interface WalkParts {
  readonly start: string;
  readonly step: Step;
  readonly maxDepth: number;
  readonly limit: number | undefined;
  readonly includeStart: boolean;
  /** Whether the farthest come first. */
  readonly isFarthestFirst: boolean;
  /** What the walk is for, in a message. */
  readonly action: string;
}

/** What a walk finds: nearest first, or farthest first; of one depth in no order. */
export function nodeWalk(context: GraphContext, parts: WalkParts): ElementSource<Reached<GraphNode>> {
  const { start, step, maxDepth, limit, includeStart, isFarthestFirst } = parts;

  function find(reader: GraphReader, most: number): Map<string, number> {
    const room = isFarthestFirst ? Number.POSITIVE_INFINITY : most + (includeStart ? 0 : 1);
    const depths = walk(reader, step, start, maxDepth, room);
    if (depths.size === 1) requireNode(context, reader, start, parts.action);
    if (!includeStart) depths.delete(start);
    return depths;
  }

  function keysOf(depths: Map<string, number>, most: number): string[] {
    const keys = [...depths.keys()];
    if (isFarthestFirst) keys.reverse();
    return keys.length > most ? keys.slice(0, most) : keys;
  }

  return {
    limit,
    isSearch: true,
    names: (reader, most) => keysOf(find(reader, most), most),
    elements(reader, most) {
      const depths = find(reader, most);
      return withDepths(readNodes(context, reader, keysOf(depths, most)), depths);
    },
    count(reader) {
      const most = limit ?? Number.POSITIVE_INFINITY;
      return Math.min(find(reader, most).size, most);
    },
    *batches(reader) {
      const most = limit ?? Number.POSITIVE_INFINITY;
      const depths = find(reader, most);
      for (const nodes of nodesInParts(context, reader, keysOf(depths, most))) yield withDepths(nodes, depths);
    },
  };
}

/** `nodes`, which nobody else has seen yet, with their depths. */
export function withDepths(nodes: GraphNode[], depths: ReadonlyMap<string, number>): Reached<GraphNode>[] {
  for (const node of nodes as (GraphNode & { depth?: number })[]) node.depth = depths.get(node.key)!;
  return nodes as Reached<GraphNode>[];
}
