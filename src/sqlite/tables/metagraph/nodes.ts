import { sql } from "drizzle-orm";
import { check, index, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphs } from "./graphs.ts";

/** A node: its key is its identity inside its graph, its type the name of a node type of the graph's type. */
export const nodes = sqliteTable(
  "nodes",
  {
    ...commonColumns(),
    graphId: text("graph_id")
      .notNull()
      .references(() => graphs.id, { onDelete: "cascade" }),
    key: text("key").notNull(),
    type: text("type").notNull(),
    attributes: text("attributes", { mode: "json" }).$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [
    unique("nodes_graph_key").on(table.graphId, table.key),
    index("nodes_graph_type").on(table.graphId, table.type),
    check("nodes_attributes", sql`json_valid(${table.attributes})`),
  ],
);
