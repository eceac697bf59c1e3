import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { defineGraph, type JsonValue } from "../../../../src/graphs/mod.ts";
import type { OpenFilter } from "../../../../src/sqlite/graphs/queries/filter.ts";
import { openGraph } from "../fixture.ts";

/** A graph type whose attributes may be anything, so that values of all JSON types meet. */
const Anything = defineGraph({
  name: "anything",
  version: 1,
  config: { type: "directed", multi: true, allowSelfLoops: true },
  nodes: { thing: Type.Object({ a: Type.Unknown(), b: Type.Optional(Type.Unknown()), "x.y": Type.Unknown() }) },
  edges: { link: { attributes: Type.Object({ a: Type.Unknown() }) } },
  indexes: { nodes: { thing: ["a"] }, edges: { link: ["a"] } },
});

const seed = process.env.TEST_SEED === undefined ? {} : { seed: Number(process.env.TEST_SEED) };
const numbers = [0, 1, -1, 1.5, 0.1 + 0.2, 2 ** 53, 2 ** 60, 1e21, -5e-324, 1.7976931348623157e308];
const texts = [
  "",
  "1",
  "a",
  "A",
  "ä",
  "á",
  "true",
  "null",
  "[1]",
  "a%b",
  "a\\b",
  "😀",
  "\uffee",
  "it's",
  "z".repeat(300),
];
const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(...numbers, ...texts, true, false),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0 || 0),
  fc.integer(),
  fc.string({ maxLength: 3 }).filter((text) => !text.includes("\0")),
);
const stored = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.constant(null),
  fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }),
  fc.record({ b: scalar }),
);
const attributes = fc.record({ a: stored, "x.y": stored, b: stored }, { requiredKeys: ["a", "x.y"] });

const comparison = fc.oneof(
  fc.record({ operator: fc.constantFrom("eq", "ne"), operand: scalar }),
  fc.record({
    operator: fc.constantFrom("gt", "gte", "lt", "lte"),
    operand: scalar.filter((one) => typeof one !== "boolean"),
  }),
  fc.record({ operator: fc.constantFrom("in", "notIn"), operand: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ operator: fc.constant("isNull"), operand: fc.boolean() }),
  fc.record({ operator: fc.constant("contains"), operand: fc.oneof(scalar, fc.constant(null)) }),
);
const condition = fc.oneof(
  fc
    .array(comparison, { minLength: 1, maxLength: 2 })
    .map((list) => Object.fromEntries(list.map(({ operator, operand }) => [operator, operand]))),
  scalar,
  fc.constant(null),
);
const conditions = fc.dictionary(fc.constantFrom("a", "b", "a.b", '"x.y"', '"x.y".b'), condition, { maxKeys: 2 });
const filters = fc.letrec<{ filter: OpenFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    conditions as fc.Arbitrary<OpenFilter>,
    fc.record({ AND: fc.array(tie("filter"), { maxLength: 2 }) }),
    fc.record({ OR: fc.array(tie("filter"), { maxLength: 2 }) }),
    fc.record({ NOT: tie("filter"), a: condition }, { requiredKeys: ["NOT"] }),
  ) as fc.Arbitrary<OpenFilter>,
})).filter;

/** What a filter means, in a few lines of JavaScript. */
function passes(node: unknown, filter: OpenFilter): boolean {
  return Object.entries(filter).every(([name, asked]) => {
    if (name === "AND") return (asked as OpenFilter[]).every((one) => passes(node, one));
    if (name === "OR") return (asked as OpenFilter[]).some((one) => passes(node, one));
    if (name === "NOT") return !passes(node, asked as OpenFilter);
    const path = { a: ["a"], b: ["b"], "a.b": ["a", "b"], '"x.y"': ["x.y"], '"x.y".b': ["x.y", "b"] }[name]!;
    const value = path.reduce<unknown>((at, step) => {
      return typeof at === "object" && at !== null && !Array.isArray(at) && Object.hasOwn(at, step)
        ? at[step as keyof typeof at]
        : undefined;
    }, node);
    const operators = asked === null ? { isNull: true } : typeof asked === "object" ? asked : { eq: asked };
    return Object.entries(operators).every(([operator, operand]) => compare(operator, value ?? null, operand));
  });
}

function compare(operator: string, value: unknown, operand: unknown): boolean {
  switch (operator) {
    case "eq":
      return value === operand;
    case "ne":
      return value !== null && value !== operand;
    case "in":
      return (operand as unknown[]).includes(value);
    case "notIn":
      return value !== null && !(operand as unknown[]).includes(value);
    case "isNull":
      return (value === null) === operand;
    case "contains":
      return Array.isArray(value) && value.includes(operand);
  }
  if (typeof value !== typeof operand) return false;
  const order = typeof value === "string" ? comparePoints(value, operand as string) : Number(value) - Number(operand);
  if (operator.endsWith("e") && value === operand) return true;
  return operator.startsWith("g") ? order > 0 : order < 0;
}

/** The order of code points, which is that of UTF-8. */
function comparePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

test("a filter finds what it means, on random attributes and filters", (t) => {
  const { graph, client } = openGraph(t, Anything);
  const sample = fc.sample(attributes, { numRuns: 120, ...seed });
  const keys = graph.addNodes(sample.map((one, i) => ({ type: "thing", key: `n${i}`, attributes: one })));
  graph.addEdges(
    sample.map(({ a }, i) => ({ type: "link", key: `e${i}`, source: "n0", target: "n0", attributes: { a } })),
  );
  const property = fc.property(filters, (where) => {
    const wanted = keys.filter((_, i) => passes(sample[i], where));
    const query = graph.nodes("thing", { where });
    assert.deepEqual(query.keys(), wanted);
    assert.equal(query.count(), wanted.length);
    assert.deepEqual(
      Array.from(query, ({ key }) => key),
      wanted,
    );
  });
  fc.assert(property, { numRuns: 600, ...seed });
  const onEdges = fc.property(condition, (asked) => {
    const where = { a: asked } as OpenFilter;
    const wanted = sample.flatMap(({ a }, i) => (passes({ a }, where) ? [`e${i}`] : []));
    assert.deepEqual(
      graph
        .edges("link", { where })
        .all()
        .map(({ key }) => key),
      wanted,
    );
  });
  fc.assert(onEdges, { numRuns: 100, ...seed });
  client.run("ANALYZE"); // now SQLite chooses by what is in the tables
  fc.assert(property, { numRuns: 200, ...seed });
});
