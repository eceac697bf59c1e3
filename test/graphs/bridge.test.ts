import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { StorageError } from "../../src/errors.ts";
import {
  type AttributesSchema,
  CallGraph,
  dbSchemaToModule,
  defineGraph,
  type GraphModule,
  moduleToDbSchema,
  validateEdge,
  validateNode,
} from "../../src/graphs/mod.ts";

const shared = Type.Module({
  Person: Type.Object({ name: Type.String(), friends: Type.Optional(Type.Array(Type.Ref("Person"))) }),
});
const Social = defineGraph({
  name: "social",
  version: 3,
  description: "Who knows whom",
  scope: "tenant",
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: {
    person: Type.Object(
      {
        name: Type.String({ minLength: 2 }),
        age: Type.Optional(Type.Integer({ minimum: 0 })),
        tags: Type.Optional(Type.Array(Type.String())),
      },
      { description: "Somebody", additionalProperties: false },
    ),
    place: Type.Object({ at: Type.Tuple([Type.Number(), Type.Number()]) }),
    family: shared.Import("Person"),
    anything: Type.Object({ value: Type.Optional(Type.Unknown()) }),
  },
  edges: {
    knows: { attributes: Type.Object({ since: Type.Integer() }), from: ["person"], to: ["person"] },
    lives_in: { description: "Where", from: ["person", "family"], to: ["place"] },
    about: {},
  },
});
const wide: GraphModule = Social;
const people = { sourceType: "person", targetType: "person" } as const;

function refuses(make: () => unknown, message: RegExp | string) {
  assert.throws(make, (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.code, "INVALID_GRAPH");
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

test("moduleToDbSchema() gives the rows of a module", () => {
  const rows = moduleToDbSchema(Social);
  assert.deepEqual(rows.graphType, {
    name: "social",
    description: "Who knows whom",
    config: { type: "directed", multi: false, allowSelfLoops: false },
    version: 3,
    scope: "tenant",
  });
  assert.deepEqual(
    rows.nodeTypes.map(({ name, description }) => [name, description]),
    [
      ["person", "Somebody"],
      ["place", ""],
      ["family", ""],
      ["anything", ""],
    ],
  );
  assert.deepEqual(
    rows.edgeTypes.map(({ schema, ...rest }) => rest),
    [
      { name: "knows", description: "", metadata: {}, allowedSourceTypes: ["person"], allowedTargetTypes: ["person"] },
      {
        name: "lives_in",
        description: "Where",
        metadata: {},
        allowedSourceTypes: ["person", "family"],
        allowedTargetTypes: ["place"],
      },
      { name: "about", description: "", metadata: {}, allowedSourceTypes: [], allowedTargetTypes: [] },
    ],
  );
  assert.deepEqual(rows.edgeTypes[2]?.schema, { type: "object", properties: {}, additionalProperties: false });
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
});

test("validateNode() returns the attributes it was given", () => {
  const attributes = { name: "Ada", age: 36 };
  assert.equal(validateNode(Social, "person", attributes), attributes);
  validateNode(Social, "family", { name: "A", friends: [{ name: "B" }] });
});

test("validateNode() names the type, the rule, the path and the value, or its kind", () => {
  refuses(
    () => validateNode(Social, "person", { name: "A" }),
    'Cannot accept a node of type "person" in graph type "social" version 3: expected string length greater or equal to 2 at $.name: received a string of 1 characters',
  );
  refuses(() => validateNode(Social, "person", {}), /expected required property at \$\.name: received nothing$/);
  refuses(
    () => validateNode(Social, "person", { name: "Ada", agee: 1 }),
    /unexpected property at \$\.agee: received 1$/,
  );
  refuses(
    () => validateNode(Social, "person", { name: "Ada", tags: ["a", 1] }),
    /expected string at \$\.tags\[1\]: received 1$/,
  );
  refuses(() => validateNode(Social, "place", { at: [1] }), /at \$\.at: received an array of 1$/);
  refuses(
    () => validateNode(Social, "family", { name: "A", friends: [{ name: 1 }] }),
    /at \$\.friends\[0\]\.name: received 1$/,
  );
  for (const value of [undefined, null, 1, "x", [], () => 1])
    refuses(() => validateNode(Social, "person", value), /at \$: received/);
});

test("validateNode() shows no text, unless one of a few is wanted in its place", () => {
  const secret = "hunter2-hunter2";
  for (const attributes of [
    { name: "Ada", age: secret },
    { name: [secret] },
    { name: "Ada", tags: { secret } },
    secret,
  ]) {
    assert.throws(
      () => validateNode(Social, "person", attributes),
      (error: StorageError) => !error.message.includes(secret) && !JSON.stringify(error.details).includes(secret),
    );
  }
  const call = { requestId: "r", operationId: "o", status: "runing", input: null };
  refuses(() => validateNode(CallGraph, "call", call), /at \$\.status: received "runing"$/);
});

test("validateNode() refuses a type the module has not, and offers those it has", () => {
  refuses(
    () => validateNode(wide, "persn", {}),
    'Cannot accept a node in graph type "social" version 3: its type must be one of person, place, family, anything: received "persn"',
  );
  for (const type of ["__proto__", "constructor", "toString", 1, undefined]) {
    refuses(() => validateNode(wide, type as string, {}), /its type must be one of/);
  }
});

test("validateNode() refuses whatever JSON would lose", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  const sparse = [1];
  sparse[2] = 1;
  let deep: unknown = null;
  for (let i = 0; i < 100; i++) deep = [deep];
  class Point {
    x = 1;
  }
  const lost: [unknown, RegExp][] = [
    [undefined, /a JSON value at \$\.value: received undefined$/],
    [Number.NaN, /finite number, and no negative zero at \$\.value: received NaN$/],
    [Number.NEGATIVE_INFINITY, /received -Infinity$/],
    [-0, /received -0$/],
    [[1, -0], /at \$\.value\[1\]: received -0$/],
    [1n, /received a bigint$/],
    [Symbol("s"), /received a symbol$/],
    [() => 1, /received a function$/],
    [new Date(0), /a plain object at \$\.value: received an instance of Date$/],
    [new Map(), /received an instance of Map$/],
    [new Uint8Array(2), /received an instance of Uint8Array$/],
    [new Point(), /received an instance of Point$/],
    [Object.create({}), /received an instance of Object$/],
    ["a\ud800", /half of a surrogate pair at \$\.value: received a string of 2 characters$/],
    [{ "\udc00": 1 }, /keys without half of a surrogate pair/],
    [{ [Symbol("s")]: 1 }, /an object of enumerable text keys/],
    [Object.defineProperty({}, "hidden", { value: 1 }), /an object of enumerable text keys/],
    [{ toJSON: () => 1 }, /at \$\.value\.toJSON: received a function$/],
    [cycle, /at most 100 levels and no cycle/],
    [deep, /at most 100 levels and no cycle/],
    [sparse, /an array without holes/],
    [Object.assign([1], { extra: 1 }), /an array without holes and named properties/],
  ];
  for (const [value, message] of lost) refuses(() => validateNode(Social, "anything", { value }), message);
});

test("validateNode() takes what JSON keeps", () => {
  let deep: unknown = null;
  for (let i = 0; i < 99; i++) deep = [deep];
  const kept = [null, 0, 1.5, 2 ** 53, 1e300, 5e-324, "", "a\u0000b", "😀", [], {}, { "": 1 }, deep];
  for (const value of [...kept, JSON.parse('{"__proto__":{"x":1}}')]) {
    const attributes = { value };
    validateNode(Social, "anything", attributes);
    assert.deepEqual(JSON.parse(JSON.stringify(attributes)).value, value);
  }
});

test("validateNode() shortens and quotes keys in a path", () => {
  refuses(() => validateNode(Social, "anything", { value: { "a b": undefined } }), /at \$\.value\["a b"\]: /);
  refuses(() => validateNode(Social, "anything", { value: { ["k".repeat(900)]: undefined } }), /\["k{40}…"\]: /);
  refuses(() => validateNode(Social, "person", { name: "Ada", "a/b~c": 1 }), /at \$\["a\/b~c"\]: /);
});

test("validateNode() throws a TypeError on what defineGraph() did not make", () => {
  assert.throws(() => validateNode({ ...Social }, "person", {}), {
    name: "TypeError",
    message: /defineGraph\(\) returns/,
  });
  assert.throws(() => moduleToDbSchema(null as unknown as GraphModule), TypeError);
});

test("validateEdge() returns the attributes of an allowed edge", () => {
  const attributes = { since: 1999 };
  assert.equal(validateEdge(Social, "knows", attributes, people), attributes);
  validateEdge(Social, "about", {}, { sourceType: "place", targetType: "anything" });
  validateEdge(Social, "knows", attributes, { ...people, sourceKey: "a", targetKey: "b", undirected: false });
});

test("validateEdge() refuses wrong ends, attributes and types", () => {
  refuses(
    () => validateEdge(Social, "knows", { since: 1 }, { sourceType: "person", targetType: "place" }),
    'Cannot accept an edge of type "knows" in graph type "social" version 3: it must lead from "person" to "person": received "person" to "place"',
  );
  refuses(() => validateEdge(Social, "lives_in", {}, people), /from "person" or "family" to "place"/);
  refuses(() => validateEdge(Social, "knows", {}, people), /expected required property at \$\.since/);
  refuses(() => validateEdge(Social, "about", { x: 1 } as never, people), /unexpected property at \$\.x/);
  refuses(
    () => validateEdge(wide, "knws", {}, people),
    /an edge in graph type .* one of knows, lives_in, about: received "knws"$/,
  );
  refuses(
    () => validateEdge(wide, "about", {}, { sourceType: "x", targetType: "person" }),
    /a node in graph type .*received "x"$/,
  );
  refuses(
    () => validateEdge(Social, "knows", { since: 1 }, { ...people, sourceKey: "a", targetKey: "a" }),
    /received a self loop$/,
  );
  refuses(
    () => validateEdge(Social, "knows", { since: 1 }, { ...people, undirected: true }),
    /are directed: received undirected$/,
  );
});

test("validateEdge() throws a TypeError on missing or misspelled ends", () => {
  const ends = { ...people, soureKey: "a" };
  assert.throws(() => validateEdge(Social, "about", {}, ends), {
    name: "TypeError",
    message: /unknown option "soureKey"/,
  });
  assert.throws(() => validateEdge(Social, "about", {}, undefined as unknown as typeof people), TypeError);
  for (const [member, value, wanted] of [
    ["undirected", "yes", "boolean"],
    ["sourceKey", 5, "string"],
    ["targetKey", null, "string"],
  ] as const) {
    assert.throws(() => validateEdge(Social, "about", {}, { ...people, [member]: value } as typeof people), {
      name: "TypeError",
      message: new RegExp(`^Cannot accept an edge: ${member} must be a ${wanted}: received `),
    });
  }
});

test("validateEdge() lets an edge without direction stand either way round", () => {
  const make = (type: "undirected" | "mixed") =>
    defineGraph({
      name: "u",
      version: 1,
      config: { type, multi: true, allowSelfLoops: true },
      nodes: { a: Type.Object({}), b: Type.Object({}) },
      edges: { e: { from: ["a"], to: ["b"] } },
    });
  const turned = { sourceType: "b", targetType: "a" } as const;
  validateEdge(make("undirected"), "e", {}, turned);
  refuses(
    () => validateEdge(make("undirected"), "e", {}, { ...turned, undirected: false }),
    /are undirected: received directed$/,
  );
  validateEdge(make("mixed"), "e", {}, { ...turned, undirected: true });
  refuses(() => validateEdge(make("mixed"), "e", {}, turned), /it must lead from "a" to "b"/);
  validateEdge(make("mixed"), "e", {}, { sourceType: "a", targetType: "b", sourceKey: "k", targetKey: "k" });
});

const isNode = process.versions.deno === undefined && process.versions.bun === undefined;
const skip = isNode ? false : "only Node has a flag that forbids to generate code";
test("validateNode() works where code may not be generated", { skip }, () => {
  const script = `
    import { defineGraph, validateNode } from ${JSON.stringify(new URL("../../src/graphs/mod.ts", import.meta.url).href)};
    import { Type } from ${JSON.stringify(import.meta.resolve("@sinclair/typebox"))};
    const config = { type: "directed", multi: false, allowSelfLoops: false };
    const g = defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({ a: Type.String() }) } });
    validateNode(g, "n", { a: "b" });
    try { new Function("") } catch { try { validateNode(g, "n", { a: 1 }) } catch (error) { console.log(error.message) } }`;
  const flags = [
    "--experimental-strip-types",
    "--disallow-code-generation-from-strings",
    "--input-type=module",
    "--eval",
    script,
  ];
  assert.match(execFileSync(process.execPath, flags, { encoding: "utf8" }), /expected string at \$\.a: received 1/);
});

test("validateNode() and validateEdge() tell the rule and name what breaks it", () => {
  const broken: [() => unknown, string, string][] = [
    [() => validateNode(wide, "x", {}, "n1"), "type", 'node "n1"'],
    [() => validateNode(Social, "person", {}, "n1"), "attributes", 'node "n1" of type "person"'],
    [() => validateEdge(wide, "x", {}, { ...people, key: "e1" }), "type", 'edge "e1"'],
    [() => validateEdge(wide, "about", {}, { sourceType: "x", targetType: "person" }), "type", "a node"],
    [() => validateEdge(Social, "knows", {}, { ...people, key: null }), "attributes", 'an edge of type "knows"'],
    [
      () => validateEdge(Social, "knows", {}, { ...people, sourceKey: "a", targetKey: "b" }),
      "attributes",
      'an edge from "a" to "b" of type "knows"',
    ],
    [() => validateEdge(Social, "lives_in", {}, { ...people, key: "e1" }), "endpoints", 'edge "e1" of type "lives_in"'],
    [() => validateEdge(Social, "about", {}, { ...people, undirected: true }), "direction", 'an edge of type "about"'],
    [
      () => validateEdge(Social, "about", {}, { ...people, sourceKey: "a", targetKey: "a" }),
      "selfLoop",
      'an edge from "a" to "a" of type "about"',
    ],
  ];
  for (const [call, rule, what] of broken) {
    assert.throws(call, (error: StorageError) => {
      assert.equal(error.code, "INVALID_GRAPH");
      assert.deepEqual([error.details.rule, error.details.what], [rule, what]);
      return error.message.startsWith(`Cannot accept ${what} in graph type "social" version 3: `);
    });
  }
});

test("validateNode() wants a required attribute to be there, whatever it may be", () => {
  const unknown = Type.Module({ Json: Type.Unknown(), Event: Type.Object({ data: Type.Ref("Json") }) });
  const anything: Record<string, AttributesSchema> = {
    unknown: Type.Object({ data: Type.Unknown() }),
    imported: Type.Object({ data: unknown.Import("Json") }),
    referred: unknown.Import("Event"),
    union: Type.Object({ data: Type.Union([Type.Null(), Type.Unknown()]) }),
    not: Type.Object({ data: Type.Not(Type.Not(Type.Unknown())) }),
    both: Type.Object({ data: Type.Intersect([Type.Unknown(), Type.Union([Type.Null(), Type.Any()])]) }),
    deep: Type.Object({ data: Type.Object({ data: Type.Union([Type.Null(), Type.Unknown()]) }) }),
    closed: Type.Object({ data: unknown.Import("Json") }, { additionalProperties: false }),
  };
  const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
  const module = defineGraph({ name: "g", version: 1, config, nodes: anything });
  const loaded = dbSchemaToModule(moduleToDbSchema(module));
  const again = defineGraph({ name: "g", version: 1, config, nodes: loaded.nodes });
  for (const type of Object.keys(anything)) {
    for (const each of [module, loaded, again]) {
      validateNode(each, type, { data: { data: null } });
      refuses(() => validateNode(each, type, {}), /expected required property at \$\.data: received nothing$/);
      refuses(() => validateNode(each, type, { other: 1 }), /at \$\.data: received nothing$/);
      if (type === "deep")
        refuses(() => validateNode(each, type, { data: {} }), /at \$\.data\.data: received nothing$/);
    }
  }
});
