import type { JsonObject } from "../../graphs/mod.ts";
import type { RawRow, SqlParameter } from "../../honker/mod.ts";

/** An attribute in SQL: its value as `json_extract` gives it, and its JSON type as `json_type` names it. */
export interface AttributeSql {
  readonly value: string;
  readonly type: string;
}

/** How the nodes or the edges of a graph lie in a table. All names are in quotes already. */
export interface ElementLayout {
  readonly table: string;
  /** The column of the key. */
  readonly key: string;
  /** The column of the type, or, where all rows are of one, that type as an SQL text. */
  readonly type: string;
  /** Whether `type` is a column. */
  readonly hasTypeColumn: boolean;
  /** The columns that hold the attributes. */
  readonly columns: readonly string[];
  /** The values of `columns`. */
  encode(attributes: JsonObject): SqlParameter[];
  /** The attributes that stand in `row` from `at` on, in the order of `columns`, of the one with this key. */
  decode(row: RawRow, at: number, key: string): JsonObject;
  /** The attribute at a path, of the row that `alias` names; where that is "", of the only table there is. */
  attribute(alias: string, path: readonly string[]): AttributeSql;
}

/** How the edges of a graph lie in a table. */
export interface EdgeLayout extends ElementLayout {
  readonly source: string;
  readonly target: string;
  /** The column that says whether an edge has no direction; undefined where each has one. */
  readonly undirected: string | undefined;
}

/** How graphs lie in tables. Every table also has the common columns and `graph_id`. */
export interface GraphLayout {
  readonly nodes: ElementLayout;
  readonly edges: EdgeLayout;
  /** Whether indexes on attributes are made for the types of a module, or stand in the tables already. */
  readonly indexesAttributes: boolean;
}

const jsonElement: Pick<ElementLayout, "columns" | "encode" | "decode" | "attribute"> = {
  columns: ['"attributes"'],
  encode: (attributes) => [JSON.stringify(attributes)],
  decode: (row, at) => JSON.parse(row[at] as string) as JsonObject,
  attribute(alias, path) {
    const at = `${columnOf(alias, '"attributes"')}, ${sqlText(jsonPath(path))}`;
    return { value: `json_extract(${at})`, type: `json_type(${at})` };
  },
};

/** The metagraph tables: graphs of every type, with their attributes as JSON. */
export const metagraphLayout: GraphLayout = {
  nodes: { table: '"nodes"', key: '"key"', type: '"type"', hasTypeColumn: true, ...jsonElement },
  edges: {
    table: '"edges"',
    key: '"key"',
    type: '"type"',
    hasTypeColumn: true,
    source: '"source_node_key"',
    target: '"target_node_key"',
    undirected: '"undirected"',
    ...jsonElement,
  },
  indexesAttributes: true,
};

/** A column of the row that `alias` names; where that is "", its bare name. */
export function columnOf(alias: string, column: string): string {
  return alias === "" ? column : `${alias}.${column}`;
}

/** `path` as SQLite's JSON functions read it. Its names hold no quotes: `parsePath` refuses them. */
export function jsonPath(path: readonly string[]): string {
  return `$${path.map((name) => `."${name}"`).join("")}`;
}

/** `text` as a literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
