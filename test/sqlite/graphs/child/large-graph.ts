/**
 * Takes a graph whose text is larger than the memory of this process into the file that it is given, out, and in again.
 *
 * @module
 */
import { Type } from "@sinclair/typebox";
import { defineGraph, writeSerializedGraph } from "../../../../src/graphs/mod.ts";
import { open } from "../../../../src/honker/mod.ts";
import { createGraphStore, createTenantDatabase, exportGraph, importGraph } from "../../../../src/sqlite/mod.ts";

const NODES = 80_000;
const TEXT = "x".repeat(900);

const Large = defineGraph({
  name: "large",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: { thing: Type.Object({ text: Type.String(), number: Type.Integer() }) },
  edges: { next: {} },
});

function* nodes() {
  for (let i = 0; i < NODES; i++) yield { key: `n${i}`, attributes: { text: TEXT, number: i } };
}

function* edges() {
  for (let i = 1; i < NODES; i += 10) yield { source: `n${i - 1}`, target: `n${i}` };
}

const client = open(process.argv[2]!);
const store = createGraphStore(createTenantDatabase(client));
store.register(Large);
const first = await importGraph(
  store,
  Large,
  writeSerializedGraph({ options: Large.config, nodes: nodes(), edges: edges() }),
);
let characters = 0;
async function* exported() {
  for (const chunk of exportGraph(first.graph)) {
    characters += chunk.length;
    yield chunk;
  }
}
const second = await importGraph(store, Large, exported(), { name: "again" });
client.close();
console.log(JSON.stringify({ nodes: second.nodes, edges: second.edges, characters }));
