import type { RawRow } from "../../../honker/mod.ts";
import { cachedText } from "../cached-text.ts";
import { decodeNode, type GraphNode, nodeColumns } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import type { ElementLayout } from "../layout.ts";
import { nameNode, notFound } from "../refusals.ts";

const CHUNK = 512; // nodes in one statement

const columnsOf = new WeakMap<ElementLayout, readonly string[]>();

/** The columns that `decodeNode` takes, of the table `n`. */
export function nodeColumnsOf(layout: ElementLayout): readonly string[] {
  let columns = columnsOf.get(layout);
  if (columns === undefined) {
    columns = nodeColumns(layout, "n");
    columnsOf.set(layout, columns);
  }
  return columns;
}

/** The nodes with `keys`, in their order, a part at a time, without those that a transaction deletes meanwhile. */
export function* nodesInParts(
  { layout, id }: GraphContext,
  reader: GraphReader,
  keys: readonly string[],
): Generator<GraphNode[], void, undefined> {
  const columns = nodeColumnsOf(layout.nodes);
  const text = cachedText(layout, "nodes by key", () => {
    const nodes = `${layout.nodes.table} AS n ON n."graph_id" = ? AND n.${layout.nodes.key} = key.value`;
    return `SELECT ${columns.join(", ")} FROM json_each(?) AS key CROSS JOIN ${nodes}`;
  });
  for (let i = 0; i < keys.length; i += CHUNK) {
    const part = keys.length <= CHUNK ? keys : keys.slice(i, i + CHUNK);
    const rows = reader.values(text, [JSON.stringify(part), id], columns.length);
    const byKey = new Map<unknown, GraphNode>(); // no join promises an order
    for (let j = 0; j < rows.length; j++) byKey.set(rows[j]![0], decodeNode(layout.nodes, rows[j]!));
    yield part.flatMap((key) => byKey.get(key) ?? []);
  }
}

/** The nodes with `keys`, which are there, in their order. */
export function readNodes(context: GraphContext, reader: GraphReader, keys: readonly string[]): GraphNode[] {
  const parts = [...nodesInParts(context, reader, keys)];
  return parts.length === 1 ? parts[0]! : parts.flat();
}

/** All keys in their order, a part at a time: rows of a key and what else is `selected` of a node `n`. */
export function* keysInParts(
  { layout, id }: GraphContext,
  reader: GraphReader,
  selected: readonly string[] = [],
): Generator<RawRow[], void, undefined> {
  const { table, key } = layout.nodes;
  const columns = [`n.${key}`, ...selected].join(", ");
  const from = `SELECT ${columns} FROM ${table} AS n WHERE n."graph_id" = ?`;
  const order = `ORDER BY n.${key} LIMIT ${CHUNK}`;
  let rows = reader.values(`${from} ${order}`, [id], selected.length + 1);
  while (rows.length > 0) {
    yield rows;
    rows = reader.values(`${from} AND n.${key} > ? ${order}`, [id, rows.at(-1)![0]!], selected.length + 1);
  }
}

/** @throws {StorageError} `NOT_FOUND` if there is no node with this key. */
export function requireNode({ layout, id }: GraphContext, reader: GraphReader, key: string, action: string): void {
  const text = cachedText(
    layout,
    "node exists",
    () => `SELECT 1 FROM ${layout.nodes.table} AS n WHERE n."graph_id" = ? AND n.${layout.nodes.key} = ?`,
  );
  if (reader.row(text, [id, key], 1) === undefined) throw notFound(action, nameNode(key));
}
