/**
 * Types are tested by the compiler: a line under `@ts-expect-error` must not compile, all others must. Nothing is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eq, sql } from "drizzle-orm";
import type { Database, HonkerClient, HonkerTransaction, RunResult, Transaction } from "../../src/honker/mod.ts";
import { createDrizzleWithAdapter, type HonkerSQLiteDatabase } from "../../src/sqlite/mod.ts";
import { bytes, groups, modes, posts, schema, users } from "./adapter/schema.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the type of `value` is `T` itself. */
function is<T>() {
  return <V>(_value: V, ..._same: Equal<V, T> extends true ? [] : ["is not the type"]): void => {};
}

type Group = { id: string; title: string };
type User = typeof users.$inferSelect;

function rows(client: Database): void {
  const db = createDrizzleWithAdapter(client, { schema });
  is<HonkerSQLiteDatabase<typeof schema, Database>>()(db);
  is<Database>()(db.$client);
  is<Group[]>()(db.select().from(groups).all());
  is<Group | undefined>()(db.select().from(groups).get());
  is<{ n: number; t: string | null }[]>()(
    db
      .select({ n: groups.id.getSQL().mapWith(Number), t: sql<string | null>`x` })
      .from(groups)
      .all(),
  );
  is<{ users: User; posts: typeof posts.$inferSelect | null }[]>()(
    db.select().from(users).leftJoin(posts, eq(posts.authorId, users.id)).all(),
  );
  is<RunResult>()(db.insert(groups).values({ id: "", title: "" }).run());
  is<Group>()(db.insert(groups).values({ id: "", title: "" }).returning().get());
  is<{ title: string }[]>()(db.update(groups).set({ title: "" }).returning({ title: groups.title }).all());
  is<number>()(db.delete(groups).run().changes);
  is<number | bigint>()(db.delete(groups).run().lastInsertRowid);
  is<{ a: number }[]>()(db.all<{ a: number }>(sql`select 1 as a`));
  is<Date | null>()(db.select().from(modes).all()[0]!.at);
  is<bigint | null>()(db.select().from(bytes).all()[0]!.big);
  is<"admin" | "member">()(db.select().from(users).all()[0]!.role);
  is<{ theme: string; tags?: string[] } | null>()(db.select().from(users).all()[0]!.settings);
  // @ts-expect-error: title is required
  db.insert(groups).values({ id: "" });
  // @ts-expect-error: no such column
  db.insert(groups).values({ id: "", title: "", none: 1 });
  // @ts-expect-error: a generated column takes no value
  db.insert(posts).values({ authorId: 1, title: "", slug: "" });
  // @ts-expect-error: no such role
  db.update(users).set({ role: "boss" });
}

async function relationalQueries(client: Database): Promise<void> {
  const db = createDrizzleWithAdapter(client, { schema });
  const found = await db.query.users.findMany({ columns: { id: true }, with: { posts: { columns: { title: true } } } });
  is<{ id: number; posts: { title: string }[] }[]>()(found);
  is<Group | undefined>()(db.query.groups.findFirst().sync());
  // @ts-expect-error: no such relation
  db.query.users.findMany({ with: { none: true } });
  // @ts-expect-error: no such table
  db.query.none;
  const bare = createDrizzleWithAdapter(client);
  // @ts-expect-error: nothing is known without a schema
  bare.query.users.findMany();
}

async function transactions(client: Database): Promise<void> {
  const db = createDrizzleWithAdapter(client, { schema });
  is<number>()(db.transaction(() => 1));
  is<Promise<number>>()(db.transaction(async () => 1));
  is<void>()(db.transaction(() => {}));
  is<Group[]>()(db.transaction((tx) => tx.select().from(groups).all()));
  is<Group[]>()(await db.transaction((tx) => tx.select().from(groups)));
  db.transaction((tx) => {
    is<Transaction>()(tx.$honkerTx);
    is<number>()(tx.$honkerTx.notify("c", { a: 1 }));
    is<Group | undefined>()(tx.query.groups.findFirst().sync());
    tx.transaction((nested) => is<Transaction>()(nested.$honkerTx));
    is<string>()(tx.transaction(() => ""));
    is<Promise<string>>()(tx.transaction(async () => ""));
    // @ts-expect-error: a transaction has no client of its own
    tx.$client;
    // @ts-expect-error: it throws
    is<string>()(tx.rollback());
  });
  // @ts-expect-error: no such behaviour
  db.transaction(() => {}, { behavior: "soon" });
}

function bindings(client: HonkerClient): void {
  const db = createDrizzleWithAdapter(client, { schema });
  is<HonkerClient>()(db.$client);
  db.transaction((tx) => is<HonkerTransaction>()(tx.$honkerTx));
  // @ts-expect-error: the binding's transaction runs no raw rows
  db.transaction((tx) => tx.$honkerTx.values("select 1"));
}

function options(client: Database): void {
  createDrizzleWithAdapter(client, { schema, logger: true, casing: "snake_case", asyncTransactionTimeoutMs: 1000 });
  createDrizzleWithAdapter(client, { logger: { logQuery() {} } });
  // @ts-expect-error: misspelled
  createDrizzleWithAdapter(client, { schemas: schema });
  // @ts-expect-error: no such casing
  createDrizzleWithAdapter(client, { casing: "kebab-case" });
  // @ts-expect-error: a number is wanted
  createDrizzleWithAdapter(client, { asyncTransactionTimeoutMs: "1000" });
  // @ts-expect-error: a path is no client
  createDrizzleWithAdapter("app.db");
  // @ts-expect-error: a client is wanted
  createDrizzleWithAdapter();
}

test("the types of the adapter are those that its users rely on", () => {
  for (const compiled of [rows, relationalQueries, transactions, bindings, options]) {
    assert.equal(typeof compiled, "function");
  }
});
