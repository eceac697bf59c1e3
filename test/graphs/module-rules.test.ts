import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { StorageError } from "../../src/errors.ts";
import {
  defineGraph,
  findForbiddenTransition,
  type GraphDefinition,
  moduleToDbSchema,
  typesOf,
} from "../../src/graphs/mod.ts";

const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
const State = Type.Union([Type.Literal("open"), Type.Literal("done")]);
const Item = Type.Object({
  id: Type.String(),
  state: State,
  free: Type.String(),
  due: Type.Optional(Type.String()),
  size: Type.Integer(),
  "a.b": Type.Optional(Type.Object({ c: Type.Null() })),
  more: Type.Optional(Type.Record(Type.String({ pattern: "^x" }), Type.Number())),
  any: Type.Optional(Type.Unknown()),
});
const good = { name: "g", version: 1, config, nodes: { item: Item, other: Type.Object({}) } } as const;
const edges = { next: { attributes: Type.Object({ weight: Type.Number() }) }, plain: {} } as const;

/** Defines with rules that the compiler would refuse. */
function define(rules: object) {
  return defineGraph({ ...good, edges, ...rules } as GraphDefinition<typeof good.nodes, typeof edges>);
}

function refuses(rules: object, message: RegExp) {
  assert.throws(
    () => define(rules),
    (error) => {
      assert.ok(error instanceof StorageError, String(error));
      assert.equal(error.code, "INVALID_MODULE");
      assert.match(error.message, message);
      return true;
    },
  );
}

test("defineGraph() keeps indexes, keys, transitions and acyclic", () => {
  const allowed = { open: ["done"], done: [] } as const;
  const module = defineGraph({
    ...good,
    config: { ...config, acyclic: true },
    edges,
    indexes: { nodes: { item: ["due", '"a.b".c'] }, edges: { next: ["weight"] } },
    keys: { item: "id" },
    transitions: { item: { attribute: "state", allowed } },
  });
  assert.equal(module.config.acyclic, true);
  assert.deepEqual(module.indexes, { nodes: { item: ["due", '"a.b".c'] }, edges: { next: ["weight"] } });
  assert.deepEqual(module.keys, { item: "id" });
  assert.deepEqual(module.transitions, { item: { attribute: "state", allowed } });
  assert.ok(Object.isFrozen(module.transitions.item?.allowed.open) && Object.isFrozen(module.indexes.nodes.item));

  const { nodes, edges: edgeTypes } = typesOf(module, "test");
  assert.deepEqual(nodes.get("item")?.indexes, ["due", '"a.b".c']);
  assert.equal(nodes.get("item")?.keyAttribute, "id");
  assert.equal(nodes.get("other")?.keyAttribute, undefined);
  assert.equal(nodes.get("other")?.transitions, undefined);
  assert.deepEqual(edgeTypes.get("next")?.indexes, ["weight"]);

  const { graphType, nodeTypes, edgeTypes: edgeRows } = moduleToDbSchema(module);
  assert.deepEqual(graphType.config, { ...config, acyclic: true });
  assert.deepEqual(nodeTypes[0]?.metadata, {
    indexes: ["due", '"a.b".c'],
    key: "id",
    transitions: { attribute: "state", allowed: { open: ["done"], done: [] } },
  });
  assert.deepEqual(nodeTypes[1]?.metadata, {});
  assert.deepEqual(
    edgeRows.map(({ metadata }) => metadata),
    [{ indexes: ["weight"] }, {}],
  );
});

test("defineGraph() says false of acyclic and nothing of rules that are left out", () => {
  const module = defineGraph(good);
  assert.equal(module.config.acyclic, false);
  assert.deepEqual([module.indexes, module.keys, module.transitions], [{ nodes: {}, edges: {} }, {}, {}]);
  assert.deepEqual(moduleToDbSchema(module).graphType.config, config);
});

test("defineGraph() lets only directed graphs without self loops be acyclic", () => {
  const wanted = /config\.acyclic is for directed graphs without self loops: received/;
  refuses({ config: { ...config, type: "mixed", acyclic: true } }, wanted);
  refuses({ config: { ...config, type: "undirected", acyclic: true } }, wanted);
  refuses({ config: { ...config, allowSelfLoops: true, acyclic: true } }, wanted);
  define({ config: { ...config, type: "mixed", allowSelfLoops: true, acyclic: false } });
  assert.throws(() => define({ config: { ...config, acyclic: 1 } }), { name: "TypeError", message: /acyclic must be/ });
});

test("defineGraph() refuses an index on what no attribute is declared to be", () => {
  const paths = ["licence", "due.length", "state.x", '"a.b".d', "a.b", "more.y", "", "a..b", '"a', "any\\x"];
  for (const path of paths) {
    refuses({ indexes: { nodes: { item: [path] } } }, /indexes must be paths of its attributes: received "/);
  }
  refuses({ indexes: { nodes: { item: ["due", "due"] } } }, /indexes must name a path once: received "due" twice$/);
  refuses({ indexes: { edges: { plain: ["weight"] } } }, /^Cannot define edge type "plain" of graph type "g": indexes/);
  refuses({ indexes: { nodes: { itme: [] } } }, /indexes\.nodes must name types of this module: received "itme"$/);
  refuses({ indexes: { edges: { item: [] } } }, /indexes\.edges must name types of this module: received "item"$/);
});

test("defineGraph() finds attributes through records, unions, intersections, references and unknown values", () => {
  const shared = Type.Module({
    Tree: Type.Object({ text: Type.String(), parts: Type.Optional(Type.Ref("Tree")) }),
  });
  const Both = Type.Intersect([Type.Object({ a: Type.Null() }), Type.Union([Item, Type.Object({ b: Type.Null() })])]);
  const Open = Type.Object({}, { additionalProperties: Type.Object({ c: Type.Null() }) });
  const module = defineGraph({
    ...good,
    nodes: { item: Item, tree: shared.Import("Tree"), both: Both, open: Open },
    indexes: {
      nodes: {
        item: ["more.xy", "any.thing.at.all"] as never,
        tree: ["parts.parts.parts.text"],
        both: ["a", "b", "size"],
        open: ["whatever.c"] as never,
      },
    },
  });
  assert.equal(Object.keys(module.indexes.nodes).length, 4);
});

test("defineGraph() wants the key to be an attribute that is required and text", () => {
  for (const key of ["due", "size", "more", "nothing", "any", ""]) {
    refuses({ keys: { item: key } }, /its key must be an attribute that is required and text: received "/);
  }
  refuses({ keys: { itme: "id" } }, /keys must name types of this module: received "itme"$/);
  const Either = Type.Union([Type.Object({ id: Type.String() }), Type.Object({ id: State })]);
  const module = defineGraph({ ...good, nodes: { item: Type.Intersect([Either, Item]) }, keys: { item: "id" } });
  assert.deepEqual(module.keys, { item: "id" });
  const OneOnly = Type.Union([Type.Object({ id: Type.String() }), Type.Object({})]);
  refuses({ nodes: { item: OneOnly }, keys: { item: "id" } }, /its key must be an attribute that is required/);
});

test("defineGraph() wants transitions between values of an attribute that is required and text", () => {
  const rules = (attribute: string, allowed: object) => ({ transitions: { item: { attribute, allowed } } });
  refuses(
    rules("due", {}),
    /^Cannot define the transitions of node type "item" of graph type "g": attribute must be one/,
  );
  refuses(rules("state", { shut: ["done"] }), /states must be values of "state": received "shut"$/);
  refuses(rules("state", { open: ["shut"] }), /states must be values of "state": received "shut"$/);
  refuses(rules("state", { open: ["done", "done"] }), /must name a state once: received "done" twice$/);
  refuses({ transitions: { itme: {} } }, /transitions must name types of this module: received "itme"$/);
  define(rules("free", { whatever: ["goes"] }));
});

test("defineGraph() throws a TypeError on rules of the wrong form", () => {
  const bad: [object, RegExp][] = [
    [{ indexes: [] }, /an object is wanted: received an array of 0$/],
    [{ indexes: { node: {} } }, /unknown option "node": did you mean "nodes"$/],
    [{ indexes: { nodes: 1 } }, /indexes\.nodes must be an object: received an integer$/],
    [{ indexes: { nodes: { item: "due" } } }, /indexes must be a list of paths: received a string of 3 characters$/],
    [{ indexes: { nodes: { item: [1] } } }, /indexes\[0\] must be a string: received an integer$/],
    [{ keys: 1 }, /keys must be an object/],
    [{ keys: { item: 1 } }, /its key must be a string/],
    [{ transitions: null }, /transitions must be an object: received null$/],
    [{ transitions: { item: { attribute: "state" } } }, /allowed is wanted/],
    [{ transitions: { item: { attribute: 1, allowed: {} } } }, /attribute must be a string/],
    [{ transitions: { item: { attribute: "state", allowed: [] } } }, /allowed must be an object/],
    [{ transitions: { item: { attribute: "state", allowed: { open: "done" } } } }, /must be a list of states/],
    [{ transitions: { item: { attribute: "state", allow: {} } } }, /unknown option "allow"/],
  ];
  for (const [rules, message] of bad) assert.throws(() => define(rules), { name: "TypeError", message });
});

test("findForbiddenTransition() finds what a type does not allow", () => {
  const allowed = { open: ["done"] } as const;
  const module = defineGraph({ ...good, transitions: { item: { attribute: "state", allowed } } });
  const { nodes } = typesOf(module, "test");
  const find = (from: object, to: object) => findForbiddenTransition(nodes.get("item")!, from as never, to as never);
  assert.equal(find({ state: "open" }, { state: "done" }), undefined);
  assert.equal(find({ state: "done" }, { state: "done" }), undefined);
  assert.equal(find({}, { state: "done" }), undefined);
  assert.deepEqual(find({ state: "done" }, { state: "open" }), { attribute: "state", from: "done", to: "open" });
  assert.deepEqual(find({ state: "toString" }, { state: "open" }), {
    attribute: "state",
    from: "toString",
    to: "open",
  });
  assert.equal(findForbiddenTransition(nodes.get("other")!, { state: "done" }, { state: "open" }), undefined);
});
