import assert from "node:assert/strict";
import { test } from "node:test";
import { Metagraph, moduleToDbSchema, validateEdge, validateNode } from "../../src/graphs/mod.ts";

test("Metagraph describes itself", () => {
  const { graphType, nodeTypes, edgeTypes } = moduleToDbSchema(Metagraph);
  validateNode(Metagraph, "GraphType", graphType);
  for (const type of nodeTypes) {
    validateNode(Metagraph, "NodeType", type);
    validateEdge(Metagraph, "has_node_type", {}, { sourceType: "GraphType", targetType: "NodeType" });
  }
  for (const { allowedSourceTypes, allowedTargetTypes, ...type } of edgeTypes) {
    validateNode(Metagraph, "EdgeType", type);
    validateEdge(Metagraph, "has_edge_type", {}, { sourceType: "GraphType", targetType: "EdgeType" });
    for (const _ of allowedSourceTypes) {
      validateEdge(Metagraph, "allows_source", {}, { sourceType: "EdgeType", targetType: "NodeType" });
    }
    for (const _ of allowedTargetTypes) {
      validateEdge(Metagraph, "allows_target", {}, { sourceType: "EdgeType", targetType: "NodeType" });
    }
  }
  assert.deepEqual(
    nodeTypes.map((type) => type.name),
    ["GraphType", "NodeType", "EdgeType"],
  );
});
