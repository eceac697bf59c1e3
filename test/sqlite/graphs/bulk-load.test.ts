import assert from "node:assert/strict";
import { test } from "node:test";
import { AclGraph, CallGraph, type GraphConfig, SecretGraph } from "../../../src/graphs/mod.ts";
import type { Database } from "../../../src/honker/mod.ts";
import { createGraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { openJsonBinding } from "../../support/json-binding.ts";
import { temporaryPath } from "../../support/temporary.ts";
import {
  edge,
  errorOf,
  importInto,
  manyEdges,
  manyNodes,
  nodes,
  type Row,
  type Rows,
  SCHEMA,
} from "./bulk-load/rows.ts";
import { contents, Dependencies, openGraph, openStore, ruled } from "./fixture.ts";

const child = new URL("child/import.ts", import.meta.url);

test("import() adds what addNodes() and addEdges() add", (t) => {
  const { graph, client, store } = openGraph(t, Dependencies);
  const other = store.createGraph(Dependencies, { name: "other" });
  const person = (i: number) => ({ type: "person", key: `p${i}`, attributes: { name: `${i}` } }) as const;
  const rows = {
    nodes: [
      { type: "package", key: "a", attributes: { license: "MIT", stats: { stars: 5 } }, metadata: { m: [1] } },
      { type: "person", key: "p" },
      { type: "package", key: "ä'\"", attributes: { license: "", more: null } },
      ...Array.from({ length: 40 }, (_, i) => person(i)),
    ],
    edges: [
      { type: "maintains", source: "p", target: "a", key: "k", metadata: { x: 1 } },
      { type: "depends_on", source: "a", target: "ä'\"", attributes: { range: "*" } },
      ...Array.from(
        { length: 40 },
        (_, i) => ({ type: "maintains", source: `p${i}`, target: "a", key: null }) as const,
      ),
    ],
  } as const;
  const beforeMs = Date.now();
  assert.deepEqual(graph.import(rows), { nodes: 43, edges: 42 });
  other.addNodes(rows.nodes);
  other.addEdges(rows.edges);
  assert.deepEqual(contents(graph, client), contents(other, client));
  for (const table of ["nodes", "edges"]) {
    const ids = client.values(`SELECT id, created_at, updated_at FROM ${table} WHERE graph_id = ? ORDER BY rowid`, [
      graph.id,
    ]) as [string, number, number][];
    assert.deepEqual(ids.map(([id]) => id).sort(), [...new Set(ids.map(([id]) => id))]);
    for (const [id, createdAt, updatedAt] of ids) {
      assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      assert.ok(createdAt >= beforeMs && createdAt <= Date.now() && updatedAt === createdAt);
    }
  }
});

test("import() takes keys from attributes, and makes those that are not given", (t) => {
  const { graph: calls } = openGraph(t, CallGraph);
  const call = { requestId: "r", operationId: "o", status: "running", input: 1 } as const;
  calls.import({ nodes: [{ type: "call", attributes: call }] });
  assert.deepEqual(calls.getNode("r")?.attributes, call);
  const { graph, client } = openGraph(t, ruled({}));
  graph.import({ nodes: [{ type: "n" }, { type: "m" }] });
  const keys = client.values("SELECT key FROM nodes").flat();
  assert.equal(new Set(keys).size, 2);
});

test("import() takes lists of any kind, or none, and reads each once", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  assert.deepEqual(graph.import({}), { nodes: 0, edges: 0 });
  assert.deepEqual(graph.import({ nodes: new Set(nodes("ab")) as never }), { nodes: 2, edges: 0 });
  const one = function* () {
    yield edge("ab");
  };
  assert.deepEqual(graph.import({ edges: one() as never }), { nodes: 0, edges: 1 });
  assert.deepEqual(client.values("SELECT count(*) FROM edges"), [[1]]);
});

test("import() refuses what is no source, and options that it does not know", (t) => {
  const { graph } = openGraph(t, ruled({}));
  const refused = (source: unknown, options: unknown, message: RegExp) =>
    assert.throws(() => graph.import(source as never, options as never), { name: "TypeError", message });
  refused(undefined, {}, /^Cannot import a graph: \{ nodes, edges \} is wanted: received undefined$/);
  refused({ node: [] }, {}, /^Unknown option "node" for import\(\): did you mean "nodes"$/);
  refused({ nodes: "ab" }, {}, /^Cannot import a graph: nodes must be a list: received a string of 2 characters$/);
  refused({ edges: 5 }, {}, /^Cannot import a graph: edges must be a list/);
  refused({}, { onprogress() {} }, /^Unknown option "onprogress" for import\(\): did you mean "onProgress"$/);
  refused({}, { onProgress: 1 }, /^Cannot import a graph: onProgress must be a function: received an integer$/);
});

test("import() lets through what the graph type allows", (t) => {
  const ends: Rows = { nodes: [...nodes("abcd"), ...nodes("xy", "m")] };
  const allowed: [Partial<GraphConfig>, Row[]][] = [
    [{ multi: true }, [edge("ab"), edge("ab"), edge("ax", { type: "f" })]],
    [{ allowSelfLoops: true }, [edge("aa"), edge("ab"), edge("ba")]],
    [{ type: "undirected" }, [edge("xa", { type: "f" }), edge("ay", { type: "f" })]],
    [
      { type: "mixed" },
      [edge("ab"), edge("ba"), edge("ab", { undirected: true }), edge("xb", { type: "f", undirected: true })],
    ],
  ];
  for (const [config, edges] of allowed) {
    const { graph, client } = openGraph(t, ruled(config));
    importInto(graph, { ...ends, edges });
    assert.deepEqual(client.values("SELECT count(*) FROM edges"), [[edges.length]]);
  }
});

test("import() of many makes every index again, whoever made it", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  client.run(`CREATE INDEX "an ""index" ON edges (type, "undirected") WHERE key IS NULL`);
  client.run("CREATE UNIQUE INDEX mine ON nodes (graph_id, key, type)");
  const schema = client.values(SCHEMA);
  graph.import({ nodes: manyNodes(), edges: manyEdges() });
  assert.deepEqual(client.values(SCHEMA), schema);
  assert.deepEqual(client.values("PRAGMA integrity_check"), [["ok"]]);
  assert.deepEqual(client.values("PRAGMA foreign_key_check"), []);
  const plan = client.values("EXPLAIN QUERY PLAN SELECT 1 FROM edges WHERE graph_id = 'g' AND source_node_key = 'k'");
  assert.match(String(plan[0]?.[3]), /COVERING INDEX edges_graph_source/);
});

for (const events of ["notify", { stream: "changes" }] as const) {
  test(`import() tells of each row as addNodes() and addEdges() do, by ${JSON.stringify(events)}`, (t) => {
    const { graph, client, store } = openGraph(t, ruled({}), { events });
    const told = () =>
      events === "notify"
        ? client.values("SELECT channel, payload FROM _honker_notifications ORDER BY id")
        : client.values("SELECT key, payload FROM _honker_stream ORDER BY offset");
    const rows = { nodes: [...manyNodes(1200)], edges: [...manyEdges(1200)] };
    const other = store.createGraph(graph.module, { name: "other" });
    const start = told().length;
    graph.import(rows);
    const imported = told().slice(start);
    other.addNodes(rows.nodes!);
    other.addEdges(rows.edges!);
    const normal = (list: unknown[][], client: Database) => {
      const keys = new Map(client.values("SELECT id, source_node_key FROM edges") as [string, string][]);
      return list.map(([name, text]) => {
        const { graphId: _, id, ...rest } = JSON.parse(text as string) as { graphId: string; id?: string };
        return [name, rest, id === undefined ? undefined : keys.get(id)];
      });
    };
    assert.equal(imported.length, 2399);
    assert.deepEqual(normal(imported, client), normal(told().slice(start + 2399), client));
  });
}

test("import() that fails tells nothing", (t) => {
  const { graph, client } = openGraph(t, ruled({}), { events: "notify" });
  const count = () => client.values("SELECT count(*) FROM _honker_notifications");
  const before = count();
  assert.throws(() => importInto(graph, { nodes: [...manyNodes(1500)], edges: [edge("zz")] }));
  assert.deepEqual(count(), before);
});

test("import() wakes listeners of this process", async (t) => {
  const { graph, client } = openGraph(t, ruled({}), { events: "notify" });
  const listener = client.listen("nodes:created", { fallbackPollS: null });
  importInto(graph, { nodes: nodes("a") });
  const { value } = await listener[Symbol.asyncIterator]().next();
  assert.deepEqual(value?.payload, { graphId: graph.id, key: "a", type: "n" });
  listener.close();
});

test("import() of an access control graph says that access has changed", (t) => {
  const { graph, client } = openGraph(t, AclGraph);
  const attributes = { identityType: "account" as const, identityId: "i", scopes: [] };
  graph.import({ nodes: [{ type: "principal", key: "p", attributes }] });
  const told = client.values("SELECT payload FROM _honker_notifications WHERE channel = 'acl:changed'");
  assert.ok(told.some(([payload]) => JSON.parse(payload as string).graphId === graph.id));
});

test("import() tells its progress, and what that throws ends it", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  const seen: object[] = [];
  const source = { nodes: manyNodes(25_000), edges: manyEdges(20_001) };
  graph.import(source, { onProgress: (counts) => seen.push(counts) });
  const steps = [
    [10_000, 0],
    [20_000, 0],
    [25_000, 10_000],
    [25_000, 20_000],
  ];
  assert.deepEqual(
    seen,
    steps.map(([nodes, edges]) => ({ nodes, edges })),
  );
  const stop = new Error("stop");
  const more = { nodes: Array.from({ length: 10_000 }, () => ({ type: "m" }) as const) };
  const onProgress = () => {
    throw stop;
  };
  assert.throws(
    () => graph.import(more, { onProgress }),
    (error) => error === stop,
  );
  assert.deepEqual(client.values("SELECT count(*) FROM nodes"), [[25_000]]);
});

test("import() ends with what a list throws, closes the list, and leaves nothing", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  const stop = new Error("stop");
  let isClosed = false;
  const throwing = function* () {
    yield* nodes("ab");
    throw stop;
  };
  assert.throws(
    () => graph.import({ nodes: throwing() as never }),
    (error) => error === stop,
  );
  const closing = function* () {
    try {
      yield { type: "bad" };
    } finally {
      isClosed = true;
    }
  };
  assert.throws(() => graph.import({ nodes: closing() as never }), { code: "INVALID_GRAPH" });
  assert.ok(isClosed);
  assert.deepEqual(client.values("SELECT count(*) FROM nodes"), [[0]]);
  assert.equal(client.inTransaction, false);
});

test("import() lets its lists read what was there before, and refuses their writes", (t) => {
  const { graph, client, db } = openGraph(t, ruled({}));
  importInto(graph, { nodes: nodes("ab") });
  const open = { code: "TRANSACTION_OPEN" };
  const using = function* () {
    yield { type: "n", key: "c" };
    assert.deepEqual([graph.hasNode("a"), graph.hasNode("c")], [true, false]);
    assert.throws(() => graph.addNode("n", { key: "d" }), open);
    assert.throws(() => graph.import({}), open);
    assert.throws(() => client.run("PRAGMA foreign_keys = OFF"), open);
    assert.throws(() => db.transaction(() => {}), open);
    yield { type: "n", key: "d" };
  };
  assert.deepEqual(graph.import({ nodes: using() as never }), { nodes: 2, edges: 0 });
  assert.deepEqual([graph.hasNode("c"), graph.hasNode("d")], [true, true]);
});

test("import() whose list closes the file fails, and the file is as before", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  const closing = function* () {
    yield* manyNodes(100);
    client.close();
    yield* nodes("ab");
  };
  assert.throws(() => graph.import({ nodes: closing() as never }), { code: "TRANSACTION_FINISHED" });
  const { client: again } = { client: openJsonBinding(client.path) };
  assert.deepEqual(again.query("SELECT count(*) AS n FROM nodes"), [{ n: 0 }]);
  again.close?.();
});

test("import() leaves the checks of others on, and their temporary tables", async (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  client.run("CREATE TEMP TABLE mine (a)");
  const dangling = `INSERT INTO edges (id, graph_id, type, source_node_key, target_node_key) VALUES ('i', '${graph.id}', 'e', 'y', 'z')`;
  const refused = { message: /FOREIGN KEY constraint failed/ };
  const listed = function* () {
    yield* nodes("ab");
    waiting = client.whenUnlocked(() => assert.throws(() => client.run(dangling), refused));
  };
  let waiting: Promise<void> | undefined;
  graph.import({ nodes: listed() as never });
  await waiting;
  assert.throws(() => client.run(dangling), refused);
  assert.throws(() => client.run("UPDATE nodes SET attributes = 'no json'"), { message: /CHECK constraint failed/ });
  client.run("INSERT INTO mine VALUES (1)");
});

test("import() inside a transaction commits or is undone with it", (t) => {
  const { graph, client, db } = openGraph(t, ruled({ acyclic: true }));
  const rows = { nodes: [...manyNodes(50)], edges: [...manyEdges(50)] };
  db.transaction((tx) => {
    const inside = graph.in(tx);
    importInto(inside, rows);
    assert.throws(() => importInto(inside, { nodes: nodes("a"), edges: [edge("az")] }), { code: "NOT_FOUND" });
    assert.throws(() => importInto(inside, { edges: [edge("", { source: "k0", target: "k49" })] }), {
      message: /a cycle through/,
    });
    assert.deepEqual([inside.hasNode("k0"), inside.hasNode("a"), graph.hasNode("k0")], [true, false, false]);
  });
  assert.deepEqual(client.values("SELECT (SELECT count(*) FROM nodes), (SELECT count(*) FROM edges)"), [[50, 49]]);
  const tx = client.transaction();
  importInto(graph.in(tx), { nodes: nodes("ab") });
  tx.rollback();
  assert.equal(graph.hasNode("a"), false);
});

test("import() refuses an archived graph, and one that is gone, before it reads the lists", (t) => {
  const { graph } = openGraph(t, ruled({}));
  const untouched = {
    [Symbol.iterator](): never {
      throw new Error("it was read");
    },
  };
  graph.archive();
  assert.throws(() => graph.import({ nodes: untouched }), {
    code: "GRAPH_ARCHIVED",
    message: /^Cannot import a graph/,
  });
  graph.delete();
  assert.throws(() => graph.import({ nodes: untouched }), { code: "NOT_FOUND", message: /^Cannot import a graph/ });
});

test("import() fills the native tables of a call graph", (t) => {
  const { store, client } = openStore(t);
  store.register(CallGraph);
  const graph = store.createGraph(CallGraph, { name: "calls", layout: "native" });
  const call = (requestId: string) =>
    ({ type: "call", attributes: { requestId, operationId: "o", status: "completed", input: { a: [1] } } }) as const;
  const edges = [{ type: "triggered", source: "a", target: "b" } as const];
  assert.deepEqual(graph.import({ nodes: ["a", "b", "c"].map(call), edges }), { nodes: 3, edges: 1 });
  assert.deepEqual(graph.getNode("b")?.attributes, call("b").attributes);
  assert.deepEqual(client.values("SELECT type, source_request_id FROM call_edges"), [["triggered", "a"]]);
  const refused = (edges: object[], rule: string) =>
    assert.equal((errorOf(() => importInto(graph, { edges } as Rows)).details as { rule: string }).rule, rule);
  refused([{ type: "depends_on", source: "a", target: "b" }], "multi");
  refused(
    [
      { type: "depends_on", source: "b", target: "c" },
      { type: "triggered", source: "c", target: "a" },
    ],
    "acyclic",
  );
  assert.throws(() => graph.import({ nodes: [call("d"), call("a")] }), { code: "ALREADY_EXISTS" });
  assert.throws(() => graph.import({ edges: [{ type: "triggered", source: "a", target: "z" }] }), {
    code: "NOT_FOUND",
  });
  assert.deepEqual(client.values("SELECT count(*) FROM call_nodes"), [[3]]);
});

test("import() holds edge types with ends of several node types", (t) => {
  const { graph } = openGraph(t, SecretGraph);
  const encrypted = { keyVersion: 1, salt: "", iv: "", data: "" };
  const rows = [
    { type: "secret", key: "s", attributes: { name: "s", encrypted } },
    { type: "derived_key", key: "d", attributes: { name: "d", derivationPath: "m", keyVersion: 1 } },
    { type: "service", key: "v", attributes: { name: "v" } },
  ] as const;
  graph.import({
    nodes: rows,
    edges: [
      { type: "authenticates", source: "s", target: "v" },
      { type: "authenticates", source: "d", target: "v" },
    ],
  });
  const wrong = { type: "authenticates", source: "s", target: "d" } as const;
  assert.throws(() => graph.import({ edges: [wrong] }), {
    message: /"s" to "d" of type "authenticates" .*it must lead from "secret" or "derived_key" to "service"/,
  });
});

test("import() works on the native binding as well", (t) => {
  const client = openJsonBinding(temporaryPath(t));
  t.after(() => client.close?.());
  const store = createGraphStore(createTenantDatabase(client), { events: "notify" });
  const module = ruled({});
  store.register(module);
  const graph = store.createGraph(module, { name: "g" });
  assert.deepEqual(importInto(graph, { nodes: nodes("ab"), edges: [edge("ab")] }), { nodes: 2, edges: 1 });
  assert.throws(() => importInto(graph, { nodes: nodes("c"), edges: [edge("ab")] }), { code: "INVALID_GRAPH" });
  assert.equal(graph.hasNode("c"), false);
});

test("import() in a process that is killed leaves the file and its indexes as they were", async (t) => {
  const { graph, client, store } = openGraph(t, ruled({}));
  importInto(graph, { nodes: [...manyNodes(100)], edges: [...manyEdges(100)] });
  const [schema, stored] = [client.values(SCHEMA), contents(graph, client)];
  for (const moment of ["nodes", "edges"]) {
    const process = startChild(t, child, [client.path, graph.id, moment]);
    assert.equal(await process.nextLine(), "dropped"); // more rows than fit into the cache are written, and no index is left
    process.kill();
    await process.waitExit();
    assert.deepEqual(client.values(SCHEMA), schema);
    assert.deepEqual(contents(graph, client), stored);
    assert.deepEqual(client.values("PRAGMA integrity_check"), [["ok"]]);
  }
  store.graph(graph.id, graph.module).import({ nodes: [{ type: "n", key: "later" }] });
  assert.ok(graph.hasNode("later"));
});
