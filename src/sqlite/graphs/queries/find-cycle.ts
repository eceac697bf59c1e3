import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { stepOver } from "./edge-steps.ts";
import { generationsOf } from "./generations.ts";
import type { EdgeTypeNames } from "./plans.ts";
import { keysInParts } from "./read-nodes.ts";

/** Which edges count. */
export interface FindCycleOptions {
  /** @default all types */
  readonly edgeTypes?: readonly string[] | undefined;
}

/**
 * The keys of nodes of which each has an edge to the next, and the last to the first; undefined if there are none.
 *
 * Costs as much as following each edge once, and again if there is a cycle; an edge without direction is one.
 */
export function findCycle(
  context: GraphContext,
  reader: GraphReader,
  { edgeTypes }: FindCycleOptions = {},
): string[] | undefined {
  if (!hasCycle(context, reader, edgeTypes)) return undefined;
  const free = new Set<string>(); // not on a cycle, nor behind one
  for (const generation of generationsOf(context, reader, edgeTypes)) for (const key of generation) free.add(key);
  const back = stepOver(context, "in", edgeTypes);
  const places = new Map<string, number>();
  const keys: string[] = [];
  // To each node that is not free an edge leads from another such one, so going back must come to the same node again.
  let at = findBound(context, reader, free);
  while (!places.has(at)) {
    places.set(at, keys.length);
    keys.push(at);
    at = back(reader, [at]).find(([key]) => !free.has(key as string))![0] as string;
  }
  return keys.slice(places.get(at)!).reverse();
}

/** Whether there is a cycle: costs as much as following each edge once. */
export function hasCycle(context: GraphContext, reader: GraphReader, edgeTypes: EdgeTypeNames): boolean {
  const { layout, id } = context;
  let free = 0;
  for (const generation of generationsOf(context, reader, edgeTypes)) free += generation.length;
  const text = `SELECT count(*) FROM ${layout.nodes.table} WHERE "graph_id" = ?`;
  return free < (reader.row(text, [id], 1)![0] as number);
}

/** Some node that is not `free`: there is one. */
function findBound(context: GraphContext, reader: GraphReader, free: ReadonlySet<string>): string {
  const found = Array.from(keysInParts(context, reader), (rows) => rows.find(([key]) => !free.has(key as string)));
  return found.find((row) => row !== undefined)![0] as string;
}
