import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import {
  CallError,
  handlersFor,
  type Identity,
  OperationRegistry,
  type OperationSpec,
  operationsFromModule,
} from "../../src/operations/mod.ts";
import { createGraphStore, createTenantDatabase } from "../../src/sqlite/mod.ts";
import { fromJsonSchema } from "../support/json-arbitrary.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";
import { openItems } from "./fixture.ts";
import { Plans } from "./plans.ts";

const ALL: Identity = { id: "ada", scopes: ["items:read", "items:write", "plans:read", "plans:write"] };

/** Everything that JSON can say, and some that it can't. */
const garbage = fc.oneof(
  fc.jsonValue(),
  fc.anything(),
  fc.constantFrom(undefined, null, Number.NaN, -0, 1n, Symbol.iterator, new Date(), [], [[]], "\ud800"),
);

for (const [name, open] of [
  ["a table", openTable],
  ["a graph type", openGraphs],
] as const) {
  test(`operations of ${name} fail by nothing but declared errors on random input of their own schema`, async (t) => {
    const { registry, specs, ids } = open(t);
    for (const spec of specs) {
      const input = fromJsonSchema(JSON.parse(JSON.stringify(spec.inputSchema)));
      const property = fc.asyncProperty(input, fc.constantFrom(...ids), async (made, known) => {
        const asked = named(made, known);
        const answer = await registry
          .execute(`${spec.namespace}.${spec.name}`, asked, { identity: ALL })
          .catch((e) => e);
        if (answer instanceof CallError) checkError(spec, answer);
        else checkOutput(spec, answer.data);
      });
      await fc.assert(property, { numRuns: 40 });
    }
  });

  test(`operations of ${name} answer VALIDATION_ERROR to what is not of their schema`, async (t) => {
    const { registry, specs } = open(t);
    for (const spec of specs) {
      const property = fc.asyncProperty(garbage, async (input) => {
        fc.pre(!Value.Check(spec.inputSchema, input) || JSON.stringify(input) === undefined);
        const id = `${spec.namespace}.${spec.name}`;
        await assert.rejects(registry.execute(id, input, { identity: ALL }), { code: "VALIDATION_ERROR" });
      });
      await fc.assert(property, { numRuns: 100 });
    }
  });

  test(`operations of ${name} answer VALIDATION_ERROR to an input with a member too many`, async (t) => {
    const { registry, specs } = open(t);
    for (const spec of specs) {
      const input = fromJsonSchema(JSON.parse(JSON.stringify(spec.inputSchema)));
      const property = fc.asyncProperty(input, garbage, async (made, value) => {
        const id = `${spec.namespace}.${spec.name}`;
        const more = { ...(made as object), nobodyAskedForThis: value };
        await assert.rejects(registry.execute(id, more, { identity: ALL }), { code: "VALIDATION_ERROR" });
      });
      await fc.assert(property, { numRuns: 15 });
    }
  });
}

function openTable(t: TestScope) {
  const { registry, specs, client } = openItems(t, { hidden: { output: ["secret"] } }, { events: "notify" });
  for (const id of ["a", "b"]) {
    client.run("INSERT INTO items (id, name, created_at, updated_at) VALUES (?, ?, 0, 0)", [id, id]);
  }
  return { registry, specs, ids: ["a", "b", "nobody"] };
}

function openGraphs(t: TestScope) {
  const db = createTenantDatabase(temporaryDatabase(t));
  const store = createGraphStore(db);
  store.register(Plans);
  const ids = ["one", "two"].map((name) => {
    const graph = store.createGraph(Plans, { name });
    for (const key of ["a", "b", "c"]) graph.addNode("task", { key, attributes: { title: key, state: "open" } });
    graph.addEdge("needs", { source: "a", target: "b", attributes: {} });
    return graph.id;
  });
  const specs = operationsFromModule(Plans);
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(db, specs, { events: "notify" }));
  return { registry, specs, ids: [...ids, "nobody"] };
}

/** Random ids would find nothing: most inputs get one that is there. */
function named(input: unknown, id: string): unknown {
  const made = { ...(input as Record<string, unknown>) };
  if (id !== "nobody" && "graphId" in made) {
    made.graphId = id;
    for (const name of ["key", "source", "from"]) if (name in made) made[name] = "a";
    for (const name of ["target", "to"]) if (name in made) made[name] = "b";
  } else if ("id" in made && !("name" in made)) made.id = id;
  return made;
}

function checkError(spec: OperationSpec, error: CallError): void {
  if (error.code === "VALIDATION_ERROR") return; // a cursor, a path, a rule between members
  const declared = spec.errorSchemas?.find(({ code }) => code === error.code);
  assert.ok(declared !== undefined, `${spec.name} answers ${error.code}: ${String(error.cause)}`);
  assert.ok(Value.Check(declared.schema, error.details), JSON.stringify(error.details));
  assert.doesNotMatch(JSON.stringify(error), /SELECT|INSERT|UPDATE |constraint failed/);
}

function checkOutput(spec: OperationSpec, data: unknown): void {
  assert.deepEqual(JSON.parse(JSON.stringify(data)), data);
  assert.ok(Value.Check(spec.outputSchema, data), `${spec.name} gives ${JSON.stringify(data)}`);
}
