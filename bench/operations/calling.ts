/**
 * Calls operations made from a table: `ours` through the registry, `drizzle` by the same queries of Drizzle on the same kind
 * of file.
 *
 * Arguments: the variant, the path of its file and the number of rows. Answers the name of a work with microseconds.
 *
 * @module
 */
import { desc, eq, sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { open } from "../../src/honker/mod.ts";
import { handlersFor, OperationRegistry, operationsFromTable } from "../../src/operations/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";

type Work = (i: number) => unknown;

const notes = sqliteTable(
  "notes",
  {
    id: text().primaryKey(),
    title: text().notNull(),
    rank: integer().notNull(),
    isDone: integer("is_done", { mode: "boolean" }).notNull().default(false),
    tags: text({ mode: "json" }).notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [index("notes_rank").on(table.rank)],
);
const SETUP = [
  `CREATE TABLE notes (id TEXT PRIMARY KEY, title TEXT NOT NULL, rank INTEGER NOT NULL, is_done INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
  "CREATE INDEX notes_rank ON notes (rank)",
];
const REPEAT: Readonly<Record<string, number>> = { find: 20_000, "list-50": 500, create: 500 };
const AT = new Date(1_700_000_000_000);

const [variant, path, rows] = process.argv.slice(2) as [string, string, string];
const count = Number(rows);
const client = open(path);
const db = createDrizzleWithAdapter(client, { schema: { notes } });
fill();
const works = variant === "ours" ? ourWorks() : drizzleWorks();
let created = 0;
for (const name of Object.keys(works)) await measure(name); // warm
await serveWork(measure);
client.close();

/** Microseconds a call. Each is awaited, as who calls an operation does, and as Drizzle's own queries may be. */
async function measure(name: string): Promise<number> {
  const [work, repeat] = [works[name]!, REPEAT[name]!];
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) await work(i);
  const elapsedUs = Number(process.hrtime.bigint() - start) / 1000;
  if (name === "create") db.delete(notes).where(eq(notes.title, "new")).run();
  return elapsedUs / repeat;
}

function ourWorks(): Readonly<Record<string, Work>> {
  const specs = operationsFromTable(notes, { hidden: { input: [] } });
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(db, specs));
  const context = { identity: { id: "bench", scopes: ["notes:read", "notes:write"] } };
  const sort = [{ field: "rank", direction: "desc" }];
  const at = AT.getTime();
  return {
    find: (i) => registry.execute("notes.find", { id: idOf(i) }, context),
    "list-50": () => registry.execute("notes.list", { limit: 50, sort }, context),
    create: () => {
      const row = { id: `new-${created++}`, title: "new", rank: 1, tags: ["a"], createdAt: at, updatedAt: at };
      return registry.execute("notes.create", row, context);
    },
  };
}

function drizzleWorks(): Readonly<Record<string, Work>> {
  const find = db
    .select()
    .from(notes)
    .where(eq(notes.id, sql.placeholder("id")))
    .prepare();
  return {
    find: (i) => find.get({ id: idOf(i) }),
    "list-50": () => db.select().from(notes).orderBy(desc(notes.rank), desc(notes.id)).limit(51).all(),
    create: () => {
      const row = { id: `new-${created++}`, title: "new", rank: 1, tags: ["a"], createdAt: AT, updatedAt: AT };
      return db.transaction((tx) => tx.insert(notes).values(row).returning().get());
    },
  };
}

function idOf(i: number): string {
  return `note-${(i * 7919) % count}`;
}

function fill(): void {
  for (const statement of SETUP) client.run(statement);
  const PART = 1000;
  for (let from = 0; from < count; from += PART) {
    const part = Array.from({ length: Math.min(PART, count - from) }, (_, i) => ({
      id: `note-${from + i}`,
      title: `Note ${from + i}`,
      rank: (from + i) % 5000,
      tags: ["a", "b"],
      createdAt: AT,
      updatedAt: AT,
    }));
    db.insert(notes).values(part).run();
  }
}
