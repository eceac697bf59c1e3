import { cachedText } from "../cached-text.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { typeCondition } from "./edge-steps.ts";
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

/** HOT (bench/graphs.ts): counted in the two indexes of the edges, in one statement. */
export function readDegrees(
  context: GraphContext,
  reader: GraphReader,
  key: string,
  edgeTypes: readonly string[] | undefined,
  action: string,
): Degrees {
  const { layout, module, id } = context;
  const types = edgeTypes === undefined ? "" : JSON.stringify(edgeTypes);
  const text = cachedText(layout, `degrees ${types}`, () => {
    const { table, source, target, type, undirected = "0" } = layout.edges;
    const ofTypes = edgeTypes === undefined ? "" : ` AND ${typeCondition("e", type, edgeTypes)}`;
    const ends = [target, source].map((column) => {
      const edges = `FROM ${table} AS e WHERE e."graph_id" = ? AND e.${column} = ?${ofTypes}`;
      return `(SELECT count(*) ${edges}), (SELECT count(*) ${edges} AND ${undirected} = 1)`;
    });
    return `SELECT ${ends.join(", ")}`;
  });
  const row = reader.row(text, [id, key, id, key, id, key, id, key], 4) as number[];
  const [to, undirectedTo, from, undirectedFrom] = row as [number, number, number, number];
  const total = to + from;
  if (total === 0) requireNode(context, reader, key, action);
  const undirected = module.config.type === "undirected" ? total : undirectedTo + undirectedFrom;
  return { in: to - undirectedTo, out: from - undirectedFrom, undirected, total };
}

/** The degree in one direction; edges without direction count in each. */
export function degreeIn(degrees: Degrees, direction: Direction): number {
  if (direction === "both") return degrees.total;
  return degrees[direction] + degrees.undirected;
}
