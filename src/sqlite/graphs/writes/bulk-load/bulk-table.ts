import type { StorageError } from "../../../../errors.ts";
import type { SqlParameter } from "../../../../honker/mod.ts";
import { type ElementLayout, sqlText } from "../../layout.ts";
import { isDuplicate } from "../../refusals.ts";
import type { NewRow } from "../write-nodes.ts";
import type { WriteSession } from "../write-session.ts";
import { LateIndexes } from "./late-indexes.ts";

const ROWS = 16; // of a statement: below it the cost of a call shows, above it nothing is gained (bench/graphs.ts)

/**
 * A table that is filled: several rows by a statement, and its indexes when they cost least.
 *
 * The statements insert `OR FAIL`: one that fails keeps the rows before the bad one, so that SQLite need not copy each page
 * before it changes it. The transaction has to be rolled back then.
 */
export class BulkTable {
  /** The rowid of the last row that was there before: rowids only rise. */
  readonly lastRowidBefore: number;
  readonly #session: WriteSession;
  readonly #layout: ElementLayout;
  readonly #taken: (key: string) => StorageError;
  readonly #indexes: LateIndexes;
  readonly #insert: string;
  readonly #row: string;
  readonly #full: string;
  #params: SqlParameter[] = [];
  #rows: NewRow[] = [];

  /** @param columns of the values of each row. @param taken gives the error for a key that is taken. */
  constructor(
    session: WriteSession,
    layout: ElementLayout,
    columns: readonly string[],
    taken: (key: string) => StorageError,
  ) {
    const { context, scope, nowMs } = session;
    this.#session = session;
    this.#layout = layout;
    this.#taken = taken;
    this.lastRowidBefore = (scope.row(`SELECT max("rowid") FROM ${layout.table}`, [], 1)![0] as number | null) ?? 0;
    this.#indexes = new LateIndexes(scope, layout.table, this.lastRowidBefore);
    const all = [...columns, '"graph_id"', '"created_at"', '"updated_at"'];
    this.#insert = `INSERT OR FAIL INTO ${layout.table} (${all.join(", ")}) VALUES `;
    // what all rows have in common stands in the text
    this.#row = `(${"?, ".repeat(columns.length)}${sqlText(context.id)}, ${nowMs}, ${nowMs})`;
    this.#full = this.#text(ROWS);
  }

  /** Whether all its indexes were made after the last row. */
  get isIndexedAnew(): boolean {
    return this.#indexes.wereDropped;
  }

  /** HOT (bench/graphs.ts): takes a row, and writes it at the latest with {@link finish}. */
  add(row: NewRow): void {
    const { values } = row;
    for (let i = 0; i < values.length; i++) this.#params.push(values[i]!);
    if (this.#rows.push(row) === ROWS) this.#write(this.#full);
    this.#indexes.count();
  }

  /** Writes what it has taken, and makes the indexes that are missing. */
  finish(): void {
    if (this.#rows.length > 0) this.#write(this.#text(this.#rows.length));
    try {
      this.#indexes.restore();
    } catch (error) {
      throw isDuplicate(error, this.#layout) ? this.#taken(this.#firstTwice()) : error;
    }
  }

  #write(sql: string): void {
    const { scope } = this.#session;
    try {
      scope.run(sql, this.#params);
    } catch (error) {
      if (!isDuplicate(error, this.#layout)) throw error;
      const written = scope.row("SELECT changes()", [], 1)![0] as number;
      throw this.#taken(this.#rows[written]!.key!);
    }
    this.#params = [];
    this.#rows = [];
  }

  /** The first key, in the order of the rows, that an earlier row has as well. */
  #firstTwice(): string {
    const { table, key } = this.#layout;
    const numbered = `SELECT ${key} AS "key", "rowid" AS "at", row_number() OVER (PARTITION BY ${key} ORDER BY "rowid") AS "n"
      FROM ${table} WHERE "graph_id" = ? AND ${key} IS NOT NULL`;
    const { context, scope } = this.#session;
    return scope.row(`SELECT "key", min("at") FROM (${numbered}) WHERE "n" = 2`, [context.id], 2)![0] as string;
  }

  #text(rows: number): string {
    return this.#insert + Array(rows).fill(this.#row).join(", ");
  }
}
