import type { SqlParameter } from "../../../honker/mod.ts";
import { decodeNode, type GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { edgeConditions, waysOf } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { type NodeScanParts, nodeScan } from "./node-scan.ts";
import type { EdgeTypeNames } from "./plans.ts";
import { Plans } from "./plans.ts";
import type { Direction } from "./questions.ts";
import { nodeColumnsOf, nodesInParts, requireNode } from "./read-nodes.ts";

const ALL = -1; // as a LIMIT

/** Whose neighbours, and which of them. */
export interface NeighboursParts {
  readonly key: string;
  readonly direction: Direction;
  readonly edgeTypes: EdgeTypeNames;
  readonly types: readonly string[] | undefined;
  readonly where: unknown;
  readonly limit: number | undefined;
}

/** The statements for neighbours in one direction. */
interface Plan {
  /** Whether both ends of edges are looked at: each with the ids of the graph and of the node as parameters. */
  readonly isTwoWay: boolean;
  /** A SELECT of their keys. */
  readonly found: string;
  readonly keys: string;
  readonly nodes: string;
}

const plans = new Plans((context, direction, edgeTypes): Plan => {
  const { layout, module } = context;
  const { nodes, edges } = layout;
  const ways = waysOf(context, direction);
  const distinct = module.config.multi ? "DISTINCT " : ""; // the union of two ways is distinct
  const selects = ways.map((way) => {
    const at = `e."graph_id" = ? AND e.${way.from} = ?${edgeConditions(context, way, edgeTypes)}`;
    return `SELECT ${distinct}e.${way.to} AS "key" FROM ${edges.table} AS e WHERE ${at}`;
  });
  const found = selects.join(" UNION ");
  const at = `n."graph_id" = ? AND n.${nodes.key} = found."key"`;
  return {
    isTwoWay: ways.length === 2,
    found,
    keys: `${found} ORDER BY "key" LIMIT 0 + ?`,
    nodes: `SELECT ${nodeColumnsOf(nodes).join(", ")} FROM (${found}) AS found CROSS JOIN ${nodes.table} AS n ON ${at}
      ORDER BY n.${nodes.key} LIMIT 0 + ?`,
  };
});

/**
 * The nodes one edge away, each once, in the order of their keys.
 *
 * @throws {TypeError} If the filter can't be.
 */
export function neighboursOf(context: GraphContext, parts: NeighboursParts): ElementSource<GraphNode> {
  const { types, where, limit } = parts;
  const all = new Neighbours(context, parts);
  if (types === undefined && where === undefined) return all;
  return nodeScan(context, { types, where, limit, found: all.found });
}

/** HOT (bench/graphs.ts): all neighbours, by one statement. */
class Neighbours implements ElementSource<GraphNode> {
  readonly isSearch = false;
  readonly limit: number | undefined;
  readonly #context: GraphContext;
  readonly #key: string;
  readonly #plan: Plan;

  constructor(context: GraphContext, { key, direction, edgeTypes, limit }: NeighboursParts) {
    this.limit = limit;
    this.#context = context;
    this.#key = key;
    this.#plan = plans.get(context, direction, edgeTypes);
  }

  /** For a scan that is narrowed to them. */
  get found(): NonNullable<NodeScanParts["found"]> {
    const whenEmpty = (reader: GraphReader) => this.#requireNode(reader);
    return { keys: this.#plan.found, params: this.#params(), whenEmpty };
  }

  names(reader: GraphReader, most: number): string[] {
    const rows = reader.values(this.#plan.keys, this.#params(most), 1);
    if (rows.length === 0) this.#requireNode(reader);
    return rows.map((row) => row[0] as string);
  }

  elements(reader: GraphReader, most: number): GraphNode[] {
    const { layout, id } = this.#context;
    const rows = reader.values(this.#plan.nodes, this.#params(id, most), nodeColumnsOf(layout.nodes).length);
    if (rows.length === 0) this.#requireNode(reader);
    return rows.map((row) => decodeNode(layout.nodes, row));
  }

  count(reader: GraphReader): number {
    const text = `SELECT count(*) FROM (${this.#plan.found} LIMIT 0 + ?)`;
    const count = reader.row(text, this.#params(this.limit ?? ALL), 1)![0] as number;
    if (count === 0) this.#requireNode(reader);
    return count;
  }

  batches(reader: GraphReader): Iterable<readonly GraphNode[]> {
    return nodesInParts(this.#context, reader, this.names(reader, this.limit ?? ALL));
  }

  #params(...more: SqlParameter[]): SqlParameter[] {
    const { id } = this.#context;
    return this.#plan.isTwoWay ? [id, this.#key, id, this.#key, ...more] : [id, this.#key, ...more];
  }

  #requireNode(reader: GraphReader): void {
    requireNode(this.#context, reader, this.#key, "find the neighbours of a node");
  }
}
