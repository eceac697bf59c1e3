import assert from "node:assert/strict";
import { test } from "node:test";
import type { EdgePlace } from "../../../../src/sqlite/mod.ts";
import type { TestScope } from "../../../support/temporary.ts";
import { Dependencies, openGraph, openStore } from "../fixture.ts";

function openPackages(t: TestScope) {
  const { graph } = openGraph(t, Dependencies);
  for (const key of ["d", "b", "", "a", "c"]) graph.addNode("package", { key, attributes: { license: "MIT" } });
  graph.addNode("person", { key: "bob" });
  const ends = ["ab", "ac", "bc", "bd", "cd"].map(([source, target]) => ({ source: source!, target: target! }));
  for (const one of ends) graph.addEdge("depends_on", { ...one, attributes: { range: "*" } });
  return graph;
}

test("nodes() behind a key come in the order of keys, of one type or all, with a filter too", (t) => {
  const graph = openPackages(t);
  assert.deepEqual(graph.nodes({ after: null }).keys(), ["", "a", "b", "bob", "c", "d"]);
  assert.deepEqual(graph.nodes({ after: "b", limit: 2 }).keys(), ["bob", "c"]);
  assert.deepEqual(graph.nodes("package", { after: "b", where: { license: "MIT" } }).keys(), ["c", "d"]);
  assert.deepEqual(
    Array.from(graph.nodes({ after: "b" }), ({ key }) => key),
    ["bob", "c", "d"],
  );
  assert.equal(graph.nodes({ after: "d" }).count(), 0);
});

test("edges() behind a place come in the order of the keys of their ends", (t) => {
  const graph = openPackages(t);
  const found: string[] = [];
  let after: EdgePlace | null = null;
  for (;;) {
    const page: (EdgePlace & { readonly key: string | null })[] = graph.edges({ after, limit: 2 }).all();
    found.push(...page.map(({ source, target }) => source + target));
    if (page.length < 2) break;
    after = page.at(-1)!;
  }
  assert.deepEqual(found, ["ab", "ac", "bc", "bd", "cd"]);
  assert.equal(graph.edges({ source: "b", after: null }).count(), 2);
});

test("listGraphs() goes on behind a graph", (t) => {
  const { store } = openStore(t);
  store.register(Dependencies);
  const ids = ["x", "y", "z"].map((name) => store.createGraph(Dependencies, { name }).id);
  assert.deepEqual(
    store.listGraphs({ after: ids[0]! }).map(({ id }) => id),
    ids.slice(1),
  );
});

test("after is refused when it is no place, or there is another order", (t) => {
  const graph = openPackages(t);
  assert.throws(() => graph.nodes({ after: 1 as never }), /after must be what comes before the page, or null/);
  assert.throws(() => graph.edges({ after: "x" as never }), /after must be what comes before the page, or null/);
  assert.throws(() => graph.edges({ after: { source: "a" } as never }), /after.target must be text/);
  assert.throws(() => graph.nodes("package", { after: null, orderBy: { license: "asc" } }), /received orderBy/);
  assert.throws(() => openStore(t).store.listGraphs({ after: 1 as never }), /the after must be Unicode text/);
});

test("updatedAt of a node and an edge rises with each change, however soon", (t) => {
  const graph = openPackages(t);
  const [edge] = graph.edges().all();
  let last = { node: graph.getNode("a")!.updatedAt, edge: edge!.updatedAt };
  for (const license of ["A", "B", "C", "D"]) {
    graph.updateNode("package", { key: "a", attributes: { license } });
    graph.updateEdge("depends_on", { edge: { id: edge!.id }, attributes: { range: license } });
    const now = { node: graph.getNode("a")!.updatedAt, edge: graph.getEdge({ id: edge!.id })!.updatedAt };
    assert.ok(now.node > last.node && now.edge > last.edge);
    last = now;
  }
});
