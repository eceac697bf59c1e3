import type { HonkerClient } from "../../honker/mod.ts";
import type { HonkerSQLiteDatabase, TransactionOf } from "./database.ts";
import { hostOf } from "./hosts.ts";
import type { HonkerSQLiteTransaction } from "./session.ts";

/**
 * Runs `work`, which must not wait, in a transaction of `db` as soon as no other one of this process is open on the file, in
 * the order of the calls: for who can wait, where `db.transaction()` would refuse.
 *
 * It commits when `work` returns, and vanishes when it throws.
 *
 * @throws {TypeError} If `db` is no Drizzle database on a Honker file.
 * @throws {StorageError} `TRANSACTION_OPEN` if it is called in the callback of the open transaction, whose end it would
 * wait for.
 */
export async function transactionInTurn<T, TSchema extends Record<string, unknown>, TClient extends HonkerClient>(
  db: HonkerSQLiteDatabase<TSchema, TClient>,
  work: (tx: HonkerSQLiteTransaction<TSchema, TransactionOf<TClient>>) => T,
): Promise<T> {
  const host = hostOf(db);
  if (host === undefined) {
    throw new TypeError(
      `Cannot run a transaction: what createDrizzleWithAdapter() returns is wanted: received ${typeof db}`,
    );
  }
  return host.whenUnlocked(() => db.transaction(work));
}
