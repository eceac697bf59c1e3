import assert from "node:assert/strict";
import { test } from "node:test";
import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { handlersFor, OperationRegistry, operationsFromTable } from "../../src/operations/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { ADA, failsWith, type Item, openItems, type Page } from "./fixture.ts";

test("create() writes the row and gives it as JSON, and find() finds it", async (t) => {
  const { call } = openItems(t);
  const input = {
    name: "a",
    dueAt: 1_700_000_000_000,
    bytes: "AQID",
    big: "9223372036854775807",
    tags: ["x"],
    isDone: true,
  };
  const created = await call("create", input);
  assert.deepEqual({ ...created, ...input }, created);
  assert.deepEqual(JSON.parse(JSON.stringify(created)), created);
  assert.deepEqual(await call("find", { id: created.id }), created);
});

test("find() answers NOT_FOUND when there is no such row", async (t) => {
  const { call } = openItems(t);
  await failsWith("NOT_FOUND", call("find", { id: "nobody" }));
});

test("create() answers CONFLICT with the fields when a value is taken, but not with hidden ones", async (t) => {
  const { call } = openItems(t, { hidden: { output: ["secret"] } });
  await call("create", { name: "a", secret: "s" });
  assert.deepEqual((await failsWith("CONFLICT", call("create", { name: "a" }))).details, { fields: ["name"] });
  assert.deepEqual((await failsWith("CONFLICT", call("create", { name: "b", secret: "s" }))).details, { fields: [] });
  assert.equal((await call<{ count: number }>("count")).count, 1);
});

test("create() and delete() answer REFERENCE when a foreign key does not allow it", async (t) => {
  const { call } = openItems(t);
  const parent = await call("create", { name: "parent" });
  await call("create", { name: "child", parentId: parent.id });
  await failsWith("REFERENCE", call("create", { name: "orphan", parentId: "nobody" }));
  await failsWith("REFERENCE", call("delete", { id: parent.id }));
});

test("create() answers CONSTRAINT when a check or a trigger of the table refuses the row", async (t) => {
  const { call, client } = openItems(t);
  client.run(
    "CREATE TRIGGER no_x BEFORE INSERT ON items WHEN NEW.note = 'x' BEGIN SELECT RAISE(ABORT, 'secret text'); END",
  );
  client.run("CREATE TRIGGER no_y BEFORE INSERT ON items WHEN NEW.note = 'y' BEGIN SELECT RAISE(IGNORE); END");
  for (const input of [
    { name: "a", size: 1_000_000_000 },
    { name: "b", note: "x" },
    { name: "c", note: "y" },
  ]) {
    const error = await failsWith("CONSTRAINT", call("create", input));
    assert.doesNotMatch(JSON.stringify(error), /secret|items|size/);
  }
});

test("update() changes what is given and gives the row, and delete() deletes it", async (t) => {
  const { call } = openItems(t);
  const { id } = await call("create", { name: "a", size: 1, note: "n" });
  const updated = await call("update", { id, set: { size: 2, note: null } });
  assert.deepEqual([updated.size, updated.note, updated.name], [2, null, "a"]);
  assert.deepEqual(await call("delete", { id }), { deleted: true });
  await failsWith("NOT_FOUND", call("update", { id, set: { size: 3 } }));
  await failsWith("NOT_FOUND", call("delete", { id }));
});

test("update() and delete() answer CONFLICT when the row was changed since, however soon", async (t) => {
  const { call } = openItems(t);
  const first = await call("create", { name: "a" });
  let last = first;
  for (let i = 0; i < 50; i++) {
    const next = await call("update", { id: first.id, set: { size: i }, expectedUpdatedAt: last.updatedAt });
    assert.ok(next.updatedAt > last.updatedAt);
    const stale = { id: first.id, expectedUpdatedAt: last.updatedAt };
    assert.deepEqual((await failsWith("CONFLICT", call("update", { ...stale, set: { size: -1 } }))).details, {
      updatedAt: next.updatedAt,
    });
    await failsWith("CONFLICT", call("delete", stale));
    last = next;
  }
  assert.equal((await call("find", { id: first.id })).size, 49);
  assert.deepEqual(await call("delete", { id: first.id, expectedUpdatedAt: last.updatedAt }), { deleted: true });
});

test("update() refuses the key, hidden and fixed columns, times and an empty set", async (t) => {
  const { call } = openItems(t, { hidden: { input: ["secret", "createdAt", "updatedAt"] }, fixed: ["ownerId"] });
  const { id } = await call("create", { name: "a", ownerId: "o" });
  const sets = [{}, { id: "b" }, { secret: "s" }, { ownerId: "p" }, { createdAt: 1 }, { updatedAt: 1 }, { nothing: 1 }];
  for (const set of sets) await failsWith("VALIDATION_ERROR", call("update", { id, set }));
  await failsWith("VALIDATION_ERROR", call("create", { name: "b", secret: "s" }));
});

test("a change event holds the key alone, and is there only if the row is", async (t) => {
  const { call, client } = openItems(t, {}, { events: { stream: "changes" } });
  const { id } = await call("create", { name: "a", secret: "s" });
  await failsWith("CONFLICT", call("create", { name: "a" }));
  await call("update", { id, set: { size: 1 } });
  await call("delete", { id });
  const events = client.values("SELECT key, payload FROM _honker_stream WHERE topic = 'changes' ORDER BY offset");
  assert.deepEqual(
    events.map(([key, payload]) => [key, JSON.parse(payload as string)]),
    ["created", "updated", "deleted"].map((what) => [`items:${what}`, { id }]),
  );
});

test("changes are notified on the channel of the table", async (t) => {
  const { call, client } = openItems(t, {}, { events: "notify" });
  const { id } = await call("create", { name: "a" });
  const sent = client.values("SELECT channel, payload FROM _honker_notifications");
  assert.deepEqual(sent, [["items:created", JSON.stringify({ id })]]);
});

test("a write waits its turn while an async transaction is open, and is refused in its callback", async (t) => {
  const { call, db } = openItems(t);
  const gate = Promise.withResolvers<void>();
  const transaction = db.transaction(async () => {
    const inside = await failsWith("EXECUTION_ERROR", call("create", { name: "inside" }));
    assert.equal((inside.cause as { code?: string }).code, "TRANSACTION_OPEN");
    await gate.promise;
  });
  const created = call("create", { name: "waiting" });
  assert.equal((await call<{ count: number }>("count")).count, 0);
  gate.resolve();
  await transaction;
  assert.equal((await created).name, "waiting");
});

test("assign() gives values that the caller can't", async (t) => {
  const { call } = openItems(t, {
    hidden: { input: ["ownerId"] },
    assign: (identity, verb) => (verb === "create" ? { ownerId: identity!.id } : { note: "touched" }),
  });
  const created = await call("create", { name: "a" });
  assert.equal(created.ownerId, "ada");
  assert.equal((await call("update", { id: created.id, set: { size: 1 } })).note, "touched");
});

test("hidden columns are never put out, filtered or sorted by", async (t) => {
  const { call } = openItems(t, { hidden: { output: ["secret", "tags"] } });
  const { id, ...created } = await call("create", { name: "a", secret: "s" });
  const others = [
    await call("find", { id }),
    await call("update", { id, set: { secret: "t" } }),
    ...(await call<Page>("list")).items,
  ];
  for (const row of [created, ...others]) assert.ok(!("secret" in row) && !("tags" in row));
  for (const filter of [{ secret: "s" }, { OR: [{ secret: { like: "%" } }] }, { NOT: { secret: null } }]) {
    await failsWith("VALIDATION_ERROR", call("list", { filter }));
    await failsWith("VALIDATION_ERROR", call("count", { filter }));
  }
  await failsWith("VALIDATION_ERROR", call("list", { sort: [{ field: "secret" }] }));
});

test("a row of a composite key is named by its columns", async (t) => {
  const client = temporaryDatabase(t);
  client.run("CREATE TABLE pairs (a TEXT NOT NULL, b TEXT NOT NULL, note TEXT, PRIMARY KEY (a, b))");
  const { primaryKey } = await import("drizzle-orm/sqlite-core");
  const pairs = sqliteTable("pairs", { a: text().notNull(), b: text().notNull(), note: text() }, (table) => [
    primaryKey({ columns: [table.a, table.b] }),
  ]);
  const specs = operationsFromTable(pairs);
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(createDrizzleWithAdapter(client), specs, { events: "notify" }));
  const identity = { id: "ada", scopes: ["pairs:read", "pairs:write"] };
  const call = async (name: string, input: unknown) =>
    (await registry.execute(`pairs.${name}`, input, { identity })).data as Item & Page;
  await call("create", { a: "1", b: "2", note: "x" });
  const key = { a: "1", b: "2" };
  assert.deepEqual(await call("find", { key }), { a: "1", b: "2", note: "x" });
  assert.equal((await call("update", { key, set: { note: "y" } })).note, "y");
  await call("create", { a: "1", b: "3" });
  const first = await call("list", { limit: 1 });
  assert.deepEqual((await call("list", { limit: 1, cursor: first.nextCursor })).items[0]!.b, "3");
  await call("delete", { key });
  await failsWith("NOT_FOUND", call("find", { key }));
  const [last] = client.values("SELECT payload FROM _honker_notifications ORDER BY id DESC LIMIT 1");
  assert.deepEqual(JSON.parse(last![0] as string), key);
});

test("an error tells nothing of SQL, and keeps its cause where no log looks", async (t) => {
  const { call, client } = openItems(t);
  client.run("DROP TABLE items");
  const error = await failsWith("EXECUTION_ERROR", call("create", { name: "a" }));
  assert.deepEqual(JSON.parse(JSON.stringify(error)), { code: "EXECUTION_ERROR", message: "The operation failed" });
  assert.ok(!Object.keys(error).includes("cause"));
  assert.match((error.cause as Error).message, /no such table/);
});

test("a handler checks its input also where no registry does", async (t) => {
  const { db, specs } = openItems(t);
  const find = handlersFor(db, specs).get("items.find")!;
  assert.throws(() => find({ id: 7 } as never, { identity: ADA }), { code: "VALIDATION_ERROR" });
});

test("text with NUL is stored whole, or refused where the runtime would cut it", async (t) => {
  const { call } = openItems(t);
  try {
    const { id } = await call("create", { name: "a\0b" });
    assert.equal((await call("find", { id })).name, "a\0b");
  } catch (error) {
    assert.equal((error as { code?: string }).code, "VALIDATION_ERROR");
    assert.equal((await call<{ count: number }>("count")).count, 0);
  }
});
