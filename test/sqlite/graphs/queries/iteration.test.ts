import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../../../src/honker/mod.ts";
import { createGraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../../src/sqlite/mod.ts";
import { jsonBinding } from "../../../support/json-binding.ts";
import { type TestScope, temporaryPath } from "../../../support/temporary.ts";
import { openGraph } from "../fixture.ts";
import { randomModule } from "./random-graph.ts";

const module = randomModule({ type: "directed", multi: false, allowSelfLoops: false });
const COUNT = 1500; // several parts

/** A chain of `COUNT` nodes of both types. */
function openChain(t: TestScope) {
  const opened = openGraph(t, module);
  opened.graph.addNodes(chainNodes());
  opened.graph.addEdges(chainEdges());
  return opened;
}

const chainNodes = () =>
  Array.from({ length: COUNT }, (_, rank) => {
    return { type: rank % 2 === 0 ? "n" : "m", key: `k${rank}`, attributes: { rank } } as const;
  });
const chainEdges = () =>
  Array.from({ length: COUNT - 1 }, (_, i) => ({ type: "e", source: `k${i}`, target: `k${i + 1}` }) as const);

test("a loop sees one state, whatever it and others write meanwhile", (t) => {
  const { graph, client } = openChain(t);
  const loops = {
    nodes: graph.nodes(),
    filtered: graph.nodes("n", { where: { rank: { gte: 0 } } }),
    edges: graph.edges(),
    descendants: graph.descendants("k0"),
    neighbours: graph.neighbours("k5"),
    order: graph.topologicalOrder(),
  };
  for (const [name, query] of Object.entries(loops)) {
    const wanted = query.all();
    let index = 0;
    for (const one of query) {
      assert.deepEqual(one, wanted[index++]);
      if (index === 1) {
        graph.addNode("n", { key: `new ${name}`, attributes: { rank: 5 } });
        graph.addEdge("e", { source: "k0", target: `new ${name}` });
        graph.deleteNode(`k${COUNT - 10 - Object.keys(loops).indexOf(name)}`);
      }
    }
    assert.equal(index, wanted.length);
  }
  const other = open(client.path);
  t.after(() => other.close());
  let seen = 0;
  for (const _ of graph.nodes()) {
    if (seen++ === 0) other.run("DELETE FROM nodes WHERE key > 'k3'");
  }
  assert.ok(seen > COUNT - 10);
});

test("a loop that is left lets its state go", (t) => {
  const { graph, client } = openChain(t);
  for (const query of [graph.nodes(), graph.edges(), graph.descendants("k0"), graph.topologicalOrder()]) {
    for (const _ of query) break;
    const [first] = query as Iterable<unknown>;
    assert.ok(first !== undefined);
    assert.throws(() => {
      for (const _ of query) throw new Error("enough");
    }, /enough/);
  }
  for (const _ of graph.components()) break;
  graph.addNode("n", { key: "later", attributes: { rank: 0 } });
  const [busy] = client.values("PRAGMA wal_checkpoint(TRUNCATE)")[0]!;
  assert.equal(busy, 0, "no reader holds the log");
});

test("a question is answered anew each time", (t) => {
  const { graph } = openChain(t);
  const query = graph.nodes("n", { where: { rank: 8 } });
  assert.deepEqual(query.keys(), ["k8"]);
  graph.updateNode("n", { key: "k8", attributes: { rank: 9 } });
  assert.deepEqual(query.keys(), []);
  assert.deepEqual([...query], []);
});

test("in a transaction questions see what it wrote, and nobody else does before it commits", (t) => {
  const { graph, db } = openChain(t);
  db.transaction((tx) => {
    const inside = graph.in(tx);
    inside.addNode("n", { key: "new", attributes: { rank: -1 } });
    inside.addEdge("e", { source: "k7", target: "new" });
    assert.deepEqual(inside.nodes("n", { where: { rank: -1 } }).keys(), ["new"]);
    assert.deepEqual(inside.neighbours("new").keys(), ["k7"]);
    assert.equal(inside.ancestors("new").count(), 8);
    assert.equal(inside.shortestPath("k0", "new")?.length, 9);
    assert.equal(inside.degree("new"), 1);
    assert.deepEqual(
      inside.subgraph("new", { depth: 1 }).nodes.map(({ key }) => key),
      ["new", "k7"],
    );
    assert.equal(inside.topologicalOrder().count(), COUNT + 1);
    assert.equal([...inside.components()][0]!.length, COUNT + 1);
    assert.equal(inside.hasCycle(), false);
    assert.deepEqual(graph.nodes("n", { where: { rank: -1 } }).keys(), []);
    assert.equal(graph.descendants("k7").count(), COUNT - 8);
    assert.throws(() => graph.neighbours("new").keys(), { code: "NOT_FOUND" });
  });
  assert.deepEqual(graph.neighbours("new").keys(), ["k7"]);
});

test("a loop in a transaction ends, also if it adds a node or an edge each time", (t) => {
  const { graph, db } = openChain(t);
  db.transaction((tx) => {
    const inside = graph.in(tx);
    let nodes = 0;
    for (const { type, key } of inside.nodes())
      inside.addNode(type === "n" ? "m" : "n", { key: `${key}+`, attributes: { rank: nodes++ } });
    assert.equal(nodes, COUNT);
    let edges = 0;
    for (const { source } of inside.edges()) {
      inside.addEdge("e", { source: `${source}+`, target: source });
      edges++;
    }
    assert.equal(edges, COUNT - 1);
    let deleted = 0;
    for (const { key } of inside.nodes("n", { where: { rank: { lt: 40 } } })) {
      inside.deleteNode(key);
      inside.deleteNode(`${key}+`);
      deleted++;
    }
    assert.ok(deleted > 0);
    for (const { key } of inside.descendants("k900")) {
      if (!inside.hasNode(key)) continue; // read before it was deleted
      for (const next of inside.neighbours(key, { direction: "out" })) inside.deleteNode(next.key);
    }
  });
});

test("questions are answered through Honker's native binding as well", (t) => {
  const client = jsonBinding(open(temporaryPath(t)));
  t.after(() => client.close());
  const db = createTenantDatabase(client);
  const store = createGraphStore(db);
  store.register(module);
  const graph = store.createGraph(module, { name: "bound" });
  graph.addNodes(chainNodes().slice(0, 20));
  graph.addEdges(chainEdges().slice(0, 19));
  const filter = { rank: { in: [1, 3, 5], gte: 3 } };
  assert.deepEqual(graph.nodes("m", { where: filter, orderBy: { rank: "desc" }, limit: 5 }).keys(), ["k5", "k3"]);
  assert.deepEqual([...graph.nodes()], graph.nodes().all());
  assert.deepEqual([...graph.nodes("m", { where: filter })].length, 2);
  assert.deepEqual([...graph.edges()], graph.edges().all());
  assert.deepEqual(
    graph
      .neighbours("k4")
      .all()
      .map(({ key }) => key),
    ["k3", "k5"],
  );
  assert.equal(graph.neighbours("k4").count(), 2);
  assert.deepEqual(
    graph
      .descendants("k16")
      .all()
      .map(({ key, depth }) => [key, depth]),
    [
      ["k17", 1],
      ["k18", 2],
      ["k19", 3],
    ],
  );
  assert.equal(graph.shortestPath("k0", "k19")?.length, 20);
  assert.deepEqual(graph.degrees("k4"), { in: 1, out: 1, undirected: 0, total: 2 });
  assert.deepEqual(graph.roots().keys(), ["k0"]);
  assert.equal(graph.topologicalOrder().keys().at(-1), "k19");
  assert.equal([...graph.components()].length, 1);
  assert.equal(graph.subgraph("k4", { depth: 1 }).edges.length, 2);
  assert.equal(graph.findCycle(), undefined);
  db.transaction((tx) => {
    const inside = graph.in(tx);
    inside.addEdge("e", { source: "k19", target: "k0" });
    assert.equal(inside.findCycle()?.length, 20);
    assert.equal([...inside.edges()].length, 20);
  });
});
