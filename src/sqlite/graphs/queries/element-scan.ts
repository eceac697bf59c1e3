import type { RawRow, SqlParameter } from "../../../honker/mod.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { ElementSource } from "./element-query.ts";

/** A SELECT of nodes or edges, in parts. */
export interface ScanParts<Element> {
  readonly alias: string;
  readonly table: string;
  /** The column of the key of a node, of the id of an edge. */
  readonly name: string;
  /** All that `decode` takes. */
  readonly columns: readonly string[];
  /** What stands after FROM. */
  readonly from: string;
  readonly conditions: readonly string[];
  /** The values of `from` and `conditions`. */
  readonly params: readonly SqlParameter[];
  readonly order: string;
  readonly limit: number | undefined;
  readonly offset: number;
  decode(row: RawRow, at: number): Element;
  /** All, a part at a time, if that can be done without reading the rowids first. */
  readonly batches?: ((reader: GraphReader) => Iterable<readonly Element[]>) | undefined;
  /** Is told when nothing was found. */
  readonly whenEmpty?: ((reader: GraphReader) => void) | undefined;
}

const ALL = -1; // as a LIMIT
const BATCH = 512; // rows per read: bounds memory

/** What one SELECT finds. */
export function elementScan<Element>(parts: ScanParts<Element>): ElementSource<Element> {
  const { alias, table, name, columns, order, limit, offset } = parts;
  const where = parts.conditions.length === 0 ? "" : ` WHERE ${parts.conditions.join(" AND ")}`;
  const body = `FROM ${parts.from}${where}`;
  // LIMIT of a parameter alone would make SQLite prepare the statement anew for each value
  const page = offset === 0 ? "LIMIT 0 + ?" : "LIMIT 0 + ? OFFSET 0 + ?";
  const paged = (most: number) => [...parts.params, most, ...(offset === 0 ? [] : [offset])];

  function read(reader: GraphReader, selected: string, count: number, most: number): RawRow[] {
    const rows = reader.values(`SELECT ${selected} ${body} ORDER BY ${order} ${page}`, paged(most), count);
    if (rows.length === 0) parts.whenEmpty?.(reader);
    return rows;
  }

  /** The rowids of all are read first: eight bytes or so for each, as one text. */
  function* inBatches(reader: GraphReader): Iterable<readonly Element[]> {
    const found = `SELECT ${alias}.rowid AS id ${body} ORDER BY ${order} ${page}`;
    const row = reader.row(`SELECT json_group_array(id) FROM (${found})`, paged(limit ?? ALL), 1)!;
    const ids = JSON.parse(row[0] as string) as number[];
    if (ids.length === 0) parts.whenEmpty?.(reader);
    const text = `SELECT ${alias}.rowid, ${columns.join(", ")}
      FROM json_each(?) AS id CROSS JOIN ${table} AS ${alias} ON ${alias}.rowid = id.value`;
    for (let i = 0; i < ids.length; i += BATCH) {
      const part = ids.slice(i, i + BATCH);
      const rows = reader.values(text, [JSON.stringify(part)], columns.length + 1);
      const byId = new Map(rows.map((row) => [row[0], row])); // no join promises an order
      const there = part.filter((id) => byId.has(id)); // a transaction may have deleted some meanwhile
      yield there.map((id) => parts.decode(byId.get(id)!, 1));
    }
  }

  return {
    limit,
    isSearch: false,
    names: (reader, most) => read(reader, `${alias}.${name}`, 1, most).map((row) => row[0] as string),
    elements: (reader, most) =>
      read(reader, columns.join(", "), columns.length, most).map((row) => parts.decode(row, 0)),
    count(reader) {
      const text =
        limit === undefined && offset === 0
          ? `SELECT count(*) ${body}`
          : `SELECT count(*) FROM (SELECT 1 ${body} ${page})`;
      const params = limit === undefined && offset === 0 ? parts.params : paged(limit ?? ALL);
      const count = reader.row(text, params, 1)![0] as number;
      if (count === 0) parts.whenEmpty?.(reader);
      return count;
    },
    batches: parts.batches ?? inBatches,
  };
}
