import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { CallGraph, defineGraph } from "../../../../src/graphs/mod.ts";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import { openGraph } from "../fixture.ts";

const Typed = defineGraph({
  name: "typed",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: {
    package: Type.Object({
      license: Type.Union([Type.Literal("MIT"), Type.Literal("ISC")]),
      stats: Type.Optional(Type.Object({ size: Type.Integer(), "a.b": Type.Optional(Type.Boolean()) })),
      tags: Type.Array(Type.String()),
      anything: Type.Optional(Type.Unknown()),
    }),
    person: Type.Object({ name: Type.String() }),
  },
  edges: { depends_on: { attributes: Type.Object({ range: Type.String() }) }, knows: {} },
});

/** Runs nothing: what it holds is for the compiler. */
function typesOnly(graph: Graph<typeof Typed>, anyGraph: Graph, calls: Graph<typeof CallGraph>): void {
  const packages = graph.nodes("package", {
    where: {
      license: "MIT",
      "stats.size": { gte: 10, lt: 20, in: [11, 12], isNull: false },
      'stats."a.b"': true,
      tags: { contains: "new" },
      anything: { ne: 5 },
      OR: [{ license: { eq: "ISC", like: "%", gt: "A" } }, { NOT: { stats: null } }],
    },
    orderBy: { "stats.size": "desc", license: "asc" },
  });
  packages.all()[0]!.attributes.license satisfies "MIT" | "ISC";
  packages.first()!.type satisfies "package";
  for (const node of graph.nodes()) if (node.type === "person") node.attributes.name satisfies string;
  graph.nodes({ where: { name: "ann", "stats.size": 5 } });
  graph.edges("depends_on", { where: { range: { like: "^%" } } }).first()!.attributes.range satisfies string;
  graph.neighbours("a", { types: ["person"], where: { name: "ann" } }).all()[0]!.attributes.name satisfies string;
  graph.descendants("a", { edgeTypes: ["depends_on"] }).all()[0]!.depth satisfies number;
  graph.subgraph("a", { depth: 2 }).edges[0]!.source satisfies string;
  graph.roots("person", { where: { name: "ann" }, edgeTypes: ["knows"] }).first()!.attributes.name satisfies string;
  calls.nodes("call", { where: { status: { in: ["pending", "running"] }, "error.code": "E", startedAt: { gt: 5 } } });
  anyGraph.nodes("whatever", { where: { any: { gt: 5 }, NOT: { other: null }, AND: [{ a: "x" }] } }).keys();
  anyGraph.neighbours("a", { types: ["whatever"], edgeTypes: ["some"], where: { any: 1 } });

  // @ts-expect-error no such type
  graph.nodes("packages");
  // @ts-expect-error no such attribute
  graph.nodes("package", { where: { licens: "MIT" } });
  // @ts-expect-error the attribute of another type
  graph.nodes("package", { where: { name: "ann" } });
  // @ts-expect-error no such value
  graph.nodes("package", { where: { license: "GPL" } });
  // @ts-expect-error a number is wanted
  graph.nodes("package", { where: { "stats.size": "10" } });
  // @ts-expect-error no such operator
  graph.nodes("package", { where: { license: { equals: "MIT" } } });
  // @ts-expect-error a number is like nothing
  graph.nodes("package", { where: { "stats.size": { like: "1%" } } });
  // @ts-expect-error only arrays contain something
  graph.nodes("package", { where: { license: { contains: "M" } } });
  // @ts-expect-error the elements are text
  graph.nodes("package", { where: { tags: { contains: 5 } } });
  // @ts-expect-error true has no order
  graph.nodes("package", { where: { 'stats."a.b"': { gt: false } } });
  // @ts-expect-error inside of OR as well
  graph.nodes("package", { where: { OR: [{ licens: "MIT" }] } });
  // @ts-expect-error inside of NOT as well
  graph.nodes("package", { where: { NOT: { "stats.sizes": 1 } } });
  // @ts-expect-error no such order
  graph.nodes("package", { orderBy: { license: "up" } });
  // @ts-expect-error no such path
  graph.nodes("package", { orderBy: { "stats.nothing": "asc" } });
  // @ts-expect-error no such edge type
  graph.descendants("a", { edgeTypes: ["uses"] });
  // @ts-expect-error not of these types
  graph.neighbours("a", { types: ["person"], where: { license: "MIT" } });
  // @ts-expect-error no attributes
  graph.edges("knows", { where: { range: "1" } });
  // @ts-expect-error how far is not said
  graph.subgraph("a", {});
}

test("the types of questions let the right ones through at run time, too", (t) => {
  const { graph, store } = openGraph(t, Typed);
  store.register(CallGraph);
  const calls = store.createGraph(CallGraph, { name: "calls" });
  assert.ok(typesOnly.length === 3 && calls.id !== graph.id);
  graph.addNode("package", {
    key: "a",
    attributes: { license: "MIT", tags: ["new"], stats: { size: 11, "a.b": true } },
  });
  const where = { 'stats."a.b"': true, "stats.size": { gte: 10 }, tags: { contains: "new" } } as const;
  assert.deepEqual(graph.nodes("package", { where }).keys(), ["a"]);
  assert.deepEqual(store.graph(graph.id).nodes("package", { where }).keys(), ["a"]);
});
