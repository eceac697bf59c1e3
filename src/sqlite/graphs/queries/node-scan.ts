import type { RawRow, SqlParameter } from "../../../honker/mod.ts";
import { decodeNode, type GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import type { ElementLayout } from "../layout.ts";
import { onlyType, typesNamed } from "./attribute-paths.ts";
import { compileFilter } from "./compile-filter.ts";
import { compileOrder } from "./compile-order.ts";
import { typeCondition } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { elementScan } from "./element-scan.ts";
import { keysetBatches, lastRowid } from "./keyset-batches.ts";
import { nodeColumnsOf } from "./read-nodes.ts";

/** Which nodes one SELECT is to find. */
export interface NodeScanParts {
  readonly types?: readonly string[] | undefined;
  readonly where?: unknown;
  readonly orderBy?: unknown;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** A key behind which they come, in the order of keys; null for all. Not with `orderBy`. */
  readonly after?: string | null | undefined;
  /** A further condition on a node `n`. */
  readonly condition?: string | undefined;
  /** A SELECT of the keys to which the nodes are narrowed. */
  readonly found?: {
    readonly keys: string;
    readonly params: readonly SqlParameter[];
    readonly whenEmpty: (reader: GraphReader) => void;
  };
}

/**
 * The nodes of one SELECT. Without an order they come by type and, in a type, in the order in which they were added; or by
 * key, where they are narrowed to keys.
 *
 * @throws {TypeError} If the filter or the order can't be.
 */
export function nodeScan(context: GraphContext, parts: NodeScanParts): ElementSource<GraphNode> {
  const { layout, id } = context;
  const { condition, found, limit, offset = 0, after } = parts;
  const { nodes } = layout;
  const types = parts.types ?? onlyType(context.types.nodes);
  const owner = { kind: "nodes", types: typesNamed(context.types.nodes, types), layout: nodes, alias: "n" } as const;
  const filter = compileFilter(parts.where, owner);
  const order = compileOrder(parts.orderBy, owner, "n.rowid");

  const ofGraph = 'n."graph_id" = ?';
  const conditions = found === undefined ? [ofGraph] : [];
  if (types !== undefined && nodes.hasTypeColumn) conditions.push(typeCondition("n", nodes.type, types));
  if (filter.text !== "") conditions.push(filter.text);
  if (condition !== undefined) conditions.push(condition);
  if (typeof after === "string") conditions.push(`n.${nodes.key} > ?`);
  const isWhole =
    [parts.where, parts.orderBy, after, condition, found].every((part) => part === undefined) && offset === 0;

  return elementScan({
    alias: "n",
    table: nodes.table,
    name: nodes.key,
    columns: nodeColumnsOf(nodes),
    from:
      found === undefined
        ? `${nodes.table} AS n`
        : `(${found.keys}) AS found CROSS JOIN ${nodes.table} AS n ON ${ofGraph} AND n.${nodes.key} = found."key"`,
    conditions,
    params: [...(found?.params ?? []), id, ...filter.params, ...(typeof after === "string" ? [after] : [])],
    order:
      order ??
      (found === undefined && after === undefined
        ? defaultOrder(nodes, types, filter.index === "range")
        : `n.${nodes.key}`),
    limit,
    offset,
    decode: (row, at) => decodeNode(nodes, row, at),
    whenEmpty: found?.whenEmpty,
    batches: isWhole ? (reader) => wholeBatches(context, reader, types, limit) : undefined,
  });
}

/** @param isRange whether an index finds them in another order: the plus lets SQLite take it, and sort. */
function defaultOrder(nodes: ElementLayout, types: readonly string[] | undefined, isRange: boolean): string {
  const added = isRange ? "+n.rowid" : "n.rowid";
  return nodes.hasTypeColumn && types?.length !== 1 ? `n.${nodes.type}, ${added}` : added;
}

/** All nodes, or all of some types, one type after the other. */
function* wholeBatches(
  context: GraphContext,
  reader: GraphReader,
  types: readonly string[] | undefined,
  limit: number | undefined,
): Generator<readonly GraphNode[], void, undefined> {
  const { layout, id } = context;
  const { nodes } = layout;
  const shared = { alias: "n", table: nodes.table, columns: nodeColumnsOf(nodes), cursor: ["n.rowid"] };
  const decode = (row: RawRow, at: number) => decodeNode(nodes, row, at);
  let left = limit ?? Number.POSITIVE_INFINITY;
  const last = lastRowid(reader, nodes.table); // before the first type, as it is for all
  if (!nodes.hasTypeColumn) {
    const parts = { ...shared, conditions: ['n."graph_id" = ?'], params: [id], limit: left, last, decode };
    yield* keysetBatches(context, reader, parts);
    return;
  }
  const conditions = ['n."graph_id" = ?', `n.${nodes.type} = ?`];
  for (const type of storedTypes(context, reader, types)) {
    const parts = { ...shared, conditions, params: [id, type], limit: left, last, decode };
    for (const batch of keysetBatches(context, reader, parts)) {
      left -= batch.length;
      yield batch;
    }
  }
}

/** The types that nodes have, of those named in `types`, in SQL's order: one look into the index for each. */
function* storedTypes(
  { layout, id }: GraphContext,
  reader: GraphReader,
  types: readonly string[] | undefined,
): Generator<string, void, undefined> {
  const { table, type } = layout.nodes;
  const text = `SELECT min(${type}) FROM ${table} WHERE "graph_id" = ? AND ${type} > ?`;
  for (let last = ""; ; ) {
    const next = reader.row(text, [id, last], 1)![0] as string | null;
    if (next === null) return;
    if (types === undefined || types.includes(next)) yield next;
    last = next;
  }
}
