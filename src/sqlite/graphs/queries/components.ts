import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { stepOver } from "./edge-steps.ts";
import { hasNoEdge } from "./generations.ts";
import type { EdgeTypeNames } from "./plans.ts";
import { keysInParts } from "./read-nodes.ts";
import { walk } from "./walk.ts";

/**
 * The keys of the nodes of each connected component, whatever the direction of the edges: in the order of their least
 * keys, which stand first.
 *
 * Each component is one walk. Memory holds the largest one, and the keys of those found that are yet to be passed.
 */
export function* componentsOf(
  context: GraphContext,
  reader: GraphReader,
  edgeTypes: EdgeTypeNames,
): Generator<string[], void, undefined> {
  const isAlone = hasNoEdge(context, "both", edgeTypes);
  const step = stepOver(context, "both", edgeTypes);
  const ahead = new Set<string>(); // yet to be passed, but given already
  for (const rows of keysInParts(context, reader, [isAlone])) {
    for (let i = 0; i < rows.length; i++) {
      const [key, alone] = rows[i] as [string, number];
      if (ahead.delete(key)) continue;
      const component =
        alone === 1 ? [key] : [...walk(reader, step, key, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).keys()];
      for (let j = 1; j < component.length; j++) ahead.add(component[j]!);
      yield component;
    }
  }
}
