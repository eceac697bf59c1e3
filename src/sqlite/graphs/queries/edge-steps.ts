import type { RawRow } from "../../../honker/mod.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { sqlText } from "../layout.ts";
import { type EdgeTypeNames, Plans } from "./plans.ts";
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
export function edgeConditions({ layout }: GraphContext, way: Way, edgeTypes: EdgeTypeNames): string {
  const only = way.onlyUndirected ? ` AND e.${layout.edges.undirected} = 1` : "";
  return only + (edgeTypes === undefined ? "" : ` AND ${typeCondition("e", layout.edges.type, edgeTypes)}`);
}

/** A condition on a column of types, whose names are literals: there are few, and each makes one statement. */
export function typeCondition(alias: string, column: string, types: readonly string[]): string {
  if (types.length === 1) return `${alias}.${column} = ${sqlText(types[0]!)}`; // as indexes on attributes have it
  return `${alias}.${column} IN (${types.map(sqlText).join(", ")})`;
}

/**
 * HOT (bench/graphs.ts): a step over edges, as rows of the keys that it leads to.
 *
 * The join is a CROSS JOIN because of its order: SQLite would read all edges for each key.
 */
export function stepOver(context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames): Step {
  return stepOf(context, steps.get(context, direction, edgeTypes), 1);
}

/** The same as rows of two keys: the one that the step comes from, and the one that it leads to. */
export function tracedStepOver(context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames): Step {
  return stepOf(context, tracedSteps.get(context, direction, edgeTypes), 2);
}

interface StepPlan {
  readonly text: string;
  /** Whether both ends of edges are looked at, each with the keys and the id of the graph as parameters. */
  readonly isTwoWay: boolean;
}

const steps = new Plans((context, direction, edgeTypes) => planStep(context, direction, edgeTypes, ""));
const tracedSteps = new Plans((context, direction, edgeTypes) =>
  planStep(context, direction, edgeTypes, "key.value, "),
);

function planStep(context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames, first: string): StepPlan {
  const { table } = context.layout.edges;
  const selects = waysOf(context, direction).map((way) => {
    const at = `e."graph_id" = ? AND e.${way.from} = key.value${edgeConditions(context, way, edgeTypes)}`;
    return `SELECT ${first}e.${way.to} FROM json_each(?) AS key CROSS JOIN ${table} AS e ON ${at}`;
  });
  return { text: selects.join(" UNION ALL "), isTwoWay: selects.length === 2 };
}

function stepOf({ id }: GraphContext, { text, isTwoWay }: StepPlan, columns: number): Step {
  return (reader, keys) => {
    const list = JSON.stringify(keys);
    return reader.values(text, isTwoWay ? [list, id, list, id] : [list, id], columns);
  };
}

/** `keys` in parts for one statement each; sorted where there are several, so that each reads one part of an index. */
export function chunksOf(keys: string[]): readonly (readonly string[])[] {
  if (keys.length <= CHUNK) return keys.length === 0 ? [] : [keys];
  keys.sort();
  return Array.from({ length: Math.ceil(keys.length / CHUNK) }, (_, i) => keys.slice(i * CHUNK, (i + 1) * CHUNK));
}
