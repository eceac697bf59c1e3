import type { Sql } from "./connection.ts";

const ROWS_A_STATEMENT = 50; // the fastest, with a parameter each
const REST_A_STATEMENT = 1000;
const TEXT_A_STATEMENT = 1024 * 1024; // characters: bounds what is copied at once

const FIFTY = ` FROM (SELECT column1 AS text FROM (VALUES ${Array(ROWS_A_STATEMENT).fill("(?)").join(",")}))`;
const ANY = " FROM (SELECT value AS text FROM json_each(?))";

/**
 * HOT (bench/events.ts): inserts a row per text and gives the rowids in the order of the texts. It must run in a transaction.
 *
 * `table` must have an AUTOINCREMENT key: under the write lock the rows of a statement get consecutive ones, unless a trigger
 * adds some in between. Asking for them by RETURNING takes half as long again.
 *
 * @param statement An INSERT up to its FROM, whose SELECT takes `params` and the column `text`.
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
  const rest = hasTriggers ? `${statement}${ANY} RETURNING rowid` : statement + ANY;
  for (let start = 0; start < texts.length; ) {
    const isFifty = !hasTriggers && texts.length - start >= ROWS_A_STATEMENT;
    const end = isFifty ? start + ROWS_A_STATEMENT : endOfRest(texts, start);
    const some = texts.slice(start, end);
    if (hasTriggers) {
      for (const [id] of sql.values(rest, [...params, JSON.stringify(some)])) ids.push(id as number);
    } else {
      const { lastInsertRowid } = isFifty
        ? sql.run(statement + FIFTY, [...params, ...some])
        : sql.run(rest, [...params, JSON.stringify(some)]);
      const last = lastInsertRowid as number;
      for (let id = last - some.length + 1; id <= last; id++) ids.push(id);
    }
    start = end;
  }
  return ids;
}

function endOfRest(texts: readonly string[], start: number): number {
  let end = start;
  for (let length = 0; end < texts.length && end - start < REST_A_STATEMENT && length < TEXT_A_STATEMENT; end++) {
    length += texts[end]!.length;
  }
  return end;
}

const HAS_TRIGGERS = `SELECT EXISTS (SELECT 1 FROM (SELECT type, tbl_name FROM sqlite_master UNION ALL
  SELECT type, tbl_name FROM sqlite_temp_master) WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE)`;
