import { entityKind } from "drizzle-orm/entity";
import type { Logger } from "drizzle-orm/logger";
import type { ExtractTablesWithRelations, RelationalSchemaConfig } from "drizzle-orm/relations";
import type { Query, SQL } from "drizzle-orm/sql/sql";
import {
  type SelectedFieldsOrdered,
  type SQLiteExecuteMethod,
  SQLiteSession,
  type SQLiteSyncDialect,
  SQLiteTransaction,
  type SQLiteTransactionConfig,
} from "drizzle-orm/sqlite-core";
import { StorageError } from "../../errors.ts";
import type { RunResult, Transaction } from "../../honker/mod.ts";
import { columnCountOf } from "./binding-dialect.ts";
import type { Executor, Host, HostTransaction } from "./executor.ts";
import { HonkerPreparedQuery, type InTurn, type ResultMapper } from "./prepared-query.ts";
import { Savepoint } from "./savepoint.ts";
import { settle } from "./settle.ts";

/** What all sessions of one database share. */
export interface SessionContext<TFullSchema extends Record<string, unknown>> {
  readonly host: Host;
  readonly dialect: SQLiteSyncDialect;
  readonly schema: RelationalSchemaConfig<ExtractTablesWithRelations<TFullSchema>> | undefined;
  readonly logger: Logger | undefined;
  /** After how long a transaction whose callback waits is rolled back. */
  readonly asyncTransactionTimeoutMs: number;
}

type QueryMetadata = { type: "select" | "update" | "delete" | "insert"; tables: string[] };

/** Runs Drizzle's queries on one executor: the database itself, a transaction or a savepoint. */
export class HonkerSQLiteSession<TFullSchema extends Record<string, unknown>> extends SQLiteSession<
  "sync",
  RunResult,
  TFullSchema,
  ExtractTablesWithRelations<TFullSchema>
> {
  static override readonly [entityKind]: string = "HonkerSQLiteSession";
  readonly #context: SessionContext<TFullSchema>;
  readonly #executor: Executor;
  readonly #inTurn: InTurn | undefined;

  /** @param inTurn lets an awaited write wait for the transaction that is open; not given inside a transaction. */
  constructor(context: SessionContext<TFullSchema>, executor: Executor, inTurn?: InTurn) {
    super(context.dialect);
    this.#context = context;
    this.#executor = executor;
    this.#inTurn = inTurn;
  }

  override prepareQuery(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    executeMethod: SQLiteExecuteMethod,
    isArrayMode: boolean,
    resultMapper?: ResultMapper,
    queryMetadata?: QueryMetadata,
  ): HonkerPreparedQuery {
    const { host, logger } = this.#context;
    if (fields !== undefined) host.checkColumns(fields);
    const columnCount = fields?.length ?? columnCountOf(query);
    const isWrite = queryMetadata !== undefined && queryMetadata.type !== "select";
    const parts = { query, fields, executeMethod, isArrayMode, resultMapper, columnCount };
    return new HonkerPreparedQuery(this.#executor, logger, parts, isWrite ? this.#inTurn : undefined);
  }

  override async count(sql: SQL): Promise<number> {
    const { sql: text, params } = this.#context.dialect.sqlToQuery(sql);
    this.#context.logger?.logQuery(text, params);
    return this.#executor.row(text, params as [], 1)![0] as number;
  }

  /**
   * Runs `work` in a transaction: committed when it returns, or when the promise that it returns resolves; rolled back when
   * it throws or rejects. It holds the write lock from the start, whatever `behavior` is asked for.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if one is open and `work` is no `async` function, which could wait its turn.
   */
  override transaction<T>(
    work: (tx: HonkerSQLiteTransaction<TFullSchema>) => T,
    _config?: SQLiteTransactionConfig,
  ): T {
    const { host } = this.#context;
    if (!isAsyncFunction(work) || !host.carriesAsync) return this.#begin(work);
    return host.whenUnlocked(() => this.#begin(work)) as T;
  }

  #begin<T>(work: (tx: HonkerSQLiteTransaction<TFullSchema>) => T): T {
    const { host, asyncTransactionTimeoutMs } = this.#context;
    const transaction = host.begin();
    try {
      const result = work(new HonkerSQLiteTransaction(this.#context, transaction, transaction));
      if (isThenable(result)) {
        if (!host.carriesAsync) throw asyncRefusal(result);
        return settle(result, transaction, asyncTransactionTimeoutMs) as T;
      }
      transaction.commit();
      return result;
    } catch (error) {
      transaction.rollback();
      throw error;
    }
  }
}

/** A transaction as Drizzle's builders use it, or a savepoint in one. Once it is over, every use throws. */
export class HonkerSQLiteTransaction<
  TFullSchema extends Record<string, unknown>,
  THonkerTx = Transaction,
> extends SQLiteTransaction<"sync", RunResult, TFullSchema, ExtractTablesWithRelations<TFullSchema>> {
  static override readonly [entityKind]: string = "HonkerSQLiteTransaction";

  /** The client's own transaction: what is sent or published through it commits with the rows, or not at all. */
  readonly $honkerTx: THonkerTx;
  readonly #context: SessionContext<TFullSchema>;
  readonly #transaction: HostTransaction;
  #savepoint: Savepoint | undefined;

  /** @param executor where its statements run: `transaction` itself or a savepoint in it. */
  constructor(
    context: SessionContext<TFullSchema>,
    transaction: HostTransaction,
    executor: Executor,
    nestedIndex = 0,
  ) {
    super("sync", context.dialect, new HonkerSQLiteSession(context, executor), context.schema, nestedIndex);
    this.#context = context;
    this.#transaction = transaction;
    this.$honkerTx = transaction.raw() as THonkerTx;
  }

  /**
   * Runs `work` in a savepoint: what it wrote is kept when it returns (or its promise resolves) and undone, alone, when it
   * throws.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if another nested transaction of this one still waits.
   */
  override transaction<T>(work: (tx: HonkerSQLiteTransaction<TFullSchema, THonkerTx>) => T): T {
    if (this.#savepoint?.isOpen) {
      throw new StorageError(
        "TRANSACTION_OPEN",
        "Cannot begin a nested transaction: one is already open in this transaction: await it first",
      );
    }
    const savepoint = new Savepoint(this.#transaction, `sp${this.nestedIndex}`);
    this.#savepoint = savepoint;
    try {
      const result = work(
        new HonkerSQLiteTransaction<TFullSchema, THonkerTx>(
          this.#context,
          this.#transaction,
          savepoint,
          this.nestedIndex + 1,
        ),
      );
      if (isThenable(result)) {
        if (!this.#context.host.carriesAsync) throw asyncRefusal(result);
        return savepoint.settle(result) as T;
      }
      savepoint.release();
      return result;
    } catch (error) {
      savepoint.rollback();
      throw error;
    }
  }
}

/** An `async` function says so before it is called; another one that returns a promise does so too late to wait. */
function isAsyncFunction(work: unknown): boolean {
  return Object.prototype.toString.call(work) === "[object AsyncFunction]";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function asyncRefusal(result: PromiseLike<unknown>): StorageError {
  result.then(undefined, () => {}); // it will fail, as its transaction is gone: that is said by the error below
  return new StorageError(
    "ASYNC_NOT_SUPPORTED",
    "Cannot run an async transaction: this Honker binding would hang while it waits: use a synchronous callback",
  );
}
