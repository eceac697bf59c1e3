/**
 * What a graph is: graph types made of TypeBox schemas, their form as database rows, and the check of nodes and edges.
 *
 * Pure: no database, no input or output.
 *
 * ```ts
 * import { defineGraph, moduleToDbSchema, validateEdge, validateNode } from "@alkdev/storage/graphs";
 * import { Type } from "@sinclair/typebox";
 *
 * const Dependencies = defineGraph({
 *   name: "dependencies",
 *   version: 1,
 *   config: { type: "directed", multi: false, allowSelfLoops: false },
 *   nodes: { package: Type.Object({ license: Type.String() }) },
 *   edges: { depends_on: { attributes: Type.Object({ range: Type.String() }), from: ["package"], to: ["package"] } },
 * });
 *
 * const attributes = validateNode(Dependencies, "package", { license: "MIT" });
 * console.log(attributes.license.toLowerCase()); // mit
 * validateEdge(Dependencies, "depends_on", { range: "^1.0" }, { sourceType: "package", targetType: "package" });
 *
 * console.log(JSON.stringify(moduleToDbSchema(Dependencies).nodeTypes[0]?.schema.required)); // ["license"]
 * ```
 *
 * @module
 */

export type { JsonObject, JsonValue } from "../json-values.ts";
export {
  type DbSchema,
  type EdgeEnds,
  type EdgeTypeRow,
  type GraphTypeRow,
  moduleToDbSchema,
  type NodeTypeRow,
  validateEdge,
  validateNode,
} from "./bridge.ts";
export {
  type AttributesSchema,
  defineGraph,
  type EdgeAttributes,
  type EdgeDefinition,
  type EdgeDefinitions,
  type EdgeTypeName,
  type GraphConfig,
  type GraphDefinition,
  type GraphDirection,
  type GraphModule,
  type GraphScope,
  type NodeAttributes,
  type NodeDefinitions,
  type NodeTypeName,
} from "./graph-module.ts";
export { Metagraph } from "./modules/metagraph.ts";
