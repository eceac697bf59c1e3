import { relations } from "drizzle-orm";
import { edges, edgeTypes, graphs, graphTypes, nodes, nodeTypes } from "../tables/metagraph/index.ts";

export const graphTypesRelations = relations(graphTypes, ({ many }) => ({
  nodeTypes: many(nodeTypes),
  edgeTypes: many(edgeTypes),
  graphs: many(graphs),
}));

export const nodeTypesRelations = relations(nodeTypes, ({ one }) => ({
  graphType: one(graphTypes, { fields: [nodeTypes.graphTypeId], references: [graphTypes.id] }),
}));

export const edgeTypesRelations = relations(edgeTypes, ({ one }) => ({
  graphType: one(graphTypes, { fields: [edgeTypes.graphTypeId], references: [graphTypes.id] }),
}));

export const graphsRelations = relations(graphs, ({ one, many }) => ({
  graphType: one(graphTypes, { fields: [graphs.graphTypeId], references: [graphTypes.id] }),
  nodes: many(nodes),
  edges: many(edges),
}));

export const nodesRelations = relations(nodes, ({ one, many }) => ({
  graph: one(graphs, { fields: [nodes.graphId], references: [graphs.id] }),
  /** Edges that begin here. */
  outgoing: many(edges, { relationName: "source" }),
  /** Edges that end here. */
  incoming: many(edges, { relationName: "target" }),
}));

export const edgesRelations = relations(edges, ({ one }) => ({
  graph: one(graphs, { fields: [edges.graphId], references: [graphs.id] }),
  source: one(nodes, {
    fields: [edges.graphId, edges.sourceNodeKey],
    references: [nodes.graphId, nodes.key],
    relationName: "source",
  }),
  target: one(nodes, {
    fields: [edges.graphId, edges.targetNodeKey],
    references: [nodes.graphId, nodes.key],
    relationName: "target",
  }),
}));
