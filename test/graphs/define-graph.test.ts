import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { StorageError } from "../../src/errors.ts";
import { type AttributesSchema, defineGraph, moduleToDbSchema } from "../../src/graphs/mod.ts";

const config = { type: "directed", multi: false, allowSelfLoops: false } as const;

function define(attributes: TSchema) {
  return defineGraph({ name: "g", version: 1, config, nodes: { n: attributes as AttributesSchema } });
}

function schemaOf(attributes: TSchema) {
  return moduleToDbSchema(define(attributes)).nodeTypes[0]?.schema;
}

function refuses(make: () => unknown, message: RegExp) {
  assert.throws(make, (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.code, "INVALID_MODULE");
    assert.match(error.message, message);
    return true;
  });
}

test("defineGraph() fills in what is left out", () => {
  const module = defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({}) } });
  assert.equal(module.scope, "system");
  assert.equal(module.description, "");
  assert.deepEqual(module.edges, {});
});

test("defineGraph() returns a frozen module that later changes of the definition don't reach", () => {
  const nodes: Record<string, AttributesSchema> = { n: Type.Object({}) };
  const module = defineGraph({ name: "g", version: 1, config, nodes });
  nodes.other = Type.Object({});
  assert.deepEqual(Object.keys(module.nodes), ["n"]);
  assert.ok(Object.isFrozen(module) && Object.isFrozen(module.config) && Object.isFrozen(module.nodes));
});

test("defineGraph() refuses an endpoint that is no node type", () => {
  const edges = { e: { from: ["m" as "n"] } };
  refuses(
    () => defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({}) }, edges }),
    /^Cannot define edge type "e" of graph type "g": from must name node types of this module: received "m"$/,
  );
});

test("defineGraph() refuses an endpoint that is named twice", () => {
  refuses(
    () =>
      defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({}) }, edges: { e: { to: ["n", "n"] } } }),
    /to must name a node type once: received "n" twice$/,
  );
});

for (const name of ["", " n", "n ", "a\u0000b", "a\nb", "\ud800", "x".repeat(201)]) {
  test(`defineGraph() refuses the name ${JSON.stringify(name).slice(0, 20)}`, () => {
    refuses(() => defineGraph({ name, version: 1, config, nodes: { n: Type.Object({}) } }), /a name must be/);
    refuses(() => defineGraph({ name: "g", version: 1, config, nodes: { [name]: Type.Object({}) } }), /a name must be/);
  });
}

test("defineGraph() refuses names that only case or composition tells apart", () => {
  const nodes = (a: string, b: string) => ({ [a]: Type.Object({}), [b]: Type.Object({}) });
  refuses(() => defineGraph({ name: "g", version: 1, config, nodes: nodes("Task", "task") }), /"Task" and "task"/);
  refuses(() => defineGraph({ name: "g", version: 1, config, nodes: nodes("\u00e9", "e\u0301") }), /names must differ/);
});

test("defineGraph() refuses a module without node types", () => {
  refuses(() => defineGraph({ name: "g", version: 1, config, nodes: {} }), /at least one node type/);
});

test("defineGraph() refuses schemas of something else than objects", () => {
  const others = [Type.String(), Type.Array(Type.Object({})), Type.Unknown(), Type.Any(), Type.Null(), Type.Never()];
  for (const schema of others) refuses(() => define(schema), /a schema of objects, as Type\.Object\(\) makes/);
  refuses(() => define(Type.Union([Type.Object({}), Type.String()])), /a schema of objects/);
  refuses(() => define(Type.Module({ A: Type.String() }).Import("A")), /a schema of objects/);
});

test("defineGraph() takes every schema whose values are objects only", () => {
  const A = Type.Object({ a: Type.String() });
  const B = Type.Object({ b: Type.String() });
  define(Type.Union([A, B]));
  define(Type.Intersect([A, B]));
  define(Type.Composite([A, B]));
  define(Type.Record(Type.String(), Type.Number()));
  define(Type.Recursive((This) => Type.Object({ parts: Type.Array(This) })));
  define(Type.Module({ A, B: Type.Ref("A") }).Import("B"));
});

test("defineGraph() refuses schemas of what JSON can't hold, and says where", () => {
  const unfit: [string, TSchema][] = [
    ["Date", Type.Date()],
    ["BigInt", Type.BigInt()],
    ["Uint8Array", Type.Uint8Array()],
    ["Function", Type.Function([], Type.Null())],
    ["Promise", Type.Promise(Type.Null())],
    ["Symbol", Type.Symbol()],
    ["Undefined", Type.Undefined()],
    ["Void", Type.Void()],
    ["RegExp", Type.RegExp(/a/)],
    ["Unsafe", Type.Unsafe<string>({ type: "string" })],
  ];
  for (const [kind, schema] of unfit) {
    refuses(
      () => define(Type.Object({ list: Type.Array(Type.Object({ it: schema })) })),
      new RegExp(`JSON values is wanted at \\$\\.list\\.items\\.it: received Type\\.${kind}$`),
    );
  }
  const transform = Type.Transform(Type.String())
    .Decode((text) => new Date(text))
    .Encode((date) => date.toISOString());
  refuses(() => define(Type.Object({ at: transform })), /received Type\.Transform$/);
  refuses(() => define(Type.Object({ x: { type: "string" } as unknown as TSchema })), /received an object$/);
});

test("defineGraph() refuses members of a schema that JSON would lose", () => {
  refuses(
    () => define(Type.Object({ x: Type.Unknown({ default: new Date(0) }) })),
    /at \$\.x\.default: received an instance of Date$/,
  );
  refuses(
    () => define(Type.Object({ x: Type.Number({ maximum: Number.POSITIVE_INFINITY }) })),
    /\$\.x\.maximum: received Infinity$/,
  );
  refuses(() => define(Type.Object({ x: Type.String({ pattern: "(" }) })), /regular expression/);
  refuses(
    () => define(Type.Object({ x: Type.String({ format: "no-such" }) })),
    /FormatRegistry has is wanted at \$\.x\.format: received "no-such"$/,
  );
});

test("defineGraph() refuses keywords by which TypeBox would not check, and keeps annotations", () => {
  const unchecked: [string, TSchema, string][] = [
    ["String", Type.String({ enum: ["a"] }), "enum"],
    ["String", Type.String({ minLenght: 1 }), "minLenght"],
    ["Number", Type.Number({ minLength: 1 }), "minLength"],
    ["Unknown", Type.Unknown({ type: "string" }), "type"],
    ["Union", Type.Union([Type.Null(), Type.String()], { type: "string" }), "type"],
    ["Object", Type.Object({}, { patternProperties: {} }), "patternProperties"],
    ["Array", Type.Array(Type.Null(), { if: {} }), "if"],
  ];
  for (const [kind, schema, keyword] of unchecked) {
    refuses(
      () => define(Type.Object({ x: schema })),
      new RegExp(`a keyword by which Type\\.${kind}\\(\\) checks is wanted at \\$\\.x: received "${keyword}"$`),
    );
  }
  const notes = { title: "t", examples: [1], $comment: "c", deprecated: true, readOnly: true, "x-unit": { of: "m" } };
  assert.deepEqual(schemaOf(Type.Object({ x: Type.Number(notes) }))?.properties, { x: { type: "number", ...notes } });
});

test("defineGraph() refuses values of keywords that TypeBox could not use", () => {
  const bad: [TSchema, RegExp][] = [
    [Type.String({ minLength: -1 }), /a whole number >= 0 is wanted at \$\.x\.minLength: received an integer$/],
    [Type.Array(Type.Null(), { maxItems: 1.5 }), /a whole number >= 0 is wanted at \$\.x\.maxItems/],
    [Type.Number({ minimum: "1" as never }), /a finite number is wanted at \$\.x\.minimum: received "1"$/],
    [Type.Integer({ multipleOf: 0 }), /a number > 0 is wanted at \$\.x\.multipleOf/],
    [Type.Array(Type.Null(), { uniqueItems: "yes" as never }), /true or false is wanted at \$\.x\.uniqueItems/],
    [Type.Object({ toString: Type.Null() }), /names of properties that no object inherits/],
    [Type.Object(JSON.parse('{"__proto__":{}}')), /names of properties that no object inherits/],
  ];
  for (const [schema, message] of bad) refuses(() => define(Type.Object({ x: schema })), message);
  const Dotted = Type.Object({ "a.b": Type.Null() });
  refuses(
    () => define(Type.Object({ x: Type.Intersect([Dotted, Dotted], { unevaluatedProperties: false }) })),
    /without signs of regular expressions in names/,
  );
});

test("defineGraph() refuses a schema that asks for itself of the same value", () => {
  refuses(
    () => define(Type.Recursive((This) => Type.Union([This, Type.Object({})]))),
    /a schema that does not ask for itself of the same value is wanted at \$: received one that does$/,
  );
  const loop = Type.Module({ A: Type.Union([Type.Null(), Type.Not(Type.Ref("A"))]) });
  refuses(() => define(Type.Object({ a: loop.Import("A") })), /is wanted at \$\[?.?\$defs.*A: received one that does$/);
});

test("defineGraph() refuses a reference that leads nowhere or round in a circle", () => {
  refuses(() => define(Type.Object({ x: Type.Ref("Money") })), /at \$\.x: received "Money"$/);
  const circle = Type.Module({ A: Type.Ref("B"), B: Type.Ref("A"), C: Type.Object({ a: Type.Ref("A") }) });
  refuses(() => define(circle.Import("C") as TSchema), /Type\.Module/);
});

test("defineGraph() refuses two schemas of one name, of which TypeBox would check the first only", () => {
  const Euro = Type.Module({ Money: Type.Object({ euro: Type.Number() }) });
  const Yen = Type.Module({ Money: Type.Object({ yen: Type.Integer() }) });
  refuses(
    () => define(Type.Object({ a: Euro.Import("Money"), b: Yen.Import("Money") })),
    /one schema for one name is wanted at \$\.b: received a second "Money" that differs$/,
  );
});

test("defineGraph() throws a TypeError or RangeError on misuse", () => {
  const good = { name: "g", version: 1, config, nodes: { n: Type.Object({}) } };
  const bad: [unknown, RegExp][] = [
    [undefined, /an object is wanted: received undefined$/],
    [{ ...good, naem: 1 }, /unknown option "naem": did you mean "name"$/],
    [{ ...good, name: 1 }, /name must be a string: received an integer$/],
    [{ ...good, description: 1 }, /description must be a string/],
    [{ ...good, scope: "world" }, /scope must be one of system, tenant, user: received "world"$/],
    [{ ...good, config: undefined }, /config is wanted: received undefined$/],
    [{ ...good, config: { ...config, type: "up" } }, /config\.type must be one of/],
    [{ ...good, config: { ...config, multi: 1 } }, /config\.multi must be a boolean/],
    [{ ...good, config: { ...config, allowSelfLoop: true } }, /unknown option "allowSelfLoop"/],
    [{ ...good, nodes: [] }, /nodes must be an object: received an array of 0$/],
    [{ ...good, edges: { e: { fron: [] } } }, /unknown option "fron": did you mean "from"$/],
    [{ ...good, edges: { e: { from: "n" } } }, /from must be a list of node types/],
    [{ ...good, edges: { e: null } }, /an object is wanted: received null$/],
    [{ ...good, edges: { e: { description: 1 } } }, /description must be a string/],
    [
      { ...good, nodes: { n: Type.Object({}, { description: 1 as unknown as string }) } },
      /description must be a string/,
    ],
  ];
  for (const [definition, message] of bad) {
    assert.throws(() => defineGraph(definition as typeof good), { name: "TypeError", message });
  }
  for (const version of [0, -1, 1.5, Number.NaN, "1"]) {
    assert.throws(() => defineGraph({ ...good, version: version as number }), {
      name: "RangeError",
      message: /version/,
    });
  }
});

test("moduleToDbSchema() gives a schema without references as TypeBox writes it", () => {
  const schema = Type.Object(
    {
      text: Type.String({ minLength: 1, description: "words" }),
      maybe: Type.Optional(Type.Integer({ default: 0 })),
      pair: Type.Tuple([Type.String(), Type.Number()]),
      kind: Type.Enum({ A: "a", B: "b" }),
      not: Type.Not(Type.String()),
      template: Type.TemplateLiteral([Type.Literal("a-"), Type.String()]),
      any: Type.Record(Type.String(), Type.Union([Type.Null(), Type.Boolean()])),
    },
    { additionalProperties: false },
  );
  assert.deepEqual(schemaOf(schema), JSON.parse(JSON.stringify(schema)));
});

test("moduleToDbSchema() keeps shared schemas once, in $defs", () => {
  const shared = Type.Module({
    Money: Type.Object({ amount: Type.Number(), currency: Type.Ref("Currency") }),
    Currency: Type.String({ minLength: 3 }),
    Unused: Type.Null(),
  });
  const Item = Type.Object({
    price: shared.Import("Money", { description: "what it costs" }),
    cost: Type.Optional(shared.Import("Money")),
  });
  assert.deepEqual(schemaOf(Item), {
    type: "object",
    required: ["price"],
    properties: {
      price: { $ref: "#/$defs/Money", description: "what it costs" },
      cost: { $ref: "#/$defs/Money" },
    },
    $defs: {
      Money: {
        description: "what it costs",
        type: "object",
        required: ["amount", "currency"],
        properties: { amount: { type: "number" }, currency: { $ref: "#/$defs/Currency" } },
      },
      Currency: { type: "string", minLength: 3 },
    },
  });
});

test("moduleToDbSchema() writes a reference back to the root as #", () => {
  const tree = Type.Module({ Tree: Type.Object({ parts: Type.Array(Type.Ref("Tree")) }) });
  const wanted = {
    type: "object",
    required: ["parts"],
    properties: { parts: { type: "array", items: { $ref: "#" } } },
  };
  assert.deepEqual(schemaOf(tree.Import("Tree")), wanted);
  assert.deepEqual(schemaOf(Type.Recursive((This) => Type.Object({ parts: Type.Array(This) }))), wanted);
});

test("moduleToDbSchema() names anonymous recursive schemas the same in every run", () => {
  const make = () => {
    const List = Type.Recursive((This) => Type.Object({ next: Type.Optional(This) }));
    return schemaOf(Type.Object({ a: List, b: List }));
  };
  const first = JSON.stringify(make());
  assert.equal(JSON.stringify(make()), first);
  assert.match(first, /"\$defs":\{"Recursive1":/);
  assert.doesNotMatch(first, /T\d/);
});
