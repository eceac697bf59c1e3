/**
 * Call graphs with a column for each attribute.
 *
 * @module
 */
export { callEdges } from "./call-edges.ts";
export { callNodes } from "./call-nodes.ts";
