import assert from "node:assert/strict";
import { test } from "node:test";
import { CallGraph, type NodeAttributes } from "../../../src/graphs/mod.ts";
import { tenantSchema } from "../../../src/sqlite/mod.ts";
import { breaks, openStore } from "./fixture.ts";

type Call = NodeAttributes<typeof CallGraph, "call">;
type Layout = "metagraph" | "native";
const IN_CALLS = 'in graph type "call-graph" version 1';

function openCalls(t: Parameters<typeof openStore>[0], layout: Layout) {
  const opened = openStore(t, { events: "notify" });
  opened.store.register(CallGraph);
  return { ...opened, graph: opened.store.createGraph(CallGraph, { name: "calls", layout }) };
}

const call = (requestId: string, more: Partial<Call> = {}): Call => {
  return { requestId, operationId: "op", status: "pending", input: {}, ...more };
};

/** What every layout of call graphs does alike. */
function callGraphContract(layout: Layout): void {
  test(`${layout}: a call comes back as it was, whatever of it is given`, (t) => {
    const { graph, store } = openCalls(t, layout);
    const calls: Call[] = [
      call("least"),
      call("nulls", { input: null, output: null, error: { code: "E", message: "", details: null } }),
      call("json", { input: [1, { a: "ä\u0000😀" }], output: "text", identity: { id: "i", scopes: [] } }),
      call("0", { input: 0, output: false, status: "completed", startedAt: 0, completedAt: -1 }),
      call("most", {
        operationId: "a/b",
        status: "failed",
        input: "5",
        output: { __proto__: null, deep: [[[]]] },
        error: { code: "E", message: "m", details: { a: 1 } },
        identity: { id: "i", scopes: ["s"], resources: { r: ["x"], ["__proto__"]: [] } },
        startedAt: 8.64e15,
        completedAt: -8.64e15,
      }),
      { requestId: "child", operationId: "o", status: "pending", parentRequestId: "elsewhere", input: [] },
    ];
    graph.addNodes(calls.map((attributes) => ({ type: "call", attributes, metadata: { of: attributes.requestId } })));
    for (const attributes of calls) {
      const { createdAt, updatedAt, ...node } = graph.getNode(attributes.requestId)!;
      const metadata = { of: attributes.requestId };
      assert.equal(JSON.stringify(node.attributes), JSON.stringify(attributes));
      assert.deepEqual(
        { ...node, attributes: 0 },
        { key: attributes.requestId, type: "call", metadata, attributes: 0 },
      );
      assert.equal(createdAt, updatedAt);
    }
    assert.deepEqual(store.graph(graph.id).getNode("least")?.attributes, calls[0]);
    assert.equal(graph.info().layout, layout);
  });

  test(`${layout}: an update changes, adds and takes away attributes`, (t) => {
    const { graph } = openCalls(t, layout);
    graph.addNode("call", { attributes: call("a", { output: 1, startedAt: 5 }), metadata: { m: 1 } });
    graph.updateNode("call", {
      key: "a",
      attributes: { status: "running", output: undefined, completedAt: 6, identity: { id: "i", scopes: [] } },
    });
    const expected = call("a", { status: "running", startedAt: 5, completedAt: 6, identity: { id: "i", scopes: [] } });
    assert.deepEqual(graph.getNode("a")?.attributes, expected);
    graph.replaceNode("call", { attributes: call("a", { status: "running" }), metadata: {} });
    assert.deepEqual(
      [graph.getNode("a")?.attributes, graph.getNode("a")?.metadata],
      [call("a", { status: "running" }), {}],
    );
    graph.upsertNodes([
      { type: "call", attributes: call("a", { status: "running", input: 2 }) },
      { type: "call", attributes: call("b") },
    ]);
    assert.deepEqual([graph.getNode("a")?.attributes.input, graph.hasNode("b")], [2, true]);
  });

  test(`${layout}: refuses what is no call, and a state that may not follow`, (t) => {
    const { graph } = openCalls(t, layout);
    breaks(
      () => graph.addNode("call", { attributes: call("a", { operationId: "" }) }),
      "attributes",
      `Cannot accept node "a" of type "call" ${IN_CALLS}: expected string length greater or equal to 1 at $.operationId: received a string of 0 characters`,
    );
    for (const more of [
      { status: "done" },
      { startedAt: 1.5 },
      { startedAt: 1e16 },
      { extra: 1 },
      { input: undefined },
    ]) {
      breaks(
        () => graph.addNode("call", { attributes: call("a", more as never) }),
        "attributes",
        /node "a" of type "call"/,
      );
    }
    graph.addNode("call", { attributes: call("a") });
    assert.throws(() => graph.addNode("call", { attributes: call("a") }), {
      code: "ALREADY_EXISTS",
      message: 'Cannot add a node: its key is taken in this graph: received node "a"',
    });
    const to = (status: Call["status"]) => graph.updateNode("call", { key: "a", attributes: { status } });
    const refusal = (from: string, next: string) =>
      `Cannot accept node "a" of type "call" ${IN_CALLS}: "status" may not move on from "${from}" so: received "${next}"`;
    breaks(() => to("completed"), "transition", refusal("pending", "completed"));
    to("pending");
    to("running");
    breaks(() => to("pending"), "transition", refusal("running", "pending"));
    to("failed");
    for (const status of ["pending", "running", "completed", "aborted"] as const) {
      breaks(() => to(status), "transition", refusal("failed", status));
    }
    breaks(
      () => graph.renameNode("a", "b"),
      "key",
      `Cannot accept node "a" of type "call" ${IN_CALLS}: its key is its "requestId": received "b"`,
    );
  });

  test(`${layout}: edges keep the rules of the graph type`, (t) => {
    const { graph } = openCalls(t, layout);
    graph.addNodes("abcd".split("").map((key) => ({ type: "call", attributes: call(key) }) as const));
    const id = graph.addEdge("triggered", { key: "ab", source: "a", target: "b", metadata: { m: 1 } });
    const { createdAt: _, updatedAt: __, ...edge } = graph.getEdge("ab")!;
    const facts = { source: "a", target: "b", undirected: false, attributes: {}, metadata: { m: 1 } };
    assert.deepEqual(edge, { id, key: "ab", type: "triggered", ...facts });
    graph.addEdges([
      { type: "depends_on", source: "b", target: "c" },
      { type: "triggered", source: "c", target: "d" },
    ]);
    breaks(() => graph.addEdge("depends_on", { source: "a", target: "b" }), "multi", /a second edge from "a" to "b"$/);
    breaks(() => graph.addEdge("triggered", { source: "d", target: "a" }), "acyclic", /a cycle through "d" and "a"$/);
    breaks(() => graph.addEdge("triggered", { source: "a", target: "a" }), "selfLoop", /received a self loop$/);
    breaks(() => graph.addEdge("triggered", { source: "a", target: "d", undirected: true }), "direction", /directed/);
    breaks(
      () => graph.addEdge("triggered", { source: "a", target: "d", attributes: { x: 1 } as never }),
      "attributes",
      /\$\.x/,
    );
    breaks(
      () => graph.addEdge("trigger" as never, { source: "a", target: "d" } as never),
      "type",
      /one of triggered, depends_on/,
    );
    assert.throws(() => graph.addEdge("triggered", { source: "a", target: "z" }), { code: "NOT_FOUND" });
    assert.throws(() => graph.addEdge("triggered", { key: "ab", source: "a", target: "d" }), {
      code: "ALREADY_EXISTS",
    });
    breaks(
      () => graph.upsertEdge("depends_on", { key: "ab", source: "a", target: "b" }),
      "type",
      /an edge keeps its type/,
    );
    assert.equal(graph.upsertEdge("triggered", { key: "ab", source: "a", target: "b", metadata: {} }), id);
    graph.updateEdge("triggered", { edge: { id }, metadata: { n: 2 } });
    graph.renameEdge("ab", null);
    assert.deepEqual(graph.getEdge({ id })?.metadata, { n: 2 });
    graph.renameEdge({ id }, "k");
    assert.deepEqual([graph.deleteNode("c"), graph.deleteEdge("k"), graph.deleteEdge("k")], [true, true, false]);
    graph.addEdge("triggered", { source: "d", target: "a" });
  });

  test(`${layout}: a chain that bites its tail is refused as a whole`, (t) => {
    const { graph } = openCalls(t, layout);
    const keys = Array.from({ length: 40 }, (_, i) => `c${i}`);
    graph.addNodes(keys.map((key) => ({ type: "call", attributes: call(key) }) as const));
    const ring = keys.map((source, i) => ({ type: "triggered", source, target: keys[(i + 1) % 40]! }) as const);
    breaks(() => graph.addEdges(ring), "acyclic", /it must close no cycle: received a cycle through /);
    graph.addEdges(ring.slice(1));
  });

  test(`${layout}: the same changes are told`, (t) => {
    const { graph, client } = openCalls(t, layout);
    client.run("DELETE FROM _honker_notifications");
    graph.addNodes("ab".split("").map((key) => ({ type: "call", attributes: call(key) }) as const));
    const id = graph.addEdge("triggered", { source: "a", target: "b" });
    graph.updateNode("call", { key: "a", attributes: { status: "running" } });
    graph.deleteNode("b");
    const graphId = graph.id;
    const told = client
      .values("SELECT channel, payload FROM _honker_notifications ORDER BY id")
      .map(([channel, payload]) => [channel, JSON.parse(payload as string)]);
    assert.deepEqual(told, [
      ["nodes:created", { graphId, key: "a", type: "call" }],
      ["nodes:created", { graphId, key: "b", type: "call" }],
      ["edges:created", { graphId, key: null, type: "triggered", id }],
      ["nodes:updated", { graphId, key: "a", type: "call" }],
      ["edges:deleted", { graphId, key: null, type: "triggered", id }],
      ["nodes:deleted", { graphId, key: "b", type: "call" }],
    ]);
  });

  test(`${layout}: a write in a transaction is kept or undone with it`, (t) => {
    const { graph, db, client } = openCalls(t, layout);
    db.transaction((tx) => graph.in(tx).addNode("call", { attributes: call("a") }));
    const tx = client.transaction();
    graph.in(tx).updateNode("call", { key: "a", attributes: { status: "aborted" } });
    tx.rollback();
    assert.equal(graph.getNode("a")?.attributes.status, "pending");
    assert.throws(() => graph.addNodes(["b", "a"].map((key) => ({ type: "call", attributes: call(key) }) as const)));
    assert.equal(graph.hasNode("b"), false);
  });

  test(`${layout}: delete() leaves nothing behind, and other graphs alone`, (t) => {
    const { graph, store, client } = openCalls(t, layout);
    const others = (["metagraph", "native"] as const).map((name) =>
      store.createGraph(CallGraph, { name, layout: name }),
    );
    for (const one of [graph, ...others]) {
      one.addNodes("ab".split("").map((key) => ({ type: "call", attributes: call(key) }) as const));
      one.addEdge("triggered", { key: "k", source: "a", target: "b" });
    }
    assert.equal(graph.delete(), true);
    for (const table of ["nodes", "edges", "call_nodes", "call_edges"]) {
      assert.deepEqual(client.values(`SELECT 1 FROM ${table} WHERE graph_id = ?`, [graph.id]), [], table);
    }
    for (const one of others) assert.deepEqual([one.hasNode("a"), one.hasEdge("k")], [true, true]);
  });
}

callGraphContract("metagraph");
callGraphContract("native");

test("both layouts answer the same questions alike", (t) => {
  const { store } = openStore(t);
  store.register(CallGraph);
  const graphs = (["metagraph", "native"] as const).map((layout) =>
    store.createGraph(CallGraph, { name: layout, layout }),
  );
  const identity = { id: "i", scopes: ["read", "write"] };
  const calls = [
    call("a", { status: "running", startedAt: 5, identity, output: null }),
    call("b", { operationId: "other", parentRequestId: "a", startedAt: 7, completedAt: 9, output: "text", identity }),
    call("c", {
      parentRequestId: "a",
      input: null,
      output: { n: 1 },
      error: { code: "E", message: "", details: null },
    }),
    call("d", { status: "aborted", startedAt: 0, input: 0, output: [1, "x"] }),
    call("5", { status: "running", parentRequestId: "b", input: "5", output: false }),
  ];
  const keys = calls.map(({ requestId }) => requestId);
  for (const graph of graphs) {
    graph.addNodes(calls.map((attributes) => ({ type: "call", attributes }) as const));
    for (const [source = "", target = ""] of ["ab", "ac", "bd", "cd"]) graph.addEdge("triggered", { source, target });
    graph.addEdge("depends_on", { source: "a", target: "d" });
  }
  type Graph = (typeof graphs)[number];
  const filters: object[] = [
    {},
    { where: { requestId: "a" } },
    { where: { requestId: { in: ["b", "c", "none"] } } },
    { where: { operationId: "op", status: { ne: "running" } } },
    { where: { parentRequestId: null } },
    { where: { parentRequestId: { isNull: false }, operationId: { like: "o%" } } },
    { where: { startedAt: { gte: 5 } } },
    { where: { startedAt: { lt: 5.5 } } },
    { where: { startedAt: { notIn: [5] } } },
    { where: { startedAt: "5" } },
    { where: { requestId: 5 } },
    { where: { completedAt: { isNull: true } } },
    { where: { "identity.id": "i", "identity.scopes": { contains: "read" } } },
    { where: { "error.code": "E" } },
    { where: { "error.details": null } },
    { where: { input: null } },
    { where: { output: { isNull: true } } },
    { where: { output: { isNull: false } } },
    { where: { output: "text" } },
    { where: { output: false } },
    { where: { output: { contains: 1 } } },
    { where: { OR: [{ status: "aborted" }, { NOT: { startedAt: { gte: 0 } } }] } },
    { orderBy: { startedAt: "desc" }, limit: 3 },
    { orderBy: { operationId: "asc" }, offset: 1, limit: 2 },
  ];
  for (const options of filters) {
    const answers = graphs.map((graph) => {
      try {
        return graph.nodes("call", options as never).keys();
      } catch (error) {
        return String(error);
      }
    });
    assert.deepEqual(answers[1], answers[0], JSON.stringify(options));
  }
  const questions: ((graph: Graph) => unknown)[] = [
    (graph) => graph.nodes().keys(),
    (graph) => graph.nodes("call").count(),
    (graph) => graph.neighbours("a", { direction: "out" }).keys(),
    (graph) => graph.neighbours("d", { where: { status: "pending" } }).keys(),
    (graph) => keys.map((key) => graph.degrees(key)),
    (graph) => graph.roots().keys(),
    (graph) => graph.leaves("call", { edgeTypes: ["depends_on"] }).keys(),
    (graph) => graph.ancestors("d").keys(),
    (graph) => graph.descendants("a", { maxDepth: 1 }).all().map(({ key, attributes }) => [key, attributes]), // biome-ignore format: one line a question
    (graph) => graph.lineage("d").keys(),
    (graph) => graph.shortestPath("a", "d")?.map(({ key }) => key),
    (graph) => [...graph.components()],
    (graph) => graph.topologicalOrder().keys(),
    (graph) => graph.hasCycle(),
    (graph) => graph.edges("triggered", { source: "a" }).all().map(({ target, attributes }) => [target, attributes]), // biome-ignore format: one line a question
    (graph) => graph.subgraph("b", { depth: 1 }).nodes.map(({ key }) => key),
  ];
  for (const ask of questions) assert.deepEqual(ask(graphs[1]!), ask(graphs[0]!), String(ask));
});

test("native calls are rows with a column for each attribute, as Drizzle reads them", (t) => {
  const { graph, db } = openCalls(t, "native");
  const error = { code: "E", message: "m" };
  graph.addNode("call", { attributes: call("a", { status: "failed", startedAt: 5, output: null, error }) });
  const row = db.select().from(tenantSchema.callNodes).get()!;
  assert.deepEqual(
    [row.requestId, row.operationId, row.status, row.input, row.output, row.error, row.startedAt, row.completedAt],
    ["a", "op", "failed", {}, null, error, new Date(5), null],
  );
  assert.deepEqual(db.select().from(tenantSchema.nodes).all(), []);
});

test("the status of a native call moves along its transitions, whoever writes", (t) => {
  const { graph, client, db } = openCalls(t, "native");
  const statuses = ["pending", "running", "completed", "failed", "aborted"] as const;
  const allowed: Record<string, readonly string[]> = CallGraph.transitions.call!.allowed;
  for (const from of statuses) {
    for (const to of statuses) {
      const key = `${from}-${to}`;
      graph.addNode("call", { attributes: call(key, { status: from }) });
      const update = () => client.run("UPDATE call_nodes SET status = ? WHERE request_id = ?", [to, key]);
      if (from === to || allowed[from]?.includes(to)) update();
      else
        assert.throws(update, {
          code: "SQLITE_CONSTRAINT_TRIGGER",
          message: /call_nodes_status_transition: a status moves/,
        });
    }
  }
  assert.throws(
    () => db.update(tenantSchema.callNodes).set({ status: "pending" }).run(),
    /call_nodes_status_transition/,
  );
  assert.throws(() => client.run("UPDATE call_nodes SET status = 'gone'"), /call_nodes_status/);
  client.run("UPDATE call_nodes SET status = status, operation_id = 'x'");
});
