/**
 * A copy of a tenant's file, taken while rows are written, and brought back: `node examples/04-backup-while-writing.ts`.
 *
 * Prints:
 *
 * ```
 * copied while it was written to: true
 * every copied entry has its event: true
 * after the mistake: 0 entries
 * after the restore: as many as in the copy: true
 * ```
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { open } from "../src/honker/mod.ts"; // in your program: "@alkdev/storage/honker"
import { createDrizzleWithAdapter, openTenants, type TenantDatabase } from "../src/sqlite/mod.ts"; // "@alkdev/storage/sqlite"

const entries = sqliteTable("entries", { id: integer().primaryKey(), body: text().notNull() });
const create = "CREATE TABLE entries (id INTEGER PRIMARY KEY, body TEXT NOT NULL)";
const directory = mkdtempSync(join(tmpdir(), "backup-"));
const migrations = [{ id: "0000_entries", hash: "1", statements: [create] }]; // of the application, in each tenant's file
const tenants = openTenants({ directory: join(directory, "tenants"), migrations });
const copy = join(directory, "acme-backup.db");

/** An entry and its event, in one transaction, again and again until `signal`. */
async function write(db: TenantDatabase, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    db.transaction((tx) => {
      const { id } = tx
        .insert(entries)
        .values({ body: "x".repeat(5_000) })
        .returning()
        .get();
      db.$client.stream("entries").publishTx(tx.$honkerTx, { id });
    });
    await setImmediate();
  }
}

const writing = new AbortController();
const writer = tenants.use("acme", (db) => write(db, writing.signal));
const count = () => tenants.use("acme", (db) => db.$count(entries));
while ((await count()) < 500) await setImmediate();
await tenants.backup("acme", copy);
const countAtTheEnd = await count();
writing.abort();
await writer;

const client = open(copy);
const copied = await createDrizzleWithAdapter(client).$count(entries);
console.log("copied while it was written to:", copied >= 500 && copied <= countAtTheEnd);
console.log("every copied entry has its event:", client.stream("entries").readSince(0, copied + 1).length === copied);
client.close();

tenants.use("acme", (db) => db.delete(entries).run());
console.log("after the mistake:", await count(), "entries");
await tenants.restore("acme", copy);
console.log("after the restore: as many as in the copy:", (await count()) === copied);
tenants.close();
rmSync(directory, { recursive: true });
