import type { SqlParameter } from "../../../honker/mod.ts";
import { type ElementLayout, sqlText } from "../layout.ts";
import { alreadyExists, isDuplicate, type Named } from "../refusals.ts";
import type { NewRow } from "../write-nodes.ts";
import type { WriteSession } from "../write-session.ts";

const ROWS = 16; // of a statement: below it the cost of a call shows, above it nothing is gained (bench/graphs.ts)

/**
 * Writes new rows of one table, several by a statement.
 *
 * `OR FAIL`: a statement that fails keeps the rows before the bad one, so that SQLite need not copy each page before it
 * changes it, and their number tells which one was bad. The transaction has to be rolled back then.
 */
export class RowBatch {
  readonly #session: WriteSession;
  readonly #layout: ElementLayout;
  readonly #action: string;
  readonly #name: (row: NewRow) => Named;
  readonly #insert: string;
  readonly #row: string;
  readonly #full: string;
  #params: SqlParameter[] = [];
  #rows: NewRow[] = [];

  /** @param columns of the values of each row. @param action and `name` say in an error what could not be done. */
  constructor(
    session: WriteSession,
    layout: ElementLayout,
    columns: readonly string[],
    action: string,
    name: (row: NewRow) => Named,
  ) {
    this.#session = session;
    this.#layout = layout;
    this.#action = action;
    this.#name = name;
    const all = [...columns, '"graph_id"', '"created_at"', '"updated_at"'];
    this.#insert = `INSERT OR FAIL INTO ${layout.table} (${all.join(", ")}) VALUES `;
    const { context, nowMs } = session; // of all rows, so they stand in the text
    this.#row = `(${"?, ".repeat(columns.length)}${sqlText(context.id)}, ${nowMs}, ${nowMs})`;
    this.#full = this.#text(ROWS);
  }

  /** HOT (bench/graphs.ts): takes a row, and writes it at the latest with {@link flush}. */
  add(row: NewRow): void {
    this.#params.push(...row.values);
    if (this.#rows.push(row) === ROWS) this.#write(this.#full);
  }

  /** Writes what it has taken. */
  flush(): void {
    if (this.#rows.length > 0) this.#write(this.#text(this.#rows.length));
  }

  #write(sql: string): void {
    const { scope } = this.#session;
    try {
      scope.run(sql, this.#params);
    } catch (error) {
      if (!isDuplicate(error, this.#layout)) throw error;
      const written = scope.row("SELECT changes()", [], 1)![0] as number;
      throw alreadyExists(this.#action, this.#name(this.#rows[written]!));
    }
    this.#params = [];
    this.#rows = [];
  }

  #text(rows: number): string {
    return this.#insert + Array(rows).fill(this.#row).join(", ");
  }
}
