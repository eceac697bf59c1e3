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
import type { RunResult, Transaction } from "../../honker/mod.ts";
import { columnCountOf } from "./binding-dialect.ts";
import { asyncRefusal, complete, isAsyncFunction } from "./complete.ts";
import type { Executor, Host } from "./executor.ts";
import { serveScope } from "./hosts.ts";
import { HonkerPreparedQuery, type InTurn, type ResultMapper } from "./prepared-query.ts";
import { Scope } from "./scope.ts";

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
  override transaction<T>(work: (tx: HonkerSQLiteTransaction<TFullSchema>) => T, _config?: SQLiteTransactionConfig): T {
    const { host, logger, asyncTransactionTimeoutMs } = this.#context;
    const begin = () => {
      if (!host.carriesAsync && isAsyncFunction(work)) throw asyncRefusal();
      const scope = new Scope(host.begin(), logger);
      const tx = new HonkerSQLiteTransaction(this.#context, scope);
      return complete(host, scope, tx, work, asyncTransactionTimeoutMs);
    };
    return isAsyncFunction(work) ? (host.whenUnlocked(begin) as T) : begin();
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
  readonly #scope: Scope;

  /** Made by `transaction()`. @param scope where its statements run. */
  constructor(context: SessionContext<TFullSchema>, scope: Scope) {
    super("sync", context.dialect, new HonkerSQLiteSession(context, scope), context.schema, scope.depth);
    this.#context = context;
    this.#scope = scope;
    serveScope(this, { host: context.host, scope });
    this.$honkerTx = scope.raw() as THonkerTx;
  }

  /**
   * Runs `work` in a savepoint: what it wrote is kept when it returns (or its promise resolves) and undone, alone, when it
   * throws.
   *
   * @throws {StorageError} `TRANSACTION_OPEN` if another nested transaction of this one still waits.
   */
  override transaction<T>(work: (tx: HonkerSQLiteTransaction<TFullSchema, THonkerTx>) => T): T {
    const begin = () => {
      const scope = this.#scope.nest();
      const tx = new HonkerSQLiteTransaction<TFullSchema, THonkerTx>(this.#context, scope);
      return complete(this.#context.host, scope, tx, work);
    };
    try {
      return begin();
    } catch (error) {
      if (!isAsyncFunction(work)) throw error;
      return Promise.reject(error) as T; // an async function gives a promise, also where it is refused
    }
  }
}
