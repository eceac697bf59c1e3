import { readSerializedGraph } from "../../../src/graphs/interchange/read-graph.ts";
import type {
  GraphPart,
  SerializedEdge,
  SerializedNode,
  SerializedOptions,
} from "../../../src/graphs/interchange/serialized-graph.ts";
import type { JsonObject } from "../../../src/json-values.ts";

/** A graph that was read as a whole. */
export interface WholeGraph {
  options?: SerializedOptions;
  attributes?: JsonObject;
  nodes: SerializedNode[];
  edges: SerializedEdge[];
}

/** Puts parts together, and checks that they number their elements. */
export function joinParts(parts: Iterable<GraphPart>): WholeGraph {
  const whole: WholeGraph = { nodes: [], edges: [] };
  for (const part of parts) {
    if (part.kind === "options") whole.options = part.options;
    else if (part.kind === "attributes") whole.attributes = part.attributes;
    else {
      const list: unknown[] = whole[part.kind];
      if (part.first !== list.length) throw new Error(`${part.kind} ${part.first} came after ${list.length}`);
      list.push(...(part.kind === "nodes" ? part.nodes : part.edges));
    }
  }
  return whole;
}

/** Reads all of `source`. */
export async function readAll(...args: Parameters<typeof readSerializedGraph>): Promise<WholeGraph> {
  const parts: GraphPart[] = [];
  for await (const part of readSerializedGraph(...args)) parts.push(part);
  return joinParts(parts);
}
