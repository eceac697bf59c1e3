import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { edgeConditions, type Way, waysOf } from "./edge-steps.ts";
import { type EdgeTypeNames, Plans } from "./plans.ts";
import type { Direction } from "./questions.ts";
import { requireNode } from "./read-nodes.ts";

/** How many ends of edges a node holds. A self loop has both of its ends there. */
export interface Degrees {
  /** Of edges that lead to it. */
  readonly in: number;
  /** Of edges that lead from it. */
  readonly out: number;
  /** Of edges without direction. */
  readonly undirected: number;
  /** All of them. */
  readonly total: number;
}

/** How edges are counted: in the indexes, by one statement. */
interface Plan {
  readonly text: string;
  /** How many counts there are, each with the ids of the graph and of the node as parameters. */
  readonly counts: number;
}

const ACTION = "tell the degree of a node";

const oneDegree = new Plans((context, direction, edgeTypes): Plan => {
  const counts = waysOf(context, direction).map((way) => countBy(context, way, edgeTypes));
  return { text: `SELECT ${counts.join(" + ")}`, counts: counts.length };
});

const allDegrees = new Plans((context, direction, edgeTypes): Plan => {
  const ways = waysOf(context, direction);
  const undirected =
    context.module.config.type === "mixed" ? ways.map((way) => ({ ...way, onlyUndirected: true })) : [];
  const counts = [...ways, ...undirected].map((way) => countBy(context, way, edgeTypes));
  return { text: `SELECT ${counts.join(", ")}`, counts: counts.length };
});

/** HOT (bench/graphs.ts): how many ends of edges there are in one direction; edges without one count in each. */
export function degreeOf(
  context: GraphContext,
  reader: GraphReader,
  key: string,
  direction: Direction,
  edgeTypes: EdgeTypeNames,
): number {
  const { text, counts } = oneDegree.get(context, direction, edgeTypes);
  const { id } = context;
  const degree = reader.row(text, counts === 1 ? [id, key] : [id, key, id, key], 1)![0] as number;
  if (degree === 0) requireNode(context, reader, key, ACTION);
  return degree;
}

/** The same in both directions, and of edges without one. */
export function degreesOf(context: GraphContext, reader: GraphReader, key: string, edgeTypes: EdgeTypeNames): Degrees {
  const { text, counts } = allDegrees.get(context, "both", edgeTypes);
  const params = Array(counts).fill([context.id, key]).flat() as string[];
  const row = reader.row(text, params, counts) as [from: number, to: number, undirected?: number, too?: number];
  const [from, to, undirectedFrom = 0, undirectedTo = 0] = row;
  const total = from + to;
  if (total === 0) requireNode(context, reader, key, ACTION);
  if (context.module.config.type === "undirected") return { in: 0, out: 0, undirected: total, total };
  const undirected = undirectedFrom + undirectedTo;
  return { in: to - undirectedTo, out: from - undirectedFrom, undirected, total };
}

function countBy(context: GraphContext, way: Way, edgeTypes: EdgeTypeNames): string {
  const at = `e."graph_id" = ? AND e.${way.from} = ?${edgeConditions(context, way, edgeTypes)}`;
  return `(SELECT count(*) FROM ${context.layout.edges.table} AS e WHERE ${at})`;
}
