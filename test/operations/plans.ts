import { Type } from "@sinclair/typebox";
import { defineGraph } from "../../src/graphs/mod.ts";

/** A graph type with a state, a rule of structure, and a schema that refers to itself. */
export const Plans = defineGraph({
  name: "plans",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false, acyclic: true },
  nodes: {
    task: Type.Object(
      {
        title: Type.String(),
        state: Type.Union([Type.Literal("open"), Type.Literal("done")]),
        size: Type.Optional(Type.Integer()),
        secret: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    tree: Type.Object({
      root: Type.Recursive((This) => Type.Object({ name: Type.String(), inner: Type.Array(This) }), { $id: "Tree" }),
    }),
  },
  edges: {
    needs: { attributes: Type.Object({ reason: Type.Optional(Type.String()) }), from: ["task"], to: ["task"] },
  },
  transitions: { task: { attribute: "state", allowed: { open: ["done"], done: [] } } },
});
