import { entityKind } from "drizzle-orm/entity";
import type { ExtractTablesWithRelations } from "drizzle-orm/relations";
import {
  BaseSQLiteDatabase,
  type SQLiteDeleteBase,
  SQLiteInsertBuilder,
  type SQLiteTable,
  type SQLiteTransactionConfig,
  SQLiteUpdateBuilder,
} from "drizzle-orm/sqlite-core";
import type { WithSubquery } from "drizzle-orm/subquery";
import type { Database, RunResult } from "../../honker/mod.ts";
import { serveHost } from "./hosts.ts";
import type { InTurn } from "./prepared-query.ts";
import { HonkerSQLiteSession, type HonkerSQLiteTransaction, type SessionContext } from "./session.ts";

/**
 * A Drizzle database on a Honker file. `$client` is the open file itself, with its messages, streams and transactions.
 *
 * Queries run synchronously by `.run()`, `.all()`, `.get()`, `.values()`. A write that is awaited instead waits for the
 * async transaction that is open, if one is, in the order of the calls.
 */
export class HonkerSQLiteDatabase<
  TFullSchema extends Record<string, unknown> = Record<string, never>,
  TClient = Database,
> extends BaseSQLiteDatabase<"sync", RunResult, TFullSchema, ExtractTablesWithRelations<TFullSchema>> {
  static override readonly [entityKind]: string = "HonkerSQLiteDatabase";

  readonly $client: TClient;
  readonly #session: HonkerSQLiteSession<TFullSchema>;
  readonly #dialect: SessionContext<TFullSchema>["dialect"];
  readonly #inTurn: InTurn;

  /** Made by `createDrizzleWithAdapter`. */
  constructor(context: SessionContext<TFullSchema>, client: TClient) {
    const { host, dialect, schema } = context;
    const inTurn: InTurn = (work) => host.whenUnlocked(work);
    const session = new HonkerSQLiteSession(context, host.executor, inTurn);
    super("sync", dialect, session, schema);
    serveHost(this, host);
    this.$client = client;
    this.#session = session;
    this.#dialect = dialect;
    this.#inTurn = inTurn;
  }

  /**
   * Runs `work` in a transaction. What it wrote, and what it sent through `tx.$honkerTx`, commits when it returns, or when
   * the promise that it returns resolves; it vanishes when it throws or rejects.
   *
   * While an `async` callback waits, the write lock of the file is held: others see committed state, awaited writes and
   * further `async` transactions queue, synchronous writes throw. It is rolled back after `asyncTransactionTimeoutMs`.
   *
   * @throws {StorageError} `TRANSACTION_OPEN`, `TRANSACTION_TIMEOUT`.
   */
  override transaction<T>(
    work: (tx: HonkerSQLiteTransaction<TFullSchema, TransactionOf<TClient>>) => T,
    config?: SQLiteTransactionConfig,
  ): T {
    return this.#session.transaction(work as (tx: HonkerSQLiteTransaction<TFullSchema>) => T, config);
  }

  override insert<TTable extends SQLiteTable>(into: TTable): SQLiteInsertBuilder<TTable, "sync", RunResult> {
    return new InsertInTurn(this.#inTurn, into, this.#session, this.#dialect);
  }

  override update<TTable extends SQLiteTable>(table: TTable): SQLiteUpdateBuilder<TTable, "sync", RunResult> {
    return new UpdateInTurn(this.#inTurn, table, this.#session, this.#dialect);
  }

  override delete<TTable extends SQLiteTable>(from: TTable): SQLiteDeleteBase<TTable, "sync", RunResult> {
    return awaitInTurn(super.delete(from), this.#inTurn);
  }

  override with(...queries: WithSubquery[]): ReturnType<BaseSQLiteDatabase<"sync", RunResult, TFullSchema>["with"]> {
    const builders = super.with(...queries);
    return {
      ...builders,
      insert: (into) => new InsertInTurn(this.#inTurn, into, this.#session, this.#dialect, queries),
      update: (table) => new UpdateInTurn(this.#inTurn, table, this.#session, this.#dialect, queries),
      delete: (from) => awaitInTurn(builders.delete(from), this.#inTurn),
    };
  }
}

/** What `transaction()` of a client gives. */
export type TransactionOf<TClient> = TClient extends { transaction(): infer THonkerTx } ? THonkerTx : never;

class InsertInTurn<TTable extends SQLiteTable> extends SQLiteInsertBuilder<TTable, "sync", RunResult> {
  static override readonly [entityKind]: string = "InsertInTurn";
  readonly #inTurn: InTurn;

  constructor(inTurn: InTurn, ...rest: ConstructorParameters<typeof SQLiteInsertBuilder<TTable, "sync", RunResult>>) {
    super(...rest);
    this.#inTurn = inTurn;
  }

  override values(values: never): never {
    return awaitInTurn(super.values(values), this.#inTurn) as never;
  }

  override select(query: never): never {
    return awaitInTurn(super.select(query), this.#inTurn) as never;
  }
}

class UpdateInTurn<TTable extends SQLiteTable> extends SQLiteUpdateBuilder<TTable, "sync", RunResult> {
  static override readonly [entityKind]: string = "UpdateInTurn";
  readonly #inTurn: InTurn;

  constructor(inTurn: InTurn, ...rest: ConstructorParameters<typeof SQLiteUpdateBuilder<TTable, "sync", RunResult>>) {
    super(...rest);
    this.#inTurn = inTurn;
  }

  override set(values: never): never {
    return awaitInTurn(super.set(values), this.#inTurn) as never;
  }
}

/** Makes `query` wait its turn where it is awaited; its `run`, `all`, `get` and `values` still run at once. */
function awaitInTurn<T extends Awaitable>(query: T, inTurn: InTurn): T {
  // prepared when it is its turn, and run in the same breath: of Drizzle's own, a delete's runs one microtask later
  query.execute = (values) => inTurn(() => query.prepare().execute(values).sync());
  return query;
}

interface Awaitable {
  prepare(): { execute(values?: Record<string, unknown>): { sync(): unknown } };
  execute(values?: Record<string, unknown>): Promise<unknown>;
}
