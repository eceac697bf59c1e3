import { sql } from "drizzle-orm";
import { check, foreignKey, index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphs } from "../metagraph/graphs.ts";
import { callNodes } from "./call-nodes.ts";

/** A call that triggered another, or waits for it: the native form of the edges of a call graph. */
export const callEdges = sqliteTable(
  "call_edges",
  {
    ...commonColumns(),
    graphId: text("graph_id")
      .notNull()
      .references(() => graphs.id, { onDelete: "cascade" }),
    /** Unique in the graph where it is given; null is an anonymous edge. */
    key: text("key"),
    type: text("type", { enum: ["triggered", "depends_on"] }).notNull(),
    sourceRequestId: text("source_request_id").notNull(),
    targetRequestId: text("target_request_id").notNull(),
  },
  (table) => [
    uniqueIndex("call_edges_graph_key").on(table.graphId, table.key).where(sql`${table.key} is not null`),
    foreignKey({
      name: "call_edges_source",
      columns: [table.graphId, table.sourceRequestId],
      foreignColumns: [callNodes.graphId, callNodes.requestId],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "call_edges_target",
      columns: [table.graphId, table.targetRequestId],
      foreignColumns: [callNodes.graphId, callNodes.requestId],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("call_edges_graph_source").on(table.graphId, table.sourceRequestId, table.targetRequestId, table.type),
    index("call_edges_graph_target").on(table.graphId, table.targetRequestId, table.sourceRequestId, table.type),
    check("call_edges_type", sql`${table.type} in ('triggered', 'depends_on')`),
  ],
);
