import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { defineGraph } from "../../../src/graphs/mod.ts";
import { breaks, contents, Dependencies, openGraph, openRuled } from "./fixture.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
const IN_DEPENDENCIES = 'in graph type "dependencies" version 1';

const Orders = defineGraph({
  name: "orders",
  version: 1,
  config,
  nodes: {
    order: Type.Object({
      number: Type.String(),
      state: Type.Union([Type.Literal("open"), Type.Literal("paid"), Type.Literal("sent")]),
      note: Type.Optional(Type.String()),
    }),
  },
  keys: { order: "number" },
  transitions: { order: { attribute: "state", allowed: { open: ["paid"], paid: ["sent", "open"] } } },
});

test("addNode() stores a node, which getNode() gives back as it was", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const before = Date.now();
  const attributes = { license: "MIT", stats: { stars: 2 }, more: [null, true, 1.5, "ä\u0000", { a: [] }] };
  assert.equal(graph.addNode("package", { key: "react", attributes, metadata: { x: 1 } }), "react");
  const { createdAt, updatedAt, ...node } = graph.getNode("react")!;
  assert.deepEqual(node, { key: "react", type: "package", attributes, metadata: { x: 1 } });
  assert.ok(createdAt >= before && createdAt <= Date.now());
  assert.equal(updatedAt, createdAt);
  assert.deepEqual([graph.hasNode("react"), graph.hasNode("vue"), graph.getNode("vue")], [true, false, undefined]);
});

test("addNode() makes a key up where none is given", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const key = graph.addNode("person", {});
  assert.match(key, UUID_V7);
  assert.deepEqual(graph.getNode(key)?.attributes, {});
});

test("addNodes() adds what it is given in its order, and tells the keys", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  function* nodes() {
    yield { type: "person", key: "b" } as const;
    yield { type: "package", key: "a", attributes: { license: "MIT" } } as const;
    yield { type: "person" } as const;
  }
  const keys = graph.addNodes(nodes());
  assert.deepEqual(keys.slice(0, 2), ["b", "a"]);
  assert.deepEqual(
    contents(graph, client).nodes.map(([key]) => key),
    keys,
  );
  assert.deepEqual(graph.addNodes([]), []);
  const found = graph.getNodes(["a", "none", "b"]);
  assert.deepEqual(
    found.map((node) => node?.type),
    ["package", undefined, "person"],
  );
});

test("addNodes() takes 100 000 nodes in one call", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  const nodes = Array.from({ length: 100_000 }, (_, i) => {
    return { type: "person", key: `p${i}`, attributes: { name: String(i) } } as const;
  });
  assert.equal(graph.addNodes(nodes).length, 100_000);
  assert.deepEqual(client.values("SELECT count(*), sum(attributes ->> 'name') FROM nodes"), [[100_000, 4_999_950_000]]);
});

test("addNode() refuses attributes that are not of the type, and names the node, the rule and the value", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  breaks(
    () => graph.addNode("package", { key: "react", attributes: { license: 5 } as never }),
    "attributes",
    `Cannot accept node "react" of type "package" ${IN_DEPENDENCIES}: expected string at $.license: received 5`,
  );
  breaks(
    () => graph.addNode("package", { attributes: {} as never }),
    "attributes",
    `Cannot accept a node of type "package" ${IN_DEPENDENCIES}: expected required property at $.license: received nothing`,
  );
  breaks(() => graph.addNode("person", { key: "p", attributes: { nam: "x" } as never }), "attributes", /\$\.nam/);
  breaks(() => graph.addNode("person", { key: "p", attributes: null as never }), "attributes", /object at \$/);
  breaks(() => graph.addNode("person", { key: "p", attributes: [] as never }), "attributes", /an array of 0$/);
  breaks(() => graph.addNode("person", { key: "p", attributes: new Map() as never }), "attributes", /Map$/);
  breaks(
    () => graph.addNode("pakage" as "person", { key: "p" }),
    "type",
    `Cannot accept node "p" ${IN_DEPENDENCIES}: its type must be one of package, person: received "pakage"`,
  );
  for (const type of [undefined, null, 5, "__proto__", "constructor"]) {
    breaks(() => graph.addNodes([{ type: type as never, key: "p" }]), "type", /its type must be one of/);
  }
  assert.deepEqual(contents(graph, client).nodes, []);
});

test("addNode() refuses values that JSON would change", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  const cycle: Record<string, unknown> = { license: "MIT" };
  cycle.self = cycle;
  const values = [NaN, -0, Infinity, undefined, new Date(0), 5n, () => 1, Symbol("s"), "\ud800", { "\udc00": 1 }];
  for (const value of [...values, cycle, new Array(2), Object.create({ a: 1 })]) {
    const attributes = { license: "MIT", value };
    breaks(
      () => graph.addNode("package", { key: "p", attributes }),
      "attributes",
      /^Cannot accept node "p" .* at \$\.v/,
    );
    assert.throws(() => graph.addNode("person", { key: "p", metadata: { value } as never }), {
      name: "TypeError",
      message: /^Cannot add a node: metadata must be JSON, with .+ at \$\.value/,
    });
  }
  for (const metadata of [null, [], "x", new Map()]) {
    assert.throws(() => graph.addNode("person", { key: "p", metadata: metadata as never }), {
      name: "TypeError",
      message: /^Cannot add a node: metadata must be an object: received /,
    });
  }
  assert.deepEqual(contents(graph, client).nodes, []);
});

test("addNode() refuses a key that is taken, also by the same call", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  graph.addNode("person", { key: "a" });
  const refusal = {
    code: "ALREADY_EXISTS",
    message: 'Cannot add a node: its key is taken in this graph: received node "a"',
    details: { what: 'node "a"' },
  };
  assert.throws(() => graph.addNode("person", { key: "a" }), refusal);
  assert.throws(() => graph.addNodes(["b", "a"].map((key) => ({ type: "person", key }))), refusal);
  assert.throws(() => graph.addNodes(["c", "c"].map((key) => ({ type: "person", key }))), { code: "ALREADY_EXISTS" });
  assert.equal(contents(graph, client).nodes.length, 1);
});

test("nodes of two graphs may have the same key", (t) => {
  const { graph, store } = openGraph(t, Dependencies);
  const other = store.createGraph(Dependencies, { name: "other" });
  graph.addNode("person", { key: "a" });
  other.addNode("package", { key: "a", attributes: { license: "MIT" } });
  assert.deepEqual([graph.getNode("a")?.type, other.getNode("a")?.type], ["person", "package"]);
  assert.equal(other.deleteNode("a"), true);
  assert.equal(graph.hasNode("a"), true);
});

test("a key may be any text but one with NUL or half of a surrogate pair", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const keys = [
    "",
    " ",
    "__proto__",
    "constructor",
    "ä😀",
    `'; DROP TABLE "nodes"; --`,
    "%_\\",
    "x".repeat(10_000),
    "1",
  ];
  graph.addNodes(keys.map((key) => ({ type: "person", key, attributes: { name: key } })));
  for (const key of keys) assert.deepEqual(graph.getNode(key)?.attributes, { name: key });
  for (const key of ["a\0b", "\ud800", 5, null, {}, Symbol("s")] as never[]) {
    const refusal = { name: "TypeError", message: /the (new )?key must be Unicode text without NUL/ };
    assert.throws(() => graph.addNode("person", { key }), refusal);
    assert.throws(() => graph.getNode(key), refusal);
    assert.throws(() => graph.updateNode("person", { key }), refusal);
    assert.throws(() => graph.upsertNode("person", { key }), refusal);
    assert.throws(() => graph.renameNode(key, "b"), refusal);
    assert.throws(() => graph.renameNode("1", key), refusal);
    assert.throws(() => graph.deleteNode(key), refusal);
  }
});

test("attributes may have any names", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const text = `{"license":"MIT","__proto__":{"polluted":1},"constructor":1,"toString":2,"a.b":3,"$":4,"":5,"q\\"'\\\\":6,"1":7}`;
  const attributes = JSON.parse(text) as { license: string };
  graph.addNode("package", { key: "p", attributes });
  assert.equal(JSON.stringify(graph.getNode("p")?.attributes), JSON.stringify(attributes));
  graph.updateNode("package", { key: "p", attributes: JSON.parse('{"__proto__":{"more":1},"":6}') as never });
  const changed = graph.getNode("p")!.attributes as Record<string, unknown>;
  assert.deepEqual(Object.getOwnPropertyDescriptor(changed, "__proto__")?.value, { more: 1 });
  assert.equal(changed[""], 6);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  graph.updateNode("package", { key: "p", attributes: { ["__proto__"]: undefined } as never });
  assert.ok(!Object.hasOwn(graph.getNode("p")!.attributes, "__proto__"));
});

test("a node type may have any name that a graph type may have", (t) => {
  const names = [`it's "q"; DROP TABLE nodes --`, "__proto__", "constructor", "a.b[0]", "%", "Größe😀"];
  const nodes = Object.fromEntries(names.map((name) => [name, Type.Object({ v: Type.Optional(Type.Integer()) })]));
  const indexes = { nodes: Object.fromEntries(names.map((name) => [name, ["v" as const]])) };
  const { graph } = openGraph(t, defineGraph({ name: "odd", version: 1, config, nodes, indexes }));
  for (const name of names) graph.addNode(name, { key: name, attributes: { v: 1 } });
  for (const name of names) {
    graph.updateNode(name, { key: name, attributes: { v: 2 } });
    const { type, attributes } = graph.getNode(name)!;
    assert.deepEqual([type, attributes], [name, { v: 2 }]);
  }
});

test("an unknown or misspelled member of a node is refused", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const node = { key: "a", atributes: {} } as never;
  assert.throws(() => graph.addNode("person", node), {
    name: "TypeError",
    message: 'Unknown option "atributes" for addNode(): did you mean "attributes"',
  });
  assert.throws(() => graph.updateNode("person", node), /Unknown option "atributes" for updateNode\(\)/);
  assert.throws(() => graph.replaceNode("person", node), /Unknown option "atributes" for replaceNode\(\)/);
  assert.throws(() => graph.upsertNode("person", node), /Unknown option "atributes" for upsertNode\(\)/);
  assert.throws(() => graph.addNodes([null as never]), {
    name: "TypeError",
    message: "Cannot add a node: an object is wanted: received null",
  });
  assert.throws(() => graph.updateNodes(["a" as never]), /^TypeError: Cannot update a node: an object is wanted/);
  assert.throws(() => graph.addNodes(5 as never), TypeError);
});

test("updateNode() changes what it is given and leaves the rest", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  const metadata = { from: "npm" };
  graph.addNode("package", { key: "p", attributes: { license: "MIT", size: 1, stats: { stars: 1 } }, metadata });
  client.run("UPDATE nodes SET created_at = 5, updated_at = 5");
  graph.updateNode("package", { key: "p", attributes: { size: 2, stats: { stars: 2 } } });
  const { updatedAt, ...node } = graph.getNode("p")!;
  assert.deepEqual(node, {
    key: "p",
    type: "package",
    attributes: { license: "MIT", size: 2, stats: { stars: 2 } },
    metadata,
    createdAt: 5,
  });
  assert.ok(updatedAt > 5);
  graph.updateNode("package", { key: "p", attributes: { size: undefined }, metadata: {} });
  graph.updateNode("package", { key: "p" });
  assert.deepEqual(graph.getNode("p")?.attributes, { license: "MIT", stats: { stars: 2 } });
  assert.deepEqual(graph.getNode("p")?.metadata, {});
});

test("replaceNode() gives a node new attributes, and keeps its metadata if there is no new one", (t) => {
  const { graph } = openGraph(t, Dependencies);
  graph.addNode("package", { key: "p", attributes: { license: "MIT", size: 1 }, metadata: { a: 1 } });
  graph.replaceNode("package", { key: "p", attributes: { license: "ISC" } });
  assert.deepEqual(graph.getNode("p")?.attributes, { license: "ISC" });
  assert.deepEqual(graph.getNode("p")?.metadata, { a: 1 });
  graph.addNode("person", { key: "q", attributes: { name: "Q" } });
  graph.replaceNode("person", { key: "q", metadata: { b: 1 } });
  assert.deepEqual([graph.getNode("q")?.attributes, graph.getNode("q")?.metadata], [{}, { b: 1 }]);
});

test("an update is refused if the node is missing, of another type, or would not be valid", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  graph.addNode("package", { key: "p", attributes: { license: "MIT" } });
  const before = contents(graph, client);
  for (const method of ["updateNode", "replaceNode"] as const) {
    const action = method === "updateNode" ? "update" : "replace";
    assert.throws(() => graph[method]("package", { key: "q", attributes: { license: "MIT" } }), {
      code: "NOT_FOUND",
      message: `Cannot ${action} a node: there is no node "q"`,
      details: { what: 'node "q"' },
    });
    breaks(
      () => graph[method]("person", { key: "p", attributes: {} }),
      "type",
      `Cannot accept node "p" of type "package" ${IN_DEPENDENCIES}: a node keeps its type: received "person"`,
    );
    breaks(() => graph[method]("package", { key: "p", attributes: { license: 1 } as never }), "attributes", /license/);
    breaks(() => graph[method]("package", { key: "p", attributes: null as never }), "attributes", /received null/);
    breaks(() => graph[method]("package", { key: "p", attributes: "ab" as never }), "attributes", /a string of 2/);
  }
  breaks(
    () => graph.updateNode("package", { key: "p", attributes: { license: undefined } }),
    "attributes",
    `Cannot accept node "p" of type "package" ${IN_DEPENDENCIES}: expected required property at $.license: received nothing`,
  );
  breaks(() => graph.replaceNode("package", { key: "p" } as never), "attributes", /license/);
  assert.deepEqual(contents(graph, client), before);
});

test("updateNodes() and replaceNodes() change all or none", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  graph.addNodes(["a", "b"].map((key) => ({ type: "package", key, attributes: { license: "MIT", size: 1 } })));
  const before = contents(graph, client);
  const missing = ["a", "b", "c"].map((key) => ({ type: "package", key, attributes: { license: "ISC" } }) as const);
  assert.throws(() => graph.updateNodes(missing), { code: "NOT_FOUND" });
  assert.throws(() => graph.replaceNodes(missing), { code: "NOT_FOUND" });
  assert.deepEqual(contents(graph, client), before);
  graph.updateNodes(missing.slice(0, 2));
  assert.deepEqual(graph.getNode("b")?.attributes, { license: "ISC", size: 1 });
  graph.replaceNodes(missing.slice(0, 2));
  assert.deepEqual(graph.getNode("b")?.attributes, { license: "ISC" });
});

test("upsertNode() adds a node or replaces its attributes", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  assert.equal(graph.upsertNode("person", { key: "p", attributes: { name: "a" }, metadata: { m: 1 } }), "p");
  graph.upsertNode("person", { key: "p" });
  assert.deepEqual([graph.getNode("p")?.attributes, graph.getNode("p")?.metadata], [{}, { m: 1 }]);
  const nodes = ["p", "q", "q"].map((key, i) => ({ type: "person", key, attributes: { name: `n${i}` } }) as const);
  assert.deepEqual(graph.upsertNodes(nodes), ["p", "q", "q"]);
  assert.deepEqual(graph.getNode("q")?.attributes, { name: "n2" });
  const before = contents(graph, client);
  breaks(
    () => graph.upsertNodes([...nodes, { type: "package", key: "p", attributes: { license: "MIT" } }]),
    "type",
    /a node keeps its type: received "package"$/,
  );
  assert.throws(() => graph.upsertNode("person", {}), /^TypeError: Cannot upsert a node: the key must be Unicode text/);
  assert.deepEqual(contents(graph, client), before);
});

test("a state moves on only as the type allows", (t) => {
  const { graph } = openGraph(t, Orders);
  graph.addNode("order", { attributes: { number: "1", state: "open" } });
  const refusal = (from: string, to: string) =>
    `Cannot accept node "1" of type "order" in graph type "orders" version 1: "state" may not move on from "${from}" so: received "${to}"`;
  const sent = { number: "1", state: "sent" } as const;
  breaks(
    () => graph.updateNode("order", { key: "1", attributes: { state: "sent" } }),
    "transition",
    refusal("open", "sent"),
  );
  breaks(() => graph.replaceNode("order", { key: "1", attributes: sent }), "transition", refusal("open", "sent"));
  breaks(() => graph.upsertNode("order", { attributes: sent }), "transition", refusal("open", "sent"));
  graph.updateNode("order", { key: "1", attributes: { state: "open", note: "stays" } });
  for (const state of ["paid", "open", "paid", "sent"] as const)
    graph.upsertNode("order", { attributes: { number: "1", state } });
  breaks(
    () => graph.updateNode("order", { key: "1", attributes: { state: "paid" } }),
    "transition",
    refusal("sent", "paid"),
  );
  graph.addNode("order", { attributes: { number: "2", state: "sent" } }); // a node may begin anywhere
  const through = (["paid", "sent"] as const).map(
    (state) => ({ type: "order", key: "3", attributes: { state } }) as const,
  );
  graph.addNode("order", { attributes: { number: "3", state: "open" } });
  graph.updateNodes(through);
  assert.equal(graph.getNode("3")?.attributes.state, "sent");
});

test("a key that is an attribute is taken from it and stays", (t) => {
  const { graph, client } = openGraph(t, Orders);
  const attributes = { number: "1", state: "open" } as const;
  assert.equal(graph.addNode("order", { attributes }), "1");
  assert.equal(graph.addNode("order", { key: "2", attributes: { ...attributes, number: "2" } }), "2");
  const before = contents(graph, client);
  const refusal = (key: string, received: string) =>
    `Cannot accept node "${key}" of type "order" in graph type "orders" version 1: its key must be its "number": received "${received}"`;
  breaks(() => graph.addNode("order", { key: "3", attributes }), "key", refusal("3", "1"));
  breaks(() => graph.updateNode("order", { key: "1", attributes: { number: "3" } }), "key", refusal("1", "3"));
  breaks(
    () => graph.replaceNode("order", { key: "1", attributes: { ...attributes, number: "3" } }),
    "key",
    refusal("1", "3"),
  );
  breaks(
    () => graph.upsertNode("order", { key: "1", attributes: { ...attributes, number: "3" } }),
    "key",
    refusal("1", "3"),
  );
  breaks(
    () => graph.renameNode("1", "3"),
    "key",
    'Cannot accept node "1" of type "order" in graph type "orders" version 1: its key is its "number": received "3"',
  );
  breaks(
    () => graph.addNode("order", { attributes: { state: "open" } as never }),
    "attributes",
    /^Cannot accept a node /,
  );
  breaks(() => graph.addNode("order", { attributes: { number: 5, state: "open" } as never }), "attributes", /number/);
  assert.throws(() => graph.addNode("order", { attributes: { number: "a\0", state: "open" } }), {
    name: "TypeError",
    message: /key must be Unicode text without NUL/,
  });
  graph.replaceNode("order", { attributes: { ...attributes, note: "n" } });
  assert.equal(graph.getNode("1")?.attributes.note, "n");
  graph.replaceNode("order", { attributes });
  assert.deepEqual(contents(graph, client), before);
});

test("renameNode() takes the edges along", (t) => {
  const { graph } = openRuled(t, { allowSelfLoops: true, multi: true });
  graph.addEdge("e", { key: "out", source: "a", target: "b" });
  graph.addEdge("e", { key: "in", source: "c", target: "a" });
  graph.addEdge("e", { key: "loop", source: "a", target: "a" });
  graph.renameNode("a", "z");
  const ends = (key: string) => [graph.getEdge(key)?.source, graph.getEdge(key)?.target];
  assert.deepEqual(
    [ends("out"), ends("in"), ends("loop")],
    [
      ["z", "b"],
      ["c", "z"],
      ["z", "z"],
    ],
  );
  assert.deepEqual([graph.hasNode("a"), graph.getNode("z")?.type], [false, "n"]);
});

test("renameNode() refuses a key that is taken and a node that is not there", (t) => {
  const { graph, client } = openRuled(t, {});
  const before = contents(graph, client);
  assert.throws(() => graph.renameNode("a", "b"), {
    code: "ALREADY_EXISTS",
    message: 'Cannot rename a node: its key is taken in this graph: received node "b"',
  });
  assert.throws(() => graph.renameNode("q", "r"), { code: "NOT_FOUND", message: /there is no node "q"$/ });
  assert.throws(() => graph.renameNodes([["a", "q"], ["b", "c"]]), { code: "ALREADY_EXISTS" }); // biome-ignore format: a pair a line tells nothing
  assert.deepEqual(contents(graph, client), before);
});

test("renameNodes() goes one after the other, so that keys can be exchanged", (t) => {
  const { graph } = openRuled(t, {});
  graph.renameNodes([["a", "tmp"], ["x", "a"], ["tmp", "x"], ["b", "b"]]); // biome-ignore format: a pair a line tells nothing
  assert.deepEqual([graph.getNode("a")?.type, graph.getNode("x")?.type, graph.hasNode("tmp")], ["m", "n", false]);
});

test("deleteNode() takes the edges along", (t) => {
  const { graph, client } = openRuled(t, { allowSelfLoops: true });
  graph.addEdges([
    { type: "e", key: "out", source: "a", target: "b" },
    { type: "e", source: "c", target: "a" },
    { type: "e", source: "a", target: "a" },
    { type: "e", key: "other", source: "b", target: "c" },
  ]);
  assert.deepEqual([graph.deleteNode("a"), graph.deleteNode("a")], [true, false]);
  assert.deepEqual(
    contents(graph, client).edges.map(([key]) => key),
    ["other"],
  );
  assert.equal(graph.deleteNodes(["b", "a", "b", "x"]), 2);
  assert.equal(graph.deleteNodes([]), 0);
  assert.deepEqual(contents(graph, client).edges, []);
});

test("a list of keys is no text, of which every letter would be one", (t) => {
  const { graph, client } = openRuled(t, {});
  const before = contents(graph, client);
  const refusal = { name: "TypeError", message: /must be a list: received a string of 2 characters$/ };
  assert.throws(() => graph.deleteNodes("ab"), refusal);
  assert.throws(() => graph.getNodes("ab"), refusal);
  assert.throws(() => graph.deleteNodes(undefined as never), /must be a list: received undefined$/);
  assert.deepEqual(contents(graph, client), before);
});

test("a bulk call reads its list while it writes, and undoes all if that throws", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  graph.addNode("person", { key: "a" });
  function* nodes() {
    yield { type: "person", key: "b" } as const;
    assert.equal(graph.hasNode("a"), true); // reads what is committed
    assert.equal(graph.hasNode("b"), false);
    assert.throws(() => graph.addNode("person", { key: "c" }), { code: "TRANSACTION_OPEN" });
    throw new Error("stop");
  }
  assert.throws(() => graph.addNodes(nodes()), { message: "stop" });
  assert.deepEqual(
    contents(graph, client).nodes.map(([key]) => key),
    ["a"],
  );
  assert.equal(client.inTransaction, false);
});

test("a node may carry a megabyte", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const license = "ä".repeat(2 ** 19);
  graph.addNode("package", { key: "p", attributes: { license } });
  assert.deepEqual(graph.getNode("p")?.attributes, { license });
});

test("a bulk call refuses what is no list, and a rename what is no pair, before it writes", (t) => {
  const { graph } = openGraph(t, Dependencies);
  graph.addNode("person", { key: "p" });
  const writes = [
    "addNodes",
    "updateNodes",
    "replaceNodes",
    "upsertNodes",
    "addEdges",
    "updateEdges",
    "upsertEdges",
  ] as const;
  for (const write of [...writes, "renameNodes", "renameEdges"] as const) {
    for (const list of [null, undefined, "text", 5]) {
      assert.throws(() => graph[write](list as never), { name: "TypeError", message: /must be a list: received/ });
    }
  }
  const pair = { name: "TypeError", message: /an array of the old and the new key is wanted: received/ };
  assert.throws(() => graph.renameNodes(["pq"] as never), pair);
  assert.throws(() => graph.renameEdges([["e"]] as never), pair);
  assert.deepEqual(graph.nodes().keys(), ["p"]);
});
