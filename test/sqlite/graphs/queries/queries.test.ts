import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestScope } from "../../../support/temporary.ts";
import { Dependencies, openGraph, openStore, ruled } from "../fixture.ts";
import { randomModule } from "./random-graph.ts";

/** A graph of packages, in which everything leads from `app` to `base`, and of the person `ann`. */
function openPackages(t: TestScope) {
  const opened = openGraph(t, Dependencies);
  const { graph } = opened;
  const sizes = { util: 3, app: 9, lib: 3, base: undefined };
  for (const [key, size] of Object.entries(sizes)) {
    const attributes = { license: key === "app" ? "ISC" : "MIT", ...(size === undefined ? {} : { size }) };
    graph.addNode("package", { key, attributes });
  }
  graph.addNode("person", { key: "ann" });
  for (const [source, target] of [
    ["app", "util"],
    ["app", "lib"],
    ["lib", "util"],
    ["util", "base"],
  ] as const) {
    graph.addEdge("depends_on", {
      source,
      target,
      key: `${source}-${target}`,
      attributes: { range: `^${target.length}` },
    });
  }
  graph.addEdge("maintains", { source: "ann", target: "app" });
  return opened;
}

const keysOf = (nodes: Iterable<{ readonly key: string | null }>) => Array.from(nodes, ({ key }) => key);

test("nodes() come by type, and in a type in the order in which they were added", (t) => {
  const { graph } = openPackages(t);
  const wanted = ["util", "app", "lib", "base", "ann"];
  assert.deepEqual(graph.nodes().keys(), wanted);
  assert.deepEqual(keysOf(graph.nodes().all()), wanted);
  assert.deepEqual(keysOf(graph.nodes()), wanted);
  assert.equal(graph.nodes().count(), 5);
  assert.deepEqual(graph.nodes("person").keys(), ["ann"]);
  assert.deepEqual(graph.nodes("package").first(), graph.getNode("util"));
  assert.equal(graph.nodes("package", { where: { size: 77 } }).first(), undefined);
  assert.deepEqual(graph.nodes({ where: { name: null } }).keys(), wanted);
});

test("nodes() give the first so many behind an offset, in their order", (t) => {
  const { graph } = openPackages(t);
  assert.deepEqual(graph.nodes({ limit: 3, offset: 3 }).keys(), ["base", "ann"]);
  assert.deepEqual(keysOf(graph.nodes({ limit: 2, offset: 1 })), ["app", "lib"]);
  assert.deepEqual(keysOf(graph.nodes({ limit: 4 })), ["util", "app", "lib", "base"]);
  assert.equal(graph.nodes({ limit: 2, offset: 4 }).count(), 1);
  assert.equal(graph.nodes({ limit: 2 }).count(), 2);
  assert.deepEqual(graph.nodes({ limit: 0 }).all(), []);
  assert.deepEqual([...graph.nodes({ limit: 0 })], []);
  assert.equal(graph.nodes({ limit: 0 }).first(), undefined);
});

test("nodes() come in the order of their attributes, absent ones first, equal ones as they were added", (t) => {
  const { graph } = openPackages(t);
  const bySize = graph.nodes("package", { orderBy: { size: "asc" } });
  assert.deepEqual(bySize.keys(), ["base", "util", "lib", "app"]);
  assert.deepEqual(keysOf(bySize), bySize.keys());
  const down = graph.nodes("package", { orderBy: { size: "desc" }, limit: 3 });
  assert.deepEqual(down.keys(), ["app", "lib", "util"]);
  assert.deepEqual(keysOf(down), ["app", "lib", "util"]);
  const byBoth = graph.nodes("package", { orderBy: { license: "desc", size: "asc" } });
  assert.deepEqual(byBoth.keys(), ["base", "util", "lib", "app"]);
  assert.deepEqual(graph.nodes("package", { orderBy: {} }).keys(), graph.nodes("package").keys());
});

test("edges() come by their ends, and pass by type, ends and attributes", (t) => {
  const { graph } = openPackages(t);
  const wanted = [null, "app-lib", "app-util", "lib-util", "util-base"];
  assert.deepEqual(keysOf(graph.edges().all()), wanted);
  assert.deepEqual(keysOf(graph.edges()), wanted);
  assert.deepEqual(keysOf(graph.edges("depends_on", { limit: 2, offset: 1 }).all()), ["app-util", "lib-util"]);
  assert.deepEqual(keysOf(graph.edges("depends_on", { where: { range: "^4" } })), [
    "app-util",
    "lib-util",
    "util-base",
  ]);
  assert.deepEqual(keysOf(graph.edges("depends_on", { orderBy: { range: "asc" } })).at(0), "app-lib");
  assert.deepEqual(keysOf(graph.edges({ source: "app" })), ["app-lib", "app-util"]);
  assert.deepEqual(keysOf(graph.edges("depends_on", { target: "util" })), ["app-util", "lib-util"]);
  assert.deepEqual(graph.edges({ source: "app", target: "lib" }).all(), [graph.getEdge("app-lib")]);
  assert.deepEqual(graph.edges({ source: "lib" }).ids(), [graph.getEdge("lib-util")!.id]);
  assert.equal(graph.edges().count(), 5);
  assert.equal(graph.edges("maintains").first()?.source, "ann");
});

test("neighbours() pass by their types and attributes", (t) => {
  const { graph } = openPackages(t);
  assert.deepEqual(graph.neighbours("app").keys(), ["ann", "lib", "util"]);
  assert.deepEqual(graph.neighbours("app", { types: ["person"] }).keys(), ["ann"]);
  const small = graph.neighbours("app", { types: ["package"], where: { size: 3 }, limit: 1 });
  assert.deepEqual(small.all(), [graph.getNode("lib")]);
  assert.equal(small.count(), 1);
  assert.deepEqual(graph.neighbours("app", { limit: 2 }).keys(), ["ann", "lib"]);
  assert.equal(graph.neighbours("app", { limit: 2 }).count(), 2);
  assert.deepEqual(keysOf(graph.neighbours("app", { limit: 2 })), ["ann", "lib"]);
});

test("a walk gives the nearest within its limit, and a lineage the farthest first", (t) => {
  const { graph } = openPackages(t);
  const near = graph.descendants("app", { limit: 2 });
  assert.deepEqual(near.keys().sort(), ["lib", "util"]);
  assert.equal(near.count(), 2);
  assert.equal(keysOf(near).length, 2);
  assert.deepEqual(graph.descendants("app", { limit: 0 }).keys(), []);
  assert.equal(graph.descendants("app", { limit: 0, includeStart: true }).count(), 0);
  assert.deepEqual(graph.descendants("app", { limit: 1, includeStart: true }).keys(), ["app"]);
  assert.equal(graph.descendants("app").first()?.depth, 1);
  assert.deepEqual(
    graph
      .lineage("lib")
      .all()
      .map(({ key, depth }) => [key, depth]),
    [
      ["ann", 2],
      ["app", 1],
      ["lib", 0],
    ],
  );
  assert.equal(graph.lineage("lib").first()?.key, "ann");
  assert.deepEqual(graph.ancestors("base", { edgeTypes: ["maintains"] }).keys(), []);
});

test("topologicalOrder() tells of a cycle by its nodes, once all before it was given", (t) => {
  const { graph } = openGraph(t, ruled({}));
  for (const key of ["root", "a", "b", "c", "behind"]) graph.addNode("n", { key });
  for (const [source, target] of ["root a", "a b", "b c", "c a", "c behind"].map((edge) => edge.split(" "))) {
    graph.addEdge("e", { source: source!, target: target! });
  }
  const order = graph.topologicalOrder();
  const message =
    /Cannot put nodes into topological order: no edges may form a cycle: received a cycle of 3: "[abc]" → /;
  const details = { graphType: "ruled", version: 1, rule: "acyclic" };
  assert.throws(
    () => order.all(),
    (error: Error & { code?: string; details?: object }) => {
      assert.match(error.message, message);
      assert.equal(error.code, "INVALID_GRAPH");
      assert.deepEqual({ ...error.details, received: 0 }, { ...details, received: 0 });
      return true;
    },
  );
  assert.throws(() => order.count(), { code: "INVALID_GRAPH" });
  assert.deepEqual(graph.topologicalOrder({ limit: 1 }).keys(), ["root"]);
  const seen: string[] = [];
  assert.throws(() => {
    for (const { key } of order) seen.push(key);
  }, message);
  assert.deepEqual(seen, ["root"]);
  assert.equal(graph.findCycle()?.length, 3);
});

test("a question about a node that is not there throws NOT_FOUND when it is read", (t) => {
  const { graph } = openPackages(t);
  const questions = [
    graph.neighbours("nobody"),
    graph.neighbours("nobody", { types: ["package"] }),
    graph.descendants("nobody"),
    graph.ancestors("nobody", { includeStart: true }),
    graph.lineage("nobody"),
    graph.componentOf("nobody"),
  ];
  for (const question of questions) {
    for (const read of ["keys", "all", "first", "count"] as const) {
      assert.throws(() => question[read](), { code: "NOT_FOUND", message: /there is no node "nobody"$/ });
    }
    assert.throws(() => [...question], { code: "NOT_FOUND" });
  }
  assert.throws(() => graph.degree("nobody"), { code: "NOT_FOUND" });
  assert.throws(() => graph.degrees("nobody"), { code: "NOT_FOUND" });
  assert.throws(() => graph.subgraph("nobody", { depth: 2 }), { code: "NOT_FOUND" });
  assert.throws(() => graph.shortestPath("app", "nobody"), { code: "NOT_FOUND" });
  assert.throws(() => graph.shortestPath("nobody", "nobody"), { code: "NOT_FOUND" });
  graph.delete();
  assert.deepEqual(graph.nodes().all(), []);
  assert.deepEqual([...graph.components()], []);
});

test("graphs of one file keep to themselves", (t) => {
  const { store, graph } = openPackages(t);
  const other = store.createGraph(Dependencies, { name: "other" });
  other.addNode("package", { key: "app", attributes: { license: "X" } });
  assert.deepEqual(other.nodes().keys(), ["app"]);
  assert.deepEqual(other.neighbours("app").keys(), []);
  assert.equal(other.degree("app"), 0);
  assert.deepEqual(other.descendants("app").keys(), []);
  assert.deepEqual([...other.components()], [["app"]]);
  assert.deepEqual(other.edges().all(), []);
  assert.equal(graph.nodes("package", { where: { license: "X" } }).count(), 0);
});

test("cycles, self loops and parallel edges do not hold up a walk", (t) => {
  const { store } = openStore(t);
  const module = randomModule({ type: "mixed", multi: true, allowSelfLoops: true });
  store.register(module);
  const graph = store.createGraph(module, { name: "knots" });
  const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
  graph.addNodes(keys.map((key, rank) => ({ type: "n", key, attributes: { rank } })));
  graph.addEdges(
    keys.flatMap((source, i) =>
      [0, 1, 1, 7, 59].map((by) => {
        return { type: "e", source, target: keys[(i + by) % 60]!, undirected: by === 7 } as const;
      }),
    ),
  );
  assert.equal(graph.descendants("k0").count(), 59);
  assert.equal(graph.descendants("k0", { maxDepth: 1_000_000 }).count(), 59);
  assert.equal(graph.lineage("k0").count(), 60);
  assert.equal([...graph.components()].length, 1);
  assert.ok(graph.shortestPath("k0", "k30")!.length <= 10);
  assert.ok(graph.hasCycle());
});

test("an array of more than 100 000 rows is refused, unless a limit allows it; a loop goes through all", (t) => {
  const { store } = openStore(t);
  const module = randomModule({ type: "directed", multi: false, allowSelfLoops: false });
  store.register(module);
  const graph = store.createGraph(module, { name: "large" });
  const count = 100_001;
  graph.import({
    nodes: Array.from({ length: count }, (_, rank) => ({ type: "n", key: `n${rank}`, attributes: { rank } }) as const),
    edges: Array.from({ length: count }, (_, i) => {
      return { type: "e", source: i === 0 ? "n1" : "n0", target: i === 0 ? "n2" : `n${i}` } as const;
    }),
  });
  const refusal = {
    code: "RESULT_TOO_LARGE",
    message:
      "Cannot read a result into memory: at most 100000 rows are wanted: received more: pass a limit, or iterate",
    details: { most: 100_000 },
  };
  const queries = [graph.nodes(), graph.descendants("n0", { includeStart: true }), graph.topologicalOrder()];
  for (const query of queries) {
    assert.throws(() => query.keys(), refusal);
    assert.throws(() => query.all(), refusal);
    assert.equal(query.count(), count);
    let seen = 0;
    for (const _ of query) seen++;
    assert.equal(seen, count);
  }
  assert.throws(() => graph.edges().ids(), refusal);
  assert.equal(graph.nodes({ limit: count }).keys().length, count);
  assert.equal(graph.neighbours("n0").keys().length, 100_000);
  const tooDeep = { code: "RESULT_TOO_LARGE", message: /pass a smaller depth$/ };
  assert.throws(() => graph.subgraph("n0", { depth: 1 }), tooDeep);
});
