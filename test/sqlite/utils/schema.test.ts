import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { sql } from "drizzle-orm";
import { blob, integer, real, sqliteTable, sqliteView, text } from "drizzle-orm/sqlite-core";
import {
  createDrizzleWithAdapter,
  createInsertSchema,
  createSelectSchema,
  createTenantDatabase,
  createUpdateSchema,
  tenantSchema,
} from "../../../src/sqlite/mod.ts";
import { temporaryDatabase } from "../../support/temporary.ts";

const users = sqliteTable("users", {
  id: integer().primaryKey(),
  name: text().notNull(),
  plan: text({ enum: ["0", "1"] })
    .notNull()
    .default("0"),
  score: real(),
  tags: text({ mode: "json" }).notNull().default([]),
  key: blob({ mode: "buffer" }),
  slug: text().generatedAlwaysAs(sql`lower(name)`),
});

const USERS = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, plan TEXT NOT NULL DEFAULT '0', score REAL,
  tags TEXT NOT NULL DEFAULT '[]', key BLOB, slug TEXT AS (lower(name)))`;

test("createInsertSchema() accepts what can be inserted, and createSelectSchema() what comes back", (t) => {
  const client = temporaryDatabase(t);
  client.run(USERS);
  const db = createDrizzleWithAdapter(client);
  const rows = [
    { name: "A" },
    { name: "B", plan: "1" as const, score: 1e300, key: Buffer.from("k"), tags: { a: [null] } },
    { name: "C", score: null, key: new Uint8Array([1]) as Buffer, id: 7 },
  ];
  for (const row of rows) {
    assert.ok(Value.Check(createInsertSchema(users), row));
    assert.ok(Value.Check(createSelectSchema(users), db.insert(users).values(row).returning().get()));
  }
});

test("createInsertSchema() refuses what the table would refuse", () => {
  const schema = createInsertSchema(users);
  for (const row of [
    {},
    { name: null },
    { name: "A", plan: "2" },
    { name: "A", tags: null },
    { name: "A", score: Number.NaN },
    { name: "A", id: 2 ** 53 },
    { name: "A", key: "text" },
  ]) {
    assert.equal(Value.Check(schema, row), false, JSON.stringify(row));
  }
});

test("createSelectSchema() accepts JSON's null in a column that is NOT NULL: SQL may have written it", (t) => {
  const client = temporaryDatabase(t);
  client.run(USERS);
  client.run("INSERT INTO users (name, tags) VALUES ('A', 'null')");
  const row = createDrizzleWithAdapter(client).select().from(users).get();
  assert.equal(row?.tags, null);
  assert.ok(Value.Check(createSelectSchema(users), row));
});

test("createUpdateSchema() lets out every column, and has no generated one", () => {
  const schema = createUpdateSchema(users);
  assert.ok(Value.Check(schema, {}));
  assert.ok(Value.Check(schema, { score: null }));
  assert.equal(Value.Check(schema, { name: null }), false);
  assert.equal("slug" in schema.properties, false);
});

test("createSelectSchema() accepts the rows of this package's own tables", (t) => {
  const db = createTenantDatabase(temporaryDatabase(t));
  const { graphTypes, graphs } = tenantSchema;
  const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
  const row = { name: "notes", config };
  assert.ok(Value.Check(createInsertSchema(graphTypes), row));
  const type = db.insert(graphTypes).values(row).returning().get();
  assert.ok(Value.Check(createSelectSchema(graphTypes), type));
  const graph = db.insert(graphs).values({ name: "g", graphTypeId: type.id }).returning().get();
  assert.ok(Value.Check(createSelectSchema(graphs), graph));
});

test("a refinement of an expression in a view takes its place", () => {
  const view = sqliteView("v").as((db) => db.select({ user: users, n: sql`1`.as("n") }).from(users));
  const schema = createSelectSchema(view, { n: Type.Integer(), user: { name: Type.Literal("A") } });
  assert.deepEqual(schema.properties.n, Type.Integer());
  assert.deepEqual(schema.properties.user.properties.name, Type.Literal("A"));
});

test("refinements are refused that name no column, or are no schema", () => {
  const insert = createInsertSchema as unknown as (table: unknown, refine?: unknown) => unknown;
  const view = sqliteView("v").as((db) => db.select({ user: users }).from(users));
  for (const [act, message] of [
    [() => insert(users, { nmae: Type.String() }), 'Cannot refine column "nmae": there is none: did you mean "name"'],
    [() => insert(users, { slug: Type.String() }), 'Cannot refine column "slug": what is generated takes no value'],
    [
      () => insert(users, { slug: () => Type.String() }),
      'Cannot refine column "slug": what is generated takes no value',
    ],
    [
      () => insert(users, { name: { type: "string" } }),
      'Cannot refine column "name": a TypeBox schema, or a function that gives one, is wanted: received an object',
    ],
    [
      () => insert(users, { name: () => undefined }),
      'Cannot refine column "name": a TypeBox schema, or a function that gives one, is wanted: received undefined',
    ],
    [() => insert(users, 5), "Cannot refine columns: an object with them as keys is wanted: received an integer"],
    [
      () => createSelectSchema(view, { user: Type.String() as never }),
      "Cannot refine columns: an object with them as keys is wanted: received an object",
    ],
    [
      () => createSelectSchema(view, { user: { nmae: Type.String() } as never }),
      'Cannot refine column "nmae": there is none: did you mean "name"',
    ],
    [() => insert({}), "Cannot create a schema for insert: a table or a view is wanted: received an object"],
  ] as const) {
    assert.throws(act, { name: "TypeError", message });
  }
});
