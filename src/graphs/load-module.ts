import { Type } from "@sinclair/typebox";
import { StorageError } from "../errors.ts";
import { type JsonObject, quote } from "../json-values.ts";
import { findSchemaMismatch } from "../schema-check.ts";
import type { DbSchema, EdgeTypeRow, NodeTypeRow } from "./db-schema.ts";
import { refuseFor } from "./definition-checks.ts";
import { fromJsonSchema } from "./from-json-schema.ts";
import type { AttributesSchema, EdgeDefinition } from "./graph-definition.ts";
import { checkHead, type GraphModule, makeModule } from "./graph-module.ts";
import { type EdgeType, type NodeType, toEdgeType, toNodeType } from "./graph-types.ts";
import { Metagraph } from "./modules/metagraph.ts";
import { acceptsOnlyObjects } from "./schema-walk.ts";

const Names = Type.Array(Type.String());
const Ends = Type.Object({ allowedSourceTypes: Names, allowedTargetTypes: Names });
/** What rows of one graph type are, by the graph type of graph types. */
const Rows = Type.Object({
  graphType: Metagraph.nodes.GraphType,
  nodeTypes: Type.Array(Metagraph.nodes.NodeType),
  edgeTypes: Type.Array(Type.Intersect([Metagraph.nodes.EdgeType, Ends])),
});

/**
 * The module that `rows` say, as `moduleToDbSchema()` wrote them: it accepts and refuses what that module does, and gives
 * the same rows. Of its types nothing is known to the compiler.
 *
 * Other columns, and what else the metadata of a row holds, are left out.
 *
 * @throws {StorageError} `INVALID_MODULE` if the rows say what no module could, such as a keyword of JSON Schema by which
 * nothing would be checked; the message names the place.
 */
export function dbSchemaToModule(rows: DbSchema): GraphModule {
  checkRows(rows);
  const { name, version, description, scope, config } = rows.graphType;
  const what = checkHead({ name, version, description, scope, config });
  const nodes = rows.nodeTypes.map((row) => readNode(row, `node type ${quote(row.name)} of ${what}`));
  const nodeTypes = nodes.map(({ type }) => type);
  const byName = new Map(nodeTypes.map((type) => [type.name, type]));
  const edges = rows.edgeTypes.map((row) => readEdge(row, byName, `edge type ${quote(row.name)} of ${what}`));
  return makeModule(
    { name, version, description, scope, config },
    Object.fromEntries(nodes.map(({ type, attributes }) => [type.name, attributes])),
    Object.fromEntries(edges.map(({ type, definition }) => [type.name, definition])),
    nodeTypes,
    edges.map(({ type }) => type),
  );
}

function readNode(row: NodeTypeRow, place: string): { type: NodeType; attributes: AttributesSchema } {
  const { indexes, key, transitions } = row.metadata ?? {};
  const attributes = readSchema(row.schema, place);
  const type = toNodeType({ ...partsOf(row), attributes, indexes, key, transitions }, place);
  return { type, attributes };
}

function readEdge(
  row: EdgeTypeRow,
  nodes: ReadonlyMap<string, NodeType>,
  place: string,
): { type: EdgeType; definition: EdgeDefinition } {
  const { allowedSourceTypes, allowedTargetTypes, metadata } = row;
  const attributes = readSchema(row.schema, place);
  const ends = { from: allowedSourceTypes, to: allowedTargetTypes };
  const type = toEdgeType({ ...partsOf(row), ...ends, attributes, indexes: metadata?.indexes }, nodes, place);
  const { description, from, to } = type;
  return { type, definition: Object.freeze({ attributes, description, from, to }) };
}

function readSchema(schema: JsonObject, place: string): AttributesSchema {
  const refuse = refuseFor(place);
  const attributes = fromJsonSchema(schema, refuse);
  if (!acceptsOnlyObjects(schema)) refuse("a schema of objects, as Type.Object() makes", "$", "a schema of more");
  return attributes as AttributesSchema;
}

function partsOf({ name, description, schema }: NodeTypeRow) {
  return { name, description, schema: structuredClone(schema) };
}

function checkRows(rows: unknown): void {
  const mismatch = findSchemaMismatch(Rows, rows);
  if (mismatch === undefined) return;
  const { expected, path, received } = mismatch;
  throw new StorageError("INVALID_MODULE", `Cannot load a graph type: ${expected} at ${path}: received ${received}`, {
    details: { wanted: expected, path, received },
  });
}
