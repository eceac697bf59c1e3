import type { RawRow } from "../../../honker/mod.ts";
import { decodeEdge, edgeColumns, type GraphEdge } from "../elements.ts";
import type { GraphContext } from "../graph-context.ts";
import { onlyType, typesNamed } from "./attribute-paths.ts";
import { compileFilter } from "./compile-filter.ts";
import { compileOrder } from "./compile-order.ts";
import { typeCondition } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { elementScan } from "./element-scan.ts";
import { keysetBatches } from "./keyset-batches.ts";
import type { EdgePlace } from "./questions.ts";

/** Which edges one SELECT is to find. */
export interface EdgeScanParts {
  readonly types: readonly string[] | undefined;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly where: unknown;
  readonly orderBy: unknown;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** A place behind which they come, in the order of places; null for all. Not with `orderBy`. */
  readonly after: EdgePlace | null | undefined;
}

/**
 * The edges of one SELECT. Without an order they come by the keys of their sources, then of their targets, then in the
 * order in which they were added.
 *
 * @throws {TypeError} If the filter or the order can't be.
 */
export function edgeScan(context: GraphContext, parts: EdgeScanParts): ElementSource<GraphEdge> {
  const { edges } = context.layout;
  const { source, target, limit, offset = 0, after } = parts;
  const types = parts.types ?? onlyType(context.types.edges);
  const owner = { kind: "edges", types: typesNamed(context.types.edges, types), layout: edges, alias: "e" } as const;
  const filter = compileFilter(parts.where, owner);
  const order = compileOrder(parts.orderBy, owner, "e.rowid");

  const columns = edgeColumns(edges, "e");
  const conditions = ['e."graph_id" = ?'];
  const params: string[] = [context.id];
  if (types !== undefined) conditions.push(typeCondition("e", edges.type, types));
  for (const [column, key] of [
    [edges.source, source],
    [edges.target, target],
  ] as const) {
    if (key === undefined) continue;
    conditions.push(`e.${column} = ?`);
    params.push(key);
  }
  const decode = (row: RawRow, at: number) => decodeEdge(edges, row, at);
  const shared = { alias: "e", table: edges.table, columns, limit, decode };
  const keyset = { ...shared, conditions, params, cursor: [`e.${edges.source}`, `e.${edges.target}`, "e.rowid"] };
  const isWhole = parts.where === undefined && parts.orderBy === undefined && after === undefined && offset === 0;
  const placed = `e.${edges.source}, e.${edges.target}, e."id"`;
  const behind = after ? [after.source, after.target, after.id] : [];
  const tests = [...conditions, ...(filter.text === "" ? [] : [filter.text])];
  if (after) tests.push(`(${placed}) > (?, ?, ?)`);
  return elementScan({
    ...shared,
    name: '"id"',
    from: `${edges.table} AS e`,
    conditions: tests,
    params: [...params, ...filter.params, ...behind],
    // an index on an attribute has another order: the plus lets SQLite take it, and sort
    order:
      order ?? `${filter.index === undefined ? "" : "+"}${after === undefined ? keyset.cursor.join(", ") : placed}`,
    offset,
    batches: isWhole ? (reader) => keysetBatches(context, reader, keyset) : undefined,
  });
}
