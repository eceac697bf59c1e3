import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { ADA, bench, failsWith, type Item, openItems, type Page } from "./fixture.ts";
import { newItem, sorted } from "./model.ts";

const sorts = fc.uniqueArray(
  fc.record({
    field: fc.constantFrom("note", "size", "weight", "dueAt", "color", "createdAt"),
    direction: fc.constantFrom("asc", "desc"),
  }),
  { selector: ({ field }) => field, maxLength: 3 },
);

test("pages give each row once, in the order of the model, with NULLs and in mixed directions", async (t) => {
  const { call } = openItems(t);
  const rows: Item[] = [];
  for (const [i, input] of fc.sample(newItem, { numRuns: 40, seed: 3 }).entries()) {
    rows.push(await call("create", { ...input, name: `n${i}` }));
  }
  const property = fc.asyncProperty(sorts, fc.integer({ min: 1, max: 15 }), async (sort, limit) => {
    const found: Item[] = [];
    let cursor: string | undefined;
    do {
      const page: Page = await call("list", { sort, limit, ...(cursor !== undefined && { cursor }) });
      assert.ok(page.items.length <= limit && page.items.length > 0);
      found.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      found.map(({ name }) => name),
      sorted(rows, sort).map(({ name }) => name),
    );
  });
  await fc.assert(property, { numRuns: 80 });
});

test("rows that are there all the while come once, whatever is added and deleted between the pages", async (t) => {
  const { call } = openItems(t);
  const property = fc.asyncProperty(sorts, fc.array(newItem, { minLength: 6, maxLength: 12 }), async (sort, inputs) => {
    let count = 0;
    const add = (input: object) => call("create", { ...input, name: `n${count++}` });
    const stay: Item[] = [];
    for (const input of inputs.slice(0, -3)) stay.push(await add(input));
    const go = [await add(inputs.at(-3)!), await add(inputs.at(-2)!)];
    const found: Item[] = [];
    let cursor: string | undefined;
    do {
      const page: Page = await call("list", { sort, limit: 2, ...(cursor !== undefined && { cursor }) });
      found.push(...page.items);
      cursor = page.nextCursor;
      const gone = go.pop();
      if (gone !== undefined) await call("delete", { id: gone.id }); // also where it was the last of the page
      if (count < 16) await add(inputs.at(-1)!);
    } while (cursor !== undefined);
    const ids = found.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const kept = stay.map(({ id }) => id);
    const wanted = sorted(stay, sort).map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id) => kept.includes(id)),
      wanted,
    );
    for (const { id } of (await call<Page>("list", { limit: 500 })).items) await call("delete", { id });
  });
  await fc.assert(property, { numRuns: 15 });
});

test("a cursor is refused when a bit of it is changed, or it is of another operation, filter, sort or caller", async (t) => {
  const { call, db } = openItems(t);
  for (let i = 0; i < 3; i++) await call("create", { name: `n${i}`, size: i });
  const asked = { filter: { size: { gte: 0 }, isDone: false }, sort: [{ field: "size" }], limit: 1 };
  const { nextCursor: cursor } = await call<Page>("list", asked);
  assert.ok(cursor !== undefined);
  const reordered = { ...asked, filter: { isDone: false, size: { gte: 0 } }, cursor };
  assert.equal((await call<Page>("list", reordered)).items[0]!.name, "n1");
  const refused = [
    { ...asked, filter: { size: { gte: 1 } } },
    { ...asked, filter: undefined },
    { ...asked, sort: [{ field: "size", direction: "desc" }] },
    { ...asked, sort: [{ field: "note" }] },
  ].map((one) => JSON.parse(JSON.stringify({ ...one, cursor })) as object);
  for (const input of refused) await failsWith("VALIDATION_ERROR", call("list", input));
  await failsWith("VALIDATION_ERROR", call("list", { ...asked, cursor }, { ...ADA, id: "eve" }));
  const others = bench(db.$client, {}, { cursorSecret: "another secret of some length" });
  await failsWith("VALIDATION_ERROR", others.call("list", { ...asked, cursor }));
  const bytes = Buffer.from(cursor, "base64url");
  for (let i = 0; i < bytes.length; i++) {
    const forged = Buffer.from(bytes);
    forged[i]! ^= 1;
    await failsWith("VALIDATION_ERROR", call("list", { ...asked, cursor: forged.toString("base64url") }));
  }
  for (const text of ["", "x", `${cursor}A`, cursor.slice(0, -1), `${cursor}=`, " "]) {
    await failsWith("VALIDATION_ERROR", call("list", { ...asked, cursor: text }));
  }
});

test("a cursor holds nothing that can be read", async (t) => {
  const { call } = openItems(t);
  for (let i = 0; i < 2; i++) await call("create", { name: `readable${i}` });
  const { nextCursor } = await call<Page>("list", { sort: [{ field: "name" }], limit: 1 });
  assert.doesNotMatch(Buffer.from(nextCursor!, "base64url").toString("latin1"), /readable/);
});

test("a cursor of one process is good in another, and after a restart", async (t) => {
  const { client, call } = openItems(t);
  for (let i = 0; i < 3; i++) await call("create", { name: `n${i}`, size: i });
  const asked = { sort: [{ field: "size" }], limit: 1 };
  const { nextCursor } = await call<Page>("list", asked);
  const child = startChild(t, new URL("./child/list.ts", import.meta.url), [client.path]);
  child.send(JSON.stringify({ ...asked, cursor: nextCursor }));
  const page = JSON.parse(await child.nextLine()) as Page;
  assert.deepEqual(
    page.items.map(({ name }) => name),
    ["n1"],
  );
  assert.deepEqual(
    (await call<Page>("list", { ...asked, cursor: page.nextCursor })).items.map(({ name }) => name),
    ["n2"],
  );
  const again = open(client.path);
  t.after(() => again.close());
  assert.equal((await bench(again).call<Page>("list", { ...asked, cursor: nextCursor })).items[0]!.name, "n1");
});

test("two processes that make the secret of a file at once agree on it", async (t) => {
  const { client, call } = openItems(t);
  for (let i = 0; i < 3; i++) await call("create", { name: `n${i}`, size: i });
  const children = [0, 1, 2].map(() => startChild(t, new URL("./child/list.ts", import.meta.url), [client.path]));
  for (const child of children) child.send(JSON.stringify({ limit: 1 }));
  for (const child of children) {
    const { nextCursor } = JSON.parse(await child.nextLine()) as Page;
    assert.equal((await call<Page>("list", { limit: 1, cursor: nextCursor })).items.length, 1);
  }
  assert.equal(client.row("SELECT count(*) FROM alkdev_keys")![0], 1);
});
