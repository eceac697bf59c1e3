import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import type { RunResult } from "../../../../src/honker/mod.ts";
import type { schema } from "../schema.ts";

/** A synchronous Drizzle database, whatever drives it. */
export type Db = BaseSQLiteDatabase<"sync", RunResult, typeof schema>;

/** Uses of Drizzle by name. Each gets a freshly filled database and gives what is to be compared. */
export type Works = Record<string, (db: Db) => unknown>;
