import assert from "node:assert/strict";
import { test } from "node:test";
import { breaks, contents, Dependencies, openGraph, openRuled } from "./fixture.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const IN_RULED = 'in graph type "ruled" version 1';
const IN_DEPENDENCIES = 'in graph type "dependencies" version 1';

/** A graph of the packages a to d and the person p. */
function openDependencies(t: Parameters<typeof openGraph>[0]) {
  const opened = openGraph(t, Dependencies);
  opened.graph.addNodes("abcd".split("").map((key) => ({ type: "package", key, attributes: { license: "MIT" } })));
  opened.graph.addNode("person", { key: "p" });
  return opened;
}

test("addEdge() stores an edge, which getEdge() gives back as it was", (t) => {
  const { graph } = openDependencies(t);
  const edge = { key: "ab", source: "a", target: "b", attributes: { range: "^1", more: [null] }, metadata: { x: 1 } };
  const before = Date.now();
  const id = graph.addEdge("depends_on", edge);
  assert.match(id, UUID_V7);
  const { createdAt, updatedAt, ...stored } = graph.getEdge("ab")!;
  assert.deepEqual(stored, { id, type: "depends_on", undirected: false, ...edge });
  assert.ok(createdAt >= before && createdAt <= Date.now());
  assert.equal(updatedAt, createdAt);
  assert.deepEqual(graph.getEdge({ id })?.key, "ab");
  assert.deepEqual([graph.hasEdge("ab"), graph.hasEdge({ id }), graph.hasEdge("ba")], [true, true, false]);
});

test("an edge without a key is named by its id, in its own graph only", (t) => {
  const { graph, store } = openDependencies(t);
  const id = graph.addEdge("maintains", { source: "p", target: "a", key: null });
  const other = store.createGraph(Dependencies, { name: "other" });
  assert.equal(graph.getEdge({ id })?.key, null);
  assert.equal(other.getEdge({ id }), undefined);
  assert.equal(other.deleteEdge({ id }), false);
  assert.throws(() => other.updateEdge("maintains", { edge: { id } }), { code: "NOT_FOUND" });
  assert.deepEqual(graph.getEdge({ id })?.attributes, {});
  const found = graph.getEdges([{ id }, "none"]);
  assert.deepEqual(
    found.map((edge) => edge?.id),
    [id, undefined],
  );
});

test("addEdges() adds what it is given in its order, and tells the ids", (t) => {
  const { graph } = openDependencies(t);
  function* edges() {
    yield { type: "maintains", source: "p", target: "b" } as const;
    yield { type: "depends_on", source: "a", target: "b", attributes: { range: "1" } } as const;
  }
  const ids = graph.addEdges(edges());
  assert.deepEqual(
    ids.map((id) => graph.getEdge({ id })?.type),
    ["maintains", "depends_on"],
  );
  assert.deepEqual(graph.addEdges([]), []);
});

test("addEdges() takes many edges in one call, and looks at each", (t) => {
  const { graph, client } = openRuled(t, { multi: false });
  graph.addNodes(Array.from({ length: 2000 }, (_, i) => ({ type: "n", key: `n${i}` }) as const));
  const edges = Array.from({ length: 6000 }, (_, i) => {
    return { type: "e", source: `n${i % 2000}`, target: `n${(i * 7 + 1) % 1999}` } as const;
  }).filter(({ source, target }) => source !== target);
  const wrong = { type: "e", source: "n1", target: "none" } as const;
  assert.throws(() => graph.addEdges([...edges, wrong]), { code: "NOT_FOUND" });
  assert.equal(contents(graph, client).edges.length, 0);
  graph.addEdges(edges);
  assert.equal(contents(graph, client).edges.length, edges.length);
});

test("addEdge() refuses attributes that are not of the type, and names the edge, the rule and the value", (t) => {
  const { graph, client } = openDependencies(t);
  const ends = { source: "a", target: "b" };
  const expected = `of type "depends_on" ${IN_DEPENDENCIES}: expected string at $.range: received 5`;
  const attributes = { range: 5 } as never;
  breaks(
    () => graph.addEdge("depends_on", { key: "ab", ...ends, attributes }),
    "attributes",
    `Cannot accept edge "ab" ${expected}`,
  );
  breaks(
    () => graph.addEdge("depends_on", { ...ends, attributes }),
    "attributes",
    `Cannot accept an edge from "a" to "b" ${expected}`,
  );
  breaks(
    () => graph.addEdge("depends_on", ends as never),
    "attributes",
    /required property at \$\.range: received nothing$/,
  );
  breaks(() => graph.addEdge("depends_on", { ...ends, attributes: null as never }), "attributes", /received null$/);
  breaks(
    () => graph.addEdge("maintains", { source: "p", target: "a", attributes: { x: 1 } as never }),
    "attributes",
    /\$\.x/,
  );
  breaks(
    () => graph.addEdge("depend_on" as never, { key: "ab", ...ends } as never),
    "type",
    `Cannot accept edge "ab" ${IN_DEPENDENCIES}: its type must be one of depends_on, maintains: received "depend_on"`,
  );
  for (const value of [NaN, -0, undefined, "\ud800", new Date(0)]) {
    breaks(
      () => graph.addEdge("depends_on", { ...ends, attributes: { range: "1", value } as never }),
      "attributes",
      /\$\.value/,
    );
    const metadata = { value } as never;
    assert.throws(() => graph.addEdge("depends_on", { ...ends, attributes: { range: "1" }, metadata }), {
      name: "TypeError",
      message: /^Cannot add an edge: metadata must be JSON, with /,
    });
  }
  assert.deepEqual(contents(graph, client).edges, []);
});

test("addEdge() refuses ends of other types, and says which are wanted", (t) => {
  const { graph, client } = openDependencies(t);
  const refusal = (edge: string, type: string, wanted: string, received: string) =>
    `Cannot accept ${edge} of type "${type}" ${IN_DEPENDENCIES}: it must lead from ${wanted}: received ${received}`;
  breaks(
    () => graph.addEdge("depends_on", { source: "p", target: "a", attributes: { range: "1" } }),
    "endpoints",
    refusal('an edge from "p" to "a"', "depends_on", '"package" to "package"', '"person" to "package"'),
  );
  breaks(
    () => graph.addEdge("maintains", { key: "k", source: "a", target: "p" }),
    "endpoints",
    refusal('edge "k"', "maintains", '"person" to "package"', '"package" to "person"'),
  );
  assert.deepEqual(contents(graph, client).edges, []);
});

test("addEdge() refuses ends that are not there", (t) => {
  const { graph, store, client } = openDependencies(t);
  store.createGraph(Dependencies, { name: "other" }).addNode("person", { key: "q" });
  assert.throws(() => graph.addEdge("maintains", { source: "q", target: "a" }), {
    code: "NOT_FOUND",
    message: 'Cannot add an edge from "q" to "a": there is no node "q"',
    details: { what: 'node "q"' },
  });
  assert.throws(() => graph.addEdge("maintains", { key: "k", source: "p", target: "z" }), {
    code: "NOT_FOUND",
    message: 'Cannot add edge "k": there is no node "z"',
  });
  assert.deepEqual(contents(graph, client).edges, []);
});

test("addEdge() refuses a key that is taken, also by the same call", (t) => {
  const { graph, client } = openRuled(t, {});
  graph.addEdge("e", { key: "k", source: "a", target: "b" });
  assert.throws(() => graph.addEdge("e", { key: "k", source: "b", target: "c" }), {
    code: "ALREADY_EXISTS",
    message: 'Cannot add an edge: its key is taken in this graph: received edge "k"',
    details: { what: 'edge "k"' },
  });
  const twice = ["c", "d"].map((target) => ({ type: "e", key: "l", source: "a", target }) as const);
  assert.throws(() => graph.addEdges(twice), { code: "ALREADY_EXISTS" });
  assert.equal(contents(graph, client).edges.length, 1);
});

test("an edge has the direction that the graph type says", (t) => {
  const between = { source: "a", target: "b" };
  const refusal = (type: string, received: string) =>
    `Cannot accept an edge from "a" to "b" of type "e" ${IN_RULED}: edges of the graph type are ${type}: received ${received}`;
  const { graph: directed } = openRuled(t, { type: "directed" });
  breaks(() => directed.addEdge("e", { ...between, undirected: true }), "direction", refusal("directed", "undirected"));
  assert.equal(directed.getEdge({ id: directed.addEdge("e", { ...between, undirected: false }) })?.undirected, false);
  const { graph: undirected } = openRuled(t, { type: "undirected" });
  breaks(
    () => undirected.addEdge("e", { ...between, undirected: false }),
    "direction",
    refusal("undirected", "directed"),
  );
  assert.equal(undirected.getEdge({ id: undirected.addEdge("e", between) })?.undirected, true);
  const { graph: mixed } = openRuled(t, { type: "mixed" });
  assert.equal(mixed.getEdge({ id: mixed.addEdge("e", between) })?.undirected, false);
  assert.equal(mixed.getEdge({ id: mixed.addEdge("e", { ...between, undirected: true }) })?.undirected, true);
});

test("an edge without direction may stand either way round", (t) => {
  const { graph } = openRuled(t, { type: "mixed", multi: true });
  graph.addEdge("f", { source: "a", target: "x" });
  breaks(() => graph.addEdge("f", { source: "x", target: "a" }), "endpoints", /from "n" to "m": received "m" to "n"$/);
  graph.addEdge("f", { key: "turned", source: "x", target: "a", undirected: true });
  assert.deepEqual([graph.getEdge("turned")?.source, graph.getEdge("turned")?.target], ["x", "a"]);
  breaks(() => graph.addEdge("f", { source: "a", target: "b", undirected: true }), "endpoints", /"n" to "n"$/);
});

test("without multi, two nodes have one edge in each direction and one without", (t) => {
  const { graph } = openRuled(t, { type: "mixed" });
  const add = (source: string, target: string, undirected: boolean, type: "e" | "f" = "e") =>
    graph.addEdge(type, { source, target, undirected });
  add("a", "b", false);
  add("b", "a", false);
  add("a", "b", true);
  const refusal = (wanted: string, ends: string) =>
    `Cannot accept an edge from ${ends} of type "e" ${IN_RULED}: two nodes may be joined once${wanted}: received a second edge from ${ends}`;
  breaks(() => add("a", "b", false), "multi", refusal(" in each direction", '"a" to "b"'));
  breaks(() => add("b", "a", false), "multi", refusal(" in each direction", '"b" to "a"'));
  breaks(() => add("a", "b", true), "multi", refusal("", '"a" to "b"'));
  breaks(() => add("b", "a", true), "multi", refusal("", '"b" to "a"'));
  add("a", "x", false, "f");
  breaks(() => add("a", "x", false), "multi", /a second edge/); // of whatever type
});

test("without multi, parallel edges are seen in one call, too", (t) => {
  const { graph, client } = openRuled(t, { type: "undirected" });
  const edges = [
    { type: "e", source: "a", target: "b" },
    { type: "f", source: "x", target: "a" },
    { type: "e", key: "k", source: "b", target: "a" },
  ] as const;
  breaks(
    () => graph.addEdges(edges),
    "multi",
    `Cannot accept edge "k" of type "e" ${IN_RULED}: two nodes may be joined once: received a second edge from "b" to "a"`,
  );
  assert.deepEqual(contents(graph, client).edges, []);
  graph.addEdges(edges.slice(0, 2));
  graph.deleteEdge({ id: graph.addEdge("e", { source: "c", target: "b" }) });
  graph.addEdge("e", { source: "b", target: "c" });
});

test("with multi, two nodes have any number of edges", (t) => {
  for (const type of ["directed", "undirected", "mixed"] as const) {
    const { graph, client } = openRuled(t, { type, multi: true });
    const edge = { type: "e", source: "a", target: "b" } as const;
    graph.addEdges([edge, edge, { ...edge, source: "b", target: "a" }]);
    assert.equal(contents(graph, client).edges.length, 3);
  }
});

test("a self loop is refused where the graph type allows none", (t) => {
  const loop = { source: "a", target: "a" };
  for (const type of ["directed", "undirected", "mixed"] as const) {
    breaks(
      () => openRuled(t, { type }).graph.addEdge("e", loop),
      "selfLoop",
      `Cannot accept an edge from "a" to "a" of type "e" ${IN_RULED}: it must join two nodes: received a self loop`,
    );
    const { graph } = openRuled(t, { type, allowSelfLoops: true });
    graph.addEdge("e", { key: "loop", ...loop });
    breaks(() => graph.addEdge("e", loop), "multi", /received a second edge from "a" to "a"$/);
    graph.updateEdge("e", { edge: "loop", metadata: { a: 1 } });
    assert.equal(graph.getEdge("loop")?.undirected, type === "undirected");
  }
});

test("an edge that would close a cycle is refused where the graph type asks for none", (t) => {
  const { graph, client } = openRuled(t, { acyclic: true, multi: true });
  graph.addEdge("e", { source: "a", target: "b" });
  breaks(
    () => graph.addEdge("e", { key: "back", source: "b", target: "a" }),
    "acyclic",
    `Cannot accept edge "back" of type "e" ${IN_RULED}: it must close no cycle: received a cycle through "b" and "a"`,
  );
  graph.addEdge("e", { source: "b", target: "c" });
  graph.addEdge("f", { source: "c", target: "x" });
  breaks(() => graph.addEdge("e", { source: "x", target: "a" }), "acyclic", /a cycle through "x" and "a"$/);
  graph.addEdge("e", { source: "a", target: "c" }); // a second way down is no cycle
  graph.addEdge("e", { source: "a", target: "c" });
  assert.equal(contents(graph, client).edges.length, 5);
});

test("a cycle among the edges of one call is refused, however many they are", (t) => {
  const { graph, client } = openRuled(t, { acyclic: true });
  graph.addNodes(Array.from({ length: 2100 }, (_, i) => ({ type: "n", key: `${i}` }) as const));
  const edge = (source: number, target: number) => ({ type: "e", source: `${source}`, target: `${target}` }) as const;
  const chain = (count: number) => Array.from({ length: count }, (_, i) => edge(i, i + 1));
  const [before, three] = [contents(graph, client), [...chain(3), edge(3, 0)]];
  breaks(() => graph.addEdges(three), "acyclic", /^Cannot accept an edge from "3" to "0" of type "e"/);
  for (const count of [999, 1000, 1100]) {
    breaks(() => graph.addEdges([...chain(count), edge(count, 0)]), "acyclic", /received a cycle through "\d+"/);
    breaks(() => graph.addEdges([edge(count, 0), ...chain(count)]), "acyclic", /received a cycle through "\d+"/);
  }
  assert.deepEqual(contents(graph, client), before);
  graph.addEdges(chain(1000));
  const back = { ...edge(1000, 0), key: "back" };
  const others = Array.from({ length: 1050 }, (_, i) => edge(1001 + i, 1002 + i));
  breaks(
    () => graph.addEdges([...others, back]), // names what is new of the cycle
    "acyclic",
    /^Cannot accept edge "back" of type "e" .*: it must close no cycle: received a cycle through ("\d+", ){5}"…"$/,
  );
  breaks(() => graph.upsertEdges([back]), "acyclic", /^Cannot accept edge "back"/);
  assert.equal(contents(graph, client).edges.length, 1000);
  graph.addEdges(others);
});

test("a few edges are added to a large graph without a look at all of it", (t) => {
  const { graph } = openRuled(t, { acyclic: true });
  graph.addNodes(Array.from({ length: 20_000 }, (_, i) => ({ type: "n", key: `${i}` }) as const));
  graph.addEdges(
    Array.from({ length: 19_900 }, (_, i) => ({ type: "e", source: `${i >> 2}`, target: `${i + 1}` }) as const),
  );
  const few = Array.from({ length: 40 }, (_, i) => ({ type: "e", source: `${i}`, target: `${19_950 + i}` }) as const);
  const time = (work: () => unknown) => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  };
  const whole = time(() => graph.hasCycle());
  const added = time(() => graph.addEdges(few));
  assert.ok(added < whole, `${added} of ${whole} ms`);
});

test("an unknown or misspelled member of an edge, and one of another type, is refused", (t) => {
  const { graph, client } = openRuled(t, {});
  const between = { key: "k", source: "a", target: "b" };
  graph.addEdge("e", between);
  const misspelled = { ...between, atributes: {} };
  assert.throws(() => graph.addEdge("e", misspelled as never), {
    name: "TypeError",
    message: 'Unknown option "atributes" for addEdge(): did you mean "attributes"',
  });
  assert.throws(() => graph.upsertEdge("e", misspelled as never), /Unknown option "atributes" for upsertEdge\(\)/);
  const update = { edge: "k", atributes: {} } as never;
  assert.throws(() => graph.updateEdge("e", update), /Unknown option "atributes" for updateEdge\(\)/);
  assert.throws(() => graph.replaceEdge("e", update), /Unknown option "atributes" for replaceEdge\(\)/);
  assert.throws(() => graph.getEdge({ id: "x", key: "k" } as never), /Unknown option "key" for edge\(\)/);
  assert.throws(() => graph.addEdges(["k" as never]), /^TypeError: Cannot add an edge: an object is wanted/);
  for (const wrong of [5, undefined, null, "a\0", "\ud800"] as never[]) {
    const { message } = { message: /must be Unicode text without NUL/ };
    assert.throws(() => graph.addEdge("e", { source: wrong, target: "b" }), message);
    assert.throws(() => graph.addEdge("e", { source: "a", target: wrong }), message);
    assert.throws(() => graph.getEdge(wrong), message);
    assert.throws(() => graph.getEdge({ id: wrong }), message);
    assert.throws(() => graph.deleteEdge(wrong), message);
    assert.throws(() => graph.upsertEdge("e", { ...between, key: wrong }), message);
    if (wrong !== null) assert.throws(() => graph.renameEdge("k", wrong), message);
  }
  assert.throws(() => graph.addEdge("e", { ...between, undirected: 1 as never }), /undirected must be true or false/);
  assert.throws(
    () => graph.upsertEdge("e", { ...between, undirected: 0 as never }),
    /undirected must be true or false/,
  );
  assert.throws(() => graph.deleteEdges("k"), /^TypeError: Cannot delete edges: edges must be a list/);
  assert.throws(() => graph.getEdges("k"), /^TypeError: Cannot get edges: edges must be a list/);
  assert.equal(contents(graph, client).edges.length, 1);
});

test("updateEdge() changes what it is given and leaves the rest", (t) => {
  const { graph, client } = openDependencies(t);
  const edge = { key: "ab", source: "a", target: "b", attributes: { range: "1", dev: true }, metadata: { m: 1 } };
  const id = graph.addEdge("depends_on", edge);
  client.run("UPDATE edges SET created_at = 5, updated_at = 5");
  graph.updateEdge("depends_on", { edge: "ab", attributes: { range: "2" } });
  const { updatedAt, ...stored } = graph.getEdge("ab")!;
  const attributes = { range: "2", dev: true };
  assert.deepEqual(stored, { id, type: "depends_on", undirected: false, createdAt: 5, ...edge, attributes });
  assert.ok(updatedAt > 5);
  graph.updateEdge("depends_on", { edge: { id }, attributes: { dev: undefined }, metadata: {} });
  assert.deepEqual([graph.getEdge("ab")?.attributes, graph.getEdge("ab")?.metadata], [{ range: "2" }, {}]);
  graph.replaceEdge("depends_on", { edge: "ab", attributes: { range: "3", dev: false } });
  assert.deepEqual(graph.getEdge("ab")?.attributes, { range: "3", dev: false });
});

test("an update is refused if the edge is missing, of another type, or would not be valid", (t) => {
  const { graph, client } = openDependencies(t);
  const id = graph.addEdge("depends_on", { key: "ab", source: "a", target: "b", attributes: { range: "1" } });
  const before = contents(graph, client);
  for (const [method, action] of [
    ["updateEdge", "update"],
    ["replaceEdge", "replace"],
  ] as const) {
    assert.throws(() => graph[method]("maintains", { edge: "none", attributes: {} }), {
      code: "NOT_FOUND",
      message: `Cannot ${action} an edge: there is no edge "none"`,
    });
    assert.throws(() => graph[method]("maintains", { edge: { id: "none" }, attributes: {} }), {
      code: "NOT_FOUND",
      message: `Cannot ${action} an edge: there is no edge with the id "none"`,
    });
    breaks(
      () => graph[method]("maintains", { edge: { id }, attributes: {} }),
      "type",
      `Cannot accept edge "ab" of type "depends_on" ${IN_DEPENDENCIES}: an edge keeps its type: received "maintains"`,
    );
    breaks(
      () => graph[method]("depends_on", { edge: "ab", attributes: { range: 1 } as never }),
      "attributes",
      /^Cannot accept edge "ab" /,
    );
    breaks(
      () => graph[method]("depends_on", { edge: "ab", attributes: null as never }),
      "attributes",
      /received null$/,
    );
  }
  breaks(
    () => graph.updateEdge("depends_on", { edge: "ab", attributes: { range: undefined } }),
    "attributes",
    /\$\.range/,
  );
  graph.renameEdge("ab", null);
  breaks(
    () => graph.updateEdge("depends_on", { edge: { id }, attributes: { range: 1 } as never }),
    "attributes",
    /^Cannot accept an edge from "a" to "b" of type "depends_on"/,
  );
  graph.renameEdge({ id }, "ab");
  assert.deepEqual(contents(graph, client), before);
});

test("updateEdges() changes all or none", (t) => {
  const { graph, client } = openDependencies(t);
  graph.addEdge("depends_on", { key: "ab", source: "a", target: "b", attributes: { range: "1" } });
  const before = contents(graph, client);
  const patches = ["ab", "none"].map((edge) => ({ type: "depends_on", edge, attributes: { range: "2" } }) as const);
  assert.throws(() => graph.updateEdges(patches), { code: "NOT_FOUND" });
  assert.deepEqual(contents(graph, client), before);
  graph.updateEdges(patches.slice(0, 1));
  assert.deepEqual(graph.getEdge("ab")?.attributes, { range: "2" });
});

test("upsertEdge() adds an edge or replaces its attributes, and never its ends", (t) => {
  const { graph, client } = openDependencies(t);
  const edge = { key: "ab", source: "a", target: "b", attributes: { range: "1", dev: true } };
  const id = graph.upsertEdge("depends_on", edge);
  assert.equal(graph.upsertEdge("depends_on", { ...edge, attributes: { range: "2" } }), id);
  assert.deepEqual(graph.getEdge("ab")?.attributes, { range: "2" });
  const before = contents(graph, client);
  const refusal = (ends: string) =>
    `Cannot accept edge "ab" of type "depends_on" ${IN_DEPENDENCIES}: it leads from "a" to "b", and an edge keeps its ends: received ${ends}`;
  breaks(() => graph.upsertEdge("depends_on", { ...edge, target: "c" }), "ends", refusal('from "a" to "c"'));
  breaks(
    () => graph.upsertEdge("depends_on", { ...edge, source: "b", target: "a" }),
    "ends",
    refusal('from "b" to "a"'),
  );
  breaks(
    () => graph.upsertEdge("maintains", { key: "ab", source: "a", target: "b" }),
    "type",
    /an edge keeps its type/,
  );
  assert.deepEqual(contents(graph, client), before);
  const [first, second] = graph.upsertEdges([
    { type: "depends_on", ...edge },
    { type: "maintains", key: "pa", source: "p", target: "a" },
  ]);
  assert.deepEqual([first, second], [id, graph.getEdge("pa")?.id]);
  breaks(
    () => graph.upsertEdges([{ type: "depends_on", ...edge, key: "other" }]),
    "multi",
    /^Cannot accept edge "other" .* received a second edge from "a" to "b"$/,
  );
});

test("upsertEdge() knows an edge without direction either way round", (t) => {
  const { graph } = openRuled(t, { type: "mixed" });
  const edge = { key: "k", source: "a", target: "b", undirected: true };
  const id = graph.upsertEdge("e", edge);
  assert.equal(graph.upsertEdge("e", { ...edge, source: "b", target: "a" }), id);
  assert.deepEqual([graph.getEdge("k")?.source, graph.getEdge("k")?.target], ["a", "b"]);
  breaks(
    () => graph.upsertEdge("e", { ...edge, undirected: false }),
    "ends",
    /it leads from "a" to "b" without direction, and an edge keeps its ends: received from "a" to "b"$/,
  );
});

test("renameEdge() gives an edge another key, or none", (t) => {
  const { graph, client } = openRuled(t, {});
  const id = graph.addEdge("e", { key: "k", source: "a", target: "b" });
  graph.addEdge("e", { key: "l", source: "b", target: "c" });
  graph.renameEdge("k", "m");
  assert.deepEqual([graph.getEdge("m")?.id, graph.hasEdge("k")], [id, false]);
  graph.renameEdge({ id }, null);
  graph.renameEdge({ id }, "k");
  assert.throws(() => graph.renameEdge("k", "l"), {
    code: "ALREADY_EXISTS",
    message: 'Cannot rename an edge: its key is taken in this graph: received edge "l"',
  });
  assert.throws(() => graph.renameEdge("none", "l"), { code: "NOT_FOUND" });
  const before = contents(graph, client);
  assert.throws(() => graph.renameEdges([["k", "z"], ["none", null]]), { code: "NOT_FOUND" }); // biome-ignore format: a pair a line tells nothing
  assert.deepEqual(contents(graph, client), before);
  graph.renameEdges([["k", "tmp"], ["l", "k"], ["tmp", "l"]]); // biome-ignore format: a pair a line tells nothing
  assert.equal(graph.getEdge("l")?.id, id);
});

test("deleteEdges() tells how many were there", (t) => {
  const { graph, client } = openRuled(t, {});
  const id = graph.addEdge("e", { source: "a", target: "b" });
  graph.addEdge("e", { key: "k", source: "b", target: "c" });
  graph.addEdge("e", { key: "l", source: "c", target: "d" });
  assert.deepEqual([graph.deleteEdge("k"), graph.deleteEdge("k")], [true, false]);
  assert.equal(graph.deleteEdges([{ id }, "k", { id }, "l"]), 2);
  assert.deepEqual(contents(graph, client).edges, []);
  assert.equal(graph.hasNode("a"), true);
});
