import assert from "node:assert/strict";
import { test } from "node:test";
import { AclGraph, CallGraph } from "../../../src/graphs/mod.ts";
import { open } from "../../../src/honker/mod.ts";
import { createGraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../src/sqlite/mod.ts";
import { openJsonBinding } from "../../support/json-binding.ts";
import { type TestScope, temporaryPath } from "../../support/temporary.ts";
import { breaks, Dependencies, openStore, ruled } from "./fixture.ts";

/** A store on Honker's native binding, or what stands in for it: values cross it as JSON. */
function openBinding(t: TestScope, options: Parameters<typeof createGraphStore>[1] = {}) {
  const client = openJsonBinding(temporaryPath(t));
  t.after(() => client.close?.());
  const db = createTenantDatabase(client);
  const store = createGraphStore(db, options);
  for (const module of [Dependencies, CallGraph, AclGraph]) store.register(module);
  return { client, db, store };
}

test("a store on the native binding writes and reads as on ours", (t) => {
  const { store } = openBinding(t);
  assert.equal(store.register(Dependencies).outcome, "unchanged");
  const graph = store.createGraph(Dependencies, { name: "g", metadata: { a: 1 } });
  const attributes = { license: "MIT", size: 2 ** 40, more: [null, true, 1.5, "ä"] };
  graph.addNode("package", { key: "a", attributes, metadata: { m: [1] } });
  graph.addNodes(["p", "q"].map((key) => ({ type: "person", key }) as const));
  graph.updateNode("package", { key: "a", attributes: { size: undefined } });
  const { createdAt, ...node } = graph.getNode("a")!;
  assert.deepEqual([node.attributes, node.metadata], [{ license: "MIT", more: attributes.more }, { m: [1] }]);
  assert.ok(Number.isInteger(createdAt));
  const id = graph.addEdge("maintains", { source: "p", target: "a" });
  graph.renameNode("p", "r");
  assert.deepEqual([graph.getEdge({ id })?.source, graph.getEdge({ id })?.key], ["r", null]);
  assert.throws(() => graph.addNode("person", { key: "q" }), { code: "ALREADY_EXISTS" });
  assert.throws(() => graph.renameNode("q", "r"), { code: "ALREADY_EXISTS" });
  breaks(() => graph.addEdge("maintains", { source: "r", target: "a" }), "multi", /second edge/);
  assert.equal(graph.deleteNodes(["r", "none"]), 1);
  assert.equal(graph.getEdge({ id }), undefined);
  const [info] = store.listGraphs({ limit: 1 });
  assert.deepEqual([info?.metadata, info?.name, store.graph(graph.id).hasNode("q")], [{ a: 1 }, "g", true]);
  assert.equal(graph.delete(), true);
});

test("a store on the native binding keeps both layouts and the rules of edges", (t) => {
  const { store } = openBinding(t);
  for (const layout of ["metagraph", "native"] as const) {
    const graph = store.createGraph(CallGraph, { name: "g", layout });
    const attributes = { operationId: "o", status: "pending", input: null, output: [1], startedAt: 2 ** 40 } as const;
    graph.addNodes(
      ["a", "b"].map((requestId) => ({ type: "call", attributes: { ...attributes, requestId } }) as const),
    );
    assert.deepEqual(graph.getNode("a")?.attributes, { ...attributes, requestId: "a" });
    graph.addEdge("triggered", { key: "k", source: "a", target: "b" });
    breaks(() => graph.addEdge("triggered", { source: "b", target: "a" }), "acyclic", /a cycle through/);
    breaks(() => graph.updateNode("call", { key: "a", attributes: { status: "failed" } }), "transition", /"failed"$/);
    graph.updateNode("call", { key: "a", attributes: { status: "running" } });
    assert.equal(store.graph(graph.id).getNode("a")?.attributes.status, "running");
  }
});

test("a store on the native binding joins Drizzle's transactions", (t) => {
  const { store, db, client } = openBinding(t);
  const graph = store.createGraph(Dependencies, { name: "g" });
  db.transaction((tx) => {
    const inside = graph.in(tx);
    inside.addNode("person", { key: "a" });
    assert.throws(() => inside.addNodes(["b", "a"].map((key) => ({ type: "person", key }) as const)), {
      code: "ALREADY_EXISTS",
    });
    tx.transaction((nested) => graph.in(nested).addNode("person", { key: "c" }));
    assert.throws(() => graph.addNode("person", {}), { code: "TRANSACTION_OPEN" });
    assert.deepEqual([inside.hasNode("a"), inside.hasNode("b"), inside.hasNode("c")], [true, false, true]);
  });
  assert.throws(() =>
    db.transaction((tx) => {
      graph.in(tx).deleteNode("a");
      throw new Error("stop");
    }),
  );
  assert.equal(graph.hasNode("a"), true);
  const own = client.transaction();
  assert.throws(() => graph.in(own), /^TypeError: Cannot work in a transaction: tx must be the open transaction/);
  own.rollback();
});

test("a store on the native binding tells of changes by notify, and refuses a stream", (t) => {
  const path = temporaryPath(t);
  const client = openJsonBinding(path);
  const reader = open(path);
  t.after(() => {
    client.close?.();
    reader.close();
  });
  const db = createTenantDatabase(client);
  assert.throws(() => createGraphStore(db, { events: { stream: "changes" } }), {
    name: "TypeError",
    message: "Cannot create a graph store: a stream of changes needs the client of open(): received another binding",
  });
  const store = createGraphStore(db, { events: "notify" });
  store.register(ruled({}));
  const graph = store.createGraph(ruled({}), { name: "g" });
  graph.addNode("n", { key: "a" });
  const told = reader.values("SELECT channel, json(payload) FROM _honker_notifications ORDER BY id");
  assert.deepEqual(
    told.map(([channel, payload]) => [channel, JSON.parse(payload as string)]),
    [
      ["graphs:created", { graphId: graph.id, key: null, type: "ruled" }],
      ["nodes:created", { graphId: graph.id, key: "a", type: "n" }],
    ],
  );
});

test("a file written by one binding is read by the other", (t) => {
  const { client, store } = openStore(t);
  store.register(Dependencies);
  const graph = store.createGraph(Dependencies, { name: "g" });
  graph.addNode("package", { key: "a", attributes: { license: "MIT", size: 5 } });
  const other = openJsonBinding(client.path);
  t.after(() => other.close?.());
  const same = createGraphStore(createTenantDatabase(other)).graph(graph.id, Dependencies);
  assert.deepEqual(same.getNode("a"), graph.getNode("a"));
  same.addNode("package", { key: "b", attributes: { license: "ISC" } });
  const times = "SELECT DISTINCT typeof(created_at), typeof(updated_at) FROM nodes";
  assert.deepEqual(client.values(times), [["integer", "integer"]]);
  assert.equal(graph.getNode("b")?.type, "package");
});
