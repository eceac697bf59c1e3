import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "@sinclair/typebox";
import {
  type AttributesSchema,
  compareModules,
  defineGraph,
  type GraphDefinition,
  type GraphModule,
  moduleToDbSchema,
  type NodeDefinitions,
} from "../../src/graphs/mod.ts";

const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
const Text = Type.String();
const Item = Type.Object({ id: Text, state: Text, due: Type.Optional(Text) });
const base = {
  name: "g",
  version: 1,
  config,
  nodes: { item: Item, box: Type.Object({}) },
  edges: { holds: { from: ["box"], to: ["item"] }, near: {} },
};

function define(changes: object): GraphModule {
  return defineGraph({ ...base, ...changes } as GraphDefinition<NodeDefinitions, typeof base.edges>);
}

/** The changes from one definition to another, one a line: `-` before those that are not compatible. */
function changes(from: object, to: object): string[] {
  const list = compareModules(moduleToDbSchema(define(from)), define(to));
  return list.map(({ compatible, where, change }) => `${compatible ? "+" : "-"} ${where} ${change}`);
}

/** The changes from one schema of an attribute to another. */
function schemaChanges(from: TSchema, to: TSchema): string[] {
  const nodes = (x: TSchema) => ({ nodes: { n: Type.Object({ x }) }, edges: {} });
  const lines = changes(nodes(from), nodes(to));
  return lines.map((line) => line.replace('node type "n" at $.x', "x"));
}

function objectChanges(from: AttributesSchema, to: AttributesSchema): string[] {
  const lines = changes({ nodes: { n: from }, edges: {} }, { nodes: { n: to }, edges: {} });
  return lines.map((line) => line.replace('node type "n" at ', ""));
}

test("compareModules() finds nothing between a module and its rows", () => {
  const allowed = { a: ["b"], b: [] };
  const full = {
    description: "words",
    config: { ...config, acyclic: true },
    indexes: { nodes: { item: ["due"] } },
    keys: { item: "id" },
    transitions: { item: { attribute: "state", allowed } },
  };
  assert.deepEqual(changes({}, {}), []);
  assert.deepEqual(changes(full, full), []);
});

test("compareModules() tells which rules of the graph type became wider and which narrower", () => {
  const to = (more: object) => ({ config: { ...config, ...more } });
  const table: [object, object, string[]][] = [
    [to({}), to({ type: "mixed" }), ['+ config.type changed from "directed" to "mixed"']],
    [to({}), to({ type: "undirected" }), ['- config.type changed from "directed" to "undirected"']],
    [to({ type: "mixed" }), to({}), ['- config.type changed from "mixed" to "directed"']],
    [to({}), to({ multi: true }), ["+ config.multi changed from false to true"]],
    [to({ multi: true }), to({}), ["- config.multi changed from true to false"]],
    [to({}), to({ allowSelfLoops: true }), ["+ config.allowSelfLoops changed from false to true"]],
    [to({ allowSelfLoops: true }), to({}), ["- config.allowSelfLoops changed from true to false"]],
    [to({}), to({ acyclic: true }), ["- config.acyclic changed from false to true"]],
    [to({ acyclic: true }), to({}), ["+ config.acyclic changed from true to false"]],
    [{}, { name: "h" }, ['- the name changed from "g" to "h"']],
    [{}, { version: 2 }, ["+ the version changed from 1 to 2"]],
    [{}, { description: "words" }, ['+ the description changed from none to "words"']],
    [{}, { scope: "tenant" }, ['- the scope changed from "system" to "tenant"']],
  ];
  for (const [before, after, lines] of table) assert.deepEqual(changes(before, after), lines);
});

test("compareModules() tells of types that came, went and changed their ends", () => {
  const more = { ...base.nodes, other: Type.Object({}) };
  const holds = (from: string[], to: string[]) => ({ nodes: more, edges: { holds: { from, to }, near: {} } });
  const table: [object, object, string[]][] = [
    [{}, { nodes: more }, ['+ node type "other" was added']],
    [{ nodes: more }, {}, ['- node type "other" was removed']],
    [{}, { edges: { ...base.edges, far: {} } }, ['+ edge type "far" was added']],
    [{}, { edges: { holds: base.edges.holds } }, ['- edge type "near" was removed']],
    [holds(["box"], []), holds(["box", "other"], []), ['+ the sources of edge type "holds" include "other", too']],
    [holds(["box", "other"], []), holds(["box"], []), ['- the sources of edge type "holds" no longer include "other"']],
    [holds([], ["item"]), holds([], []), ['+ the targets of edge type "holds" may be any now']],
    [holds([], []), holds([], ["item", "box"]), ['- the targets of edge type "holds" no longer include "other"']],
    [holds([], []), holds([], ["item", "box", "other"]), ['+ edge type "holds" says the same in another way']],
    [holds(["box", "item"], []), holds(["item", "box"], []), ['+ edge type "holds" says the same in another way']],
    [
      {},
      { edges: { ...base.edges, near: { description: "by" } } },
      ['+ the description of edge type "near" changed from none to "by"'],
    ],
  ];
  for (const [before, after, lines] of table) assert.deepEqual(changes(before, after), lines);
});

test("compareModules() tells of indexes, keys and transitions", () => {
  const transitions = (allowed: object, attribute = "state") => ({ transitions: { item: { attribute, allowed } } });
  const of = 'the transitions of node type "item"';
  const table: [object, object, string[]][] = [
    [{}, { indexes: { nodes: { item: ["due"] } } }, ['+ the indexes of node type "item" changed from none to "due"']],
    [{}, { keys: { item: "id" } }, ['- the key of node type "item" changed from none to "id"']],
    [{ keys: { item: "id" } }, {}, ['- the key of node type "item" changed from "id" to none']],
    [
      { keys: { item: "id" } },
      { keys: { item: "state" } },
      ['- the key of node type "item" changed from "id" to "state"'],
    ],
    [{}, transitions({ a: ["b"] }), [`- ${of} were added`]],
    [transitions({ a: ["b"] }), {}, [`+ ${of} were removed`]],
    [transitions({ a: ["b"] }), transitions({ a: ["b", "c"] }), [`+ ${of} allow "a" to "c", too`]],
    [transitions({ a: ["b", "c"] }), transitions({ a: ["b"] }), [`- ${of} no longer allow "a" to "c"`]],
    [transitions({ a: ["b"] }), transitions({ a: ["b"] }, "id"), [`- ${of} are those of "id" now`]],
    [transitions({ a: [] }), transitions({}), ['+ node type "item" says the same in another way']],
  ];
  for (const [before, after, lines] of table) assert.deepEqual(changes(before, after), lines);
});

test("compareModules() tells what happened to each attribute", () => {
  const { id, state, due } = Item.properties;
  const Closed = Type.Object({ id, state }, { additionalProperties: false });
  const table: [AttributesSchema, AttributesSchema, string[]][] = [
    [Type.Object({ id, state }), Item, ["+ $.due was added"]],
    [Closed, Type.Object({ id, state, due }, { additionalProperties: false }), ["+ $.due was added"]],
    [Type.Object({ id }), Type.Object({ id, state }), ["+ $.state was added", "- $.state is required now"]],
    [Item, Type.Object({ id, state, due: Text }), ["- $.due is required now"]],
    [Item, Type.Object({ id: Type.Optional(Text), state, due }), ["+ $.id is optional now"]],
    [Item, Type.Object({ id, state }), ["+ $.due accepts anything now", "- $.due is no longer declared"]],
    [Item, Closed, ["- $.due was removed, and is not accepted", "- $ accepts no undeclared attributes any more"]],
    [Closed, Type.Object({ id, state }), ["+ $ accepts undeclared attributes now"]],
    [Type.Object({ id }), Type.Object({ id }, { minProperties: 1 }), ["- $ minProperties is 1, was not there"]],
    [
      Type.Object({ id }),
      Type.Record(Text, Text),
      ["+ $.id is optional now", "- $.* accepts text only", "- $.id is no longer declared"],
    ],
    [Type.Record(Text, Text), Type.Record(Text, Type.Union([Text, Type.Null()])), ["+ $.* accepts null, too"]],
    [
      Type.Record(Text, Type.Integer()),
      Type.Record(Text, Type.Number()),
      ["+ $.* accepts numbers that are not whole, too"],
    ],
    [
      Type.Object({ a: Type.Object({ "b c": Type.Array(Type.Object({ d: Type.Tuple([Text]) })) }) }),
      Type.Object({ a: Type.Object({ "b c": Type.Array(Type.Object({ d: Type.Tuple([Type.Null()]) })) }) }),
      ['- $.a["b c"][].d[0] accepts null, accepted text'],
    ],
  ];
  for (const [before, after, lines] of table) assert.deepEqual(objectChanges(before, after), lines);
});

test("compareModules() tells which values of an attribute are accepted no longer, or too", () => {
  const literals = (...texts: string[]) => Type.Union(texts.map((text) => Type.Literal(text)));
  const table: [TSchema, TSchema, string[]][] = [
    [Text, Type.Unknown(), ["+ x accepts anything now"]],
    [Type.Unknown(), Text, ["- x accepts text only"]],
    [Type.Any(), Type.Unknown(), []],
    [Type.Never(), Text, ["+ x accepts text now"]],
    [Text, Type.Integer(), ["- x accepts an integer, accepted text"]],
    [Type.Number(), Type.Integer(), ["- x accepts an integer, accepted a number"]],
    [Type.Integer({ minimum: 1 }), Type.Number({ minimum: 1 }), ["+ x accepts numbers that are not whole, too"]],
    [Text, Type.Union([Text, Type.Null()]), ["+ x accepts null, too"]],
    [Type.Union([Text, Type.Null()]), Text, ["- x no longer accepts null"]],
    [literals("a", "b"), literals("b", "a", "c"), ['+ x accepts "c", too']],
    [literals("a", "b", "c"), literals("a", "b"), ['- x no longer accepts "c"']],
    [literals("a", "b"), Text, ["+ x accepts text, too"]],
    [literals("a", "b"), Type.String({ pattern: "^a" }), ['- x no longer accepts "b"', "+ x accepts text, too"]],
    [Type.Literal("a"), Type.String({ maxLength: 1 }), ["+ x accepts text now"]],
    [Type.Literal(3), Type.Integer({ maximum: 2 }), ["- x accepts an integer, accepted 3"]],
    [Text, Type.Literal("a"), ['- x accepts "a", accepted text']],
    [Type.Not(Text), Type.Not(Text), []],
    [Type.Not(Text), Type.Not(Type.Null()), ["- x excludes something else"]],
    [
      Type.String({ description: "a" }),
      Type.String({ description: "b" }),
      ['+ node type "n" says the same in another way'],
    ],
    [Type.Array(Text), Type.Array(Type.Union([Text, Type.Null()])), ["+ x[] accepts null, too"]],
    [
      Type.Tuple([Text, Text]),
      Type.Array(Text),
      ["+ x minItems is not there, was 2", "+ x maxItems is not there, was 2"],
    ],
    [
      Type.Tuple([Text]),
      Type.Array(Text, { minItems: 2 }),
      ["- x minItems is 2, was 1", "+ x maxItems is not there, was 1"],
    ],
    [Type.Array(Text), Type.Tuple([Text]), ["- x accepts a list, accepted a list"]],
    [Type.Array(Text, { contains: Type.Null() }), Type.Array(Text), ["+ x asks in another way for what must be in it"]],
    [Type.Array(Text), Type.Array(Text, { contains: Text }), ["- x asks in another way for what must be in it"]],
  ];
  for (const [before, after, lines] of table) assert.deepEqual(schemaChanges(before, after), lines);
});

test("compareModules() compares the limits of values", () => {
  const compatible: [TSchema, TSchema][] = [
    [Type.String({ minLength: 2 }), Type.String({ minLength: 1 })],
    [Type.String({ maxLength: 2 }), Type.String({ maxLength: 3 })],
    [Type.String(), Type.String({ minLength: 0 })],
    [Type.String({ pattern: "^a" }), Type.String()],
    [Type.Number({ minimum: 1 }), Type.Number({ minimum: 0 })],
    [Type.Number({ minimum: 1 }), Type.Number({ exclusiveMinimum: 0 })],
    [Type.Number({ exclusiveMinimum: 0 }), Type.Number({ minimum: 0 })],
    [Type.Number({ maximum: 1 }), Type.Number({ exclusiveMaximum: 2 })],
    [Type.Number({ exclusiveMaximum: 2 }), Type.Number({ maximum: 2 })],
    [Type.Number({ multipleOf: 4 }), Type.Number({ multipleOf: 2 })],
    [Type.Array(Text, { uniqueItems: true }), Type.Array(Text, { uniqueItems: false })],
    [Type.Array(Text), Type.Array(Text, { uniqueItems: false })],
    [Type.Array(Text, { minItems: 2, maxItems: 2 }), Type.Array(Text, { minItems: 1, maxItems: 3 })],
  ];
  const broken: [TSchema, TSchema][] = [
    [Type.String(), Type.String({ minLength: 1 })],
    [Type.String(), Type.String({ maxLength: 1 })],
    [Type.String({ maxLength: 2 }), Type.String({ maxLength: 1 })],
    [Type.String({ pattern: "^a" }), Type.String({ pattern: "^b" })],
    [Type.Number({ minimum: 0 }), Type.Number({ exclusiveMinimum: 0 })],
    [Type.Number(), Type.Number({ minimum: 0 })],
    [Type.Number({ maximum: 2 }), Type.Number({ exclusiveMaximum: 2 })],
    [Type.Number({ multipleOf: 2 }), Type.Number({ multipleOf: 4 })],
    [Type.Number(), Type.Number({ multipleOf: 4 })],
    [Type.Array(Text), Type.Array(Text, { uniqueItems: true })],
    [Type.Array(Text), Type.Array(Text, { maxItems: 3 })],
  ];
  const all = (sign: string) => (line: string) => line.startsWith(sign);
  for (const [from, to] of compatible) assert.ok(schemaChanges(from, to).every(all("+")), JSON.stringify([from, to]));
  for (const [from, to] of broken) assert.ok(schemaChanges(from, to).some(all("-")), JSON.stringify([from, to]));
});

test("compareModules() compares unions, intersections and shared schemas by what they accept", () => {
  const A = Type.Object({ a: Text });
  const B = Type.Object({ b: Type.Optional(Text) });
  const tree = (inner: TSchema) =>
    Type.Module({ Tree: Type.Object({ text: inner, parts: Type.Array(Type.Ref("Tree")) }) }).Import("Tree");
  const inline = (inner: TSchema) => Type.Object({ text: inner, parts: Type.Array(tree(inner)) });
  const Both = Type.Intersect([A, B]);
  const closed = { unevaluatedProperties: false };
  const table: [AttributesSchema, AttributesSchema, boolean][] = [
    [Both, Type.Composite([A, B]), true],
    [Type.Composite([A, B]), Both, true],
    [Both, A, false],
    [A, Both, true],
    [Both, Type.Intersect([B, A]), true],
    [Both, Type.Intersect([A, Type.Object({ b: Type.Optional(Type.Null()) })]), false],
    [Both, Type.Intersect([Type.Object({ a: Text, b: Type.Optional(Type.Null()) }), B]), false],
    [Both, Type.Intersect([A, B], closed), false],
    [Type.Intersect([A, B], closed), Both, true],
    [
      Type.Intersect([A, B], closed),
      Type.Object({ a: Text, b: Type.Optional(Text) }, { additionalProperties: false }),
      true,
    ],
    [Type.Object({ a: Text }, { additionalProperties: false }), Type.Intersect([A, B], closed), true],
    [Type.Union([A, B]), Type.Union([B, A]), true],
    [Type.Union([A, B]), A, false],
    [A, Type.Union([B, A]), true],
    [tree(Text), tree(Text), true],
    [tree(Text), tree(Type.Union([Text, Type.Null()])), true],
    [tree(Type.Union([Text, Type.Null()])), tree(Text), false],
    [tree(Text), inline(Text), true],
    [inline(Text), tree(Text), true],
    [inline(Text), tree(Type.Null()), false],
  ];
  for (const [from, to, isCompatible] of table) {
    const lines = objectChanges(from, to);
    assert.equal(
      lines.every((line) => line.startsWith("+")),
      isCompatible,
      `${JSON.stringify([from, to])}: ${lines}`,
    );
  }
});

test("compareModules() refuses rows and modules that are none", () => {
  const rows = moduleToDbSchema(define({}));
  assert.throws(() => compareModules(rows, { ...define({}) }), { name: "TypeError", message: /compareModules\(\)/ });
  assert.throws(() => compareModules({ ...rows, nodeTypes: [] }, define({})), { code: "INVALID_MODULE" });
});

test("compareModules() refuses that an attribute is declared no more, though an open object would take it", () => {
  const graph = (attributes: AttributesSchema) =>
    defineGraph({
      name: "g",
      version: 1,
      config: { type: "directed", multi: false, allowSelfLoops: false },
      nodes: { n: attributes },
    });
  const changes = compareModules(
    moduleToDbSchema(graph(Type.Object({ a: Text, b: Text }))),
    graph(Type.Object({ a: Text })),
  );
  assert.deepEqual(
    changes.filter(({ compatible }) => !compatible),
    [{ compatible: false, where: 'node type "n" at $.b', change: "is no longer declared" }],
  );
});
