/**
 * Your own Drizzle tables in a file that also carries events: `node examples/01-own-tables.ts`.
 *
 * Prints:
 *
 * ```
 * Ada has lent 1 book: Flatland
 * told of { id: 1, book: 'Flatland' }
 * nothing was kept of a loan that failed: 1 loan, 1 event
 * ```
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { relations } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { open } from "../src/honker/mod.ts"; // in your program: "@alkdev/storage/honker"
import { createDrizzleWithAdapter, migrate } from "../src/sqlite/mod.ts"; // "@alkdev/storage/sqlite"

const people = sqliteTable("people", { id: integer().primaryKey(), name: text().notNull() });
const loans = sqliteTable("loans", {
  id: integer().primaryKey(),
  book: text().notNull().unique(),
  lenderId: integer("lender_id"),
});
const peopleRelations = relations(people, ({ many }) => ({ loans: many(loans) }));
const loansRelations = relations(loans, ({ one }) => ({
  lender: one(people, { fields: [loans.lenderId], references: [people.id] }),
}));

const directory = mkdtempSync(join(tmpdir(), "own-tables-"));
const client = open(join(directory, "library.db"));
const createPeople = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
const createLoans = "CREATE TABLE loans (id INTEGER PRIMARY KEY, book TEXT NOT NULL UNIQUE, lender_id INTEGER)";
migrate(client, [{ id: "0000_library", hash: "1", statements: [createPeople, createLoans] }]);
const db = createDrizzleWithAdapter(client, { schema: { people, loans, peopleRelations, loansRelations } });
const listener = client.listen("loans", { ref: true });

function lend(lenderId: number, book: string): void {
  db.transaction((tx) => {
    client.stream("loans").publishTx(tx.$honkerTx, { book });
    const { id } = tx.insert(loans).values({ lenderId, book }).returning().get();
    tx.$honkerTx.notify("loans", { id, book });
  }); // all three are there together, or not at all
}

db.insert(people).values({ name: "Ada" }).run();
lend(1, "Flatland");
const ada = db.query.people.findFirst({ with: { loans: true } }).sync();
console.log(`${ada?.name} has lent ${ada?.loans.length} book: ${ada?.loans[0]?.book}`);
for await (const { payload } of listener) {
  console.log("told of", payload);
  break;
}
try {
  lend(1, "Flatland"); // the book is lent already: UNIQUE refuses it
} catch {
  const events = client.stream("loans").readSince(0, 10).length;
  console.log(`nothing was kept of a loan that failed: ${await db.$count(loans)} loan, ${events} event`);
}
client.close();
rmSync(directory, { recursive: true });
