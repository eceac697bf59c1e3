import assert from "node:assert/strict";
import { test } from "node:test";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import type { Identity, RowFilter } from "../../src/operations/mod.ts";
import { failsWith, type Item, items, openItems, type Page } from "./fixture.ts";
import { itemFilter, newItem } from "./model.ts";

const ALICE: Identity = { id: "alice", scopes: ["items:read", "items:write"] };
const BOB: Identity = { id: "bob", scopes: ["items:read", "items:write"] };
const forms: readonly [name: string, rowFilter: RowFilter][] = [
  ["a filter", (identity) => identity !== undefined && { ownerId: identity.id }],
  ["a condition of Drizzle", (identity) => identity !== undefined && eq(items.ownerId, identity.id)],
];

for (const [name, rowFilter] of forms) {
  test(`no filter shows a row outside a row filter that is ${name}`, async (t) => {
    const { call, client } = openItems(t, { rowFilter, hidden: { output: ["ownerId"] } });
    for (const [i, input] of fc.sample(newItem, { numRuns: 20, seed: 1 }).entries()) {
      for (const who of [ALICE, BOB]) await call("create", { ...input, name: `${who.id}${i}`, ownerId: who.id }, who);
    }
    assert.equal(client.row("SELECT count(*) FROM items")![0], 40);
    const property = fc.asyncProperty(itemFilter, fc.boolean(), async (filter, negate) => {
      const asked = negate ? { OR: [filter, { NOT: filter }] } : filter;
      const found: Item[] = [];
      let cursor: string | undefined;
      do {
        const page: Page = await call("list", { filter: asked, limit: 7, ...(cursor && { cursor }) }, ALICE);
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      for (const row of found) assert.match(row.name, /^alice/);
      assert.equal((await call<{ count: number }>("count", { filter: asked }, ALICE)).count, found.length);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test(`rows outside a row filter that is ${name} are not there, and none is written outside it`, async (t) => {
    const { call, client } = openItems(t, { rowFilter }, { events: "notify" });
    const { id, updatedAt } = await call("create", { name: "a", ownerId: "bob" }, BOB);
    await failsWith("NOT_FOUND", call("find", { id }, ALICE));
    await failsWith("NOT_FOUND", call("update", { id, set: { ownerId: "alice" } }, ALICE));
    await failsWith("NOT_FOUND", call("update", { id, set: { size: 1 }, expectedUpdatedAt: 0 }, ALICE));
    await failsWith("NOT_FOUND", call("delete", { id, expectedUpdatedAt: updatedAt }, ALICE));
    await failsWith("ACCESS_DENIED", call("create", { name: "b", ownerId: "bob" }, ALICE));
    await failsWith("ACCESS_DENIED", call("create", { name: "b" }, ALICE));
    await failsWith("ACCESS_DENIED", call("update", { id, set: { ownerId: "alice" } }, BOB));
    assert.deepEqual(client.values("SELECT name, owner_id FROM items"), [["a", "bob"]]);
    assert.equal(client.row("SELECT count(*) FROM _honker_notifications")![0], 1);
    assert.equal((await call("update", { id, set: { size: 2 } }, BOB)).size, 2);
    assert.deepEqual(await call("delete", { id }, BOB), { deleted: true });
  });
}

test("rowFilter() opens nothing when it gives false, nothing, or a value that is not there", async (t) => {
  for (const rows of [undefined, null, "all", { ownerId: undefined }, { nobody: 1 }, Promise.resolve(true)]) {
    const { call } = openItems(t, { rowFilter: () => rows as never });
    for (const name of ["list", "count"]) await failsWith("EXECUTION_ERROR", call(name));
    await failsWith("EXECUTION_ERROR", call("find", { id: "x" }));
    await failsWith("EXECUTION_ERROR", call("create", { name: "a" }));
  }
  const { call, client } = openItems(t, { rowFilter: () => false });
  assert.deepEqual(await call("list"), { items: [] });
  assert.deepEqual(await call("count"), { count: 0 });
  await failsWith("NOT_FOUND", call("find", { id: "x" }));
  await failsWith("ACCESS_DENIED", call("create", { name: "a" }));
  assert.equal(client.row("SELECT count(*) FROM items")![0], 0);
});

test("rowFilter() sees the verb and the identity, and opens all rows by true", async (t) => {
  const asked: unknown[] = [];
  const { call } = openItems(t, { rowFilter: (identity, verb) => asked.push([identity?.id, verb]) > 0 });
  const { id } = await call("create", { name: "a" }, ALICE);
  await call("find", { id }, ALICE);
  await call("list", {}, ALICE);
  await call("count", {}, ALICE);
  await call("update", { id, set: { size: 1 } }, ALICE);
  await call("delete", { id }, ALICE);
  assert.deepEqual(
    asked,
    ["create", "find", "list", "count", "update", "delete"].map((verb) => ["alice", verb]),
  );
});
