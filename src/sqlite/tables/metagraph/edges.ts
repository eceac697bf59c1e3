import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphs } from "./graphs.ts";
import { nodes } from "./nodes.ts";

/** An edge between two nodes of one graph. It goes with its nodes: deleted with either, renamed with either. */
export const edges = sqliteTable(
  "edges",
  {
    ...commonColumns(),
    graphId: text("graph_id")
      .notNull()
      .references(() => graphs.id, { onDelete: "cascade" }),
    /** Unique in the graph where it is given; null is an anonymous edge. */
    key: text("key"),
    type: text("type").notNull(),
    sourceNodeKey: text("source_node_key").notNull(),
    targetNodeKey: text("target_node_key").notNull(),
    attributes: text("attributes", { mode: "json" }).$type<Record<string, unknown>>().notNull().default({}),
    undirected: integer("undirected", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    uniqueIndex("edges_graph_key").on(table.graphId, table.key).where(sql`${table.key} is not null`),
    foreignKey({
      name: "edges_source_node",
      columns: [table.graphId, table.sourceNodeKey],
      foreignColumns: [nodes.graphId, nodes.key],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "edges_target_node",
      columns: [table.graphId, table.targetNodeKey],
      foreignColumns: [nodes.graphId, nodes.key],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    // all that a walk asks for, in both directions: it never reads the table itself (bench/graphs.ts)
    index("edges_graph_source").on(
      table.graphId,
      table.sourceNodeKey,
      table.targetNodeKey,
      table.type,
      table.undirected,
    ),
    index("edges_graph_target").on(
      table.graphId,
      table.targetNodeKey,
      table.sourceNodeKey,
      table.type,
      table.undirected,
    ),
    check("edges_undirected", sql`${table.undirected} in (0, 1)`),
    check("edges_attributes", sql`json_valid(${table.attributes})`),
  ],
);
