import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { failsWith, type Item, openItems, type Page } from "./fixture.ts";
import { itemFilter, newItem, passes } from "./model.ts";

test("list() and count() give the rows for which a filter holds, as a model in JavaScript says", async (t) => {
  const { call } = openItems(t);
  const rows: Item[] = [];
  for (const [i, input] of fc.sample(newItem, { numRuns: 60, seed: 7 }).entries()) {
    rows.push(await call("create", { ...input, name: `n${i}` }));
  }
  const property = fc.asyncProperty(itemFilter, async (filter) => {
    const { items } = await call<Page>("list", { filter, limit: 500 });
    const wanted = rows.filter((row) => passes(row, filter)).map(({ name }) => name);
    assert.deepEqual(items.map(({ name }) => name).toSorted(), wanted.toSorted());
    assert.equal((await call<{ count: number }>("count", { filter })).count, wanted.length);
  });
  await fc.assert(property, { numRuns: 300 });
});

test("bytes, bigints and enums are compared by their stored values", async (t) => {
  const { call } = openItems(t);
  await call("create", { name: "a", bytes: "AQID", big: "9223372036854775807", color: "red" });
  await call("create", { name: "b", bytes: "AQ==", big: "9223372036854775806" });
  const count = async (filter: unknown) => (await call<{ count: number }>("count", { filter })).count;
  assert.equal(await count({ bytes: "AQID" }), 1);
  assert.equal(await count({ big: { gt: "9223372036854775806" } }), 1);
  assert.equal(await count({ big: { in: ["9223372036854775806", "9223372036854775807"] } }), 2);
  assert.equal(await count({ color: { ne: "green" } }), 1);
  assert.equal(await count({ tags: null }), 2);
});

test("a filter is refused when a column, an operator or a value is none, or it is too large", async (t) => {
  const { call } = openItems(t, { filterable: ["name", "size", "isDone", "tags", "bytes"] });
  const deep = Array.from({ length: 30 }).reduce<object>((inner) => ({ NOT: inner }), { size: 1 });
  const wide = { OR: Array.from({ length: 90 }, () => ({ name: { in: Array.from({ length: 20 }, () => "a") } })) };
  const bad = [
    { nobody: 1 },
    { note: "x" },
    { size: "1" },
    { size: { eq: null } },
    { size: { like: "1" } },
    { size: {} },
    { isDone: { lt: true } },
    { bytes: { gt: "AQ==" } },
    { bytes: "no base64" },
    { tags: "x" },
    { name: { like: "%".repeat(257) } },
    { name: { in: Array.from({ length: 501 }, () => "a") } },
    { name: { constructor: "x" } },
    { or: [] },
    { AND: {} },
    deep,
    wide,
  ];
  for (const filter of bad) await failsWith("VALIDATION_ERROR", call("list", { filter }));
});

test("no text of a filter, a sort, a name or a cursor becomes SQL", async (t) => {
  const { call, client } = openItems(t);
  await call("create", { name: "a", note: "' OR 1=1 --" });
  const nasty = ["' OR '1'='1", '" OR "1"="1', "1; DROP TABLE items", "name) --", "\\", "%'", "`", "[name]", "\u2019"];
  for (const text of nasty) {
    assert.deepEqual((await call<Page>("list", { filter: { note: text } })).items, []);
    assert.deepEqual((await call<Page>("list", { filter: { note: { in: [text] } } })).items, []);
    assert.equal((await call<{ count: number }>("count", { filter: { note: { like: `x${text}` } } })).count, 0);
    await failsWith("VALIDATION_ERROR", call("list", { filter: { [text]: "x" } }));
    await failsWith("VALIDATION_ERROR", call("list", { filter: { note: { [text]: "x" } } }));
    await failsWith("VALIDATION_ERROR", call("list", { sort: [{ field: text }] }));
    await failsWith("VALIDATION_ERROR", call("list", { sort: [{ field: "name", direction: text }] }));
    await failsWith("VALIDATION_ERROR", call("list", { cursor: text }));
    await failsWith("NOT_FOUND", call("find", { id: text }));
    await failsWith("NOT_FOUND", call("delete", { id: text }));
    const { id } = await call("create", { name: text, note: text });
    assert.deepEqual(
      (await call<Page>("list", { filter: { note: text } })).items.map((one) => one.id),
      [id],
    );
    await call("delete", { id });
  }
  assert.equal(client.row("SELECT count(*) FROM items")![0], 1);
});
