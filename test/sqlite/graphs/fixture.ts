/**
 * The graph types, and the files to keep graphs of them in, of the tests in this folder.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Type } from "@sinclair/typebox";
import { defineGraph, type GraphConfig, type GraphModule } from "../../../src/graphs/mod.ts";
import type { Database } from "../../../src/honker/mod.ts";
import { createGraphStore, type GraphStoreOptions } from "../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../../support/temporary.ts";

export const Dependencies = defineGraph({
  name: "dependencies",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: {
    package: Type.Object({
      license: Type.String(),
      size: Type.Optional(Type.Integer()),
      stats: Type.Optional(Type.Object({ stars: Type.Integer() })),
    }),
    person: Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: false }),
  },
  edges: {
    depends_on: {
      attributes: Type.Object({ range: Type.String(), dev: Type.Optional(Type.Boolean()) }),
      from: ["package"],
      to: ["package"],
    },
    maintains: { from: ["person"], to: ["package"] },
  },
  indexes: { nodes: { package: ["license", "stats.stars"] }, edges: { depends_on: ["range"] } },
});

/** A graph type with other rules of structure: nodes `n` and `m`, edges `e` from any to any and `f` from n to m. */
export function ruled(config: Partial<GraphConfig>) {
  return defineGraph({
    name: "ruled",
    version: 1,
    config: { type: "directed", multi: false, allowSelfLoops: false, ...config },
    nodes: { n: Type.Object({}), m: Type.Object({}) },
    edges: { e: {}, f: { from: ["n"], to: ["m"] } },
  });
}

/** A new tenant file with its store. */
export function openStore(t: TestScope, options?: GraphStoreOptions) {
  const client = temporaryDatabase(t);
  const db = createTenantDatabase(client);
  return { client, db, store: createGraphStore(db, options) };
}

/** An empty graph of `module` in a new tenant file. */
export function openGraph<M extends GraphModule>(t: TestScope, module: M, options?: GraphStoreOptions) {
  const opened = openStore(t, options);
  opened.store.register(module);
  return { ...opened, graph: opened.store.createGraph(module, { name: "g" }) };
}

/** An empty graph with other rules of structure, and the nodes `a` to `d` of type `n` and `x` and `y` of type `m`. */
export function openRuled(t: TestScope, config: Partial<GraphConfig>) {
  const opened = openGraph(t, ruled(config));
  opened.graph.addNodes("abcd".split("").map((key) => ({ type: "n", key })));
  opened.graph.addNodes("xy".split("").map((key) => ({ type: "m", key })));
  return opened;
}

/** Asserts that `work` breaks a rule of the graph type, and what is said of it. */
export function breaks(work: () => unknown, rule: string, message: string | RegExp): void {
  assert.throws(work, (error: Error & { code?: string; details?: { rule?: string } }) => {
    assert.equal(error.code, "INVALID_GRAPH", error.stack);
    assert.equal(error.details?.rule, rule);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

/** All that is stored in a graph, in the order of its writing, and with what is said of it but its times. */
export function contents(graph: { readonly id: string }, client: Database) {
  const nodes = 'SELECT key, type, attributes, metadata FROM nodes WHERE graph_id = ? ORDER BY "rowid"';
  const edges = `SELECT key, type, source_node_key, target_node_key, undirected, attributes, metadata FROM edges
    WHERE graph_id = ? ORDER BY "rowid"`;
  return { nodes: client.values(nodes, [graph.id]), edges: client.values(edges, [graph.id]) };
}
