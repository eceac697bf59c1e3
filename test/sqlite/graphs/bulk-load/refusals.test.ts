import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GraphConfig, GraphModule } from "../../../../src/graphs/mod.ts";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import type { TestScope } from "../../../support/temporary.ts";
import { contents, openGraph, ruled } from "../fixture.ts";
import { edge, errorOf, importInto, MANY, manyEdges, manyNodes, nodes, type Row, type Rows, SCHEMA } from "./rows.ts";

const mixed = { type: "mixed" } as const;
const undirected = { type: "undirected" } as const;

/** Asserts that an import is refused as `addNodes` and `addEdges` are, and leaves the file as it was. */
function refusedAlike(t: TestScope, module: GraphModule, before: Rows, rows: Rows, expected: string | RegExp): void {
  const { graph, client, store } = openGraph(t, module);
  const other = store.createGraph(module, { name: "other" }) as Graph;
  for (const one of [graph, other] as Graph[]) {
    one.addNodes((before.nodes ?? []) as never);
    one.addEdges((before.edges ?? []) as never);
  }
  const stored = contents(graph, client);
  const schema = client.values(SCHEMA);
  const error = errorOf(() => importInto(graph, rows));
  const added = errorOf(() => {
    other.addNodes((rows.nodes ?? []) as never);
    other.addEdges((rows.edges ?? []) as never);
  });
  assert.deepEqual(error, added);
  if (typeof expected === "string") assert.equal((error.details as { rule: string }).rule, expected, error.message);
  else assert.match(`${error.code ?? error.name}: ${error.message}`, expected);
  assert.deepEqual(contents(graph, client), stored);
  assert.deepEqual(client.values(SCHEMA), schema);
}

const ENDS: Rows = { nodes: [...nodes("abcd"), ...nodes("xy", "m")] };
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
    const [schema, stored] = [client.values(SCHEMA), contents(graph, client)];
    const error = errorOf(() => importInto(graph, { nodes: [...manyNodes()], edges: [...manyEdges(), last] }));
    if (typeof expected === "string") assert.equal((error.details as { rule: string }).rule, expected, error.message);
    else assert.match(`${error.code}: ${error.message}`, expected);
    assert.deepEqual(client.values(SCHEMA), schema);
    assert.deepEqual(contents(graph, client), stored);
  });
}

test("import() of many refuses a key that comes twice, and puts the indexes back", (t) => {
  const { graph, client } = openGraph(t, ruled({}));
  const schema = client.values(SCHEMA);
  const twice = [...manyNodes(), ...nodes("bab"), { type: "n", key: "k5" }] as Iterable<never>;
  const taken = { code: "ALREADY_EXISTS", message: /received node "b"$/ };
  assert.throws(() => graph.import({ nodes: twice }), taken);
  assert.deepEqual(client.values(SCHEMA), schema);
  assert.deepEqual(client.values("SELECT count(*) FROM nodes"), [[0]]);
});

test("import() accepts and refuses what addEdges() does, whatever it is", (t) => {
  const configs: Partial<GraphConfig>[] = [{ acyclic: true }];
  for (const type of ["directed", "undirected", "mixed"] as const) {
    for (const multi of [false, true]) configs.push({ type, multi }, { type, multi, allowSelfLoops: true });
  }
  const opened = configs.map((config) => openGraph(t, ruled(config)));
  const edges = fc.array(
    fc.record(
      {
        type: fc.constantFrom("e", "e", "f"),
        source: fc.constantFrom("a", "b", "c", "x", "z"),
        target: fc.constantFrom("a", "b", "c", "x", "y"),
        undirected: fc.boolean(),
        key: fc.constantFrom("k", "l", null),
      },
      { requiredKeys: ["type", "source", "target"] },
    ),
    { maxLength: 5 },
  );
  const property = fc.property(fc.constantFrom(...opened), edges, edges, ({ store, client, graph }, before, rows) => {
    const [imported, added] = [1, 2].map(() => {
      const one = store.createGraph<GraphModule>(graph.module, { name: "one" });
      one.addNodes([...nodes("abc"), ...nodes("xy", "m")]);
      for (const edge of before) outcomeOf(() => one.addEdges([edge]));
      return one;
    });
    const outcome = outcomeOf(() => importInto(imported!, { edges: rows }));
    assert.equal(
      outcome,
      outcomeOf(() => added!.addEdges(rows)),
    );
    assert.deepEqual(contents(imported!, client), contents(added!, client));
  });
  fc.assert(property, { numRuns: 300 });
});

function outcomeOf(work: () => unknown): "accepted" | "refused" {
  try {
    work();
    return "accepted";
  } catch (error) {
    assert.equal((error as Error).name, "StorageError", (error as Error).stack);
    return "refused";
  }
}
