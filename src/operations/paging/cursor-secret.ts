import { sql } from "drizzle-orm";
import { transactionInTurn } from "../../sqlite/mod.ts";
import type { OperationDatabase } from "../handler-source.ts";
import { CursorSealer } from "./cursor.ts";

const NAME = "operations.cursor";
const CREATE = sql`CREATE TABLE IF NOT EXISTS "alkdev_keys" ("name" TEXT PRIMARY KEY, "key" BLOB NOT NULL) WITHOUT ROWID`;
const IS_THERE = sql`SELECT 1 FROM sqlite_schema WHERE "name" = 'alkdev_keys'`;
const READ = sql`SELECT "key" FROM "alkdev_keys" WHERE "name" = ${NAME}`;

/** The secret of the file for cursors, made at its first use: so cursors outlive a restart, and are good in every process. */
export async function cursorSecret(db: OperationDatabase): Promise<Uint8Array> {
  return readSecret(db) ?? transactionInTurn(db, (tx) => readSecret(tx) ?? writeSecret(tx));
}

type Scope = Pick<OperationDatabase, "run" | "values">;

function readSecret(scope: Scope): Uint8Array | undefined {
  if (scope.values(IS_THERE).length === 0) return undefined;
  return scope.values<[Uint8Array]>(READ)[0]?.[0];
}

function writeSecret(scope: Scope): Uint8Array {
  const secret = CursorSealer.newSecret();
  scope.run(CREATE);
  scope.run(sql`INSERT INTO "alkdev_keys" ("name", "key") VALUES (${NAME}, ${secret})`);
  return secret;
}
