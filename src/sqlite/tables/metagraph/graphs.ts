import { sql } from "drizzle-orm";
import { check, index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { graphTypes } from "./graph-types.ts";

/** A graph of one version of a graph type, which can't be deleted while the graph is there. */
export const graphs = sqliteTable(
  "graphs",
  {
    ...commonColumns(),
    graphTypeId: text("graph_type_id")
      .notNull()
      .references(() => graphTypes.id, { onDelete: "restrict" }),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    status: text("status", { enum: ["draft", "active", "archived"] })
      .notNull()
      .default("draft"),
    /** Whether its nodes and edges lie in the metagraph tables or in tables made for its type. */
    layout: text("layout", { enum: ["metagraph", "native"] })
      .notNull()
      .default("metagraph"),
    /** An account or organisation of the system file: no foreign key reaches over files. */
    ownerId: text("owner_id"),
    projectId: text("project_id"),
  },
  (table) => [
    index("graphs_graph_type").on(table.graphTypeId),
    index("graphs_owner_project").on(table.ownerId, table.projectId),
    index("graphs_project").on(table.projectId),
    check("graphs_status", sql`${table.status} in ('draft', 'active', 'archived')`),
  ],
);
