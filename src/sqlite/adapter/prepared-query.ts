import { entityKind } from "drizzle-orm/entity";
import type { Logger } from "drizzle-orm/logger";
import type { Query } from "drizzle-orm/sql/sql";
import {
  ExecuteResultSync,
  type PreparedQueryConfig,
  type SelectedFieldsOrdered,
  type SQLiteExecuteMethod,
  SQLitePreparedQuery,
} from "drizzle-orm/sqlite-core";
import type { RunResult, SqlParameter } from "../../honker/mod.ts";
import { type RowMapper, rowMapper } from "../row-mapper.ts";
import type { Executor } from "./executor.ts";
import { fillPlaceholders, hasPlaceholders } from "./placeholders.ts";

/** Turns raw rows of a relational query into its result. */
export type ResultMapper = (rows: unknown[][], mapColumnValue?: (value: unknown) => unknown) => unknown;

/** A query and how its rows become results. */
export interface QueryParts {
  readonly query: Query;
  readonly fields: SelectedFieldsOrdered | undefined;
  readonly executeMethod: SQLiteExecuteMethod;
  readonly isArrayMode: boolean;
  readonly resultMapper: ResultMapper | undefined;
  /** How many columns the statement gives, where the session knows. */
  readonly columnCount: number | undefined;
}

/** Runs an awaited write when it is its turn. */
export type InTurn = <T>(work: () => T) => Promise<T>;

type Values = Record<string, unknown>;
type Config = PreparedQueryConfig & { type: "sync"; run: RunResult; all: unknown; get: unknown; values: unknown };

/** A query of Drizzle, ready to run on the engine as often as wanted. */
export class HonkerPreparedQuery extends SQLitePreparedQuery<Config> {
  static override readonly [entityKind]: string = "HonkerPreparedQuery";

  /** Set by Drizzle's builders after the query was made: which tables of a join may be absent. */
  declare joinsNotNullableMap?: Record<string, boolean>;
  readonly #executor: Executor;
  readonly #logger: Logger | undefined;
  readonly #parts: QueryParts;
  readonly #inTurn: InTurn | undefined;
  readonly #hasPlaceholders: boolean;
  #mapRow: RowMapper | undefined;

  /** @param inTurn runs the query where it is awaited; not given, it runs at once. */
  constructor(executor: Executor, logger: Logger | undefined, parts: QueryParts, inTurn: InTurn | undefined) {
    super("sync", parts.executeMethod, parts.query);
    this.#executor = executor;
    this.#logger = logger;
    this.#parts = parts;
    this.#inTurn = inTurn;
    this.#hasPlaceholders = hasPlaceholders(parts.query.params);
  }

  override run(values?: Values): RunResult {
    return this.#executor.run(this.#parts.query.sql, this.#params(values));
  }

  override all(values?: Values): unknown {
    const { fields, resultMapper, query } = this.#parts;
    if (fields === undefined && resultMapper === undefined) {
      return this.#executor.query(query.sql, this.#params(values)).map(withBuffers);
    }
    const rows = this.#rows(values);
    if (resultMapper !== undefined) return resultMapper(rows.map(withBuffers));
    const mapRow = this.#rowMapper();
    const results = new Array<unknown>(rows.length);
    for (let i = 0; i < rows.length; i++) results[i] = mapRow(rows[i]!);
    return results;
  }

  override get(values?: Values): unknown {
    const { fields, resultMapper, query, columnCount } = this.#parts;
    if (fields === undefined && resultMapper === undefined) {
      const [row] = this.#executor.query(query.sql, this.#params(values));
      return row && withBuffers(row);
    }
    const row = this.#executor.row(query.sql, this.#params(values), columnCount);
    if (row === undefined) return undefined;
    return resultMapper === undefined ? this.#rowMapper()(row) : resultMapper([withBuffers(row)]);
  }

  override values(values?: Values): unknown[][] {
    return this.#rows(values).map(withBuffers);
  }

  /** Runs the query when the result is awaited, after the transaction that is open, or at once by its `sync()`. */
  override execute(values?: Values): ExecuteResultSync<unknown> {
    const work = () => this[this.#parts.executeMethod](values);
    return this.#inTurn === undefined ? new ExecuteResultSync(work) : new ResultInTurn(work, this.#inTurn);
  }

  /** @internal */
  isResponseInArrayMode(): boolean {
    return this.#parts.isArrayMode;
  }

  #rows(values: Values | undefined): unknown[][] {
    return this.#executor.values(this.#parts.query.sql, this.#params(values), this.#parts.columnCount);
  }

  #params(values: Values | undefined): readonly SqlParameter[] {
    const { sql, params } = this.#parts.query;
    const filled = this.#hasPlaceholders ? fillPlaceholders(params, values) : (params as SqlParameter[]);
    this.#logger?.logQuery(sql, filled);
    return filled;
  }

  /** Made at the first row: what the builder says of joins comes after the constructor. */
  #rowMapper(): RowMapper {
    this.#mapRow ??= rowMapper(this.#parts.fields!, this.joinsNotNullableMap);
    return this.#mapRow;
  }
}

/** A result that waits its turn when it is awaited. */
class ResultInTurn extends ExecuteResultSync<unknown> {
  static override readonly [entityKind]: string = "ResultInTurn";
  readonly #work: () => unknown;
  readonly #inTurn: InTurn;

  constructor(work: () => unknown, inTurn: InTurn) {
    super(work);
    this.#work = work;
    this.#inTurn = inTurn;
  }

  override execute(): Promise<unknown> {
    return this.#inTurn(this.#work);
  }
}

/** Gives the bytes of `row` as `Buffer`, as Drizzle's other drivers do, without copying them. */
function withBuffers<T extends unknown[] | Record<string, unknown>>(row: T): T {
  const cells = row as Record<string, unknown>;
  for (const key in cells) {
    const value = cells[key];
    if (value instanceof Uint8Array && !Buffer.isBuffer(value)) {
      cells[key] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  }
  return row;
}
