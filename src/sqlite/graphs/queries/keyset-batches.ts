import type { RawRow, SqlParameter, SqlValue } from "../../../honker/mod.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";

/** A SELECT that is read a part at a time. */
export interface KeysetParts<Element> {
  readonly alias: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly conditions: readonly string[];
  readonly params: readonly SqlParameter[];
  /** The columns that order the rows, such that an index follows them; together they are unique. */
  readonly cursor: readonly string[];
  readonly limit: number | undefined;
  /** The rowid of the last row, where the read began. @default that of now */
  readonly last?: number | undefined;
  decode(row: RawRow, at: number): Element;
}

const BATCH = 512; // rows per read: bounds memory

/** All rows in the order of the cursor. Each read begins behind the last row of the one before: nothing is read twice. */
export function* keysetBatches<Element>(
  context: GraphContext,
  reader: GraphReader,
  parts: KeysetParts<Element>,
): Generator<readonly Element[], void, undefined> {
  const { alias, table, columns, conditions, params, cursor, limit, decode } = parts;
  const bound: SqlParameter[] = [...params];
  let where = conditions.join(" AND ");
  if (context.connection.isInTransaction) {
    // what the loop itself adds would keep it going for ever
    where += ` AND ${alias}.rowid <= ?`;
    bound.push(parts.last ?? lastRowid(reader, table));
  }
  const select = `SELECT ${[...cursor, ...columns].join(", ")} FROM ${table} AS ${alias} WHERE ${where}`;
  const order = `ORDER BY ${cursor.join(", ")} LIMIT 0 + ?`;
  const behind = `AND (${cursor.join(", ")}) > (${cursor.map(() => "?").join(", ")})`;
  let left = limit ?? Number.POSITIVE_INFINITY;
  let last: SqlValue[] | undefined;
  while (left > 0) {
    const most = Math.min(BATCH, left);
    const text = last === undefined ? `${select} ${order}` : `${select} ${behind} ${order}`;
    const rows = reader.values(text, [...bound, ...(last ?? []), most], cursor.length + columns.length);
    if (rows.length > 0) yield rows.map((row) => decode(row, cursor.length));
    if (rows.length < most) return;
    last = rows.at(-1)!.slice(0, cursor.length);
    left -= most;
  }
}

/** The rowid of the last row of a table. */
export function lastRowid(reader: GraphReader, table: string): number {
  return (reader.row(`SELECT max(rowid) FROM ${table}`, [], 1)![0] as number | null) ?? 0;
}
