import { sql } from "drizzle-orm";
import { check, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphTypes } from "./graph-types.ts";

/** What an edge of a graph type may be: its name, the JSON Schema of its attributes and the node types at its ends. */
export const edgeTypes = sqliteTable(
  "edge_types",
  {
    ...commonColumns(),
    graphTypeId: text("graph_type_id")
      .notNull()
      .references(() => graphTypes.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    schema: text("schema", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    /** Names of node types; empty means any. */
    allowedSourceTypes: text("allowed_source_types", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
    /** Names of node types; empty means any. */
    allowedTargetTypes: text("allowed_target_types", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
  },
  (table) => [
    unique("edge_types_graph_type_name").on(table.graphTypeId, table.name),
    check("edge_types_schema", sql`json_valid(${table.schema})`),
    check("edge_types_source_types", sql`json_type(${table.allowedSourceTypes}) = 'array'`),
    check("edge_types_target_types", sql`json_type(${table.allowedTargetTypes}) = 'array'`),
  ],
);
