import type { Sql } from "./connection.ts";

const ROWS_A_STATEMENT = 1000;
const TEXT_A_STATEMENT = 1024 * 1024; // characters: bounds what is copied at once

/**
 * HOT (bench/events.ts): inserts a row per text, by statements that take the texts as one JSON array in their last parameter,
 * and gives the rowids in the order of the texts. It must run in a transaction.
 *
 * `table` must have an AUTOINCREMENT key: under the write lock the rows of a statement get consecutive ones, unless a trigger
 * adds some in between. Asking for them by RETURNING takes half as long again.
 */
export function insertAll(
  sql: Sql,
  table: string,
  statement: string,
  params: readonly unknown[],
  texts: readonly string[],
): number[] {
  const ids: number[] = [];
  const hasTriggers = sql.row(HAS_TRIGGERS, [table])![0] === 1;
  for (let start = 0; start < texts.length; ) {
    let end = start;
    for (let length = 0; end < texts.length && end - start < ROWS_A_STATEMENT && length < TEXT_A_STATEMENT; end++) {
      length += texts[end]!.length;
    }
    const rows = JSON.stringify(start === 0 && end === texts.length ? texts : texts.slice(start, end));
    if (hasTriggers) {
      for (const [id] of sql.values(`${statement} RETURNING rowid`, [...params, rows])) ids.push(id as number);
    } else {
      const last = sql.run(statement, [...params, rows]).lastInsertRowid as number;
      for (let id = last - (end - start) + 1; id <= last; id++) ids.push(id);
    }
    start = end;
  }
  return ids;
}

const HAS_TRIGGERS = `SELECT EXISTS (SELECT 1 FROM (SELECT type, tbl_name FROM sqlite_master UNION ALL
  SELECT type, tbl_name FROM sqlite_temp_master) WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE)`;
