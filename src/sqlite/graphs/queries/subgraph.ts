import { decodeEdge, edgeColumns, type GraphEdge, type GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { MAX_ROWS, tooLarge } from "./bounds.ts";
import { stepOver, typeCondition } from "./edge-steps.ts";
import { type Reached, withDepths } from "./node-walk.ts";
import { type EdgeTypeNames, Plans } from "./plans.ts";
import type { Direction } from "./questions.ts";
import { readNodes, requireNode } from "./read-nodes.ts";
import { walk } from "./walk.ts";

/** Nodes near one, and the edges among them. */
export interface Subgraph<Node, Edge> {
  /** Nearest first; the first is the one that was asked for. */
  readonly nodes: Reached<Node>[];
  /** Those whose both ends are among `nodes`. */
  readonly edges: Edge[];
}

/** Which nodes and edges a subgraph has. */
export interface SubgraphParts {
  readonly key: string;
  readonly depth: number;
  readonly direction: Direction;
  readonly edgeTypes: EdgeTypeNames;
  readonly action: string;
}

/** @throws {StorageError} `RESULT_TOO_LARGE` if there are more than 100 000 nodes, or edges; `NOT_FOUND`. */
export function readSubgraph(
  context: GraphContext,
  reader: GraphReader,
  { key, depth, direction, edgeTypes, action }: SubgraphParts,
): Subgraph<GraphNode, GraphEdge> {
  const depths = walk(reader, stepOver(context, direction, edgeTypes), key, depth, MAX_ROWS + 1);
  if (depths.size > MAX_ROWS) throw tooLarge(MAX_ROWS, "pass a smaller depth");
  if (depths.size === 1) requireNode(context, reader, key, action);
  const keys = [...depths.keys()];
  return {
    nodes: withDepths(readNodes(context, reader, keys), depths),
    edges: edgesAmong(context, reader, keys, edgeTypes),
  };
}

const edgesAmongTexts = new Plans(({ layout }, _direction, edgeTypes) => {
  const { table, source, target, type } = layout.edges;
  const ofTypes = edgeTypes === undefined ? "" : ` AND ${typeCondition("e", type, edgeTypes)}`;
  // the plus keeps SQLite from looking for each pair of nodes
  return `SELECT ${edgeColumns(layout.edges, "e").join(", ")} FROM json_each(?) AS key
    CROSS JOIN ${table} AS e ON e."graph_id" = ? AND e.${source} = key.value${ofTypes}
    WHERE +e.${target} IN (SELECT value FROM json_each(?)) LIMIT 0 + ?`;
});

function edgesAmong(
  context: GraphContext,
  reader: GraphReader,
  keys: readonly string[],
  edgeTypes: EdgeTypeNames,
): GraphEdge[] {
  const { edges } = context.layout;
  const text = edgesAmongTexts.get(context, "both", edgeTypes);
  const list = JSON.stringify(keys);
  const rows = reader.values(text, [list, context.id, list, MAX_ROWS + 1], edgeColumns(edges, "e").length);
  if (rows.length > MAX_ROWS) throw tooLarge(MAX_ROWS, "pass a smaller depth");
  return rows.map((row) => decodeEdge(edges, row));
}
