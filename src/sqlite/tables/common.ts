import { sql } from "drizzle-orm";
import { integer, text } from "drizzle-orm/sqlite-core";
import { v7 } from "uuid";

/** Now, in milliseconds: said in SQL, so that rows written by hand have it, too. */
const NOW = sql`(CAST(unixepoch('subsec') * 1000 AS INTEGER))`;

/**
 * The columns that every table has. Call it once a table, as columns belong to one.
 *
 * `id` is a UUID of version 7, so that rows sort by age; times are integer Unix milliseconds; `updated_at` is set by every
 * update through Drizzle.
 */
export function commonColumns() {
  return {
    id: text("id")
      .primaryKey()
      .notNull()
      .$defaultFn(() => v7()),
    metadata: text("metadata", { mode: "json" }).$type<Record<string, unknown>>().notNull().default({}),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull().default(NOW),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" })
      .notNull()
      .default(NOW)
      .$onUpdateFn(() => new Date()),
  };
}
