import type { Scope } from "../../../adapter/scope.ts";

const MANY = 50_000; // new rows; fewer are written into the indexes sooner than those are made anew
const SHARE = 0.5; // of the rows before: sorting them again costs, too
// Those that are a part of the table itself, as that of its primary key, have no text.
const INDEXES = `SELECT "name", "sql" FROM sqlite_schema
  WHERE "type" = 'index' AND "tbl_name" = ? AND "sql" IS NOT NULL ORDER BY "rowid"`;

/**
 * The indexes of a table into which much is written: once it pays, they are dropped, and made again at the end.
 *
 * Keys that come in no order touch a page each; sorted all at once, each page of an index is written once. Both happen in
 * the transaction that writes the rows: nobody ever sees the table without its indexes, nor does a crash leave it so.
 *
 * SQLite sorts in its cache and in temporary files, so memory is bounded.
 */
export class LateIndexes {
  readonly #scope: Scope;
  readonly #table: string;
  #left: number; // rows until they are dropped
  #dropped: readonly string[] = [];

  /** @param table in quotes. */
  constructor(scope: Scope, table: string, rowsBefore: number) {
    this.#scope = scope;
    this.#table = table.slice(1, -1);
    this.#left = Math.max(MANY, Math.floor(rowsBefore * SHARE));
  }

  /** Whether they were dropped, at one time. */
  get wereDropped(): boolean {
    return this.#left === 0;
  }

  /** HOT (bench/graphs.ts): counts a new row. */
  count(): void {
    if (this.#left > 0 && --this.#left === 0) this.#drop();
  }

  /**
   * Makes again what was dropped, by the text that SQLite had kept.
   *
   * @throws {SqliteError} If rows are not as an index wants them: a key that is taken is told here.
   */
  restore(): void {
    for (const sql of this.#dropped) this.#scope.run(sql, []);
    this.#dropped = [];
  }

  #drop(): void {
    const indexes = this.#scope.values(INDEXES, [this.#table], 2) as [name: string, sql: string][];
    for (const [name] of indexes) this.#scope.run(`DROP INDEX "${name.replaceAll('"', '""')}"`, []);
    this.#dropped = indexes.map(([, sql]) => sql);
  }
}
