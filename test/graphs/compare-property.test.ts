import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StorageError } from "../../src/errors.ts";
import {
  type AttributesSchema,
  compareModules,
  type DbSchema,
  dbSchemaToModule,
  defineGraph,
  type GraphModule,
  type JsonObject,
  moduleToDbSchema,
  validateNode,
} from "../../src/graphs/mod.ts";
import { closed, type Draw, drawObject, drawValue, mutate } from "./random-schemas.ts";

const seed = Number(process.env.TEST_SEED ?? 20260601);
const config = { type: "directed", multi: false, allowSelfLoops: false } as const;

/** The rows of a random module, and a module of a schema that differs, often by little. */
function drawPair(draw: Draw): { stored: DbSchema; next: GraphModule } {
  try {
    const define = (n: AttributesSchema) =>
      moduleToDbSchema(defineGraph({ name: "g", version: 1, config, nodes: { n } }));
    const stored = define(drawObject(draw));
    let { schema } = stored.nodeTypes[0]!;
    for (let i = draw(fc.nat, 3); i > 0; i--) schema = mutate(draw, schema);
    const next = draw(fc.nat, 9) === 0 ? define(drawObject(draw)) : withSchema(stored, schema);
    return { stored, next: dbSchemaToModule(next) };
  } catch (error) {
    if ((error as StorageError).code !== "INVALID_MODULE") throw error;
    fc.pre(false);
    throw error;
  }
}

function withSchema(rows: DbSchema, schema: JsonObject): DbSchema {
  return { ...rows, nodeTypes: rows.nodeTypes.map((row) => ({ ...row, schema })) };
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

test(`compareModules() calls compatible only what keeps valid nodes valid (seed ${seed})`, () => {
  const counts = { compatible: 0, broken: 0, valid: 0, witnessed: 0 };
  fc.assert(
    fc.property(fc.gen(), (draw) => {
      const { stored, next } = drawPair(draw);
      const changes = compareModules(stored, next);
      const isCompatible = changes.every((change) => change.compatible);
      counts[isCompatible ? "compatible" : "broken"]++;
      const { schema } = stored.nodeTypes[0]!;
      const before = dbSchemaToModule(stored);
      const strict = dbSchemaToModule(withSchema(stored, closed(schema)));
      let hasWitness = false;
      for (let i = 0; i < 20; i++) {
        const value = drawValue(draw, schema, schema);
        if (!accepts(before, value) || !accepts(strict, value)) continue;
        counts.valid++;
        const isValid = accepts(next, value);
        hasWitness ||= !isValid;
        const after = moduleToDbSchema(next).nodeTypes[0]!.schema;
        if (isCompatible) assert.ok(isValid, JSON.stringify({ before: schema, after, value, changes }));
      }
      if (hasWitness) counts.witnessed++;
    }),
    { seed, numRuns: 400, endOnFailure: true },
  );
  assert.ok(
    counts.valid > 2000 && counts.compatible > 100 && counts.broken > 60,
    `a mixture: ${JSON.stringify(counts)}`,
  );
  // A change that counts as incompatible should break something: for most a few random values show it.
  assert.ok(counts.witnessed > counts.broken / 3, `refused for good reason: ${JSON.stringify(counts)}`);
});
