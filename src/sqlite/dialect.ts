/**
 * The SQL of Drizzle's queries, written fast.
 *
 * The text and the parameters are those of Drizzle's own dialect, byte for byte. Where they are not, on purpose: an
 * update or delete with a limit or an order (see `dialect/limited-write.ts`).
 *
 * @module
 */
import { entityKind } from "drizzle-orm/entity";
import { type QueryWithTypings, SQL } from "drizzle-orm/sql/sql";
import {
  type SQLiteDeleteConfig,
  type SQLiteInsertConfig,
  type SQLiteSelectConfig,
  SQLiteSyncDialect,
  type SQLiteTable,
  type SQLiteUpdateConfig,
} from "drizzle-orm/sqlite-core";
import type { Casing, UpdateSet } from "drizzle-orm/utils";
import { Names } from "./dialect/names.ts";
import { unwrapColumns } from "./dialect/relational.ts";
import { render } from "./dialect/render.ts";
import { selectTree } from "./dialect/select.ts";
import { assignmentTree, deleteTree, insertTree, type Style, updateTree } from "./dialect/write.ts";
import { casingOf } from "./drizzle-internals.ts";

/** The options of a {@link HonkerSQLiteDialect}. */
export interface HonkerSQLiteDialectOptions {
  /** How the names of columns that were declared without one follow from their keys. @default as they are */
  casing?: Casing | undefined;
  /**
   * Renames each column that a statement returns to `c0`, `c1` …, for a binding that gives rows as objects.
   * @default false
   */
  aliasReturning?: boolean | undefined;
}

type RelationalConfig = Parameters<SQLiteSyncDialect["buildRelationalQuery"]>[0];
type RelationalQuery = ReturnType<SQLiteSyncDialect["buildRelationalQuery"]>;

/** Writes the SQL of Drizzle's queries as Drizzle's own dialect does, in a fraction of the time. */
export class HonkerSQLiteDialect extends SQLiteSyncDialect {
  static override readonly [entityKind]: string = "HonkerSQLiteDialect";

  readonly #style: Style;

  constructor(options: HonkerSQLiteDialectOptions = {}) {
    super(options.casing === undefined ? {} : { casing: options.casing });
    this.#style = { names: new Names(casingOf(this)), aliasReturning: options.aliasReturning ?? false };
  }

  override sqlToQuery(sql: SQL, invokeSource?: "indexes"): QueryWithTypings {
    // a tree that writes itself in its own way, as one of another copy of Drizzle does, is left to do so
    if (sql.toQuery !== SQL.prototype.toQuery || sql.buildQueryFromSourceParams !== writeSource) {
      return super.sqlToQuery(sql, invokeSource);
    }
    return render(sql, this.#style.names, invokeSource === "indexes");
  }

  override buildSelectQuery(config: SQLiteSelectConfig): SQL {
    const select = selectTree(this.#style.names, config);
    return config.setOperators.length > 0 ? this.buildSetOperations(select, config.setOperators) : select;
  }

  override buildInsertQuery(config: SQLiteInsertConfig): SQL {
    return insertTree(this.#style, config);
  }

  override buildUpdateQuery(config: SQLiteUpdateConfig): SQL {
    return updateTree(this.#style, config);
  }

  override buildUpdateSet(table: SQLiteTable, set: UpdateSet): SQL {
    return assignmentTree(this.#style.names, table, set);
  }

  override buildRelationalQuery(config: RelationalConfig): RelationalQuery {
    const query = super.buildRelationalQuery(config);
    // a query within another one is still needed as it is, to build the outer one
    if (!config.nestedQueryRelation) unwrapColumns(query.selection, config.tableConfig, config.schema);
    return query;
  }

  override buildDeleteQuery(config: SQLiteDeleteConfig): SQL {
    return deleteTree(this.#style, config);
  }
}

const writeSource = SQL.prototype.buildQueryFromSourceParams;
