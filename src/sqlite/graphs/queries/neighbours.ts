import type { RawRow, SqlParameter } from "../../../honker/mod.ts";
import { cachedText } from "../cached-text.ts";
import { decodeNode, type GraphNode } from "../elements.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { edgeConditions, shapeOf, waysOf } from "./edge-steps.ts";
import type { ElementSource } from "./element-query.ts";
import { nodeScan } from "./node-scan.ts";
import type { Direction } from "./questions.ts";
import { nodeColumnsOf, nodesInParts, requireNode } from "./read-nodes.ts";

/** Whose neighbours, and which of them. */
export interface NeighboursParts {
  readonly key: string;
  readonly direction: Direction;
  readonly edgeTypes: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
  readonly where: unknown;
  readonly limit: number | undefined;
}

/**
 * The nodes one edge away, each once, in the order of their keys.
 *
 * @throws {TypeError} If the filter can't be.
 */
export function neighboursOf(context: GraphContext, parts: NeighboursParts): ElementSource<GraphNode> {
  const { types, where, limit } = parts;
  const all = new Neighbours(context, parts);
  if (types === undefined && where === undefined) return all;
  const found = { keys: all.keysText, params: all.params, whenEmpty: all.checkEmpty };
  return nodeScan(context, { types, where, limit, found });
}

/** HOT (bench/graphs.ts): all neighbours, by one statement whose text was made before. */
class Neighbours implements ElementSource<GraphNode> {
  readonly isSearch = false;
  readonly limit: number | undefined;
  readonly #context: GraphContext;
  readonly #parts: NeighboursParts;
  readonly #shape: string;

  constructor(context: GraphContext, parts: NeighboursParts) {
    this.limit = parts.limit;
    this.#context = context;
    this.#parts = parts;
    this.#shape = shapeOf(context, parts.direction, parts.edgeTypes);
  }

  /** A SELECT of their keys. */
  get keysText(): string {
    const { layout } = this.#context;
    const { direction, edgeTypes } = this.#parts;
    return cachedText(layout, `neighbours ${this.#shape}`, () => {
      const ways = waysOf(this.#context, direction);
      const distinct = ways.length === 1 ? "DISTINCT " : "";
      const selects = ways.map((way) => {
        const at = `e."graph_id" = ? AND e.${way.from} = ?${edgeConditions(this.#context, way, edgeTypes)}`;
        return `SELECT ${distinct}e.${way.to} AS "key" FROM ${layout.edges.table} AS e WHERE ${at}`;
      });
      return selects.join(" UNION ");
    });
  }

  /** The values of {@link keysText}. */
  get params(): string[] {
    const { id } = this.#context;
    const { key, direction } = this.#parts;
    return waysOf(this.#context, direction).length === 1 ? [id, key] : [id, key, id, key];
  }

  readonly checkEmpty = (reader: GraphReader): void => {
    requireNode(this.#context, reader, this.#parts.key, "find the neighbours of a node");
  };

  names(reader: GraphReader, most: number): string[] {
    const name = `keys of neighbours ${this.#shape}`;
    const text = cachedText(this.#context.layout, name, () => `${this.keysText} ORDER BY 1 LIMIT 0 + ?`);
    return this.#read(reader, text, [...this.params, most], 1).map(firstOf);
  }

  elements(reader: GraphReader, most: number): GraphNode[] {
    const { layout, id } = this.#context;
    const { nodes } = layout;
    const columns = nodeColumnsOf(nodes);
    const text = cachedText(layout, `nodes of neighbours ${this.#shape}`, () => {
      const at = `n."graph_id" = ? AND n.${nodes.key} = found."key"`;
      return `SELECT ${columns.join(", ")} FROM (${this.keysText}) AS found CROSS JOIN ${nodes.table} AS n ON ${at}
        ORDER BY n.${nodes.key} LIMIT 0 + ?`;
    });
    const rows = this.#read(reader, text, [...this.params, id, most], columns.length);
    return rows.map((row) => decodeNode(nodes, row));
  }

  count(reader: GraphReader): number {
    const text = `SELECT count(*) FROM (${this.keysText} LIMIT 0 + ?)`;
    const count = reader.row(text, [...this.params, this.limit ?? -1], 1)![0] as number;
    if (count === 0) this.checkEmpty(reader);
    return count;
  }

  batches(reader: GraphReader): Iterable<readonly GraphNode[]> {
    return nodesInParts(this.#context, reader, this.names(reader, this.limit ?? -1));
  }

  #read(reader: GraphReader, text: string, params: readonly SqlParameter[], columns: number): RawRow[] {
    const rows = reader.values(text, params, columns);
    if (rows.length === 0) this.checkEmpty(reader);
    return rows;
  }
}

function firstOf(row: RawRow): string {
  return row[0] as string;
}
