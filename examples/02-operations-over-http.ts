/**
 * Operations made from a table, called over HTTP by who has an API key: `node examples/02-operations-over-http.ts`.
 *
 * Prints:
 *
 * ```
 * notes.create 200 {"id":1,"text":"Buy a lamp","done":false}
 * notes.list 200 {"items":[{"id":1,"text":"Buy a lamp","done":false}]}
 * notes.create 400 VALIDATION_ERROR
 * notes.delete 403 ACCESS_DENIED
 * notes.list 401 without a key
 * ```
 *
 * @module
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { Hono } from "hono";
import { open } from "../src/honker/mod.ts"; // in your program: "@alkdev/storage/honker"
import { CallError, handlersFor, httpStatusOf, OperationRegistry, operationsFromTable } from "../src/operations/mod.ts";
import { createAccount, createApiKey, createSystemDatabase, migrate, verifyApiKey } from "../src/sqlite/mod.ts";

const notes = sqliteTable("notes", {
  id: integer().primaryKey(),
  text: text({ length: 200 }).notNull(),
  done: integer({ mode: "boolean" }).notNull().default(false),
});
const directory = mkdtempSync(join(tmpdir(), "operations-"));
const client = open(join(directory, "system.db"));
const db = createSystemDatabase(client);
const create = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)";
migrate(client, [{ id: "0000_notes", hash: "1", statements: [create] }]);

const specs = operationsFromTable(notes, { accessControl: { delete: { requiredScopes: ["notes:admin"] } } });
const registry = new OperationRegistry();
registry.registerAll(specs);
registry.registerHandlers(handlersFor(db, specs, { events: "notify" }));

const app = new Hono();
app.post("/call/:operation", async (c) => {
  const caller = verifyApiKey(db, c.req.header("authorization")?.replace("Bearer ", ""));
  if (!caller.ok) return c.text("without a key", 401);
  const { identity } = caller;
  return c.json((await registry.execute(c.req.param("operation"), await c.req.json(), { identity })).data);
});
app.onError((error) => {
  const { code } = error instanceof CallError ? error : { code: "EXECUTION_ERROR" };
  return new Response(code, { status: httpStatusOf(code) });
});
const server = serve({ fetch: app.fetch, port: 0 });
await once(server, "listening");

const { id: ownerId } = createAccount(db, { email: "ada@example.org" });
const { key } = createApiKey(db, { ownerId, scopes: ["notes:read", "notes:write"] });
async function call(operation: string, input: unknown, headers = { authorization: `Bearer ${key}` }): Promise<void> {
  const url = `http://localhost:${(server.address() as AddressInfo).port}/call/${operation}`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(input) });
  console.log(operation, response.status, await response.text());
}
await call("notes.create", { text: "Buy a lamp" });
await call("notes.list", { filter: { done: false }, sort: [{ field: "text" }] });
await call("notes.create", { text: 42 });
await call("notes.delete", { id: 1 });
await call("notes.list", {}, { authorization: "" });
server.close();
client.close();
rmSync(directory, { recursive: true });
