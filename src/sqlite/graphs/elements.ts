import type {
  EdgeAttributes,
  EdgeTypeName,
  GraphModule,
  JsonObject,
  NodeAttributes,
  NodeTypeName,
} from "../../graphs/mod.ts";
import type { RawRow } from "../../honker/mod.ts";
import type { EdgeLayout, ElementLayout } from "./layout.ts";

/** What nodes and edges have beside their attributes. */
interface ElementFacts {
  /** What the application keeps beside the attributes; no rule of the graph type looks at it. */
  readonly metadata: JsonObject;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

interface StoredNode<Name, Attributes> extends ElementFacts {
  readonly key: string;
  readonly type: Name;
  readonly attributes: Attributes;
}

/** A stored node of one type. */
export type NodeOf<M extends GraphModule, Name extends NodeTypeName<M>> = StoredNode<Name, NodeAttributes<M, Name>>;

/** A stored node: by its `type` the compiler knows its attributes. */
export type GraphNode<M extends GraphModule = GraphModule> = {
  [Name in NodeTypeName<M>]: NodeOf<M, Name>;
}[NodeTypeName<M>];

interface StoredEdge<Name, Attributes> extends ElementFacts {
  /** Unique in the file: the way to name an edge without a key. */
  readonly id: string;
  /** Unique in the graph; null for an anonymous edge. */
  readonly key: string | null;
  readonly type: Name;
  /** The key of the node where it begins; of an edge without direction, of either. */
  readonly source: string;
  /** The key of the node where it ends; of an edge without direction, of the other. */
  readonly target: string;
  readonly undirected: boolean;
  readonly attributes: Attributes;
}

/** A stored edge of one type. */
export type EdgeOf<M extends GraphModule, Name extends EdgeTypeName<M>> = StoredEdge<Name, EdgeAttributes<M, Name>>;

/** A stored edge: by its `type` the compiler knows its attributes. */
export type GraphEdge<M extends GraphModule = GraphModule> = {
  [Name in EdgeTypeName<M>]: EdgeOf<M, Name>;
}[EdgeTypeName<M>];

/** The type of the row that `alias` names, in SQL. */
export function typeOf(layout: ElementLayout, alias: string): string {
  return layout.hasTypeColumn ? `${alias}.${layout.type}` : layout.type;
}

/** Whether the edge that `alias` names has no direction, in SQL. */
export function undirectedOf(layout: EdgeLayout, alias: string): string {
  return layout.undirected === undefined ? "0" : `${alias}.${layout.undirected}`;
}

const NODE_FACTS = 5; // columns before those of the attributes
const EDGE_FACTS = 9;

/** The columns that {@link decodeNode} takes. */
export function nodeColumns(layout: ElementLayout, alias: string): string[] {
  const names = [layout.key, '"metadata"', '"created_at"', '"updated_at"', ...layout.columns];
  const columns = names.map((name) => `${alias}.${name}`);
  return columns.toSpliced(1, 0, typeOf(layout, alias));
}

/** HOT (bench/graphs.ts): the node that stands in `row` from `at` on. */
export function decodeNode<M extends GraphModule>(layout: ElementLayout, row: RawRow, at = 0): GraphNode<M> {
  const key = row[at] as string;
  return {
    key,
    type: row[at + 1] as string,
    attributes: layout.decode(row, at + NODE_FACTS, key),
    metadata: decodeMetadata(row[at + 2] as string),
    createdAt: row[at + 3] as number,
    updatedAt: row[at + 4] as number,
  } as unknown as GraphNode<M>;
}

/** The columns that {@link decodeEdge} takes. */
export function edgeColumns(layout: EdgeLayout, alias: string): string[] {
  const facts = ['"id"', layout.key, layout.source, layout.target, '"metadata"', '"created_at"', '"updated_at"'];
  const columns = [...facts, ...layout.columns].map((name) => `${alias}.${name}`);
  return columns.toSpliced(2, 0, typeOf(layout, alias), undirectedOf(layout, alias));
}

/** HOT (bench/graphs.ts): the edge that stands in `row` from `at` on. */
export function decodeEdge<M extends GraphModule>(layout: EdgeLayout, row: RawRow, at = 0): GraphEdge<M> {
  const key = row[at + 1] as string | null;
  return {
    id: row[at] as string,
    key,
    type: row[at + 2] as string,
    source: row[at + 4] as string,
    target: row[at + 5] as string,
    undirected: row[at + 3] === 1,
    attributes: layout.decode(row, at + EDGE_FACTS, key ?? ""),
    metadata: decodeMetadata(row[at + 6] as string),
    createdAt: row[at + 7] as number,
    updatedAt: row[at + 8] as number,
  } as unknown as GraphEdge<M>;
}

function decodeMetadata(text: string): JsonObject {
  return text === "{}" ? {} : (JSON.parse(text) as JsonObject);
}
