import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { integer, sqliteTable, sqliteView, text } from "drizzle-orm/sqlite-core";
import {
  handlersFor,
  OperationRegistry,
  type OperationSpec,
  operationsFromTable,
  type TableOperationsOptions,
} from "../../src/operations/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { failsWith, items, openItems } from "./fixture.ts";

test("the specs of a table are plain data, each with its scope", () => {
  const specs = operationsFromTable(items);
  assert.deepEqual(
    specs.map(({ name, type, accessControl }) => [name, type, accessControl.requiredScopes]),
    [
      ["create", "mutation", ["items:write"]],
      ["find", "query", ["items:read"]],
      ["list", "query", ["items:read"]],
      ["update", "mutation", ["items:write"]],
      ["delete", "mutation", ["items:write"]],
      ["count", "query", ["items:read"]],
    ],
  );
  for (const spec of specs) assert.deepEqual(JSON.parse(JSON.stringify(spec)), withoutSymbols(spec));
});

test("options name the operations, their scopes and their access", () => {
  const [find, update] = operationsFromTable(items, {
    namespace: "things",
    version: "2.1.0",
    verbs: ["update", "find"],
    tags: ["x"],
    scopes: { read: "see" },
    accessControl: { update: { requiredScopes: ["admin"] } },
  }) as [OperationSpec, OperationSpec];
  assert.deepEqual([find.namespace, find.name, find.version, find.tags], ["things", "find", "2.1.0", ["x"]]);
  assert.deepEqual(
    [find, update].map((one) => one.accessControl.requiredScopes),
    [["see"], ["admin"]],
  );
});

test("refine says more of a column's values, and leaves it to the table what may be null or left out", async (t) => {
  const refine = {
    name: (schema: TSchema) => ({ ...schema, minLength: 3 }),
    tags: Type.Array(Type.String(), { maxItems: 2 }),
  };
  const { call } = openItems(t, { refine });
  await failsWith("VALIDATION_ERROR", call("create", { name: "ab" }));
  await failsWith("VALIDATION_ERROR", call("create", { name: "lamp", tags: [1] }));
  const { id } = await call<{ id: string }>("create", { name: "lamp" });
  await call("update", { id, set: { tags: ["a", "b"] } });
  await failsWith("VALIDATION_ERROR", call("update", { id, set: { tags: ["a", "b", "c"] } }));
  await call("update", { id, set: { tags: null } });
});

test("operationsFromTable() refuses options that do not fit the table", () => {
  const bad: [TableOperationsOptions<typeof items>, RegExp][] = [
    [{ verb: [] } as never, /Unknown option "verb"/],
    [{ verbs: ["read" as never] }, /verbs must be some of/],
    [{ namespace: "a.b" }, /namespace must be/],
    [{ hidden: { output: ["nobody" as never] } }, /hidden.output must name columns of it: received "nobody"/],
    [{ hidden: { output: ["id"] } }, /must leave the key visible/],
    [{ hidden: { inputs: [] } as never }, /Unknown option "inputs"/],
    [{ hidden: { input: ["name"] } }, /without a default needs assign: received "name"/],
    [{ hidden: { output: ["secret"] }, filterable: ["secret"] }, /filterable must name columns that are put out/],
    [{ refine: { nobody: Type.String() } as never }, /refine must name columns of it: received "nobody"/],
    [{ sortable: ["tags"] }, /sortable must name columns/],
    [{ updatedAt: "name" }, /must name a column of times or numbers/],
    [{ rowFilter: {} as never }, /rowFilter must be a function/],
    [{ maxLimit: 0 }, /maxLimit must be an integer >= 1/],
    [{ defaultLimit: 10, maxLimit: 5 }, /defaultLimit must be an integer >= 1 and <= 5/],
    [{ accessControl: { read: {} } as never }, /Unknown option "read"/],
    [{ tags: "x" as never }, /tags must be an array/],
    [{ version: 1 as never }, /version must be text/],
  ];
  for (const [options, message] of bad) assert.throws(() => operationsFromTable(items, options), message);
  assert.throws(() => operationsFromTable({} as never), /a Drizzle table of SQLite is wanted/);
});

test("a table without a primary key, and a view, have the operations that need none", async (t) => {
  const client = temporaryDatabase(t);
  client.run("CREATE TABLE logs (at INTEGER NOT NULL, line TEXT)");
  client.run("CREATE VIEW lines AS SELECT at, upper(line) AS line FROM logs");
  const logs = sqliteTable("logs", { at: integer().notNull(), line: text() });
  const lines = sqliteView("lines", { at: integer().notNull(), line: text() }).existing();
  assert.throws(() => operationsFromTable(logs), /a primary key is wanted, or the option key/);
  assert.throws(
    () => operationsFromTable(lines, { verbs: ["create"], key: ["at"] }),
    /verbs of a view must be those that read/,
  );
  const specs = [
    ...operationsFromTable(logs, { verbs: ["create", "count"] }),
    ...operationsFromTable(lines, { key: ["at"] }),
  ];
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(createDrizzleWithAdapter(client), specs));
  const identity = { id: "ada", scopes: ["logs:read", "logs:write", "lines:read"] };
  for (const at of [1, 2]) await registry.execute("logs.create", { at, line: "a" }, { identity });
  assert.deepEqual((await registry.execute("logs.count", {}, { identity })).data, { count: 2 });
  assert.deepEqual((await registry.execute("lines.find", { id: 2 }, { identity })).data, { at: 2, line: "A" });
  const page = await registry.execute("lines.list", { limit: 1 }, { identity });
  assert.deepEqual((page.data as { items: unknown[] }).items, [{ at: 1, line: "A" }]);
});

test("handlersFor() refuses copies of specs, two of one id, and options that are none", (t) => {
  const { db, specs } = openItems(t);
  const copy = JSON.parse(JSON.stringify(specs[0])) as OperationSpec;
  assert.throws(
    () => handlersFor(db, [copy]),
    /the very objects of operationsFromTable\(\).*received another one, or a copy, of "items.create"/,
  );
  assert.throws(() => handlersFor(db, [specs[0]!, specs[0]!]), /each operation once/);
  assert.throws(() => handlersFor({}, specs), /a Drizzle database on a Honker file is wanted/);
  assert.throws(() => handlersFor(db, specs, { event: "notify" } as never), /Unknown option "event"/);
  assert.throws(() => handlersFor(db, specs, { events: "all" as never }), /events must be "notify" or \{ stream \}/);
  assert.throws(() => handlersFor(db, specs, { cursorSecret: "short" }), /at least 16: received 5 of them/);
});

test("a number is a version, too, and seconds rise by seconds", async (t) => {
  const client = temporaryDatabase(t);
  client.run("CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT, rev INTEGER NOT NULL DEFAULT 0)");
  client.run("CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT, updated_at INTEGER NOT NULL DEFAULT 0)");
  const docs = sqliteTable("docs", {
    id: integer().primaryKey(),
    body: text(),
    rev: integer()
      .notNull()
      .default(0)
      .$onUpdateFn(() => 0),
  });
  const pages = sqliteTable("pages", {
    id: integer().primaryKey(),
    body: text(),
    updatedAt: integer("updated_at", { mode: "timestamp" }).notNull().default(new Date(0)),
  });
  const specs = [...operationsFromTable(docs, { updatedAt: "rev" }), ...operationsFromTable(pages)];
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(createDrizzleWithAdapter(client), specs));
  const identity = { id: "ada", scopes: ["docs:write", "pages:write"] };
  const call = async (id: string, input: unknown) =>
    (await registry.execute(id, input, { identity })).data as { rev: number; updatedAt: number };
  await call("docs.create", { id: 1 });
  const revisions = [1, 2, 3].map(() => call("docs.update", { id: 1, set: { body: "x" } }));
  assert.deepEqual(
    (await Promise.all(revisions)).map(({ rev }) => rev),
    [1, 2, 3],
  );
  await call("pages.create", { id: 1 });
  const first = await call("pages.update", { id: 1, set: { body: "x" } });
  const second = await call("pages.update", { id: 1, set: { body: "y" }, expectedUpdatedAt: first.updatedAt });
  assert.ok(second.updatedAt >= first.updatedAt + 1000);
  const stale = call("pages.update", { id: 1, set: { body: "z" }, expectedUpdatedAt: first.updatedAt });
  await failsWith("CONFLICT", stale);
});

/** `value` without what TypeBox keeps in symbols. */
function withoutSymbols(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSymbols);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSymbols(one)]));
}
