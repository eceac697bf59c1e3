/**
 * Graphs as tables: their types, and their nodes and edges.
 *
 * @module
 */
export { edgeTypes } from "./edge-types.ts";
export { edges } from "./edges.ts";
export { graphTypes } from "./graph-types.ts";
export { graphs } from "./graphs.ts";
export { nodeTypes } from "./node-types.ts";
export { nodes } from "./nodes.ts";
