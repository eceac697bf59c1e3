import type { JsonObject } from "../json-values.ts";
import type { GraphConfig, GraphScope } from "./graph-definition.ts";

/** A graph type as the columns of `graph_types` hold it. */
export interface GraphTypeRow {
  readonly name: string;
  readonly description: string;
  readonly config: GraphConfig;
  readonly version: number;
  readonly scope: GraphScope;
}

/** A node type as the columns of `node_types` hold it, without the id of its graph type. */
export interface NodeTypeRow {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the attributes, complete in itself. */
  readonly schema: JsonObject;
  /** The rules of the type that are not in its schema, as far as it has any: `indexes`, `key`, `transitions`. */
  readonly metadata: JsonObject;
}

/** An edge type as the columns of `edge_types` hold it, without the id of its graph type. */
export interface EdgeTypeRow extends NodeTypeRow {
  /** Names of node types; empty for any. */
  readonly allowedSourceTypes: string[];
  /** Names of node types; empty for any. */
  readonly allowedTargetTypes: string[];
}

/** A module as rows. */
export interface DbSchema {
  readonly graphType: GraphTypeRow;
  readonly nodeTypes: readonly NodeTypeRow[];
  readonly edgeTypes: readonly EdgeTypeRow[];
}
