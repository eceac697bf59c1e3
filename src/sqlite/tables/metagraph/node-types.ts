import { sql } from "drizzle-orm";
import { check, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphTypes } from "./graph-types.ts";

/** What a node of a graph type may be: its name and the JSON Schema of its attributes. */
export const nodeTypes = sqliteTable(
  "node_types",
  {
    ...commonColumns(),
    graphTypeId: text("graph_type_id")
      .notNull()
      .references(() => graphTypes.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    schema: text("schema", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    unique("node_types_graph_type_name").on(table.graphTypeId, table.name),
    check("node_types_schema", sql`json_valid(${table.schema})`),
  ],
);
