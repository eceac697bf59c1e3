import type { RawRow } from "../../../honker/mod.ts";
import { cachedText } from "../cached-text.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { sqlText } from "../layout.ts";
import type { Direction } from "./questions.ts";

/** One way over an edge: from the node in one column to the node in the other. */
export interface Way {
  readonly from: string;
  readonly to: string;
  /** Whether only edges without direction can be gone this way. */
  readonly onlyUndirected: boolean;
}

/** Reads the edges that lead on from `keys`, in no order. */
export type Step = (reader: GraphReader, keys: readonly string[]) => RawRow[];

const CHUNK = 4096; // keys in one statement: bounds its memory

/** The ways to go on in `direction`: with the edges, against them, or both. Edges without direction go both ways. */
export function waysOf({ layout, module }: GraphContext, direction: Direction): readonly Way[] {
  const { source, target } = layout.edges;
  const along: Way = { from: source, to: target, onlyUndirected: false };
  const against: Way = { from: target, to: source, onlyUndirected: false };
  const { type } = module.config;
  if (direction === "both" || type === "undirected") return [along, against];
  const [way, back] = direction === "out" ? [along, against] : [against, along];
  return type === "directed" ? [way] : [way, { ...back, onlyUndirected: true }];
}

/** What an edge `e` must be to count, after the columns of an index: by which way and of which type. */
export function edgeConditions({ layout }: GraphContext, way: Way, edgeTypes: readonly string[] | undefined): string {
  const only = way.onlyUndirected ? ` AND e.${layout.edges.undirected} = 1` : "";
  return only + (edgeTypes === undefined ? "" : ` AND ${typeCondition("e", layout.edges.type, edgeTypes)}`);
}

/** A condition on a column of types, whose names are literals: there are few, and each makes one statement. */
export function typeCondition(alias: string, column: string, types: readonly string[]): string {
  if (types.length === 1) return `${alias}.${column} = ${sqlText(types[0]!)}`; // as indexes on attributes have it
  return `${alias}.${column} IN (${types.map(sqlText).join(", ")})`;
}

/** How a question about edges of these types, in this direction, is told from others in one layout. */
export function shapeOf(
  { module }: GraphContext,
  direction: Direction,
  edgeTypes: readonly string[] | undefined,
): string {
  const shape = `${module.config.type} ${direction}`;
  return edgeTypes === undefined ? shape : `${shape} ${JSON.stringify(edgeTypes)}`;
}

/**
 * HOT (bench/graphs.ts): a step over edges, as rows of the key that it leads to. Set-based: one statement for all keys.
 *
 * The join is a CROSS JOIN because of its order: SQLite would read all edges for each key.
 *
 * @param selected further columns, before that of the key: `key.value` is where the step comes from
 */
export function stepOver(
  context: GraphContext,
  direction: Direction,
  edgeTypes: readonly string[] | undefined,
  selected: readonly string[] = [],
): Step {
  const { layout, id } = context;
  const shape = `step ${selected.join()} ${shapeOf(context, direction, edgeTypes)}`;
  const ways = waysOf(context, direction);
  const text = cachedText(layout, shape, () =>
    ways
      .map((way) => {
        const columns = [...selected, `e.${way.to}`].join(", ");
        const from = `json_each(?) AS key CROSS JOIN ${layout.edges.table} AS e`;
        return `SELECT ${columns} FROM ${from}
          ON e."graph_id" = ? AND e.${way.from} = key.value${edgeConditions(context, way, edgeTypes)}`;
      })
      .join(" UNION ALL "),
  );
  return (reader, keys) => {
    const list = JSON.stringify(keys);
    return reader.values(text, ways.length === 1 ? [list, id] : [list, id, list, id], selected.length + 1);
  };
}

/** `keys` in parts for one statement each; sorted where there are several, so that each reads one part of an index. */
export function chunksOf(keys: string[]): readonly (readonly string[])[] {
  if (keys.length <= CHUNK) return keys.length === 0 ? [] : [keys];
  keys.sort();
  return Array.from({ length: Math.ceil(keys.length / CHUNK) }, (_, i) => keys.slice(i * CHUNK, (i + 1) * CHUNK));
}
