import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { StorageError } from "../../../src/errors.ts";
import { defineGraph, type GraphConfig } from "../../../src/graphs/mod.ts";
import type { Graph } from "../../../src/sqlite/graphs/graph.ts";
import { openStore } from "./fixture.ts";
import { attributesOf, type EdgeValues, GraphModel, type NodeValues, Refusal, type Step } from "./graph-model.ts";

/** Steps in one transaction. */
interface Together {
  readonly steps: readonly Step[];
  readonly commits: boolean;
}

/** How `work` ended: done, or why it was refused. */
function outcome(work: () => unknown): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof StorageError) return String(error.details.rule ?? error.code);
    throw error;
  }
}

/** Does `step` in both. */
function both(graph: Graph, model: GraphModel, step: Step): void {
  const expected = outcome(() => model.run(step));
  assert.equal(
    outcome(() => write(graph, step)),
    expected,
    JSON.stringify(step),
  );
}

function write(graph: Graph, step: Step): unknown {
  const node = ({ v, ...rest }: NodeValues) => ({ ...rest, attributes: attributesOf(v) });
  const edge = <E extends EdgeValues>({ v, ...rest }: E) => ({ ...rest, attributes: attributesOf(v) });
  switch (step.do) {
    case "addNodes":
      return graph.addNodes(step.nodes.map(node));
    case "updateNode":
      return graph.updateNodes([node(step.node)]);
    case "replaceNode":
      return graph.replaceNodes([node(step.node)]);
    case "upsertNode":
      return graph.upsertNodes([node(step.node)]);
    case "renameNode":
      return graph.renameNode(step.from, step.to);
    case "deleteNode":
      return graph.deleteNode(step.key);
    case "addEdges":
      return graph.addEdges(step.edges.map(edge));
    case "upsertEdge":
      return graph.upsertEdges([edge(step.edge)]);
    case "updateEdge":
      return graph.updateEdge(step.type, { edge: step.key, attributes: attributesOf(step.v) });
    case "replaceEdge":
      return graph.replaceEdge(step.type, { edge: step.key, attributes: attributesOf(step.v) });
    case "renameEdge":
      return graph.renameEdge(step.from, step.to);
    case "deleteEdge":
      return graph.deleteEdge(step.key);
  }
}

const nodeKey = fc.constantFrom(..."abcde");
const edgeKey = fc.constantFrom(..."12345");
const edgeType = fc.constantFrom("e", "e", "f");
const v = fc.constantFrom(undefined, 1, 2, 3, 4, 5, 6, 7, "wrong");
const node: fc.Arbitrary<NodeValues> = fc.record({ type: fc.constantFrom("n", "n", "m"), key: nodeKey, v });
const ends = { type: edgeType, source: nodeKey, target: nodeKey };
const optional = { v, undirected: fc.boolean() };
const edge: fc.Arbitrary<EdgeValues> = fc.record(
  { ...ends, key: fc.option(edgeKey), ...optional },
  { requiredKeys: ["type", "source", "target", "key"] },
);
const keyedEdge: fc.Arbitrary<EdgeValues & { key: string }> = fc.record(
  { ...ends, key: edgeKey, ...optional },
  { requiredKeys: ["type", "source", "target", "key"] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("addNodes"), nodes: fc.array(node, { maxLength: 2 }) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant("addEdges"), edges: fc.array(edge, { maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("upsertNode"), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("updateNode", "replaceNode"), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renameNode"), from: nodeKey, to: nodeKey }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deleteNode"), key: nodeKey }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("upsertEdge"), edge: keyedEdge }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("updateEdge", "replaceEdge"), type: edgeType, key: edgeKey, v }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("renameEdge"), from: edgeKey, to: fc.option(edgeKey) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deleteEdge"), key: edgeKey }) },
);
const together: fc.Arbitrary<Together> = fc.record({ steps: fc.array(step, { maxLength: 5 }), commits: fc.boolean() });
const writes = fc.array(fc.oneof({ weight: 8, arbitrary: step }, { weight: 1, arbitrary: together }), {
  minLength: 1,
  maxLength: 40,
  size: "max",
});
const beginning: Step = { do: "addNodes", nodes: [..."abcde"].map((key, i) => ({ type: i > 2 ? "m" : "n", key })) };
const free: fc.Arbitrary<GraphConfig> = fc.record({
  type: fc.constantFrom("directed", "undirected", "mixed"),
  multi: fc.boolean(),
  allowSelfLoops: fc.boolean(),
});
const acyclic: fc.Arbitrary<GraphConfig> = fc.record({
  type: fc.constant("directed"),
  multi: fc.boolean(),
  allowSelfLoops: fc.constant(false),
  acyclic: fc.constant(true),
});
const config = fc.oneof({ weight: 3, arbitrary: free }, { weight: 1, arbitrary: acyclic });

test("random writes do to a graph what they do to a plain model of it", (t) => {
  const { store, client, db } = openStore(t);
  const value = Type.Object({ v: Type.Optional(Type.Integer()) });

  /** An empty graph with these rules. */
  function create(rules: GraphConfig): Graph {
    const name = Object.values(rules).join("-");
    const edges = { e: { attributes: value }, f: { attributes: value, from: ["n" as const], to: ["m" as const] } };
    const module = defineGraph({ name, version: 1, config: rules, nodes: { n: value, m: value }, edges });
    store.register(module);
    return store.graph(store.createGraph(module, { name }).id);
  }

  fc.assert(
    fc.property(config, writes, (rules, list) => {
      const graph = create(rules);
      const model = new GraphModel(rules);
      for (const one of [beginning, ...list]) {
        if ("do" in one) both(graph, model, one);
        else {
          const transaction = () =>
            db.transaction((tx) => {
              for (const part of one.steps) both(graph.in(tx), model, part);
              if (!one.commits) throw new Refusal("stop");
            });
          outcome(() => model.together(transaction));
        }
      }
      const nodes = client.values("SELECT key, type, attributes FROM nodes WHERE graph_id = ? ORDER BY key", [
        graph.id,
      ]);
      const expected = [...model.nodes].map(([key, { type, attributes }]) => [key, type, JSON.stringify(attributes)]);
      assert.deepEqual(nodes, expected.sort());
      const edges = client.values(
        `SELECT key, type, source_node_key, target_node_key, undirected, attributes FROM edges
          WHERE graph_id = ? ORDER BY "rowid"`,
        [graph.id],
      );
      assert.deepEqual(
        edges,
        model.edges.map(({ key, type, source, target, undirected, attributes }) => {
          return [key, type, source, target, undirected ? 1 : 0, JSON.stringify(attributes)];
        }),
      );
    }),
    { numRuns: 200 },
  );
});
