import { cachedText } from "../cached-text.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { edgeConditions, shapeOf, type Way, waysOf } from "./edge-steps.ts";
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

const ACTION = "tell the degree of a node";

/** HOT (bench/graphs.ts): counted in the indexes of the edges, in one statement. */
export function degreeOf(
  context: GraphContext,
  reader: GraphReader,
  key: string,
  direction: Direction,
  edgeTypes: readonly string[] | undefined,
): number {
  const { layout, id } = context;
  const ways = waysOf(context, direction);
  const text = cachedText(layout, `degree ${shapeOf(context, direction, edgeTypes)}`, () => {
    return `SELECT ${ways.map((way) => countBy(context, way, edgeTypes)).join(" + ")}`;
  });
  const row = reader.row(text, ways.length === 1 ? [id, key] : [id, key, id, key], 1)!;
  const degree = row[0] as number;
  if (degree === 0) requireNode(context, reader, key, ACTION);
  return degree;
}

/** The same in both directions, and of edges without one. */
export function degreesOf(
  context: GraphContext,
  reader: GraphReader,
  key: string,
  edgeTypes: readonly string[] | undefined,
): Degrees {
  const { layout, module, id } = context;
  const { source, target } = layout.edges;
  const text = cachedText(layout, `degrees ${shapeOf(context, "both", edgeTypes)}`, () => {
    const ends = [target, source].map((from) => ({ from, to: "", onlyUndirected: false }));
    const undirected = module.config.type === "mixed" ? ends.map((way) => ({ ...way, onlyUndirected: true })) : [];
    return `SELECT ${[...ends, ...undirected].map((way) => countBy(context, way, edgeTypes)).join(", ")}`;
  });
  const isMixed = module.config.type === "mixed";
  const params = isMixed ? [id, key, id, key, id, key, id, key] : [id, key, id, key];
  const row = reader.row(text, params, params.length / 2) as number[];
  const [to, from, undirectedTo = 0, undirectedFrom = 0] = row as [number, number, number?, number?];
  const total = to + from;
  if (total === 0) requireNode(context, reader, key, ACTION);
  if (module.config.type === "undirected") return { in: 0, out: 0, undirected: total, total };
  const undirected = undirectedTo + undirectedFrom;
  return { in: to - undirectedTo, out: from - undirectedFrom, undirected, total };
}

function countBy(context: GraphContext, way: Way, edgeTypes: readonly string[] | undefined): string {
  const at = `e."graph_id" = ? AND e.${way.from} = ?${edgeConditions(context, way, edgeTypes)}`;
  return `(SELECT count(*) FROM ${context.layout.edges.table} AS e WHERE ${at})`;
}
