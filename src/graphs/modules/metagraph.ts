import { Type } from "@sinclair/typebox";
import { defineGraph } from "../graph-module.ts";

const CLOSED = { additionalProperties: false };

const name = Type.String({ minLength: 1 });
const description = Type.String();
/** Any object: what a JSON Schema may hold is JSON Schema's affair. */
const schema = Type.Record(Type.String(), Type.Unknown());
const states = Type.Array(Type.String());
const indexes = Type.Optional(Type.Array(Type.String()));
/** The rules of a type that are not in its schema, beside what else is kept there. */
const rulesOfNodes = Type.Object({
  indexes,
  key: Type.Optional(Type.String()),
  transitions: Type.Optional(
    Type.Object({ attribute: Type.String(), allowed: Type.Record(Type.String(), states) }, CLOSED),
  ),
});
const rulesOfEdges = Type.Object({ indexes });

/**
 * The graph type of graph types: a graph of it says which types there are and which edges may join which nodes.
 *
 * `multi`, because an edge type can allow one node type as its source and as its target. An edge type without an
 * `allows_source` (`allows_target`) edge may start (end) anywhere.
 */
export const Metagraph = defineGraph({
  name: "metagraph",
  version: 1,
  description: "The graph types themselves",
  scope: "system",
  config: { type: "directed", multi: true, allowSelfLoops: false },
  nodes: {
    GraphType: Type.Object(
      {
        name,
        description,
        config: Type.Object(
          {
            type: Type.Union([Type.Literal("directed"), Type.Literal("undirected"), Type.Literal("mixed")]),
            multi: Type.Boolean(),
            allowSelfLoops: Type.Boolean(),
            acyclic: Type.Optional(Type.Boolean()),
          },
          CLOSED,
        ),
        version: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
        scope: Type.Union([Type.Literal("system"), Type.Literal("tenant"), Type.Literal("user")]),
      },
      { description: "A version of a graph type" },
    ),
    NodeType: Type.Object(
      { name, description, schema, metadata: Type.Optional(rulesOfNodes) },
      { description: "What the attributes of a node can be" },
    ),
    EdgeType: Type.Object(
      { name, description, schema, metadata: Type.Optional(rulesOfEdges) },
      { description: "What the attributes of an edge can be" },
    ),
  },
  edges: {
    has_node_type: { description: "A node type belongs to a graph type", from: ["GraphType"], to: ["NodeType"] },
    has_edge_type: { description: "An edge type belongs to a graph type", from: ["GraphType"], to: ["EdgeType"] },
    allows_source: { description: "Edges may lead from nodes of a type", from: ["EdgeType"], to: ["NodeType"] },
    allows_target: { description: "Edges may lead to nodes of a type", from: ["EdgeType"], to: ["NodeType"] },
  },
});
