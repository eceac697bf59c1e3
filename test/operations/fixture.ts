import assert from "node:assert/strict";
import { blob, index, integer, numeric, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { v7 } from "uuid";
import type { Database } from "../../src/honker/mod.ts";
import {
  CallError,
  type HandlerOptions,
  handlersFor,
  type Identity,
  OperationRegistry,
  type OperationSpec,
  operationsFromTable,
  type TableOperationsOptions,
} from "../../src/operations/mod.ts";
import { createDrizzleWithAdapter, type HonkerSQLiteDatabase } from "../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";

/** Every kind of column. */
export const items = sqliteTable(
  "items",
  {
    id: text()
      .primaryKey()
      .$defaultFn(() => v7()),
    name: text().notNull().unique(),
    note: text(),
    size: integer(),
    weight: real(),
    isDone: integer("is_done", { mode: "boolean" }).notNull().default(false),
    dueAt: integer("due_at", { mode: "timestamp_ms" }),
    bytes: blob({ mode: "buffer" }),
    big: numeric({ mode: "bigint" }),
    color: text({ enum: ["red", "green", "blue"] }),
    tags: text({ mode: "json" }),
    secret: text(),
    ownerId: text("owner_id"),
    parentId: text("parent_id"),
    createdAt: integer("created_at", { mode: "timestamp_ms" })
      .notNull()
      .$defaultFn(() => new Date()),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" })
      .notNull()
      .$defaultFn(() => new Date())
      .$onUpdateFn(() => new Date()),
  },
  (table) => [index("items_size").on(table.size)],
);

export const SETUP = [
  `CREATE TABLE items (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, size INTEGER CHECK (size < 1000000000),
    weight REAL, is_done INTEGER NOT NULL DEFAULT 0, due_at INTEGER, bytes BLOB, big NUMERIC, color TEXT, tags TEXT,
    secret TEXT UNIQUE, owner_id TEXT, parent_id TEXT REFERENCES items (id), created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL)`,
  "CREATE INDEX items_size ON items (size)",
];

/** A row as an operation gives it. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly note: string | null;
  readonly size: number | null;
  readonly weight: number | null;
  readonly isDone: boolean;
  readonly dueAt: number | null;
  readonly color: string | null;
  readonly updatedAt: number;
  readonly [column: string]: unknown;
}

/** A registry over a new file. */
export interface Bench {
  readonly client: Database;
  readonly db: HonkerSQLiteDatabase;
  readonly registry: OperationRegistry;
  readonly specs: OperationSpec[];
  /** The data of what the operation `items.{name}` gives. */
  call<T = Item>(name: string, input?: unknown, identity?: Identity): Promise<T>;
}

/** Who may do everything. */
export const ADA: Identity = { id: "ada", scopes: ["items:read", "items:write"] };

/** Operations on the table `items` in a new file. */
export function openItems(
  t: TestScope,
  options: TableOperationsOptions<typeof items> = {},
  handlers: HandlerOptions = {},
): Bench {
  const client = temporaryDatabase(t);
  for (const statement of SETUP) client.run(statement);
  return bench(client, options, handlers);
}

/** Operations on the table `items` of an open file. */
export function bench(
  client: Database,
  options: TableOperationsOptions<typeof items> = {},
  handlers: HandlerOptions = {},
): Bench {
  const db = createDrizzleWithAdapter(client) as unknown as HonkerSQLiteDatabase;
  const specs = operationsFromTable(items, options);
  const registry = new OperationRegistry();
  registry.registerAll(specs);
  registry.registerHandlers(handlersFor(db, specs, handlers));
  return {
    client,
    db,
    registry,
    specs,
    call: async <T>(name: string, input: unknown = {}, identity: Identity = ADA) =>
      (await registry.execute(`items.${name}`, input, { identity })).data as T,
  };
}

/** A page of `list`. */
export interface Page {
  readonly items: Item[];
  readonly nextCursor?: string;
}

/** Asserts that `call` fails with `code`, and gives the error. */
export async function failsWith(code: string, call: Promise<unknown>): Promise<CallError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof CallError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`no ${code}`);
}
