import { cachedText } from "../cached-text.ts";
import type { GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { edgeConditions, shapeOf, waysOf } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { nodeScan } from "./node-scan.ts";
import type { Direction } from "./questions.ts";
import { requireNode } from "./read-nodes.ts";

/** Whose neighbours, and which of them. */
export interface NeighboursParts {
  readonly key: string;
  readonly direction: Direction;
  readonly edgeTypes: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
  readonly where: unknown;
  readonly limit: number | undefined;
}

/** HOT (bench/graphs.ts): the nodes one edge away, in the order of their keys: one statement. */
export function neighboursOf(context: GraphContext, parts: NeighboursParts): ElementSource<GraphNode> {
  const { key, direction, edgeTypes, types, where, limit } = parts;
  const { layout, id } = context;
  const ways = waysOf(context, direction);
  const shape = shapeOf(context, direction, edgeTypes);
  const keys = cachedText(layout, `neighbours ${shape}`, () => {
    const distinct = ways.length === 1 ? "DISTINCT " : "";
    const selects = ways.map((way) => {
      const at = `e."graph_id" = ? AND e.${way.from} = ?${edgeConditions(context, way, edgeTypes)}`;
      return `SELECT ${distinct}e.${way.to} AS "key" FROM ${layout.edges.table} AS e WHERE ${at}`;
    });
    return selects.join(" UNION ");
  });
  const params = ways.length === 1 ? [id, key] : [id, key, id, key];
  const whenEmpty = (reader: GraphReader) => requireNode(context, reader, key, "find the neighbours of a node");
  const scan = () => nodeScan(context, { types, where, limit, found: { keys, params, whenEmpty } });
  if (types !== undefined || where !== undefined) return scan(); // at once: it may refuse them
  return {
    limit,
    isSearch: false,
    names(reader, most) {
      const text = cachedText(layout, `keys of neighbours ${shape}`, () => `${keys} ORDER BY 1 LIMIT 0 + ?`);
      const rows = reader.values(text, [...params, most], 1);
      if (rows.length === 0) whenEmpty(reader);
      return rows.map((row) => row[0] as string);
    },
    elements: (reader, most) => scan().elements(reader, most),
    count: (reader) => scan().count(reader),
    batches: (reader) => scan().batches(reader),
  };
}
