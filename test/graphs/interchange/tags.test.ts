import assert from "node:assert/strict";
import { test } from "node:test";
import { type GraphFacts, tagFacts, untagFacts } from "../../../src/graphs/interchange/graph-facts.ts";
import { tagType, untagType } from "../../../src/graphs/interchange/type-attribute.ts";

test("tagType() puts the type first among the attributes, and untagType() takes it out", () => {
  const node = { key: "react", attributes: { license: "MIT" } };
  const tagged = tagType(node, "package");
  assert.equal(JSON.stringify(tagged), '{"key":"react","attributes":{"@type":"package","license":"MIT"}}');
  assert.deepEqual(untagType(tagged), { type: "package", attributes: node.attributes });
  assert.deepEqual(node, { key: "react", attributes: { license: "MIT" } });

  const edge = { source: "a", target: "b", undirected: true };
  assert.deepEqual(tagType(edge, "near", "kind"), { ...edge, attributes: { kind: "near" } });
  assert.deepEqual(untagType(tagType(edge, "near", "kind"), "kind"), { type: "near", attributes: {} });
});

test("untagType() tells that there is no type", () => {
  assert.deepEqual(untagType({ key: "a" }), { type: undefined, attributes: {} });
  assert.deepEqual(untagType({ key: "a", attributes: { "@type": "x" } }, "kind"), {
    type: undefined,
    attributes: { "@type": "x" },
  });
});

test("tagType() refuses attributes with an attribute of that name", () => {
  const attributes = { "@type": "x" };
  const wanted = 'no attribute "@type", which is to carry the type,';
  for (const [element, place] of [
    [{ key: "a", attributes }, 'node "a"'],
    [{ key: "e", source: "a", target: "b", attributes }, 'edge "e"'],
    [{ source: "a", target: "b", attributes }, 'the edge from "a" to "b"'],
  ] as const) {
    assert.throws(() => tagType(element, "package"), {
      code: "INVALID_GRAPH",
      message: `Cannot write a graph: ${wanted} is wanted at ${place}: received one`,
      details: { rule: "format", place, wanted, received: "one" },
    });
    assert.equal(untagType(tagType(element, "package", "kind"), "kind").type, "package");
  }
});

test("untagType() refuses a type that is no text", () => {
  assert.throws(() => untagType({ key: "a", attributes: { "@type": 1 } }), {
    code: "INVALID_GRAPH",
    message: 'Cannot read a graph: text is wanted at attribute "@type" of node "a": received an integer',
  });
});

test("tagFacts() puts the facts among the attributes of a graph, and untagFacts() takes them out", () => {
  const facts: GraphFacts = { graphType: "dependencies", version: 2, name: "app" };
  const attributes = tagFacts({ ...facts, ownerId: undefined } as never, { color: "red" });
  assert.equal(JSON.stringify(attributes), `{"@graph":${JSON.stringify(facts)},"color":"red"}`);
  assert.deepEqual(untagFacts(attributes), { facts, attributes: { color: "red" } });
  assert.deepEqual(untagFacts(tagFacts(facts)), { facts, attributes: {} });
  assert.deepEqual(untagFacts({ a: 1 }), { facts: undefined, attributes: { a: 1 } });
});

test("tagFacts() refuses attributes with an attribute @graph", () => {
  assert.throws(() => tagFacts({ graphType: "t", version: 1 }, { "@graph": 1 }), {
    code: "INVALID_GRAPH",
    message: /no attribute "@graph", which is to carry the facts, is wanted at attributes: received one$/,
  });
});

test("untagFacts() refuses what are no facts", () => {
  const good = { graphType: "t", version: 1 };
  const refused: [facts: unknown, message: RegExp][] = [
    [1, /an object is wanted at attributes\.@graph: received an integer$/],
    [{ version: 1 }, /text is wanted at attributes\.@graph\.graphType: received undefined$/],
    [{ graphType: "t" }, /an integer >= 1 is wanted at attributes\.@graph\.version: received undefined$/],
    [{ ...good, version: 0 }, /an integer >= 1 is wanted at attributes\.@graph\.version: received an integer$/],
    [{ ...good, name: null }, /text is wanted at attributes\.@graph\.name: received null$/],
    [{ ...good, owner: "x" }, /no member but .* is wanted at attributes\.@graph: received "owner"$/],
  ];
  for (const [facts, message] of refused) {
    assert.throws(() => untagFacts({ "@graph": facts as never }), { code: "INVALID_GRAPH", message });
  }
});
