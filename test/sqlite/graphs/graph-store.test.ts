import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { CallGraph, defineGraph, type GraphConfig, moduleToDbSchema } from "../../../src/graphs/mod.ts";
import type { Graph } from "../../../src/sqlite/graphs/graph.ts";
import { createGraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { createSystemDatabase } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { temporaryDatabase } from "../../support/temporary.ts";
import { breaks, Dependencies, openGraph, openStore, ruled } from "./fixture.ts";

const child = new URL("child/store.ts", import.meta.url);
const config = { type: "directed", multi: false, allowSelfLoops: false } as const;

type Client = ReturnType<typeof openStore>["client"];

function changes(client: Client): unknown {
  return client.row("SELECT total_changes()")?.[0];
}

/** The names of the attribute indexes of the file. */
function indexes(client: Client): unknown[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%[%' ORDER BY name";
  return client.values(sql).map(([name]) => name);
}

/** The rows of a version of a graph type, as they are stored. */
function stored(client: Client, name: string, version = 1) {
  const [row] = client.query("SELECT * FROM graph_types WHERE name = ? AND version = ?", [name, version]);
  const types = (table: string) => client.query(`SELECT * FROM ${table} WHERE graph_type_id = ?`, [row?.id ?? null]);
  return { graphType: row, nodeTypes: types("node_types"), edgeTypes: types("edge_types") };
}

/** A graph type `notes` of nodes `note`, with more or less to it. */
function notes(attributes: Parameters<typeof Type.Object>[0], more: { version?: number; paths?: string[] } = {}) {
  const { version = 1, paths = [] } = more;
  const indexes = { nodes: { note: paths as never[] } };
  return defineGraph({ name: "notes", version, config, nodes: { note: Type.Object(attributes) }, indexes });
}

const text = Type.String();
const optional = Type.Optional(text);

test("register() stores a graph type, and the second time changes nothing", (t) => {
  const { store, client } = openStore(t);
  const { graphTypeId, outcome } = store.register(Dependencies);
  assert.equal(outcome, "created");
  const rows = moduleToDbSchema(Dependencies);
  const { graphType, nodeTypes, edgeTypes } = stored(client, "dependencies");
  assert.equal(graphType?.id, graphTypeId);
  assert.deepEqual(JSON.parse(graphType?.config as string), rows.graphType.config);
  assert.deepEqual([graphType?.version, graphType?.scope], [1, "system"]);
  assert.deepEqual(
    nodeTypes.map(({ name, schema, metadata }) => [name, JSON.parse(schema as string), JSON.parse(metadata as string)]),
    rows.nodeTypes.map(({ name, schema, metadata }) => [name, schema, metadata]),
  );
  assert.deepEqual(
    edgeTypes.map(({ name, allowed_target_types: to }) => [name, JSON.parse(to as string)]),
    [
      ["depends_on", ["package"]],
      ["maintains", ["package"]],
    ],
  );
  const before = changes(client);
  assert.deepEqual(store.register(Dependencies), { graphTypeId, outcome: "unchanged" });
  assert.equal(changes(client), before);
});

test("register() widens what is stored, and leaves the graphs of it alone", (t) => {
  const { store, client } = openStore(t);
  const narrow = notes({ text });
  const { graphTypeId } = store.register(narrow);
  const graph = store.createGraph(narrow, { name: "g" });
  graph.addNode("note", { key: "a", attributes: { text: "x" } });
  const wide = defineGraph({
    name: "notes",
    version: 1,
    description: "More",
    config: { ...config, multi: true },
    nodes: { note: Type.Object({ text, title: optional }), tag: Type.Object({}) },
    edges: { has: { from: ["note"], to: ["tag"] } },
  });
  assert.deepEqual(store.register(wide), { graphTypeId, outcome: "widened" });
  assert.deepEqual(store.register(wide), { graphTypeId, outcome: "unchanged" });
  const { graphType, nodeTypes, edgeTypes } = stored(client, "notes");
  assert.deepEqual([graphType?.description, JSON.parse(graphType?.config as string).multi], ["More", true]);
  assert.deepEqual([nodeTypes.length, edgeTypes.length], [2, 1]);
  const same = store.graph(graph.id, wide);
  same.updateNode("note", { key: "a", attributes: { title: "T" } });
  same.addNode("tag", { key: "t" });
  same.addEdge("has", { source: "a", target: "t" });
  same.addEdge("has", { source: "a", target: "t" });
});

test("register() refuses a module by which something stored could be invalid, with the list of what broke", (t) => {
  const { store, client } = openStore(t);
  const before = notes({ text, title: optional });
  store.register(before);
  const rows = stored(client, "notes");
  const after = defineGraph({
    name: "notes",
    version: 1,
    config,
    nodes: { note: Type.Object({ text: Type.Integer(), title: text }), tag: Type.Object({}) },
  });
  assert.throws(
    () => store.register(after),
    (error: Error & { code?: string; details?: Record<string, unknown> }) => {
      assert.equal(error.code, "MODULE_CHANGED");
      assert.match(
        error.message,
        /^Cannot register graph type "notes" version 1: what is stored must stay valid, or the version be raised: received /,
      );
      const { graphType, version, broken, count } = error.details!;
      assert.deepEqual([graphType, version], ["notes", 1]);
      assert.match(String(broken), /text/);
      assert.match(String(broken), /title/);
      assert.equal(String(broken).split("\n").length, count);
      return true;
    },
  );
  assert.deepEqual(stored(client, "notes"), rows);
  assert.deepEqual(store.register(notes({ text: Type.Integer() }, { version: 2 })).outcome, "created");
  const wide = notes({ text: Type.Union([text, Type.Integer()]), title: optional });
  assert.equal(store.register(wide).outcome, "widened");
  assert.throws(() => store.register(before), { code: "MODULE_CHANGED" }); // by an older program than the file
});

test("register() shows the first of many changes, and tells all of them", (t) => {
  const { store } = openStore(t);
  const many = (schema: typeof text | ReturnType<typeof Type.Integer>) =>
    notes(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`a${i}`, schema])));
  store.register(many(text));
  assert.throws(
    () => store.register(many(Type.Integer())),
    (error: Error & { details?: Record<string, unknown> }) => {
      assert.match(error.message, /; and \d+ more$/);
      assert.ok(error.message.length < 1000);
      assert.equal(String(error.details?.broken).split("\n").length, error.details?.count);
      return true;
    },
  );
});

test("versions of a graph type live beside each other", (t) => {
  const { store } = openStore(t);
  const [one, two] = [notes({ text }), notes({ text: Type.Integer() }, { version: 2 })];
  assert.notEqual(store.register(one).graphTypeId, store.register(two).graphTypeId);
  const first = store.createGraph(one, { name: "first" });
  const second = store.createGraph(two, { name: "second" });
  first.addNode("note", { key: "a", attributes: { text: "a" } });
  second.addNode("note", { key: "a", attributes: { text: 1 } });
  breaks(
    () => store.graph(first.id).updateNode("note", { key: "a", attributes: { text: 1 } }),
    "attributes",
    /"notes" version 1/,
  );
  breaks(
    () => store.graph(second.id).updateNode("note", { key: "a", attributes: { text: "a" } }),
    "attributes",
    /version 2/,
  );
  assert.deepEqual([first.info().version, second.info().version], [1, 2]);
});

test("register() makes the indexes that the module declares, and queries use them", (t) => {
  const { store, client } = openStore(t);
  store.register(Dependencies);
  assert.deepEqual(indexes(client), [
    'edges["depends_on"].range',
    'nodes["package"].license',
    'nodes["package"].stats.stars',
  ]);
  const plan = (sql: string) => String(client.values(`EXPLAIN QUERY PLAN ${sql}`).map((row) => row[3]));
  assert.match(
    plan(
      `SELECT * FROM nodes n WHERE n.graph_id = 1 AND n.type = 'package' AND json_extract(n."attributes", '$."stats"."stars"') = 5`,
    ),
    /USING INDEX nodes\["package"\]\.stats\.stars \(graph_id=\? AND <expr>=\?\)/,
  );
  assert.match(
    plan(
      `SELECT * FROM edges e WHERE e.graph_id = 1 AND e.type = 'depends_on' AND json_extract(e."attributes", '$."range"') = 'x'`,
    ),
    /USING INDEX edges\["depends_on"\]\.range/,
  );
});

test("a program with an older module reads what it does not know, and leaves it alone", (t) => {
  const { store } = openStore(t);
  const edges = { about: {} };
  const base = { name: "notes", version: 1, config, edges } as const;
  const older = defineGraph({ ...base, nodes: { note: Type.Object({ text }) } });
  store.register(older);
  const graph = store.createGraph(older, { name: "g" });
  const newer = defineGraph({ ...base, nodes: { note: Type.Object({ text }), tag: Type.Object({}) } });
  assert.equal(store.register(newer).outcome, "widened");
  store.graph(graph.id, newer).addNode("tag", { key: "t" });
  graph.addNode("note", { key: "a", attributes: { text: "" } });
  assert.equal(graph.getNode("t")?.type, "tag");
  const refusal =
    'Cannot accept node "t" in graph type "notes" version 1: its type must be one of note: received "tag"';
  breaks(() => graph.addEdge("about", { source: "a", target: "t" }), "type", refusal);
  breaks(() => graph.addEdge("about", { source: "t", target: "a" }), "type", refusal);
  breaks(() => graph.updateNodes([{ type: "tag" as "note", key: "t" }]), "type", refusal);
  graph.renameNode("t", "u");
  assert.equal(graph.deleteNode("u"), true);
});

test("an index is kept for as long as a stored type declares it", (t) => {
  const { store, client } = openStore(t);
  store.register(notes({ text }, { paths: ["text"] }));
  store.register(notes({ text }, { version: 2, paths: ["text"] }));
  assert.equal(store.register(notes({ text })).outcome, "widened");
  assert.deepEqual(indexes(client), ['nodes["note"].text']);
  store.register(notes({ text }, { version: 2 }));
  assert.deepEqual(indexes(client), []);
});

test("register() makes an index again that somebody has dropped", (t) => {
  const { store, client } = openStore(t);
  const module = notes({ text }, { paths: ["text"] });
  store.register(module);
  client.run(`DROP INDEX "nodes[""note""].text"`);
  assert.equal(store.register(module).outcome, "unchanged");
  assert.deepEqual(indexes(client), ['nodes["note"].text']);
});

test("indexes may differ by case only, and be on any path", (t) => {
  const { store, client } = openStore(t);
  const nested = (name: string) => Type.Object({ [name]: text });
  const attributes = { text, Text: text, "^text": text, nodes: nested("x"), "a.b": nested("it's"), "\u00e4": text };
  const paths = ["text", "Text", "^text", "nodes.x", `"a.b".it's`, "\u00e4"];
  store.register(notes(attributes, { paths }));
  const Other = defineGraph({
    name: "other",
    version: 1,
    config,
    nodes: { Note: Type.Object({ text }) },
    indexes: { nodes: { Note: ["text"] } },
  });
  store.register(Other);
  assert.equal(indexes(client).length, 7);
  const used = (type: string, path: string) => {
    const sql = `EXPLAIN QUERY PLAN SELECT * FROM nodes WHERE graph_id = 1 AND type = '${type}'
      AND json_extract("attributes", '${path.replaceAll("'", "''")}') = 1`;
    return /USING INDEX (.+) \(/.exec(String(client.values(sql)[0]?.[3]))?.[1];
  };
  assert.deepEqual(
    [used("note", '$."text"'), used("note", '$."Text"'), used("note", '$."^text"'), used("Note", '$."text"')],
    ['nodes["note"].text', 'nodes["note"].^Text', 'nodes["note"].^^text', 'nodes["^Note"].text'],
  );
  assert.equal(used("note", '$."nodes"."x"'), 'nodes["note"].nodes.x');
  assert.equal(used("note", `$."a.b"."it's"`), `nodes["note"]."a.b".it's`);
});

test("two processes may register the same graph type at the same moment", async (t) => {
  const { client } = openStore(t);
  const children = Array.from({ length: 2 }, () => startChild(t, child, [client.path]));
  for (const one of children) assert.equal(await one.nextLine(), '"ready"');
  for (const one of children) one.send('["register"]');
  const answers = [];
  for (const one of children)
    answers.push(JSON.parse(await one.nextLine()) as { graphTypeId: string; outcome: string });
  assert.deepEqual(answers.map(({ outcome }) => outcome).sort(), ["created", "unchanged"]);
  assert.equal(new Set(answers.map(({ graphTypeId }) => graphTypeId)).size, 1);
  assert.equal(stored(client, "dependencies").nodeTypes.length, 2);
});

test("register() refuses what is no module", (t) => {
  const { store } = openStore(t);
  for (const wrong of [undefined, null, {}, { ...Dependencies }]) {
    assert.throws(() => store.register(wrong as never), /^TypeError: Cannot call register\(\): module must be what/);
    assert.throws(() => store.createGraph(wrong as never, { name: "g" }), /^TypeError: Cannot call createGraph\(\)/);
  }
  assert.throws(() => store.graph("x", {} as never), /^TypeError: Cannot call graph\(\)/);
});

test("createGraph() makes an empty, active graph of a registered type", (t) => {
  const { store } = openStore(t);
  assert.throws(() => store.createGraph(Dependencies, { name: "g" }), {
    code: "NOT_FOUND",
    message: 'Cannot create a graph: there is no graph type "dependencies" version 1: register it first',
  });
  store.register(Dependencies);
  const before = Date.now();
  const graph = store.createGraph(Dependencies, { name: "g" });
  const { createdAt, updatedAt, ...info } = graph.info();
  assert.deepEqual(info, {
    id: graph.id,
    name: "g",
    description: "",
    type: "dependencies",
    version: 1,
    status: "active",
    layout: "metagraph",
    ownerId: null,
    projectId: null,
    metadata: {},
  });
  assert.ok(createdAt >= before - 1 && updatedAt <= Date.now() + 1);
  const more = { description: "d", ownerId: "o", projectId: "p", metadata: { a: [1] } } as const;
  const draft = store.createGraph(Dependencies, { name: "g", status: "draft", ...more }); // a name may be there twice
  assert.deepEqual({ ...draft.info(), ...more, status: "draft" }, draft.info());
  draft.addNode("person", { key: "a" });
});

test("createGraph() refuses misspelled and wrong options", (t) => {
  const { store } = openStore(t);
  store.register(Dependencies);
  const create = (options: unknown) => store.createGraph(Dependencies, options as never);
  assert.throws(() => create({ name: "g", state: "draft" }), {
    name: "TypeError",
    message: 'Unknown option "state" for createGraph(): did you mean "status"',
  });
  for (const [options, message] of [
    [undefined, "the name must be Unicode text without NUL: received undefined"],
    [{}, "the name must be Unicode text without NUL: received undefined"],
    [{ name: "a\0" }, 'the name must be Unicode text without NUL: received "a\\u0000"'],
    [{ name: "g", description: null }, "the description must be Unicode text without NUL: received null"],
    [{ name: "g", ownerId: 5 }, "the ownerId must be Unicode text without NUL: received number"],
    [{ name: "g", status: "dead" }, "status must be draft, active or archived: received dead"],
    [{ name: "g", layout: "own" }, "layout must be metagraph or native: received own"],
    [{ name: "g", metadata: [] }, "metadata must be an object: received an array of 0"],
    [
      { name: "g", metadata: { a: NaN } },
      /^Cannot create a graph: metadata must be JSON, with .* at \$\.a: received NaN$/,
    ],
  ] as const) {
    assert.throws(() => create(options), {
      name: "TypeError",
      message: typeof message === "string" ? `Cannot create a graph: ${message}` : message,
    });
  }
  assert.deepEqual(store.listGraphs(), []);
});

test("the native layout is for our own call graphs, in a tenant's file", (t) => {
  const { store } = openStore(t);
  const message = /^Cannot open a graph: the layout must be metagraph for graph type ".+" version \d: received native$/;
  store.register(Dependencies);
  assert.throws(() => store.createGraph(Dependencies, { name: "g", layout: "native" }), { name: "TypeError", message });
  const { nodes, edges } = CallGraph;
  const More = defineGraph({
    name: "call-graph",
    version: 1,
    config,
    nodes: { ...nodes, note: Type.Object({}) },
    edges,
  });
  store.register(More);
  assert.throws(() => store.createGraph(More, { name: "g", layout: "native" }), { name: "TypeError", message });
  const system = createGraphStore(createSystemDatabase(temporaryDatabase(t)));
  system.register(CallGraph);
  assert.throws(() => system.createGraph(CallGraph, { name: "g", layout: "native" }), {
    code: "NOT_FOUND",
    message: 'Cannot create a native graph: there is no table "call_nodes" in this file',
  });
  assert.deepEqual(system.listGraphs(), []);
});

test("graph() opens a graph by its module, or by what is stored of its type", (t) => {
  const { store, graph } = openGraph(t, Dependencies);
  graph.addNode("package", { key: "a", attributes: { license: "MIT" } });
  assert.equal(store.graph(graph.id, Dependencies).getNode("a")?.type, "package");
  const unknown = store.graph(graph.id);
  assert.deepEqual([unknown.module.name, unknown.module.version], ["dependencies", 1]);
  assert.deepEqual(moduleToDbSchema(unknown.module), moduleToDbSchema(Dependencies));
  unknown.updateNode("package", { key: "a", attributes: { size: 5 } });
  breaks(() => unknown.updateNode("package", { key: "a", attributes: { size: "5" } }), "attributes", /\$\.size/);
  breaks(() => unknown.addEdge("maintains", { source: "a", target: "a" }), "endpoints", /"person" to "package"/);
});

test("graph() refuses an id that is not there, and a module that is not the graph's", (t) => {
  const { store, graph } = openGraph(t, Dependencies);
  const wrong = ruled({});
  assert.throws(() => store.graph("none"), {
    code: "NOT_FOUND",
    message: 'Cannot open a graph: there is no graph "none"',
    details: { what: 'graph "none"' },
  });
  const refusal = {
    code: "NOT_FOUND",
    message: /^Cannot open a graph: there is no graph ".+" of graph type "ruled" version 1$/,
  };
  assert.throws(() => store.graph(graph.id, wrong as never), refusal);
  store.register(wrong);
  assert.throws(() => store.graph(graph.id, wrong as never), refusal);
  assert.throws(() => store.graph(5 as never), /^TypeError: Cannot open a graph: the id must be Unicode text/);
});

test("a stored type is made a module once, until it changes", (t) => {
  const { store } = openStore(t);
  store.register(notes({ text }));
  const { id } = store.createGraph(notes({ text }), { name: "g" });
  const { module } = store.graph(id);
  assert.equal(store.graph(id).module, module);
  store.register(notes({ text, title: optional }));
  assert.notEqual(store.graph(id).module, module);
  const node = { attributes: { text: "x", title: 5 } };
  breaks(() => store.graph(id).addNode("note", node), "attributes", /\$\.title/);
});

test("listGraphs() gives the graphs that fit, oldest first", (t) => {
  const { store } = openStore(t);
  store.register(Dependencies);
  store.register(ruled({}));
  const options = [
    { name: "a", ownerId: "o", projectId: "p" },
    { name: "b", ownerId: "o", status: "draft" },
    { name: "c", projectId: "p", status: "archived" },
  ] as const;
  for (const one of options) store.createGraph(Dependencies, one);
  store.createGraph(ruled({}), { name: "d" });
  const names = (filter?: Parameters<typeof store.listGraphs>[0]) =>
    store
      .listGraphs(filter)
      .map(({ name }) => name)
      .join("");
  assert.equal(names(), "abcd");
  assert.equal(names({ type: "dependencies" }), "abc");
  assert.equal(names({ type: "none" }), "");
  assert.equal(names({ version: 1 }), "abcd");
  assert.equal(names({ version: 2 }), "");
  assert.equal(names({ status: "active" }), "ad");
  assert.equal(names({ ownerId: "o" }), "ab");
  assert.equal(names({ ownerId: null }), "cd");
  assert.equal(names({ ownerId: "o", projectId: null }), "b");
  assert.equal(names({ type: "dependencies", projectId: "p", limit: 1 }), "a");
  assert.equal(names({ limit: 0 }), "");
  assert.equal(names({ limit: Number.MAX_SAFE_INTEGER }), "abcd");
  assert.deepEqual(store.listGraphs({ limit: 1 }), [store.graph(store.listGraphs()[0]!.id).info()]);
});

test("listGraphs() refuses misspelled and wrong filters", (t) => {
  const { store } = openStore(t);
  assert.throws(() => store.listGraphs({ stats: "active" } as never), {
    message: 'Unknown option "stats" for listGraphs(): did you mean "status"',
  });
  assert.throws(() => store.listGraphs({ status: "Active" } as never), {
    name: "TypeError",
    message: "Cannot list graphs: status must be draft, active or archived: received Active",
  });
  for (const filter of [{ type: 5 }, { type: null }, { ownerId: 5 }, { projectId: {} }]) {
    assert.throws(
      () => store.listGraphs(filter as never),
      /^TypeError: Cannot list graphs: the \w+ must be Unicode text/,
    );
  }
  for (const filter of [{ version: "1" }, { version: 0 }, { limit: -1 }, { limit: 1.5 }, { limit: null }]) {
    assert.throws(() => store.listGraphs(filter as never), /^RangeError: Cannot list graphs: (version|limit) must be/);
  }
});

test("update() changes what is known of a graph", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  client.run("UPDATE graphs SET updated_at = 5");
  graph.update({ name: "new", ownerId: "o", metadata: { a: 1 } });
  graph.update({ projectId: "p", description: "d" });
  const { name, ownerId, projectId, description, metadata, updatedAt } = graph.info();
  assert.deepEqual([name, ownerId, projectId, description, metadata], ["new", "o", "p", "d", { a: 1 }]);
  assert.ok(updatedAt > 5);
  graph.update({ ownerId: null, metadata: {} });
  assert.deepEqual([graph.info().ownerId, graph.info().metadata], [null, {}]);
  assert.throws(() => graph.update({ nam: "x" } as never), /^TypeError: Unknown option "nam" for update\(\)/);
  assert.throws(() => graph.update({ status: "archived" } as never), /Unknown option "status" for update\(\)/);
  assert.throws(() => graph.update({ name: null } as never), /^TypeError: Cannot update a graph: the name must be/);
  assert.throws(() => graph.update(undefined as never), /^TypeError: Cannot update a graph: changes are wanted/);
});

/** Every call that writes to a graph. */
const WRITES: Record<string, (graph: Graph) => unknown> = {
  addNode: (graph) => graph.addNode("person", { key: "new" }),
  addNodes: (graph) => graph.addNodes([]),
  updateNode: (graph) => graph.updateNode("person", { key: "p" }),
  updateNodes: (graph) => graph.updateNodes([]),
  replaceNode: (graph) => graph.replaceNode("person", { key: "p", attributes: {} }),
  replaceNodes: (graph) => graph.replaceNodes([]),
  upsertNode: (graph) => graph.upsertNode("person", { key: "p", attributes: {} }),
  upsertNodes: (graph) => graph.upsertNodes([]),
  renameNode: (graph) => graph.renameNode("p", "q"),
  renameNodes: (graph) => graph.renameNodes([]),
  deleteNode: (graph) => graph.deleteNode("p"),
  deleteNodes: (graph) => graph.deleteNodes([]),
  addEdge: (graph) => graph.addEdge("maintains", { source: "p", target: "a" }),
  addEdges: (graph) => graph.addEdges([]),
  updateEdge: (graph) => graph.updateEdge("maintains", { edge: "k" }),
  updateEdges: (graph) => graph.updateEdges([]),
  replaceEdge: (graph) => graph.replaceEdge("maintains", { edge: "k", attributes: {} }),
  upsertEdge: (graph) => graph.upsertEdge("maintains", { key: "k", source: "p", target: "a" }),
  upsertEdges: (graph) => graph.upsertEdges([]),
  renameEdge: (graph) => graph.renameEdge("k", "l"),
  renameEdges: (graph) => graph.renameEdges([]),
  deleteEdge: (graph) => graph.deleteEdge("k"),
  deleteEdges: (graph) => graph.deleteEdges([]),
  import: (graph) => graph.import({}),
  update: (graph) => graph.update({ name: "x" }),
};

test("an archived graph is read, and not written until it is active again", (t) => {
  const { graph, store, client } = openGraph(t, Dependencies);
  graph.addNodes([
    { type: "package", key: "a", attributes: { license: "MIT" } },
    { type: "person", key: "p" },
  ]);
  graph.addEdge("maintains", { key: "k", source: "p", target: "a" });
  graph.archive();
  const before = changes(client);
  for (const [name, write] of Object.entries(WRITES)) {
    assert.throws(
      () => write(store.graph(graph.id)),
      (error: Error & { code?: string; details?: object }) => {
        assert.equal(error.code, "GRAPH_ARCHIVED", name);
        assert.match(error.message, /^Cannot [a-z ]+: the graph is archived: activate it first$/);
        assert.deepEqual(error.details, { graphId: graph.id });
        return true;
      },
    );
  }
  assert.equal(changes(client), before);
  assert.deepEqual([graph.info().status, graph.hasNode("a"), graph.hasEdge("k")], ["archived", true, true]);
  graph.archive();
  graph.activate();
  graph.addNode("person", { key: "q" });
  graph.archive();
  assert.equal(graph.delete(), true);
  assert.deepEqual(store.listGraphs(), []);
});

test("delete() takes the nodes and edges along, and every later call says so", (t) => {
  const { graph, store, client } = openGraph(t, Dependencies);
  const other = store.createGraph(Dependencies, { name: "other" });
  for (const one of [graph, other]) {
    one.addNode("package", { key: "a", attributes: { license: "MIT" } });
    one.addNode("person", { key: "p" });
    one.addEdge("maintains", { source: "p", target: "a" });
  }
  const gone = store.graph(graph.id);
  assert.deepEqual([graph.delete(), graph.delete()], [true, false]);
  const rows = ["graphs", "nodes", "edges"].map((table) => client.row(`SELECT count(*) FROM ${table}`)?.[0]);
  assert.deepEqual(rows, [1, 2, 1]);
  for (const [name, write] of Object.entries({
    ...WRITES,
    info: (one: Graph) => one.info(),
    activate: (one: Graph) => one.activate(),
    archive: (one: Graph) => one.archive(),
  })) {
    assert.throws(() => write(gone), { code: "NOT_FOUND", message: /there is no graph "/ }, name);
  }
  assert.deepEqual([graph.getNode("a"), graph.getEdge("k")], [undefined, undefined]);
});

test("createGraphStore() refuses what it can't work with", (t) => {
  const { db, client } = openStore(t);
  const wanted = "Cannot create a graph store: what createTenantDatabase(), createSystemDatabase() or";
  for (const wrong of [undefined, null, {}, client, "x.db"]) {
    assert.throws(
      () => createGraphStore(wrong as never),
      (error: Error) => error instanceof TypeError && error.message.startsWith(wanted),
    );
  }
  db.transaction((tx) => {
    assert.throws(
      () => createGraphStore(tx),
      /^TypeError: Cannot create a graph store: .*received a transaction: use in/,
    );
  });
  assert.throws(() => createGraphStore(db, { event: "notify" } as never), {
    message: 'Unknown option "event" for createGraphStore(): did you mean "events"',
  });
  for (const events of ["all", 5, null, true]) {
    assert.throws(() => createGraphStore(db, { events: events as never }), {
      name: "TypeError",
      message: `Cannot create a graph store: events must be "notify" or { stream }: received ${events}`,
    });
  }
  assert.throws(() => createGraphStore(db, { events: { strem: "x" } as never }), /Unknown option "strem"/);
  assert.throws(
    () => createGraphStore(db, { events: {} as never }),
    /^TypeError: Cannot create a graph store: the stream/,
  );
});

test("a store and its graphs say so once the database is closed", (t) => {
  const { graph, store, client } = openGraph(t, Dependencies);
  client.close();
  const closed = { code: "DATABASE_CLOSED" };
  assert.throws(() => store.listGraphs(), closed);
  assert.throws(() => store.register(Dependencies), closed);
  assert.throws(() => store.createGraph(Dependencies, { name: "x" }), closed);
  assert.throws(() => graph.getNode("a"), closed);
  assert.throws(() => graph.addNode("person", {}), closed);
});

test("every combination of rules can be registered and stored", (t) => {
  const { store } = openStore(t);
  const all: Partial<GraphConfig>[] = [];
  for (const type of ["directed", "undirected", "mixed"] as const) {
    for (const multi of [true, false])
      for (const allowSelfLoops of [true, false]) all.push({ type, multi, allowSelfLoops });
  }
  for (const [i, rules] of [...all, { acyclic: true }].entries()) {
    const module = defineGraph({ ...ruled(rules), name: `r${i}`, indexes: {}, keys: {}, transitions: {} });
    store.register(module);
    const { id } = store.createGraph(module, { name: "g" });
    assert.deepEqual(store.graph(id).module.config, module.config);
  }
});

test("a module of the same name that lets more through than the registered one opens no graph", (t) => {
  const { store, graph } = openGraph(t, ruled({}));
  const wider = ruled({ type: "mixed", multi: true, allowSelfLoops: true });
  const refused = {
    code: "MODULE_CHANGED",
    message: /must be as it is registered: received one with another config\.type/,
  };
  assert.throws(() => store.graph(graph.id, wider), refused);
  assert.throws(() => store.createGraph(wider, { name: "x" }), refused);
  store.register(ruled({ multi: true }));
  assert.equal(store.graph(graph.id, ruled({})).module.config.multi, false); // narrower: what it lets through is valid
});
