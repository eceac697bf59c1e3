import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CALL_STATUSES, CallGraph, type NodeAttributes } from "../../../../src/graphs/mod.ts";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import { openStore } from "../fixture.ts";

type Call = NodeAttributes<typeof CallGraph, "call">;

const seed = process.env.TEST_SEED === undefined ? {} : { seed: Number(process.env.TEST_SEED) };
const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1.5, "", "text", [], ["s", 1, null], { code: "E", n: 1 }),
  fc.integer(),
);
const optional = {
  parentRequestId: fc.constantFrom("c0", "c1", "elsewhere"),
  output: value,
  error: fc.record({ code: fc.constantFrom("E", "F"), message: fc.constant("m") }),
  identity: fc.record({ id: fc.constantFrom("i", "j"), scopes: fc.subarray(["r", "w"]) }),
  startedAt: fc.integer({ min: 0, max: 9 }),
  completedAt: fc.integer({ min: 5, max: 14 }),
};
const calls = fc.array(
  fc.record(
    {
      operationId: fc.constantFrom("a/b", "a/c", "x"),
      status: fc.constantFrom(...CALL_STATUSES),
      input: value,
      ...optional,
    },
    { requiredKeys: ["operationId", "status", "input"] },
  ),
  { minLength: 1, maxLength: 12 },
);
const edges = fc.array(fc.record({ from: fc.nat(), to: fc.nat(), isTriggered: fc.boolean() }), { maxLength: 20 });

/** What is asked of both layouts. */
const questions: readonly ((graph: Graph<typeof CallGraph>, key: string) => unknown)[] = [
  (graph) => graph.nodes().all(),
  (graph) => [...graph.nodes("call")],
  (graph) => graph.nodes("call", { where: { status: { in: ["pending", "running"] } } }).keys(),
  (graph) => graph.nodes("call", { where: { operationId: { like: "A/%" }, startedAt: { gte: 3, lt: 8 } } }).keys(),
  (graph) => graph.nodes("call", { where: { NOT: { parentRequestId: null }, "error.code": "E" } }).keys(),
  (graph) => graph.nodes("call", { where: { OR: [{ input: "text" }, { output: { gt: 0 } }] } }).keys(),
  (graph) => graph.nodes("call", { where: { input: { contains: "s" } } }).keys(),
  (graph) => graph.nodes("call", { where: { input: null } }).keys(),
  (graph) => graph.nodes("call", { where: { output: { ne: true } } }).keys(),
  (graph) => graph.nodes("call", { where: { output: { isNull: false }, input: { notIn: [0, "text"] } } }).keys(),
  (graph) => graph.nodes("call", { where: { "identity.scopes": { contains: "w" } } }).keys(),
  (graph) => graph.nodes("call", { where: { requestId: { gte: "c3" }, "identity.id": "i" } }).keys(),
  (graph) => graph.nodes("call", { orderBy: { completedAt: "desc", operationId: "asc" } }).keys(),
  (graph) => [...graph.nodes("call", { orderBy: { startedAt: "asc" }, offset: 1, limit: 3 })],
  (graph) =>
    graph
      .edges()
      .all()
      .map(({ id, ...edge }) => edge),
  (graph) => Array.from(graph.edges("triggered"), ({ source, target }) => [source, target]),
  (graph, key) => graph.edges({ source: key }).all().length + graph.edges({ target: key }).count(),
  (graph) => graph.roots("call", { where: { status: "pending" } }).keys(),
  (graph) => graph.leaves({ edgeTypes: ["depends_on"] }).keys(),
  (graph, key) => graph.neighbours(key).all(),
  (graph, key) => graph.neighbours(key, { direction: "in", where: { operationId: "x" } }).keys(),
  (graph, key) => graph.degrees(key),
  (graph, key) => graph.degree(key, { direction: "out", edgeTypes: ["triggered"] }),
  (graph, key) => byKey(graph.descendants(key).all()),
  (graph, key) => byKey(graph.ancestors(key, { maxDepth: 2, edgeTypes: ["triggered"] }).all()),
  (graph, key) => graph.lineage(key).count(),
  (graph, key) => byKey(graph.componentOf(key).all()),
  (graph) => Array.from(graph.components(), (keys) => keys.sort()),
  (graph, key) => graph.shortestPath("c0", key)?.length,
  (graph) => graph.topologicalOrder().all().length,
  (graph) => graph.hasCycle(),
  (graph, key) => graph.subgraph(key, { depth: 1 }).edges.length,
];

function byKey<Node extends { readonly key: string }>(nodes: readonly Node[]): readonly Node[] {
  return nodes.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

test("both layouts of a call graph give the same answers", (t) => {
  const { store } = openStore(t);
  store.register(CallGraph);
  const property = fc.property(calls, edges, (list, drafts) => {
    const graphs = (["metagraph", "native"] as const).map((layout) => {
      const graph = store.createGraph(CallGraph, { name: layout, layout });
      graph.addNodes(list.map((call, i) => ({ type: "call", attributes: { requestId: `c${i}`, ...call } as Call })));
      const joined = new Set<string>();
      for (const { from, to, isTriggered } of drafts) {
        const [source, target] = [from % list.length, to % list.length].sort((a, b) => a - b);
        if (source === target || joined.has(`${source} ${target}`)) continue;
        joined.add(`${source} ${target}`);
        graph.addEdge(isTriggered ? "triggered" : "depends_on", { source: `c${source}`, target: `c${target}` });
      }
      return graph;
    });
    const [metagraph, native] = graphs as [Graph<typeof CallGraph>, Graph<typeof CallGraph>];
    for (const ask of questions) {
      for (const key of ["c0", `c${list.length - 1}`]) {
        assert.deepEqual(timeless(ask(native, key)), timeless(ask(metagraph, key)), ask.toString());
      }
    }
    for (const graph of graphs) graph.delete();
  });
  fc.assert(property, { numRuns: 60, ...seed });
});

/** Without the times of writing, which differ. */
function timeless(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer ?? null, (name, one) => (/^(createdAt|updatedAt)$/.test(name) ? 0 : one)));
}
