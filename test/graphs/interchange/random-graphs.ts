import fc from "fast-check";

import type { SerializedOptions } from "../../../src/graphs/interchange/serialized-graph.ts";
import { Graph } from "../../support/graphology.ts";

/** All combinations of graphology's options. */
export const ALL_OPTIONS: readonly SerializedOptions[] = (["directed", "undirected", "mixed"] as const).flatMap(
  (type) => [false, true].flatMap((multi) => [false, true].map((allowSelfLoops) => ({ type, multi, allowSelfLoops }))),
);

/** What attributes can hold: JSON that comes back as it went. */
const attributes = fc
  .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }), { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto")) as { [name: string]: never });
const key = fc.string({ unit: "binary", maxLength: 6 });
const edge = fc.record({
  source: fc.nat(),
  target: fc.nat(),
  attributes,
  undirected: fc.boolean(),
  key: fc.option(key, { nil: undefined }),
});

/** Graphs of graphology with such options; edges that the graph refuses are left out. */
export function randomGraph(options: SerializedOptions): fc.Arbitrary<Graph> {
  return fc
    .record({
      attributes,
      nodes: fc.uniqueArray(fc.record({ key, attributes }), { selector: (node) => node.key, maxLength: 8 }),
      edges: fc.array(edge, { maxLength: 12 }),
    })
    .map(({ attributes, nodes, edges }) => {
      const graph = new Graph(options);
      graph.replaceAttributes(attributes);
      for (const node of nodes) graph.addNode(node.key, node.attributes);
      for (const one of nodes.length === 0 ? [] : edges) {
        const source = nodes[one.source % nodes.length]!.key;
        const target = nodes[one.target % nodes.length]!.key;
        const undirected = options.type === "mixed" ? one.undirected : options.type === "undirected";
        if (source === target && !options.allowSelfLoops) continue;
        if (one.key !== undefined && graph.hasEdge(one.key)) continue;
        const hasOne = undirected ? graph.hasUndirectedEdge(source, target) : graph.hasDirectedEdge(source, target);
        if (hasOne && !options.multi) continue;
        if (one.key === undefined) {
          if (undirected) graph.addUndirectedEdge(source, target, one.attributes);
          else graph.addDirectedEdge(source, target, one.attributes);
        } else if (undirected) graph.addUndirectedEdgeWithKey(one.key, source, target, one.attributes);
        else graph.addDirectedEdgeWithKey(one.key, source, target, one.attributes);
      }
      return graph;
    });
}
