import { cachedText } from "../cached-text.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { chunksOf, edgeConditions, shapeOf, stepOver, waysOf } from "./edge-steps.ts";

/**
 * The keys of the nodes in generations: in the first those to which no edge leads, in each further one those to which
 * edges lead from earlier generations only, from at least one of the last. Nodes on a cycle, and what lies behind one,
 * are in none.
 *
 * Kahn's algorithm (https://en.wikipedia.org/wiki/Topological_sorting), two statements for a generation, or for every 4096
 * nodes of it. Memory holds a generation, and a number for each node to which some edges were followed but not all.
 */
export function* generationsOf(
  context: GraphContext,
  reader: GraphReader,
  edgeTypes: readonly string[] | undefined,
): Generator<string[], void, undefined> {
  const step = stepOver(context, "out", edgeTypes);
  const readInDegrees = inDegreesOf(context, edgeTypes);
  // how many edges that lead to a node are not followed yet; below 0, how many are, before it is known how many there are
  const open = new Map<string, number>();
  let generation = readRoots(context, reader, edgeTypes);
  while (generation.length > 0) {
    yield generation;
    const next: string[] = [];
    const met: string[] = [];
    for (const chunk of chunksOf(generation)) {
      const rows = step(reader, chunk);
      for (let i = 0; i < rows.length; i++) {
        const key = rows[i]![0] as string;
        const left = open.get(key);
        if (left === undefined) met.push(key);
        if (left !== 1) open.set(key, (left ?? 0) - 1);
        else if (open.delete(key)) next.push(key);
      }
    }
    for (const chunk of chunksOf(met)) {
      const rows = readInDegrees(reader, chunk);
      for (let i = 0; i < rows.length; i++) {
        const [key, inDegree] = rows[i] as [string, number];
        const left = inDegree + open.get(key)!;
        if (left > 0) open.set(key, left);
        else if (open.delete(key)) next.push(key);
      }
    }
    generation = next;
  }
}

function readRoots(context: GraphContext, reader: GraphReader, edgeTypes: readonly string[] | undefined): string[] {
  const { layout, id } = context;
  const text = cachedText(layout, `roots ${shapeOf(context, "in", edgeTypes)}`, () => {
    const { table, key } = layout.nodes;
    return `SELECT n.${key} FROM ${table} AS n WHERE n."graph_id" = ? AND ${hasNoEdge(context, "in", edgeTypes)}`;
  });
  return reader.values(text, [id], 1).map((row) => row[0] as string);
}

/** Whether no edge leads to a node `n`, or, for `out`, from it. Edges without direction lead both ways. */
export function hasNoEdge(
  context: GraphContext,
  direction: "in" | "out",
  edgeTypes: readonly string[] | undefined,
): string {
  const { nodes, edges } = context.layout;
  return waysOf(context, direction)
    .map((way) => {
      const at = `e."graph_id" = n."graph_id" AND e.${way.from} = n.${nodes.key}${edgeConditions(context, way, edgeTypes)}`;
      return `NOT EXISTS (SELECT 1 FROM ${edges.table} AS e WHERE ${at})`;
    })
    .join(" AND ");
}

/** Reads how many edges lead to nodes. */
function inDegreesOf(context: GraphContext, edgeTypes: readonly string[] | undefined) {
  const { layout, id } = context;
  const ways = waysOf(context, "in");
  const text = cachedText(layout, `in-degrees ${shapeOf(context, "in", edgeTypes)}`, () => {
    const counts = ways.map((way) => {
      const at = `e."graph_id" = ? AND e.${way.from} = key.value${edgeConditions(context, way, edgeTypes)}`;
      return `(SELECT count(*) FROM ${layout.edges.table} AS e WHERE ${at})`;
    });
    return `SELECT key.value, ${counts.join(" + ")} FROM json_each(?) AS key`;
  });
  const ids = ways.map(() => id);
  return (reader: GraphReader, keys: readonly string[]) => reader.values(text, [...ids, JSON.stringify(keys)], 2);
}
