import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { connectedComponents } from "graphology-components";
import { hasCycle, topologicalGenerations, willCreateCycle } from "graphology-dag";
import { bidirectional } from "graphology-shortest-path";
import { bfsFromNode } from "graphology-traversal";
import type { Graph } from "../../../support/graphology.ts";
import { openStore } from "../fixture.ts";
import { buildBoth, CONFIGS, nameOf, ofTypes, type RandomGraph, randomGraphs, randomModule } from "./random-graph.ts";

const RUNS = { numRuns: 25 };
const seed = process.env.TEST_SEED === undefined ? {} : { seed: Number(process.env.TEST_SEED) };

/** Runs `check` on random graphs of every configuration. */
function onRandomGraphs(what: string, check: (both: ReturnType<typeof buildBoth>) => void, isAcyclic = false): void {
  for (const config of CONFIGS) {
    if (isAcyclic && config.type !== "directed") continue;
    test(`${what}: ${nameOf(config)}`, (t) => {
      const { store } = openStore(t);
      const module = randomModule(config);
      store.register(module);
      const property = fc.property(randomGraphs(isAcyclic), (random: RandomGraph) => {
        const both = buildBoth(store, module, random);
        check(both);
        both.graph.delete();
      });
      fc.assert(property, { ...RUNS, ...seed });
    });
  }
}

function sorted(keys: readonly string[]): string[] {
  return [...keys].sort();
}

/** The nodes that graphology's breadth-first search reaches, with their depths. */
function reached(model: Graph, start: string, mode: "outbound" | "inbound", maxDepth = Number.POSITIVE_INFINITY) {
  const depths = new Map<string, number>();
  const visit = (node: string, _: unknown, depth: number) => {
    depths.set(node, depth);
    return depth >= maxDepth;
  };
  bfsFromNode(model, start, visit, { mode });
  return depths;
}

onRandomGraphs("neighbours are those of graphology", ({ graph, model }) => {
  for (const key of model.nodes()) {
    const all = { both: model.neighbors(key), in: model.inboundNeighbors(key), out: model.outboundNeighbors(key) };
    const some = ofTypes(model, ["e"]);
    assert.deepEqual(graph.neighbours(key).keys(), sorted(all.both));
    for (const direction of ["both", "in", "out"] as const) {
      const found = graph.neighbours(key, { direction });
      assert.deepEqual(found.keys(), sorted(all[direction]));
      assert.deepEqual(
        found.all().map((node) => node.key),
        sorted(all[direction]),
      );
      assert.deepEqual(
        Array.from(found, (node) => node.key),
        sorted(all[direction]),
      );
      assert.equal(found.count(), all[direction].length);
    }
    assert.deepEqual(graph.neighbours(key, { edgeTypes: ["e"] }).keys(), sorted(some.neighbors(key)));
    assert.deepEqual(graph.neighbours(key, { edgeTypes: ["e", "f"] }).keys(), sorted(all.both));
    assert.deepEqual(graph.neighbours(key, { edgeTypes: [] }).keys(), []);
    const low = graph.neighbours(key, { types: ["n"], where: { rank: { lt: 7 } } });
    const isLow = (node: string) => graph.getNode(node)!.type === "n" && graph.getNode(node)!.attributes.rank < 7;
    assert.deepEqual(low.keys(), sorted(all.both.filter(isLow)));
  }
});

onRandomGraphs("degrees are those of graphology", ({ graph, model }) => {
  for (const key of model.nodes()) {
    assert.deepEqual(graph.degrees(key), {
      in: model.inDegree(key),
      out: model.outDegree(key),
      undirected: model.undirectedDegree(key),
      total: model.degree(key),
    });
    assert.equal(graph.degree(key), model.degree(key));
    assert.equal(graph.degree(key, { direction: "in" }), model.inboundDegree(key));
    assert.equal(graph.degree(key, { direction: "out" }), model.outboundDegree(key));
    assert.equal(graph.degree(key, { edgeTypes: ["f"] }), ofTypes(model, ["f"]).degree(key));
  }
});

onRandomGraphs("roots and leaves are the nodes without inbound and outbound edges", ({ graph, model }) => {
  const some = ofTypes(model, ["e"]);
  const roots = (of: Graph) => of.filterNodes((key) => of.inboundDegree(key) === 0);
  const leaves = (of: Graph) => of.filterNodes((key) => of.outboundDegree(key) === 0);
  assert.deepEqual(sorted(graph.roots().keys()), sorted(roots(model)));
  assert.deepEqual(sorted(graph.leaves().keys()), sorted(leaves(model)));
  assert.deepEqual(sorted(graph.roots({ edgeTypes: ["e"] }).keys()), sorted(roots(some)));
  assert.deepEqual(sorted(graph.leaves({ edgeTypes: ["e"] }).keys()), sorted(leaves(some)));
  const isN = (key: string) => graph.getNode(key)!.type === "n";
  assert.deepEqual(sorted(graph.roots("n").keys()), sorted(roots(model).filter(isN)));
  assert.deepEqual(sorted(Array.from(graph.leaves("n"), ({ key }) => key)), sorted(leaves(model).filter(isN)));
});

onRandomGraphs("walks reach what graphology's breadth-first search reaches, at its depths", ({ graph, model }) => {
  for (const start of model.nodes()) {
    for (const maxDepth of [undefined, 0, 1, 2, 5]) {
      const options = maxDepth === undefined ? {} : { maxDepth };
      for (const [mode, walk] of [
        ["outbound", graph.descendants(start, options)],
        ["inbound", graph.ancestors(start, options)],
      ] as const) {
        const wanted = reached(model, start, mode, maxDepth);
        wanted.delete(start);
        const nodes = walk.all();
        assert.deepEqual(new Map(nodes.map(({ key, depth }) => [key, depth])), wanted);
        assert.ok(
          nodes.every(({ depth }, i) => i === 0 || depth >= nodes[i - 1]!.depth),
          "nearest first",
        );
        assert.deepEqual(
          walk.keys(),
          nodes.map(({ key }) => key),
        );
        assert.deepEqual([...walk], nodes);
        assert.equal(walk.count(), wanted.size);
      }
    }
    const some = ofTypes(model, ["f"]);
    const component = connectedComponents(model).find((keys) => keys.includes(start))!;
    const lineage = graph.lineage(start).all();
    assert.deepEqual(new Map(lineage.map(({ key, depth }) => [key, depth])), reached(model, start, "inbound"));
    assert.ok(
      lineage.every(({ depth }, i) => i === 0 || depth <= lineage[i - 1]!.depth),
      "farthest first",
    );
    assert.equal(lineage.at(-1)!.key, start);
    assert.deepEqual(
      sorted(graph.descendants(start, { edgeTypes: ["f"], includeStart: true }).keys()),
      sorted([...reached(some, start, "outbound").keys()]),
    );
    assert.deepEqual(sorted(graph.componentOf(start).keys()), sorted(component));
  }
});

onRandomGraphs("components are those of graphology", ({ graph, model }) => {
  const byLeast = (lists: string[][]) => lists.map(sorted).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  const components = [...graph.components()];
  assert.deepEqual(components.map(sorted), byLeast(connectedComponents(model)));
  assert.ok(components.every((keys) => keys[0] === sorted(keys)[0]));
  const some = [...graph.components({ edgeTypes: ["e"] })];
  assert.deepEqual(some.map(sorted), byLeast(connectedComponents(ofTypes(model, ["e"]))));
});

onRandomGraphs("shortest paths are as long as those of graphology, and are paths", ({ graph, model }) => {
  for (const from of model.nodes()) {
    for (const to of model.nodes()) {
      const wanted = bidirectional(model, from, to);
      const found = graph.shortestPath(from, to)?.map(({ key }) => key);
      assert.equal(found?.length, wanted?.length);
      if (found === undefined) continue;
      assert.deepEqual([found[0], found.at(-1)], [from, to]);
      for (const [i, key] of found.slice(1).entries()) assert.ok(model.outboundNeighbors(found[i]!).includes(key));
      const edges = found.length - 1;
      assert.deepEqual(graph.shortestPath(from, to, { maxDepth: edges })?.length, found.length);
      if (edges > 0) assert.equal(graph.shortestPath(from, to, { maxDepth: edges - 1 }), undefined);
      assert.equal(graph.shortestPath(to, from, { direction: "in" })?.length, found.length);
    }
  }
});

onRandomGraphs("cycles are found where graphology finds one", ({ graph, model }) => {
  assert.equal(graph.hasCycle(), hasCycle(model));
  const cycle = graph.findCycle();
  assert.equal(cycle !== undefined, hasCycle(model));
  for (const [i, key] of (cycle ?? []).entries()) {
    assert.ok(model.outboundNeighbors(key).includes(cycle![(i + 1) % cycle!.length]!));
  }
  assert.equal(new Set(cycle).size, cycle?.length ?? 0);
  assert.equal(graph.hasCycle({ edgeTypes: ["e"] }), hasCycle(ofTypes(model, ["e"])));
  if (cycle === undefined) assert.equal(graph.topologicalOrder().count(), model.order);
  else assert.throws(() => graph.topologicalOrder().keys(), { code: "INVALID_GRAPH" });
});

onRandomGraphs(
  "the topological order is by graphology's generations",
  ({ graph, model }) => {
    const order = graph.topologicalOrder();
    const keys = order.keys();
    let at = 0;
    for (const generation of topologicalGenerations(model)) {
      assert.deepEqual(sorted(keys.slice(at, at + generation.length)), sorted(generation));
      at += generation.length;
    }
    assert.equal(at, keys.length);
    const nodes = order.all();
    assert.deepEqual(
      nodes.map(({ key }) => key),
      keys,
    );
    assert.deepEqual([...order], nodes);
    const some = graph.topologicalOrder({ limit: 3 });
    assert.deepEqual(some.keys(), keys.slice(0, 3));
    assert.equal(some.count(), Math.min(3, keys.length));
  },
  true,
);

onRandomGraphs("a subgraph has the nodes around one and all edges among them", ({ graph, model }) => {
  for (const key of model.nodes()) {
    for (const depth of [0, 1, 2]) {
      const { nodes, edges } = graph.subgraph(key, { depth, direction: "out" });
      const wanted = reached(model, key, "outbound", depth);
      assert.deepEqual(new Map(nodes.map((node) => [node.key, node.depth])), wanted);
      const among = model.filterEdges((_, __, source, target) => wanted.has(source) && wanted.has(target));
      assert.deepEqual(sorted(edges.map(({ id }) => id)), sorted(among));
    }
  }
});

test("an edge is refused in an acyclic graph exactly where graphology sees a cycle coming", (t) => {
  const { store } = openStore(t);
  const module = randomModule({ type: "directed", multi: true, allowSelfLoops: false, acyclic: true });
  store.register(module);
  const property = fc.property(randomGraphs(true), (random: RandomGraph) => {
    const { graph, model } = buildBoth(store, module, random);
    for (const source of model.nodes()) {
      for (const target of model.nodes()) {
        const closes = willCreateCycle(model, source, target);
        const add = () => graph.addEdge("e", { source, target });
        if (closes) assert.throws(add, { code: "INVALID_GRAPH" });
        else graph.deleteEdge({ id: add() });
      }
    }
    graph.delete();
  });
  fc.assert(property, { ...RUNS, ...seed });
});
