import { StorageError } from "../../../errors.ts";
import { quote } from "../../../json-values.ts";
import type { GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import type { ElementSource } from "./element-query.ts";
import { findCycle } from "./find-cycle.ts";
import { generationsOf } from "./generations.ts";
import type { EdgeTypeNames } from "./plans.ts";
import { nodesInParts, readNodes } from "./read-nodes.ts";

const SHOWN = 5; // nodes of a cycle, in a message

/**
 * The nodes in an order in which every edge leads to a later one.
 *
 * A cycle is told of when all that does not depend on it was given: with a limit, perhaps not at all.
 */
export function topologicalOrder(
  context: GraphContext,
  edgeTypes: EdgeTypeNames,
  limit: number | undefined,
): ElementSource<GraphNode> {
  function* parts(reader: GraphReader, most: number): Generator<string[], void, undefined> {
    let count = 0;
    if (most === 0) return;
    for (const generation of generationsOf(context, reader, edgeTypes)) {
      if (count + generation.length >= most) {
        yield generation.slice(0, most - count);
        return;
      }
      count += generation.length;
      yield generation;
    }
    refuseRest(context, reader, count, edgeTypes);
  }

  function keysOf(reader: GraphReader, most: number): string[] {
    const keys: string[] = [];
    for (const part of parts(reader, most)) for (const key of part) keys.push(key);
    return keys;
  }

  return {
    limit,
    isSearch: true,
    names: keysOf,
    elements: (reader, most) => readNodes(context, reader, keysOf(reader, most)),
    count(reader) {
      let count = 0;
      for (const part of parts(reader, limit ?? Number.POSITIVE_INFINITY)) count += part.length;
      return count;
    },
    *batches(reader) {
      const most = limit ?? Number.POSITIVE_INFINITY;
      for (const part of parts(reader, most)) yield* nodesInParts(context, reader, part);
    },
  };
}

/** @throws {StorageError} `INVALID_GRAPH` if there are more nodes than the `count` that were put in order. */
function refuseRest(context: GraphContext, reader: GraphReader, count: number, edgeTypes: EdgeTypeNames): void {
  const { layout, module, id } = context;
  const text = `SELECT count(*) FROM ${layout.nodes.table} WHERE "graph_id" = ?`;
  if (count === reader.row(text, [id], 1)![0]) return;
  const cycle = findCycle(context, reader, { edgeTypes })!;
  const shown = cycle.slice(0, SHOWN).map(quote).join(" → ");
  const received = `a cycle of ${cycle.length}: ${shown}${cycle.length > SHOWN ? " → …" : ""}`;
  throw new StorageError(
    "INVALID_GRAPH",
    `Cannot put nodes into topological order: no edges may form a cycle: received ${received}`,
    { details: { graphType: module.name, version: module.version, rule: "acyclic", received } },
  );
}
