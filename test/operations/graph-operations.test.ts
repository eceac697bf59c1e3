import assert from "node:assert/strict";
import { test } from "node:test";
import {
  handlersFor,
  type Identity,
  type ModuleOperationsOptions,
  OperationRegistry,
  operationsFromModule,
} from "../../src/operations/mod.ts";
import { createGraphStore, createTenantDatabase, type GraphInfo } from "../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";
import { failsWith } from "./fixture.ts";
import { Plans } from "./plans.ts";

const ADA: Identity = { id: "ada", scopes: ["plans:read", "plans:write"] };
const BOB: Identity = { ...ADA, id: "bob" };

interface Found {
  readonly id: string;
  readonly key: string;
  readonly updatedAt: number;
  readonly attributes: Record<string, unknown>;
  readonly items: Found[];
  readonly nodes: Found[] | null;
  readonly nextCursor?: string;
  readonly status: string;
  readonly depth: number;
}

test("graphs, nodes and edges are made, found, changed and deleted", async (t) => {
  const { call } = openPlans(t);
  const { id: graphId } = await call("createGraph", { name: "p" });
  const node = await call("addNode", { graphId, type: "task", key: "a", attributes: { title: "A", state: "open" } });
  assert.deepEqual(await call("getNode", { graphId, key: "a" }), node);
  const changed = { graphId, type: "task", key: "a", attributes: { size: 3 }, expectedUpdatedAt: node.updatedAt };
  const updated = await call("updateNode", changed);
  assert.deepEqual(updated.attributes, { title: "A", state: "open", size: 3 });
  assert.ok(updated.updatedAt > node.updatedAt);
  await failsWith("CONFLICT", call("updateNode", changed));
  const unset = await call("updateNode", { graphId, type: "task", key: "a", unset: ["size"] });
  assert.deepEqual(unset.attributes, node.attributes);
  await call("addNode", { graphId, type: "task", key: "b", attributes: { title: "B", state: "open" } });
  const edge = await call("addEdge", { graphId, type: "needs", source: "a", target: "b", attributes: {} });
  assert.deepEqual(await call("getEdge", { graphId, id: edge.id }), edge);
  await call("updateEdge", { graphId, type: "needs", id: edge.id, attributes: { reason: "r" } });
  assert.deepEqual(
    (await call("neighbours", { graphId, key: "a" })).items.map(({ key }) => key),
    ["b"],
  );
  assert.deepEqual(
    (await call("descendants", { graphId, key: "a" })).items.map(({ depth }) => depth),
    [1],
  );
  assert.deepEqual(
    (await call("ancestors", { graphId, key: "b" })).items.map(({ key }) => key),
    ["a"],
  );
  assert.equal((await call("shortestPath", { graphId, from: "a", to: "b" })).nodes!.length, 2);
  assert.equal((await call("shortestPath", { graphId, from: "b", to: "a" })).nodes, null);
  await failsWith("CONFLICT", call("deleteEdge", { graphId, id: edge.id, expectedUpdatedAt: 1 }));
  assert.deepEqual(await call("deleteEdge", { graphId, id: edge.id }), { deleted: true });
  assert.deepEqual(await call("deleteNode", { graphId, key: "a" }), { deleted: true });
  await failsWith("NOT_FOUND", call("getNode", { graphId, key: "a" }));
  assert.equal((await call("updateGraph", { graphId, set: { status: "archived" } })).status, "archived");
  await failsWith("GRAPH_ARCHIVED", call("deleteNode", { graphId, key: "b" }));
  assert.deepEqual(await call("deleteGraph", { graphId }), { deleted: true });
  await failsWith("NOT_FOUND", call("getGraph", { graphId }));
});

test("what a rule of the graph type refuses is INVALID_GRAPH, and what its schema refuses VALIDATION_ERROR", async (t) => {
  const { call } = openPlans(t);
  const { id: graphId } = await call("createGraph", { name: "p" });
  for (const key of ["a", "b"]) {
    await call("addNode", { graphId, type: "task", key, attributes: { title: key, state: "done" } });
  }
  const task = { graphId, type: "task", key: "a" };
  await failsWith("CONFLICT", call("addNode", { ...task, attributes: { title: "", state: "open" } }));
  await failsWith("VALIDATION_ERROR", call("addNode", { ...task, attributes: { title: 1, state: "open" } }));
  await failsWith("VALIDATION_ERROR", call("updateNode", { ...task, unset: ["title"] }));
  const state = await failsWith("INVALID_GRAPH", call("updateNode", { ...task, attributes: { state: "open" } }));
  assert.deepEqual(state.details, { rule: "transition" });
  await call("addEdge", { graphId, type: "needs", source: "a", target: "b", attributes: {} });
  const cycle = call("addEdge", { graphId, type: "needs", source: "b", target: "a", attributes: {} });
  assert.deepEqual((await failsWith("INVALID_GRAPH", cycle)).details, { rule: "acyclic" });
  await failsWith("NOT_FOUND", call("addEdge", { graphId, type: "needs", source: "a", target: "x", attributes: {} }));
});

test("pages of nodes, edges and graphs give each once, whatever is added between them", async (t) => {
  const { call } = openPlans(t);
  const { id: graphId } = await call("createGraph", { name: "p0" });
  for (let i = 1; i < 7; i++) await call("createGraph", { name: `p${i}` });
  const title = "t";
  for (let i = 0; i < 9; i++) {
    const attributes = { title, state: "open", size: i % 2 };
    await call("addNode", { graphId, type: "task", key: `n${i}`, attributes });
    if (i > 0) await call("addEdge", { graphId, type: "needs", source: `n${i - 1}`, target: `n${i}`, attributes: {} });
  }
  const all = async (name: string, input: object, between = async () => {}) => {
    const found: Found[] = [];
    let cursor: string | undefined;
    do {
      const page: Found = await call(name, { ...input, limit: 2, ...(cursor && { cursor }) });
      found.push(...page.items);
      cursor = page.nextCursor;
      await between();
    } while (cursor !== undefined);
    return found;
  };
  let more = 0;
  const addBefore = async () => {
    await call("addNode", { graphId, type: "task", key: `a${more++}`, attributes: { title, state: "done" } });
  };
  const keys = (await all("listNodes", { graphId, filter: { state: "open" } }, addBefore)).map(({ key }) => key);
  assert.deepEqual(
    keys,
    Array.from({ length: 9 }, (_, i) => `n${i}`),
  );
  assert.equal((await all("listNodes", { graphId, type: "task", filter: { size: 1 } })).length, 4);
  const edges = await all("listEdges", { graphId });
  assert.equal(new Set(edges.map(({ id }) => id)).size, 8);
  assert.equal((await all("listEdges", { graphId, source: "n1" })).length, 1);
  assert.equal((await all("listGraphs", {})).length, 7);
  const { nextCursor: cursor } = await call("listNodes", { graphId, limit: 2 });
  await failsWith("VALIDATION_ERROR", call("listNodes", { graphId, limit: 2, cursor, type: "task" }));
  await failsWith("VALIDATION_ERROR", call("listNodes", { graphId, limit: 2, cursor: "x" }));
  await failsWith("VALIDATION_ERROR", call("listNodes", { graphId, filter: { nothing: 1 } }));
});

test("hidden attributes are neither taken, given nor filtered by", async (t) => {
  const hidden = { nodes: { task: ["secret"] } };
  const { call, store } = openPlans(t, { hidden: { input: hidden, output: hidden } });
  const { id: graphId } = await call("createGraph", { name: "p" });
  const attributes = { title: "A", state: "open", secret: "s" };
  store.graph(graphId, Plans).addNode("task", { key: "a", attributes: attributes as never });
  const { attributes: seen } = await call("getNode", { graphId, key: "a" });
  assert.deepEqual(seen, { title: "A", state: "open" });
  for (const { attributes: one } of (await call("listNodes", { graphId })).items) assert.deepEqual(one, seen);
  await failsWith("VALIDATION_ERROR", call("addNode", { graphId, type: "task", key: "b", attributes }));
  await failsWith(
    "VALIDATION_ERROR",
    call("updateNode", { graphId, type: "task", key: "a", attributes: { secret: "" } }),
  );
  await failsWith("VALIDATION_ERROR", call("updateNode", { graphId, type: "task", key: "a", unset: ["secret"] }));
  for (const filter of [{ secret: "s" }, { '"secret"': "s" }, { NOT: { OR: [{ secret: { like: "%" } }] } }]) {
    await failsWith("VALIDATION_ERROR", call("listNodes", { graphId, filter }));
  }
});

test("a graph that graphFilter() does not open is not there for any operation", async (t) => {
  const graphFilter = (identity: Identity | undefined, graph: GraphInfo) => graph.ownerId === identity?.id;
  const { call, specs } = openPlans(t, { graphFilter, ownerOf: (identity) => identity?.id ?? null });
  const { id: graphId } = await call("createGraph", { name: "p" });
  await call("addNode", { graphId, type: "task", key: "a", attributes: { title: "A", state: "open" } });
  const node = { graphId, type: "task", key: "a", attributes: { title: "A", state: "open" } };
  const edge = { graphId, type: "needs", source: "a", target: "a", attributes: {} };
  const inputs: Record<string, object> = {
    getGraph: { graphId },
    updateGraph: { graphId, set: { name: "x" } },
    deleteGraph: { graphId },
    addNode: node,
    getNode: { graphId, key: "a" },
    listNodes: { graphId },
    updateNode: node,
    deleteNode: { graphId, key: "a" },
    addEdge: edge,
    getEdge: { graphId, id: "x" },
    listEdges: { graphId },
    updateEdge: { graphId, type: "needs", id: "x" },
    deleteEdge: { graphId, id: "x" },
    neighbours: { graphId, key: "a" },
    ancestors: { graphId, key: "a" },
    descendants: { graphId, key: "a" },
    shortestPath: { graphId, from: "a", to: "a" },
  };
  assert.equal(Object.keys(inputs).length, specs.length - 2);
  for (const [name, input] of Object.entries(inputs)) await failsWith("NOT_FOUND", call(name, input, BOB));
  assert.deepEqual(await call("listGraphs", {}, BOB), { items: [] });
  assert.equal((await call("listGraphs", {})).items.length, 1);
  assert.equal((await call("getNode", { graphId, key: "a" })).key, "a");
});

test("createGraph() leaves nothing when graphFilter() would not open it", async (t) => {
  const { call, store } = openPlans(t, { graphFilter: () => false });
  await failsWith("ACCESS_DENIED", call("createGraph", { name: "p" }));
  assert.deepEqual(store.listGraphs(), []);
});

test("updateGraph() leads no graph out of what graphFilter() opens, to somebody else", async (t) => {
  const graphFilter = (identity: Identity | undefined, graph: GraphInfo) => graph.projectId === identity?.id;
  const { call } = openPlans(t, { graphFilter });
  const { id: graphId } = await call("createGraph", { name: "p", projectId: "ada" });
  await failsWith("ACCESS_DENIED", call("updateGraph", { graphId, set: { projectId: "bob" } }));
  const { items } = await call("listGraphs", {});
  assert.deepEqual(
    items.map(({ id }) => id),
    [graphId],
  );
  assert.deepEqual((await call("listGraphs", {}, BOB)).items, []);
});

test("a graph filter that rejects fails its call, and no more", async (t) => {
  const { call } = openPlans(t, { graphFilter: () => Promise.reject(new Error("no")) as never });
  await failsWith("NOT_FOUND", call("getGraph", { graphId: "x" }));
  await failsWith("ACCESS_DENIED", call("createGraph", { name: "p" }));
});

test("operations of a graph type are refused when it is not registered, or hides what must be sent", (t) => {
  const db = createTenantDatabase(temporaryDatabase(t));
  assert.throws(() => handlersFor(db, operationsFromModule(Plans)), {
    code: "NOT_FOUND",
    message: /register it first/,
  });
  const hiding = (nodes: Record<string, string[]>) => () =>
    operationsFromModule(Plans, { hidden: { input: { nodes } } });
  assert.throws(hiding({ task: ["title"] }), /must be optional ones: received "title"/);
  assert.throws(hiding({ task: ["nothing"] }), /must name attributes of "task": received "nothing"/);
  assert.throws(hiding({ nobody: [] }), /must name types of the module: received "nobody"/);
  assert.throws(() => operationsFromModule({} as never), TypeError);
  assert.throws(() => operationsFromModule(Plans, { verbs: ["fly" as never] }), /verbs must be some of/);
});

test("the specs of a graph type are plain data", () => {
  const specs = operationsFromModule(Plans);
  const copy = JSON.parse(JSON.stringify(specs));
  assert.deepEqual(JSON.parse(JSON.stringify(copy)), copy);
  assert.equal(new Set(specs.map(({ name }) => name)).size, specs.length);
});

function openPlans(t: TestScope, options: ModuleOperationsOptions<typeof Plans> = {}) {
  const db = createTenantDatabase(temporaryDatabase(t));
  const store = createGraphStore(db);
  store.register(Plans);
  const specs = operationsFromModule(Plans, options);
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(db, specs));
  const call = async (name: string, input: object, identity: Identity = ADA) =>
    (await registry.execute(`plans.${name}`, input, { identity })).data as Found;
  return { call, store, specs };
}
