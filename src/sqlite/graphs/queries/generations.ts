import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { chunksOf, edgeConditions, type Step, stepOver, waysOf } from "./edge-steps.ts";
import { type EdgeTypeNames, Plans } from "./plans.ts";
import type { Direction } from "./questions.ts";

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
  edgeTypes: EdgeTypeNames,
): Generator<string[], void, undefined> {
  const step = stepOver(context, "out", edgeTypes);
  const readInDegrees = inDegreesOf(context, edgeTypes);
  // how many edges that lead to a node are not followed yet; below 0, how many are, before it is known how many there are
  const open = new Map<string, number>();
  const roots = reader.values(rootTexts.get(context, "in", edgeTypes), [context.id], 1);
  let generation = roots.map((row) => row[0] as string);
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

const rootTexts = new Plans((context, direction, edgeTypes) => {
  const { table, key } = context.layout.nodes;
  return `SELECT n.${key} FROM ${table} AS n WHERE n."graph_id" = ? AND ${hasNoEdge(context, direction, edgeTypes)}`;
});

/** Whether no edge leads to a node `n`, or, for `out`, from it. Edges without direction lead both ways. */
export function hasNoEdge(context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames): string {
  const { nodes, edges } = context.layout;
  const tests = waysOf(context, direction).map((way) => {
    const at = `e."graph_id" = n."graph_id" AND e.${way.from} = n.${nodes.key}${edgeConditions(context, way, edgeTypes)}`;
    return `NOT EXISTS (SELECT 1 FROM ${edges.table} AS e WHERE ${at})`;
  });
  return tests.join(" AND ");
}

const inDegreePlans = new Plans((context, direction, edgeTypes) => {
  const counts = waysOf(context, direction).map((way) => {
    const at = `e."graph_id" = ? AND e.${way.from} = key.value${edgeConditions(context, way, edgeTypes)}`;
    return `(SELECT count(*) FROM ${context.layout.edges.table} AS e WHERE ${at})`;
  });
  return { text: `SELECT key.value, ${counts.join(" + ")} FROM json_each(?) AS key`, counts: counts.length };
});

/** Reads how many edges lead to each node, as rows of a key and a number. */
function inDegreesOf(context: GraphContext, edgeTypes: EdgeTypeNames): Step {
  const { text, counts } = inDegreePlans.get(context, "in", edgeTypes);
  const ids = Array(counts).fill(context.id) as string[];
  return (reader, keys) => reader.values(text, [...ids, JSON.stringify(keys)], 2);
}
