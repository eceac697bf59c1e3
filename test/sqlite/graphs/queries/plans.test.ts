import assert from "node:assert/strict";
import { test } from "node:test";
import { CallGraph, type GraphModule } from "../../../../src/graphs/mod.ts";
import type { Database, SqlParameter } from "../../../../src/honker/mod.ts";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import type { GraphConnection } from "../../../../src/sqlite/graphs/graph-connection.ts";
import { contextOf } from "../../../../src/sqlite/graphs/graph-context.ts";
import { GraphQueries } from "../../../../src/sqlite/graphs/graph-queries.ts";
import { findCycle } from "../../../../src/sqlite/graphs/queries/find-cycle.ts";
import { wouldCloseCycle } from "../../../../src/sqlite/graphs/queries/would-close-cycle.ts";
import type { TestScope } from "../../../support/temporary.ts";
import { Dependencies, openGraph, openStore } from "../fixture.ts";
import { randomModule } from "./random-graph.ts";

/** The questions of a graph, and how SQLite answers the statements that they run: its query plan, line by line. */
function explained<M extends GraphModule>(client: Database, graph: Graph<M>) {
  const lines: string[] = [];
  const note = (sql: string, params: readonly SqlParameter[]) => {
    for (const row of client.values(`EXPLAIN QUERY PLAN ${sql}`, params)) lines.push(row[3] as string);
  };
  const reader = {
    values: (sql: string, params: readonly SqlParameter[]) => {
      note(sql, params);
      return client.values(sql, params);
    },
    row: (sql: string, params: readonly SqlParameter[]) => {
      note(sql, params);
      return client.row(sql, params);
    },
    close: () => {},
  };
  const connection = {
    reader,
    isInTransaction: false,
    inOneState: (work: (one: typeof reader) => unknown) => work(reader),
    snapshot: () => reader,
  };
  const context = { ...contextOf(graph)!, connection: connection as unknown as GraphConnection };
  /** The plan of what `ask` runs. */
  function planOf(ask: (queries: GraphQueries<M>) => unknown): string[] {
    lines.length = 0;
    ask(new GraphQueries<M>(context));
    return [...lines];
  }
  return { context, reader, planOf };
}

function openDependencies(t: TestScope) {
  const { client, graph } = openGraph(t, Dependencies);
  const edge = { attributes: { range: "1" } };
  graph.addNodes("abcdef".split("").map((key) => ({ type: "package", key, attributes: { license: key } })));
  for (const [source, target] of ["ab", "bc", "cd", "ad", "ef"]) {
    graph.addEdge("depends_on", { source: source!, target: target!, ...edge });
  }
  return { client, graph, ...explained(client, graph) };
}

const LICENSE = 'SEARCH n USING INDEX nodes["package"].license (graph_id=? AND <expr>=?)';
const STARS = 'nodes["package"].stats.stars (graph_id=? AND <expr>';
const OUT = "USING COVERING INDEX edges_graph_source (graph_id=? AND source_node_key=?)";
const IN = "USING COVERING INDEX edges_graph_target (graph_id=? AND target_node_key=?)";
const BY_TYPE = "SEARCH n USING INDEX nodes_graph_type (graph_id=? AND type=?)";
const SORT = "USE TEMP B-TREE FOR ORDER BY";

for (const isAnalyzed of [false, true]) {
  const when = isAnalyzed ? "of many nodes, after ANALYZE" : "that SQLite knows nothing about";

  test(`filters use the indexes that the module declares, in a graph ${when}`, (t) => {
    const { client, graph, planOf } = openDependencies(t);
    if (isAnalyzed) {
      graph.addNodes(
        Array.from({ length: 3000 }, (_, i) => {
          return { type: "package", key: `k${i}`, attributes: { license: `l${i % 300}`, stats: { stars: i } } };
        }),
      );
      client.run("ANALYZE");
    }
    assert.deepEqual(
      planOf((q) => q.nodes("package", { where: { license: "MIT" } }).keys()),
      [LICENSE],
    );
    assert.deepEqual(
      planOf((q) => q.nodes("package", { where: { license: { eq: "MIT" } } }).all()),
      [LICENSE],
    );
    assert.deepEqual(
      planOf((q) => q.nodes("package", { where: { license: null } }).count()),
      [LICENSE],
    );
    const several = planOf((q) => q.nodes("package", { where: { license: "MIT", size: { gt: 5 } } }).keys());
    assert.deepEqual(several, [LICENSE]);
    const nested = planOf((q) => q.nodes("package", { where: { AND: [{ license: "MIT" }, { size: null }] } }).keys());
    assert.deepEqual(nested, [LICENSE]);
    const either = planOf((q) => q.nodes("package", { where: { license: { in: ["MIT", "ISC"] } } }).keys());
    assert.equal(either[0], LICENSE);
    assert.equal(either.at(-1), SORT);
    const range = planOf((q) => q.nodes("package", { where: { "stats.stars": { gte: 2990, lt: 2995 } } }).keys());
    assert.ok(range[0]!.includes(STARS), range[0]);
    const batches = planOf((q) => [...q.nodes("package", { where: { "stats.stars": { gte: 2990, lt: 2995 } } })]);
    assert.ok(batches.some((line) => line.includes(STARS)));
    const order = planOf((q) => q.nodes("package", { orderBy: { "stats.stars": "desc" }, limit: 3 }).keys());
    assert.deepEqual(order, ['SEARCH n USING INDEX nodes["package"].stats.stars (graph_id=?)']);
    const edges = planOf((q) => q.edges("depends_on", { where: { range: "1" } }).ids());
    assert.equal(edges[0], 'SEARCH e USING INDEX edges["depends_on"].range (graph_id=? AND <expr>=?)');
  });
}

test("scans follow an index in their order", (t) => {
  const { planOf } = openDependencies(t);
  assert.deepEqual(
    planOf((q) => q.nodes("package").keys()),
    [BY_TYPE],
  );
  assert.deepEqual(
    planOf((q) => q.nodes({ limit: 5 }).all()),
    ["SEARCH n USING INDEX nodes_graph_type (graph_id=?)"],
  );
  assert.ok(planOf((q) => [...q.nodes()]).includes(BY_TYPE));
  assert.ok(!planOf((q) => [...q.nodes()]).includes(SORT));
  const last = "USE TEMP B-TREE FOR LAST TERM OF ORDER BY"; // among parallel edges
  assert.deepEqual(
    planOf((q) => q.edges().ids()),
    ["SEARCH e USING INDEX edges_graph_source (graph_id=?)", last],
  );
  const from = planOf((q) => q.edges({ source: "a" }).ids());
  assert.deepEqual(from, ["SEARCH e USING INDEX edges_graph_source (graph_id=? AND source_node_key=?)", last]);
  const to = planOf((q) => q.edges({ target: "a" }).ids());
  assert.deepEqual(to, ["SEARCH e USING INDEX edges_graph_target (graph_id=? AND target_node_key=?)", last]);
});

test("questions about edges are answered in the two indexes alone", (t) => {
  const { planOf, context, reader } = openDependencies(t);
  assert.deepEqual(
    planOf((q) => q.neighbours("a", { direction: "out" }).keys()),
    [`SEARCH e ${OUT}`],
  );
  assert.deepEqual(
    planOf((q) => q.neighbours("b", { direction: "in", edgeTypes: ["depends_on"] }).keys()),
    [`SEARCH e ${IN}`],
  );
  const both = planOf((q) => q.neighbours("b").keys());
  assert.deepEqual(both, ["MERGE (UNION)", "LEFT", `SEARCH e ${OUT}`, "RIGHT", `SEARCH e ${IN}`]);
  const roots = planOf((q) => q.roots("package").keys());
  assert.deepEqual(roots, [BY_TYPE, "CORRELATED SCALAR SUBQUERY 1", `SEARCH e ${IN}`]);
  const keyed = "SCAN key VIRTUAL TABLE INDEX 1:";
  const step = [keyed, `SEARCH e ${OUT}`];
  assert.deepEqual(
    planOf((q) => q.descendants("a", { maxDepth: 1 }).keys()),
    step,
  );
  assert.deepEqual(
    planOf((q) => q.ancestors("b", { maxDepth: 1 }).keys()),
    [keyed, `SEARCH e ${IN}`],
  );
  for (const line of planOf((q) => q.degrees("a"))) assert.match(line, /COVERING INDEX|SCAN CONSTANT|SUBQUERY/);
  const probe = planOf(() => wouldCloseCycle(context, reader, "f", "e"));
  for (const line of probe) assert.match(line, /COVERING INDEX edges_graph_|SCAN CONSTANT|SUBQUERY|SCAN key/);
  const search = planOf(() => findCycle(context, reader));
  for (const line of search) assert.match(line, /COVERING INDEX|SCAN key|SUBQUERY/);
  const subgraph = planOf((q) => q.subgraph("a", { depth: 1, direction: "out" }));
  assert.ok(subgraph.includes("SEARCH e USING INDEX edges_graph_source (graph_id=? AND source_node_key=?)"));
});

test("edges without direction are looked for only where there can be some", (t) => {
  const { client, store } = openStore(t);
  for (const type of ["directed", "undirected", "mixed"] as const) {
    const module = randomModule({ type, multi: false, allowSelfLoops: false });
    store.register(module);
    const graph = store.createGraph(module, { name: type });
    graph.addNode("n", { key: "a", attributes: { rank: 1 } });
    const { planOf } = explained(client, graph);
    const plan = planOf((q) => q.descendants("a", { maxDepth: 1, includeStart: true }).keys());
    const ways = plan.filter((line) => line.includes("INDEX edges_graph_"));
    assert.equal(ways.length, type === "directed" ? 1 : 2);
    for (const line of ways) assert.match(line, /COVERING INDEX edges_graph_(source|target) \(graph_id=\? AND \w+=\?/);
  }
});

test("native call graphs are answered in the indexes of their tables", (t) => {
  const { client, store } = openStore(t);
  store.register(CallGraph);
  const graph = store.createGraph(CallGraph, { name: "calls", layout: "native" });
  const attributes = { operationId: "op", status: "pending", input: null } as const;
  graph.addNodes(["a", "b"].map((requestId) => ({ type: "call", attributes: { requestId, ...attributes } })));
  graph.addEdge("triggered", { source: "a", target: "b" });
  const { planOf } = explained(client, graph);
  const keyed = "SCAN key VIRTUAL TABLE INDEX 1:";
  const out = "USING COVERING INDEX call_edges_graph_source (graph_id=? AND source_request_id=?)";
  assert.deepEqual(
    planOf((q) => q.descendants("a", { maxDepth: 1 }).keys()),
    [keyed, `SEARCH e ${out}`],
  );
  assert.deepEqual(
    planOf((q) => q.neighbours("a", { direction: "out", edgeTypes: ["triggered"] }).keys()),
    [`SEARCH e ${out}`],
  );
  assert.deepEqual(
    planOf((q) => q.nodes("call", { where: { status: "pending" } }).keys()),
    ["SEARCH n USING INDEX call_nodes_graph_status (graph_id=? AND status=?)"],
  );
});
