import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import type { SerializedGraph } from "../../../src/graphs/interchange/serialized-graph.ts";
import { writeSerializedGraph } from "../../../src/graphs/interchange/write-graph.ts";
import { Graph } from "../../support/graphology.ts";
import { ALL_OPTIONS, randomGraph } from "./random-graphs.ts";

const RUNS = 60;
const some = { nodes: [{ key: "a" }, { key: "b" }], edges: [] };

for (const options of ALL_OPTIONS) {
  test(`writeSerializedGraph() writes what graphology exports of a graph with ${JSON.stringify(options)}`, () => {
    fc.assert(
      fc.property(randomGraph(options), (graph) => {
        const text = write(graph.export());
        assert.equal(text, JSON.stringify(inOrder(graph.export())));
        assert.deepEqual(Graph.from(JSON.parse(text)).export(), graph.export());
      }),
      { numRuns: RUNS },
    );
  });
}

test("writeSerializedGraph() fills in graphology's options and no attributes", () => {
  const { options, attributes } = new Graph().export();
  assert.deepEqual(JSON.parse(write(some)), { options, attributes, ...some });
});

test("writeSerializedGraph() leaves out what graphology does not know or does not write", () => {
  const options = { type: "undirected", multi: true, allowSelfLoops: false, acyclic: false } as const;
  const nodes = [{ key: "a", attributes: {}, type: "package" }];
  const edges = [{ key: "e", source: "a", target: "a", attributes: {}, undirected: true, type: "depends_on" }];
  assert.deepEqual(JSON.parse(write({ options, attributes: {}, nodes, edges })), {
    options: { type: "undirected", multi: true, allowSelfLoops: false },
    attributes: {},
    nodes: [{ key: "a" }],
    edges: [{ key: "e", source: "a", target: "a" }],
  });
});

test("writeSerializedGraph() takes a node only when the text before is taken, and chunks have a bound", () => {
  let taken = 0;
  const key = "k".repeat(100);
  function* nodes() {
    for (; taken < 10_000; taken++) yield { key };
  }
  let chunks = 0;
  let length = 0;
  for (const chunk of writeSerializedGraph({ nodes: nodes(), edges: [] })) {
    assert.ok(chunk.length < 64 * 1024 + 200, `a chunk of ${chunk.length}`);
    chunks++;
    length += chunk.length;
    assert.ok(taken * key.length < length + 200, `${taken} nodes taken for ${length} characters`);
  }
  assert.equal(taken, 10_000);
  assert.ok(chunks > 10 && chunks < 30, `${chunks} chunks`);
});

test("writeSerializedGraph() ends the iteration of nodes when nobody wants more text", () => {
  let ended = false;
  function* nodes() {
    try {
      for (;;) yield { key: "k".repeat(1000) };
    } finally {
      ended = true;
    }
  }
  for (const _ of writeSerializedGraph({ nodes: nodes(), edges: [] })) break;
  assert.ok(ended);
});

test("writeSerializedGraph() refuses what would not come back as it went", () => {
  const refused: [place: string, wanted: string, received: string, graph: unknown][] = [
    [
      "options.type",
      "directed, undirected or mixed",
      "a string of 4 characters",
      { ...some, options: { type: "both" } },
    ],
    ["options.multi", "true or false", "null", { ...some, options: { multi: null } }],
    ["options.allowSelfLoops", "true or false", "an integer", { ...some, options: { allowSelfLoops: 1 } }],
    ["attributes", "an object", "an array of 0", { ...some, attributes: [] }],
    ["attributes.when", "a plain object", "an instance of Date", { ...some, attributes: { when: new Date(0) } }],
    ["nodes[0]", "an object", "null", { nodes: [null], edges: [] }],
    ["nodes[1].key", "text", "an integer", { nodes: [{ key: "a" }, { key: 1 }], edges: [] }],
    ["nodes[0].attributes", "an object", "null", { nodes: [{ key: "a", attributes: null }], edges: [] }],
    ["nodes[0].attributes.a[1]", "a JSON value", "undefined", node({ a: [1, undefined] })],
    ["nodes[0].attributes.a", "a finite number, and no negative zero", "NaN", node({ a: Number.NaN })],
    ["nodes[0].attributes", "no member __proto__", "one", node({ a: [JSON.parse('{"__proto__":1}')] })],
    ["edges[0]", "an object", "a string of 1 characters", { ...some, edges: ["e"] }],
    ["edges[0].key", "text", "null", edge({ key: null })],
    ["edges[0].source", "text", "undefined", edge({ source: undefined })],
    ["edges[0].target", "text", "undefined", edge({ target: undefined })],
    ["edges[0].attributes", "an object", "an array of 0", edge({ attributes: [] })],
    ["edges[0].attributes.x", "a JSON value", "a bigint", edge({ attributes: { x: 1n } })],
    ["edges[0].undirected", "true or false", "an integer", edge({ undirected: 1 })],
    ["edges[0]", "an edge of a graph that is directed", "undirected", edge({ undirected: true }, "directed")],
    ["edges[0]", "an edge of a graph that is undirected", "directed", edge({ undirected: false }, "undirected")],
  ];
  for (const [place, wanted, received, graph] of refused) {
    assert.throws(() => write(graph as SerializedGraph), {
      code: "INVALID_GRAPH",
      message: `Cannot write a graph: ${wanted} is wanted at ${place}: received ${received}`,
      details: { rule: "format", place, wanted, received },
    });
  }
});

function node(attributes: unknown) {
  return { nodes: [{ key: "a", attributes }], edges: [] };
}

function edge(members: object, type = "mixed") {
  return { ...some, options: { type }, edges: [{ source: "a", target: "b", ...members }] };
}

function write(graph: SerializedGraph): string {
  return [...writeSerializedGraph(graph)].join("");
}

/** graphology adds the attributes of an edge after its ends, and exports options first. */
function inOrder({ options, attributes, nodes, edges }: ReturnType<Graph["export"]>) {
  return { options, attributes, nodes, edges };
}
