import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import type { CallStatus, JsonValue } from "../../../graphs/mod.ts";
import { commonColumns } from "../common.ts";
import { graphs } from "../metagraph/graphs.ts";

/**
 * A call as a row with a column for each attribute: the native form of the nodes of a call graph.
 *
 * The status moves along the transitions of `CallGraph` only: a trigger of the migration refuses others, whoever writes.
 */
export const callNodes = sqliteTable(
  "call_nodes",
  {
    ...commonColumns(),
    graphId: text("graph_id")
      .notNull()
      .references(() => graphs.id, { onDelete: "cascade" }),
    /** The key of the node. */
    requestId: text("request_id").notNull(),
    operationId: text("operation_id").notNull(),
    status: text("status").$type<CallStatus>().notNull(),
    /** Also of a call that is in no graph of this file. */
    parentRequestId: text("parent_request_id"),
    input: text("input", { mode: "json" }).$type<JsonValue>().notNull(),
    /** SQL's null before there is one; the text `null` where the output is JSON's null. */
    output: text("output", { mode: "json" }).$type<JsonValue>(),
    error: text("error", { mode: "json" }).$type<{ code: string; message: string; details?: JsonValue }>(),
    identity: text("identity", { mode: "json" }).$type<{
      id: string;
      scopes: string[];
      resources?: Record<string, string[]>;
    }>(),
    startedAt: integer("started_at", { mode: "timestamp_ms" }),
    completedAt: integer("completed_at", { mode: "timestamp_ms" }),
  },
  (table) => [
    unique("call_nodes_graph_request").on(table.graphId, table.requestId),
    index("call_nodes_graph").on(table.graphId), // for scans in the order of the rows: bench/graphs.ts
    index("call_nodes_graph_status").on(table.graphId, table.status),
    index("call_nodes_graph_operation").on(table.graphId, table.operationId),
    index("call_nodes_graph_parent").on(table.graphId, table.parentRequestId),
    check("call_nodes_status", sql`${table.status} in ('pending', 'running', 'completed', 'failed', 'aborted')`),
    check("call_nodes_input", sql`json_valid(${table.input})`),
    check("call_nodes_output", sql`${table.output} is null or json_valid(${table.output})`),
    check("call_nodes_error", sql`${table.error} is null or json_valid(${table.error})`),
    check("call_nodes_identity", sql`${table.identity} is null or json_valid(${table.identity})`),
  ],
);
