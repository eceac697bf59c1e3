import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { StorageError } from "../../src/errors.ts";
import {
  AclGraph,
  type AttributesSchema,
  CallGraph,
  dbSchemaToModule,
  defineGraph,
  type GraphModule,
  type JsonObject,
  Metagraph,
  moduleToDbSchema,
  SecretGraph,
  validateNode,
} from "../../src/graphs/mod.ts";
import { drawAnything, drawObject, drawValue } from "./random-schemas.ts";

const seed = Number(process.env.TEST_SEED ?? 20260601);
const config = { type: "directed", multi: false, allowSelfLoops: false } as const;

function define(schema: AttributesSchema): GraphModule {
  return defineGraph({ name: "g", version: 1, config, nodes: { n: schema } });
}

/** Not every random schema can be stored: two can have one name. */
function defineRandom(make: () => AttributesSchema): GraphModule {
  try {
    return define(make());
  } catch (error) {
    if ((error as StorageError).code !== "INVALID_MODULE") throw error;
    fc.pre(false);
    throw error;
  }
}

function accepts(module: GraphModule, value: unknown): boolean {
  try {
    validateNode(module, "n", value);
    return true;
  } catch (error) {
    if ((error as StorageError).code !== "INVALID_GRAPH") throw error;
    return false;
  }
}

test(`dbSchemaToModule() gives validators equal to the module's, for random schemas (seed ${seed})`, () => {
  const counts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.gen(), (draw) => {
      const module = defineRandom(() => drawObject(draw));
      const rows = moduleToDbSchema(module);
      const loaded = dbSchemaToModule(JSON.parse(JSON.stringify(rows)));
      assert.deepEqual(moduleToDbSchema(loaded), rows);
      const { schema } = rows.nodeTypes[0]!;
      assert.deepEqual(moduleToDbSchema(define(loaded.nodes.n!)).nodeTypes[0]!.schema, schema);
      for (let i = 0; i < 20; i++) {
        const value = i < 15 ? drawValue(draw, schema, schema) : drawAnything(draw);
        const isAccepted = accepts(module, value);
        assert.equal(accepts(loaded, value), isAccepted, JSON.stringify([schema, value]));
        counts[isAccepted ? "accepted" : "refused"]++;
      }
    }),
    { seed, numRuns: 300, endOnFailure: true },
  );
  assert.ok(counts.accepted > 1000 && counts.refused > 1000, `a mixture, not ${JSON.stringify(counts)}`);
});

const shared = Type.Module({
  Money: Type.Object({ amount: Type.Number(), unit: Type.Ref("Unit", { description: "ISO 4217" }) }),
  Unit: Type.String({ minLength: 3 }),
});
const Full = defineGraph({
  name: "full",
  version: 4,
  description: "All there is",
  scope: "user",
  config: { type: "directed", multi: true, allowSelfLoops: false, acyclic: true },
  nodes: {
    item: Type.Object({ id: Type.String(), price: shared.Import("Money"), due: Type.Optional(Type.String()) }),
    box: Type.Recursive((This) => Type.Object({ inside: Type.Optional(Type.Array(This)) }, { description: "A box" })),
  },
  edges: {
    holds: {
      attributes: Type.Object({ count: Type.Integer() }),
      description: "In it",
      from: ["box"],
      to: ["item", "box"],
    },
    near: {},
  },
  indexes: { nodes: { item: ["price.unit"] }, edges: { holds: ["count"] } },
  keys: { item: "id" },
  transitions: { item: { attribute: "id", allowed: { a: ["b"], b: [] } } },
});

test("dbSchemaToModule() gives back a whole module", () => {
  const rows = moduleToDbSchema(Full);
  const loaded = dbSchemaToModule(JSON.parse(JSON.stringify(rows)));
  assert.deepEqual(moduleToDbSchema(loaded), rows);
  const { nodes, edges, ...head } = Full;
  const { nodes: loadedNodes, edges: loadedEdges, ...loadedHead } = loaded;
  assert.deepEqual(loadedHead, head);
  assert.deepEqual(Object.keys(loadedNodes), Object.keys(nodes));
  assert.deepEqual(loadedEdges.near, { ...loadedEdges.near, description: "", from: [], to: [] });
  assert.ok(Object.isFrozen(loaded) && Object.isFrozen(loaded.edges));
  validateNode(loaded, "item", { id: "i", price: { amount: 1, unit: "EUR" } });
  assert.throws(() => validateNode(loaded, "item", { id: "i", price: { amount: 1, unit: "€" } }), /at \$\.price\.unit/);
  assert.throws(() => validateNode(loaded, "box", { inside: [{ inside: [1] }] }), /at \$\.inside\[0\]\.inside\[0\]/);
});

test("dbSchemaToModule() gives back the modules of this package", () => {
  for (const module of [Metagraph, CallGraph, SecretGraph, AclGraph]) {
    assert.deepEqual(moduleToDbSchema(dbSchemaToModule(moduleToDbSchema(module))), moduleToDbSchema(module));
  }
});

test("dbSchemaToModule() leaves out other columns and what else is in metadata", () => {
  const rows = moduleToDbSchema(Full);
  const loaded = dbSchemaToModule({
    graphType: { ...rows.graphType, ...{ id: "1", createdAt: new Date() } },
    nodeTypes: rows.nodeTypes.map((row) => ({ ...row, id: "1", metadata: { ...row.metadata, colour: "red" } })),
    edgeTypes: rows.edgeTypes.map((row) => ({ ...row, id: "1", metadata: { ...row.metadata, key: 1 } })),
  });
  assert.deepEqual(moduleToDbSchema(loaded), rows);
});

test("dbSchemaToModule() keeps the rows it was given from later changes", () => {
  const rows = JSON.parse(JSON.stringify(moduleToDbSchema(Full)));
  const loaded = dbSchemaToModule(rows);
  rows.nodeTypes[0].schema.required.length = 0;
  assert.deepEqual(moduleToDbSchema(loaded), moduleToDbSchema(Full));
});

test("dbSchemaToModule() refuses schemas that moduleToDbSchema() does not write, and says where", () => {
  const object = { type: "object", properties: {} };
  const at = (x: unknown) => ({ type: "object", properties: { x } });
  const bad: [unknown, RegExp][] = [
    [{}, /a schema of objects, as Type\.Object\(\) makes is wanted at \$: received a schema of more$/],
    [{ anyOf: [object, { type: "null" }] }, /a schema of objects/],
    [at(null), /an object is wanted at \$\.properties\.x: received null$/],
    [at([]), /an object is wanted at \$\.properties\.x: received an array of 0$/],
    [at(true), /an object is wanted at \$\.properties\.x/],
    [at({ type: "date" }), /one of string, number, .* is wanted at \$\.properties\.x\.type: received "date"$/],
    [at({ type: ["string", "null"] }), /one of string, .* received an array of 2$/],
    [at({ type: "toString" }), /one of string/],
    [at({ enum: ["a"] }), /by which Type\.Unknown\(\) checks is wanted at \$\.properties\.x: received "enum"$/],
    [at({ type: "string", if: {} }), /by which Type\.String\(\) checks is wanted at \$\.properties\.x: received "if"$/],
    [at({ type: "string", minLength: "3" }), /a whole number >= 0 is wanted at \$\.properties\.x\.minLength/],
    [at({ type: "string", pattern: "(" }), /a regular expression is wanted at \$\.properties\.x\.pattern/],
    [at({ type: "string", format: "no-such" }), /FormatRegistry has/],
    [at({ const: null }), /a text, a number or a boolean is wanted at \$\.properties\.x\.const/],
    [at({ const: "a", type: "number" }), /"string" is wanted at \$\.properties\.x\.type: received "number"$/],
    [
      at({ anyOf: [{ type: "null" }] }),
      /2 or more schemas is wanted at \$\.properties\.x\.anyOf: received an array of 1$/,
    ],
    [at({ allOf: {} }), /2 or more schemas is wanted at \$\.properties\.x\.allOf/],
    [at({ allOf: [object, object], type: "string" }), /"object" is wanted at \$\.properties\.x\.type/],
    [at({ type: "array", items: { type: "x" } }), /at \$\.properties\.x\.items\.type/],
    [at({ type: "array" }), /0 is wanted at \$\.properties\.x\.minItems: received undefined$/],
    [at({ type: "array", items: [object], minItems: 1, maxItems: 2 }), /1 is wanted at \$\.properties\.x\.maxItems/],
    [at({ type: "array", items: [object], minItems: 1, maxItems: 1 }), /false is wanted at .*\.additionalItems/],
    [at({ type: "array", items: object, contains: true }), /an object is wanted at \$\.properties\.x\.contains/],
    [at({ type: "object" }), /an object is wanted at \$\.properties\.x\.properties: received undefined$/],
    [at({ type: "object", patternProperties: {} }), /one pattern is wanted at .*: received none$/],
    [at({ type: "object", patternProperties: { a: {}, b: {} } }), /one pattern is wanted at .*: received 2$/],
    [at({ type: "object", patternProperties: { "(": {} } }), /a regular expression is wanted at/],
    [at({ type: "object", properties: {}, patternProperties: { a: {} } }), /Type\.Record\(\) checks .* "properties"$/],
    [
      { ...object, required: ["x"] },
      /a list of names of properties is wanted at \$\.required: received an array of 1$/,
    ],
    [{ ...object, required: "x" }, /a list of names of properties is wanted at \$\.required/],
    [{ ...object, properties: JSON.parse('{"__proto__":{}}') }, /names of properties that no object inherits/],
    [at({ $ref: "#/$defs/A" }), /# or one of \$defs is wanted at .*: received "#\/\$defs\/A"$/],
    [at({ $ref: "https://example.com/a" }), /# or one of \$defs is wanted/],
    [at({ $ref: 1 }), /# or one of \$defs is wanted/],
    [at({ $ref: "#", type: "object" }), /Type\.Ref\(\) checks is wanted at \$\.properties\.x: received "type"$/],
    [{ $ref: "#" }, /a schema that does not ask for itself of the same value is wanted at \$: received one that does$/],
    [{ ...object, $defs: { A: { anyOf: [{ type: "null" }, { $ref: "#/$defs/A" }] } } }, /that does not ask for itself/],
    [{ ...object, $defs: [] }, /an object is wanted at .*\$defs/],
    [{ ...object, $defs: { A: { type: "x" } } }, /at \$\.\$defs\.A\.type/],
    [at({ type: "object", properties: {}, $defs: {} }), /received "\$defs"$/],
    [{ ...object, default: new Date(0) }, /a plain object is wanted at \$\.default: received an instance of Date$/],
  ];
  const rows = moduleToDbSchema(define(Type.Object({})));
  for (const [schema, message] of bad) {
    const load = () =>
      dbSchemaToModule({ ...rows, nodeTypes: [{ ...rows.nodeTypes[0]!, schema: schema as JsonObject }] });
    assert.throws(load, (error) => {
      assert.ok(error instanceof StorageError, `${JSON.stringify(schema)}: ${String(error)}`);
      assert.equal(error.code, "INVALID_MODULE");
      assert.match(error.message, message);
      return error.message.startsWith('Cannot define node type "n" of graph type "g": ');
    });
  }
});

test("dbSchemaToModule() refuses rows that no module gives", () => {
  const rows = moduleToDbSchema(Full);
  const [item, box] = rows.nodeTypes;
  const [holds] = rows.edgeTypes;
  const bad: [unknown, RegExp][] = [
    [undefined, /^Cannot load a graph type: expected object at \$: received nothing$/],
    [{ ...rows, graphType: { ...rows.graphType, config: { type: "up" } } }, /at \$\.graphType\.config/],
    [{ ...rows, graphType: { ...rows.graphType, version: 0 } }, /at \$\.graphType\.version/],
    [{ ...rows, graphType: { ...rows.graphType, name: " g" } }, /a name must be/],
    [
      { ...rows, graphType: { ...rows.graphType, config: { ...rows.graphType.config, allowSelfLoops: true } } },
      /acyclic is for directed graphs/,
    ],
    [{ ...rows, graphType: { ...rows.graphType, config: { ...rows.graphType.config, x: 1 } } }, /unexpected property/],
    [{ ...rows, nodeTypes: [] }, /names? node types of this module|at least one node type/],
    [{ ...rows, nodeTypes: [item, box, item] }, /names must differ by more than case: received "item" and "item"$/],
    [{ ...rows, nodeTypes: [{ ...item, name: "" }, box] }, /at \$\.nodeTypes\[0\]\.name/],
    [{ ...rows, nodeTypes: [{ ...item, metadata: { indexes: ["nothing"] } }, box] }, /indexes must be paths/],
    [{ ...rows, nodeTypes: [{ ...item, metadata: { key: "due" } }, box] }, /its key must be an attribute that is/],
    [{ ...rows, nodeTypes: [{ ...item, metadata: { key: 1 } }, box] }, /at \$\.nodeTypes\[0\]\.metadata\.key/],
    [
      { ...rows, nodeTypes: [{ ...item, metadata: { transitions: { attribute: "id" } } }, box] },
      /\.metadata\.transitions/,
    ],
    [{ ...rows, edgeTypes: [{ ...holds, allowedSourceTypes: ["x"] }] }, /from must name node types of this module/],
    [{ ...rows, edgeTypes: [{ ...holds, allowedTargetTypes: "item" }] }, /at \$\.edgeTypes\[0\]\.allowedTargetTypes/],
  ];
  for (const [stored, message] of bad) {
    assert.throws(
      () => dbSchemaToModule(stored as typeof rows),
      (error) => {
        assert.ok(error instanceof StorageError, String(error));
        assert.equal(error.code, "INVALID_MODULE");
        assert.match(error.message, message);
        return true;
      },
    );
  }
});
