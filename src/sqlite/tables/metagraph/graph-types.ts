import { sql } from "drizzle-orm";
import { check, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import type { GraphConfig } from "../../../graphs/mod.ts";
import { commonColumns } from "../common.ts";

/** The structural rules of graphs, by name and version; several versions of one name live side by side. */
export const graphTypes = sqliteTable(
  "graph_types",
  {
    ...commonColumns(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    config: text("config", { mode: "json" }).$type<GraphConfig>().notNull(),
    version: integer("version").notNull().default(1),
    scope: text("scope", { enum: ["system", "tenant", "user"] })
      .notNull()
      .default("system"),
  },
  (table) => [
    unique("graph_types_name_version").on(table.name, table.version),
    check("graph_types_config", sql`json_valid(${table.config})`),
    check("graph_types_scope", sql`${table.scope} in ('system', 'tenant', 'user')`),
    check("graph_types_version", sql`${table.version} >= 1`),
  ],
);
