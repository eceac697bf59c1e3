import type { DbSchema, EdgeTypeRow, GraphConfig, GraphScope, JsonObject, NodeTypeRow } from "../../../graphs/mod.ts";
import type { RawRow } from "../../../honker/mod.ts";
import type { GraphReader } from "../graph-connection.ts";

/** A version of a graph type, as it is stored. */
export interface StoredGraphType {
  readonly id: string;
  readonly schema: DbSchema;
}

const GRAPH_TYPE = 'SELECT "id", "name", "description", "config", "version", "scope" FROM "graph_types"';
const NODE_TYPE = 'SELECT "name", "description", "schema", "metadata" FROM "node_types"';
const EDGE_TYPE =
  'SELECT "name", "description", "schema", "metadata", "allowed_source_types", "allowed_target_types" FROM "edge_types"';
const IN_ORDER = 'ORDER BY "rowid"';

/** The id of one version of a graph type, or undefined. */
export function graphTypeId(reader: GraphReader, name: string, version: number): string | undefined {
  const sql = 'SELECT "id" FROM "graph_types" WHERE "name" = ? AND "version" = ?';
  return reader.row(sql, [name, version], 1)?.[0] as string | undefined;
}

/** The rows of one version of a graph type, or undefined. */
export function readGraphType(reader: GraphReader, name: string, version: number): StoredGraphType | undefined {
  const row = reader.row(`${GRAPH_TYPE} WHERE "name" = ? AND "version" = ?`, [name, version], 6);
  return row && decodeGraphType(reader, row);
}

/** The rows of the graph type with this id, or undefined. */
export function readGraphTypeById(reader: GraphReader, id: string): StoredGraphType | undefined {
  const row = reader.row(`${GRAPH_TYPE} WHERE "id" = ?`, [id], 6);
  return row && decodeGraphType(reader, row);
}

/** All node types and edge types of the file. */
export function readAllTypes(reader: GraphReader): Pick<DbSchema, "nodeTypes" | "edgeTypes"> {
  return {
    nodeTypes: reader.values(NODE_TYPE, [], 4).map(decodeNodeType),
    edgeTypes: reader.values(EDGE_TYPE, [], 6).map(decodeEdgeType),
  };
}

function decodeGraphType(
  reader: GraphReader,
  [id, name, description, config, version, scope]: RawRow,
): StoredGraphType {
  return {
    id: id as string,
    schema: {
      graphType: {
        name: name as string,
        description: description as string,
        config: JSON.parse(config as string) as GraphConfig,
        version: version as number,
        scope: scope as GraphScope,
      },
      nodeTypes: reader.values(`${NODE_TYPE} WHERE "graph_type_id" = ? ${IN_ORDER}`, [id!], 4).map(decodeNodeType),
      edgeTypes: reader.values(`${EDGE_TYPE} WHERE "graph_type_id" = ? ${IN_ORDER}`, [id!], 6).map(decodeEdgeType),
    },
  };
}

function decodeNodeType([name, description, schema, metadata]: RawRow): NodeTypeRow {
  return {
    name: name as string,
    description: description as string,
    schema: JSON.parse(schema as string) as JsonObject,
    metadata: JSON.parse(metadata as string) as JsonObject,
  };
}

function decodeEdgeType(row: RawRow): EdgeTypeRow {
  return {
    ...decodeNodeType(row),
    allowedSourceTypes: JSON.parse(row[4] as string) as string[],
    allowedTargetTypes: JSON.parse(row[5] as string) as string[],
  };
}
