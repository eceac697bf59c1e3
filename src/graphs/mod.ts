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
export { type AttributePath, parsePath } from "./attribute-path.ts";
export type {
  AttributesMember,
  EdgeAttributes,
  EdgeInput,
  EdgeTypeName,
  NodeAttributes,
  NodeInput,
  NodeTypeName,
} from "./attribute-types.ts";
export { type EdgeEnds, moduleToDbSchema, validateEdge, validateNode } from "./bridge.ts";
export { compareModules, type ModuleChange } from "./compare.ts";
export {
  CURRENT_KEY_VERSION,
  createEncryptionKeys,
  decrypt,
  type EncryptedData,
  type EncryptionKeys,
  type EncryptionKeysOptions,
  encrypt,
  generateEncryptionKey,
} from "./crypto.ts";
export type { DbSchema, EdgeTypeRow, GraphTypeRow, NodeTypeRow } from "./db-schema.ts";
export type {
  AttributesSchema,
  EdgeDefinition,
  EdgeDefinitions,
  GraphConfig,
  GraphDefinition,
  GraphDirection,
  GraphScope,
  IndexDefinitions,
  NodeDefinitions,
  TransitionsOf,
} from "./graph-definition.ts";
export { defineGraph, type GraphModule, typesOf } from "./graph-module.ts";
export type { EdgeType, GraphTypes, NodeType } from "./graph-types.ts";
export { FACTS_ATTRIBUTE, type GraphFacts, tagFacts, untagFacts } from "./interchange/graph-facts.ts";
export {
  type GraphSource,
  type ReadSerializedGraphOptions,
  readSerializedGraph,
  readSerializedGraphSync,
  type SyncGraphSource,
} from "./interchange/read-graph.ts";
export type {
  GraphPart,
  SerializedEdge,
  SerializedGraph,
  SerializedNode,
  SerializedOptions,
} from "./interchange/serialized-graph.ts";
export { TYPE_ATTRIBUTE, tagType, untagType } from "./interchange/type-attribute.ts";
export { type DotAttributes, type WriteDotOptions, writeDot } from "./interchange/write-dot.ts";
export { writeSerializedGraph } from "./interchange/write-graph.ts";
export { dbSchemaToModule } from "./load-module.ts";
export { AclGraph } from "./modules/acl-graph.ts";
export { CALL_STATUSES, CallGraph, type CallStatus, isCallTransition } from "./modules/call-graph.ts";
export { Metagraph } from "./modules/metagraph.ts";
export { SecretGraph } from "./modules/secret-graph.ts";
export { declaredAt } from "./schema-walk.ts";
export { type ForbiddenTransition, findForbiddenTransition, type Transitions } from "./transitions.ts";
