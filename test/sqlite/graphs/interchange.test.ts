import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { defineGraph, type JsonObject, type SerializedGraph } from "../../../src/graphs/mod.ts";
import {
  createGraphStore,
  createTenantDatabase,
  exportDot,
  exportGraph,
  type GraphStore,
  importGraph,
} from "../../../src/sqlite/mod.ts";
import { Graph as Graphology } from "../../support/graphology.ts";
import { isNode } from "../../support/runtime.ts";
import { type TestScope, temporaryDatabase, temporaryPath } from "../../support/temporary.ts";

const Mixed = defineGraph({
  name: "mixed",
  version: 2,
  config: { type: "mixed", multi: true, allowSelfLoops: true },
  nodes: { thing: Type.Object({ n: Type.Optional(Type.Number()) }), other: Type.Object({}) },
  edges: { joins: { attributes: Type.Object({ w: Type.Optional(Type.String()) }) }, knows: {} },
});
const Plain = defineGraph({
  name: "plain",
  version: 1,
  config: { type: "undirected", multi: false, allowSelfLoops: false },
  nodes: { thing: Type.Object({ n: Type.Optional(Type.Number()) }) },
  edges: { joins: {} },
});

function storeOf(t: TestScope): GraphStore {
  const store = createGraphStore(createTenantDatabase(temporaryDatabase(t)));
  store.register(Mixed);
  store.register(Plain);
  return store;
}

function smallGraph(store: GraphStore) {
  const graph = store.createGraph(Mixed, {
    name: "small",
    description: "two",
    ownerId: "o1",
    metadata: { title: "T" },
  });
  graph.addNodes([
    { type: "thing", key: "b", attributes: { n: 1 }, metadata: { seen: [1] } },
    { type: "other", key: "a" },
  ]);
  graph.addEdge("joins", { key: "e", source: "b", target: "a", attributes: { w: "x" } });
  graph.addEdge("knows", { source: "a", target: "b", undirected: true });
  return graph;
}

function textOf(chunks: Iterable<string>): string {
  return [...chunks].join("");
}

/** An export with its nodes and edges by key: their order is no part of a graph. */
function inOrder({ nodes, edges, ...rest }: ReturnType<Graphology["export"]>) {
  const byKey = (a: { key?: string }, b: { key?: string }) => (String(a.key) < String(b.key) ? -1 : 1);
  return { ...rest, nodes: nodes.toSorted(byKey), edges: edges.toSorted(byKey) };
}

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
}

test("exportGraph() writes what graphology imports, with types and facts as attributes", (t) => {
  const graph = smallGraph(storeOf(t));
  const serialized = JSON.parse(textOf(exportGraph(graph))) as SerializedGraph;
  assert.deepEqual(serialized, {
    options: { type: "mixed", multi: true, allowSelfLoops: true },
    attributes: {
      "@graph": { graphType: "mixed", version: 2, name: "small", description: "two", status: "active", ownerId: "o1" },
      title: "T",
    },
    nodes: [
      { key: "a", attributes: { "@type": "other" } },
      { key: "b", attributes: { "@type": "thing", "@metadata": { seen: [1] }, n: 1 } },
    ],
    edges: [
      { source: "a", target: "b", attributes: { "@type": "knows" }, undirected: true },
      { key: "e", source: "b", target: "a", attributes: { "@type": "joins", w: "x" } },
    ],
  });
  const known = Graphology.from(serialized as never);
  assert.equal(known.getNodeAttribute("b", "@type"), "thing");
});

for (const [how, source] of [
  ["text that is there", (text: string) => text],
  ["chunks that come as they come", (text: string) => inChunks(text, 7)],
] as const) {
  test(`importGraph() makes an equal graph of an export, from ${how}`, async (t) => {
    const store = storeOf(t);
    const text = textOf(exportGraph(smallGraph(store)));
    const imported = await importGraph(store, Mixed, source(text), { ownerId: "o1" });
    assert.deepEqual([imported.nodes, imported.edges], [2, 2]);
    assert.equal(textOf(exportGraph(imported.graph)), text);
  });

  test(`importGraph() leaves no graph when something in ${how} is refused`, async (t) => {
    const store = storeOf(t);
    const text =
      '{"nodes":[{"key":"a"},{"key":"b"}],"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}';
    const options = { nodeType: "thing", edgeType: "joins" };
    await assert.rejects(importGraph(store, Mixed, source(text), options), { code: "NOT_FOUND" });
    await assert.rejects(importGraph(store, Mixed, source(text.slice(0, -9)), options), { code: "INVALID_GRAPH" });
    assert.deepEqual(store.listGraphs(), []);
  });
}

test("what graphology exports is imported and exported again without loss", async (t) => {
  const store = storeOf(t);
  const node = fc.record({ key: fc.string({ minLength: 1, maxLength: 5 }), n: fc.option(fc.integer()) });
  const edge = fc.record({ from: fc.nat(), to: fc.nat(), key: fc.option(fc.uuid()), undirected: fc.boolean() });
  const graphs = fc.tuple(fc.uniqueArray(node, { selector: ({ key }) => key, minLength: 1 }), fc.array(edge));
  await fc.assert(
    fc.asyncProperty(graphs, async ([nodes, edges]) => {
      const known = new Graphology({ type: "mixed", multi: true, allowSelfLoops: true });
      known.setAttribute("title", "from outside");
      for (const { key, n } of nodes) known.addNode(key, n === null ? {} : { n });
      for (const { from, to, key, undirected } of edges) {
        const [source, target] = [nodes[from % nodes.length]!.key, nodes[to % nodes.length]!.key];
        const attributes = { w: key ?? "none" };
        if (undirected) known.addUndirectedEdgeWithKey(`k${known.size}`, source, target, attributes);
        else known.addDirectedEdgeWithKey(`k${known.size}`, source, target, attributes);
      }
      const options = { nodeType: "thing", edgeType: "joins" };
      const { graph } = await importGraph(store, Mixed, JSON.stringify(known.export()), options);
      const back = JSON.parse(textOf(exportGraph(graph))) as SerializedGraph;
      graph.delete();
      const again = Graphology.from(back as never);
      again.removeAttribute("@graph");
      again.updateEachNodeAttributes((_, { "@type": _type, ...attributes }) => attributes);
      again.updateEachEdgeAttributes((_, { "@type": _type, ...attributes }) => attributes);
      assert.deepEqual(inOrder(again.export()), inOrder(known.export()));
    }),
    { numRuns: 60 },
  );
});

test("importGraph() gives the only type to what does not say one, and an undirected graph undirected edges", async (t) => {
  const store = storeOf(t);
  const text =
    '{"options":{"type":"undirected"},"nodes":[{"key":"a"},{"key":"b"}],"edges":[{"source":"a","target":"b"}]}';
  const { graph } = await importGraph(store, Plain, text, { name: "n", status: "archived" });
  assert.deepEqual(
    [...graph.edges()].map(({ type, undirected }) => [type, undirected]),
    [["joins", true]],
  );
  assert.deepEqual([graph.info().name, graph.info().status], ["n", "archived"]);
});

test("importGraph() refuses what it can't make a graph of the type of, by the reason", async (t) => {
  const store = storeOf(t);
  const refused = (text: string, message: RegExp) =>
    assert.rejects(importGraph(store, Mixed, text), { code: "INVALID_GRAPH", message });
  await refused('{"nodes":[{"key":"a"}]}', /the type of "a" must be said by the text or by nodeType/);
  await refused('{"nodes":[{"key":"a","attributes":{"@type":"gone"}}]}', /its type must be one of thing, other/);
  const facts = { "@graph": { graphType: "mixed", version: 1 } } satisfies JsonObject;
  await refused(JSON.stringify({ attributes: facts }), /a graph of type "mixed" version 2 is wanted/);
  const late = `{"nodes":[{"key":"a","attributes":{"@type":"thing"}}],
    "edges":[{"source":"a","target":"a","attributes":{"@type":"joins"}}],"options":{"type":"undirected"}}`;
  await refused(late, /the options of an undirected graph before its edges/);
  assert.throws(() => exportGraph(smallGraph(store), { typeAtribute: "t" } as never), /did you mean "typeAttribute"/);
  await assert.rejects(importGraph(store, Mixed, "{}", { nam: "x" } as never), TypeError);
  assert.equal(store.listGraphs().length, 1);
});

test("importGraph() takes no owner, project and status from the text", async (t) => {
  const store = storeOf(t);
  const facts = { graphType: "mixed", version: 2, ownerId: "admin", projectId: "secret", status: "archived" };
  const { graph } = await importGraph(store, Mixed, JSON.stringify({ attributes: { "@graph": facts } }));
  const { ownerId, projectId, status } = graph.info();
  assert.deepEqual([ownerId, projectId, status], [null, null, "active"]);
});

test("importGraph() ends with the reason of its signal, and leaves no graph", async (t) => {
  const store = storeOf(t);
  const controller = new AbortController();
  const text = textOf(exportGraph(smallGraph(store)));
  async function* chunks() {
    yield text.slice(0, 400);
    controller.abort(new Error("enough"));
    yield text.slice(400);
  }
  await assert.rejects(importGraph(store, Mixed, chunks(), { signal: controller.signal }), { message: "enough" });
  assert.equal(store.listGraphs().length, 1);
});

test("importGraph() tells why its source failed, whatever else fails then", async (t) => {
  const client = temporaryDatabase(t);
  const store = createGraphStore(createTenantDatabase(client));
  store.register(Mixed);
  async function* chunks() {
    yield '{"nodes":[';
    client.close();
    throw new Error("net");
  }
  await assert.rejects(importGraph(store, Mixed, chunks()), { message: "net" });
});

test("an export is of one state, whatever is written while it is taken", (t) => {
  const store = storeOf(t);
  const graph = store.createGraph(Mixed, { name: "big" });
  graph.addNodes(
    Array.from({ length: 5000 }, (_, i) => ({ type: "thing", key: `n${i}`, attributes: { n: i } }) as const),
  );
  const chunks = exportGraph(graph);
  const first = chunks.next().value as string;
  graph.deleteNodes(["n4999"]);
  graph.addNode("other", { key: "late" });
  const { nodes } = JSON.parse(first + textOf(chunks)) as { nodes: { key: string }[] };
  assert.equal(nodes.length, 5000);
  assert.ok(nodes.some(({ key }) => key === "n4999"));
});

test("an export inside a transaction sees what it wrote", (t) => {
  const db = createTenantDatabase(temporaryDatabase(t));
  const store = createGraphStore(db);
  store.register(Mixed);
  const graph = smallGraph(store);
  db.transaction((tx) => {
    graph.in(tx).addNode("other", { key: "new" });
    assert.match(textOf(exportGraph(graph.in(tx))), /"new"/);
    assert.doesNotMatch(textOf(exportGraph(graph)), /"new"/);
  });
});

test("exportDot() draws a graph by functions that see the types", (t) => {
  const graph = smallGraph(storeOf(t));
  const text = textOf(
    exportDot(graph, { name: "g", edge: ({ attributes }) => ({ label: `${attributes?.["@type"]}` }) }),
  );
  assert.match(text, /^digraph "?g"? \{/);
  assert.match(text, /label="?joins"?/);
  assert.match(text, /dir="?none"?/);
});

const HEAP_MIB = 64;

test("a graph whose text is larger than the heap goes in, out, and in again", {
  skip: isNode ? false : "only Node can be given a heap of a certain size",
}, async (t) => {
  const script = fileURLToPath(new URL("child/large-graph.ts", import.meta.url));
  const flags = ["--experimental-strip-types", "--no-warnings", `--max-old-space-size=${HEAP_MIB}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, temporaryPath(t)]);
  const { nodes, edges, characters } = JSON.parse(stdout) as Record<string, number>;
  assert.deepEqual({ nodes, edges }, { nodes: 80_000, edges: 8_000 });
  assert.ok(characters! > HEAP_MIB * 2 ** 20, `${characters} characters`);
});
