import assert from "node:assert/strict";
import { test } from "node:test";
import { AclGraph, CallGraph, type GraphConfig, type GraphModule, SecretGraph } from "../../../src/graphs/mod.ts";
import type { Database } from "../../../src/honker/mod.ts";
import type { Graph } from "../../../src/sqlite/graphs/graph.ts";
import { createGraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { openJsonBinding } from "../../support/json-binding.ts";
import { temporaryPath } from "../../support/temporary.ts";
import { contents, Dependencies, openGraph, openStore, ruled } from "./fixture.ts";

interface Row {
  readonly type: string;
  readonly [member: string]: unknown;
}
interface Rows {
  readonly nodes?: readonly Row[];
  readonly edges?: readonly Row[];
}

const child = new URL("child/import.ts", import.meta.url);
const MANY = 50_001; // rows, from which on indexes are made anew
const INDEXES = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('index', 'table') ORDER BY name";

const importInto = (graph: { import(source: never): unknown }, rows: Rows) => graph.import(rows as never);
const nodes = (keys: string, type = "n") => keys.split("").map((key) => ({ type, key }));
const edge = (ends: string, more: object = {}) => ({ type: "e", source: ends[0], target: ends[1], ...more });

/** `count` nodes and as many edges, in a ring if there is no other graph beside. */
function* manyNodes(count = MANY) {
  for (let i = 0; i < count; i++) yield { type: "n", key: `k${i}` };
}
function* manyEdges(count = MANY, last?: Row) {
  for (let i = 1; i < count; i++) yield { type: "e", source: `k${i}`, target: `k${i - 1}` };
  if (last !== undefined) yield last;
}

function errorOf(work: () => unknown): { name: string; message: string; code?: string; details?: unknown } {
  try {
    work();
  } catch (error) {
    const { name, message, code, details } = error as Error & { code?: string; details?: unknown };
    return { name, message, ...(code !== undefined && { code, details }) };
  }
  return assert.fail("nothing was thrown");
}

/** Asserts that an import is refused as `addNodes` and `addEdges` are, and leaves the file as it was. */
function refusedAlike(
  t: Parameters<typeof openStore>[0],
  module: GraphModule,
  before: Rows,
  rows: Rows,
  expected: string | RegExp,
): void {
  const { graph, client, store } = openGraph(t, module);
  const other = store.createGraph(module, { name: "other" }) as Graph;
  for (const one of [graph, other] as Graph[]) {
    one.addNodes((before.nodes ?? []) as never);
    one.addEdges((before.edges ?? []) as never);
  }
  const stored = contents(graph, client);
  const schema = client.values(INDEXES);
  const error = errorOf(() => importInto(graph, rows));
  const added = errorOf(() => {
    other.addNodes((rows.nodes ?? []) as never);
    other.addEdges((rows.edges ?? []) as never);
  });
  assert.deepEqual(error, added);
  if (typeof expected === "string") assert.equal((error.details as { rule: string }).rule, expected, error.message);
  else assert.match(`${error.code ?? error.name}: ${error.message}`, expected);
  assert.deepEqual(contents(graph, client), stored);
  assert.deepEqual(client.values(INDEXES), schema);
}

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

const ENDS: Rows = { nodes: [...nodes("abcd"), ...nodes("xy", "m")] };
const mixed = { type: "mixed" } as const;
const undirected = { type: "undirected" } as const;
const REFUSED: readonly [
  what: string,
  config: Partial<GraphConfig>,
  before: Rows,
  rows: Rows,
  expected: string | RegExp,
][] = [
  ["a node that is no object", {}, {}, { nodes: [null as never] }, /^TypeError: .* an object is wanted/],
  ["an unknown member", {}, {}, { nodes: [{ type: "n", kee: 1 }] }, /^TypeError: Unknown option "kee" for addNode/],
  ["an unknown node type", {}, {}, { nodes: [{ type: "o", key: "a" }] }, "type"],
  ["attributes that don't fit", {}, {}, { nodes: [{ type: "n", key: "a", attributes: [] }] }, "attributes"],
  ["metadata that is no JSON", {}, {}, { nodes: [{ type: "n", metadata: { a: NaN } }] }, /^TypeError: .* metadata/],
  ["a key that is stored", {}, ENDS, { nodes: nodes("eb") }, /^ALREADY_EXISTS: .* received node "b"$/],
  ["a key that comes twice", {}, {}, { nodes: nodes("abcdefghijklmnopqrstuvwxyzm") }, /^ALREADY_EXISTS: .* node "m"$/],
  ["an edge that is no object", {}, ENDS, { edges: [5 as never] }, /^TypeError: .* an object is wanted/],
  ["an end that is no text", {}, ENDS, { edges: [edge("ab", { target: 5 })] }, /^TypeError: .* target must be/],
  ["an unknown edge type", {}, ENDS, { edges: [edge("ab", { type: "g" })] }, "type"],
  ["edge attributes that don't fit", {}, ENDS, { edges: [edge("ab", { attributes: 5 })] }, "attributes"],
  ["a source that is not there", {}, ENDS, { edges: [edge("ab"), edge("zb")] }, /^NOT_FOUND: Cannot add an edge .*"z"/],
  ["a target that is not there", {}, ENDS, { edges: [edge("az", { key: "k" })] }, /^NOT_FOUND: Cannot add edge "k"/],
  [
    "a source of another type",
    {},
    ENDS,
    { edges: [edge("ax", { type: "f" }), edge("xy", { type: "f" })] },
    "endpoints",
  ],
  ["a target of another type", {}, ENDS, { edges: [edge("ab", { type: "f", key: "k" })] }, "endpoints"],
  ["an edge the wrong way round", {}, ENDS, { edges: [edge("xa", { type: "f" })] }, "endpoints"],
  [
    "an undirected edge of other types",
    undirected,
    ENDS,
    { edges: [edge("xa", { type: "f" }), edge("xy", { type: "f" })] },
    "endpoints",
  ],
  ["an undirected edge in a directed graph", {}, ENDS, { edges: [edge("ab", { undirected: true })] }, "direction"],
  [
    "a directed edge in an undirected graph",
    undirected,
    ENDS,
    { edges: [edge("ab", { undirected: false })] },
    "direction",
  ],
  ["a self loop", {}, ENDS, { edges: [edge("aa")] }, "selfLoop"],
  ["a parallel edge", {}, ENDS, { edges: [edge("ab"), edge("ba"), edge("cd"), edge("cd", { type: "e" })] }, "multi"],
  [
    "an edge parallel to a stored one",
    {},
    { ...ENDS, edges: [edge("ab")] },
    { edges: [edge("ab", { key: "k" })] },
    "multi",
  ],
  ["an undirected edge the other way round", undirected, ENDS, { edges: [edge("ab"), edge("ba")] }, "multi"],
  [
    "an undirected edge beside a stored one",
    mixed,
    { ...ENDS, edges: [edge("ab", { undirected: true })] },
    { edges: [edge("ab"), edge("ba", { undirected: true })] },
    "multi",
  ],
  [
    "a parallel edge in a mixed graph",
    mixed,
    ENDS,
    { edges: [edge("ab", { undirected: true }), edge("ab"), edge("ba"), edge("ab")] },
    "multi",
  ],
  ["a second self loop", { ...undirected, allowSelfLoops: true }, ENDS, { edges: [edge("aa"), edge("aa")] }, "multi"],
  [
    "an edge key that is stored",
    { multi: true },
    { ...ENDS, edges: [edge("ab", { key: "k" })] },
    { edges: [edge("ab"), edge("ab", { key: "k" })] },
    /^ALREADY_EXISTS: .* edge "k"$/,
  ],
  [
    "an edge key that comes twice",
    {},
    ENDS,
    { edges: [edge("ab", { key: "k" }), edge("bc", { key: "k" })] },
    /^ALREADY_EXISTS: .* edge "k"$/,
  ],
];

for (const [what, config, before, rows, expected] of REFUSED) {
  test(`import() refuses ${what} as addNodes() and addEdges() do`, (t) => {
    refusedAlike(t, ruled(config), before, rows, expected);
  });
}

test("import() refuses a cycle, also through edges that were there", (t) => {
  const { graph, client } = openGraph(t, ruled({ acyclic: true }));
  graph.addNodes(nodes("abcd") as never);
  graph.addEdge("e", { source: "a", target: "b" });
  const refused = {
    code: "INVALID_GRAPH",
    message: /^Cannot accept an edge from "." to "." of type "e" .*a cycle through/,
  };
  assert.throws(() => importInto(graph, { edges: [edge("bc"), edge("cd"), edge("da")] }), refused);
  assert.deepEqual(client.values("SELECT count(*) FROM edges"), [[1]]);
  importInto(graph, { edges: [edge("bc"), edge("cd"), edge("ad")] });
});

test("import() lets through what the graph type allows", (t) => {
  const allowed: [Partial<GraphConfig>, Row[]][] = [
    [{ multi: true }, [edge("ab"), edge("ab"), edge("ax", { type: "f" })]],
    [{ allowSelfLoops: true }, [edge("aa"), edge("ab"), edge("ba")]],
    [undirected, [edge("xa", { type: "f" }), edge("ay", { type: "f" })]],
    [mixed, [edge("ab"), edge("ba"), edge("ab", { undirected: true }), edge("xb", { type: "f", undirected: true })]],
  ];
  for (const [config, edges] of allowed) {
    const { graph, client } = openGraph(t, ruled(config));
    importInto(graph, { ...ENDS, edges });
    assert.deepEqual(client.values("SELECT count(*) FROM edges"), [[edges.length]]);
  }
});

const LATE: readonly [what: string, config: Partial<GraphConfig>, last: Row, expected: string | RegExp][] = [
  ["a missing source", {}, edge("", { source: "z", target: "k1" }), /^NOT_FOUND: .* edge from "z" to "k1".* node "z"$/],
  ["a missing target", {}, edge("", { source: "k1", target: "z" }), /^NOT_FOUND: .* edge from "k1" to "z".* node "z"$/],
  ["ends of other types", {}, edge("", { type: "f", source: "k5", target: "k2" }), "endpoints"],
  [
    "undirected ends of other types",
    mixed,
    edge("", { type: "f", source: "k5", target: "k2", undirected: true }),
    "endpoints",
  ],
  ["a parallel edge", {}, edge("", { source: "k7", target: "k6" }), "multi"],
  ["an undirected edge the other way round", undirected, edge("", { source: "k6", target: "k7" }), "multi"],
  ["a second undirected edge", undirected, edge("", { source: "k7", target: "k6" }), "multi"],
  ["a cycle", { acyclic: true }, edge("", { source: "k0", target: `k${MANY - 1}` }), "acyclic"],
  ["a taken edge key", {}, edge("", { source: "k9", target: "k1", key: "taken" }), /^ALREADY_EXISTS: .* edge "taken"$/],
];

for (const [what, config, last, expected] of LATE) {
  test(`import() of many refuses ${what}, and puts the indexes back`, (t) => {
    const { graph, client } = openGraph(t, ruled(config));
    const [a, b] = [{ type: "n", key: "a" } as const, { type: "n", key: "b" } as const];
    graph.import({ nodes: [a, b], edges: [{ type: "e", source: "a", target: "b", key: "taken" }] });
    const [schema, stored] = [client.values(INDEXES), contents(graph, client)];
    const error = errorOf(() =>
      graph.import({ nodes: manyNodes(MANY + 1), edges: manyEdges(MANY + 1, last) } as Parameters<
        typeof graph.import
      >[0]),
    );
    if (typeof expected === "string") assert.equal((error.details as { rule: string }).rule, expected, error.message);
    else assert.match(`${error.code}: ${error.message}`, expected);
    assert.deepEqual(client.values(INDEXES), schema);
    assert.deepEqual(contents(graph, client), stored);
  });
}

test("import() of many makes every index again, whoever made it", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  client.run(`CREATE INDEX "an ""index" ON edges (type, "undirected") WHERE key IS NULL`);
  client.run("CREATE UNIQUE INDEX mine ON nodes (graph_id, key, type)");
  const schema = client.values(INDEXES);
  graph.import({ nodes: manyNodes(), edges: manyEdges() } as Parameters<typeof graph.import>[0]);
  assert.deepEqual(client.values(INDEXES), schema);
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
    const rows = { nodes: [...manyNodes(1200)], edges: [...manyEdges(1200)] } as Parameters<typeof graph.import>[0];
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
  const source = { nodes: manyNodes(25_000), edges: manyEdges(20_001) } as Parameters<typeof graph.import>[0];
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
  const [schema, stored] = [client.values(INDEXES), contents(graph, client)];
  for (const moment of ["nodes", "edges"]) {
    const process = startChild(t, child, [client.path, graph.id, moment]);
    assert.equal(await process.nextLine(), "dropped"); // more rows than fit into the cache are written, and no index is left
    process.kill();
    await process.waitExit();
    assert.deepEqual(client.values(INDEXES), schema);
    assert.deepEqual(contents(graph, client), stored);
    assert.deepEqual(client.values("PRAGMA integrity_check"), [["ok"]]);
  }
  store.graph(graph.id, graph.module).import({ nodes: [{ type: "n", key: "later" }] });
  assert.ok(graph.hasNode("later"));
});
