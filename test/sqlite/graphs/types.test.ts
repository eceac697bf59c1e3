/**
 * Types are tested by the compiler: a line under `@ts-expect-error` must not compile, all others must. Nothing is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CallGraph,
  type CallStatus,
  type EdgeTypeName,
  type GraphModule,
  type NodeTypeName,
} from "../../../src/graphs/mod.ts";
import type { EdgeOf, GraphEdge, GraphNode, NodeOf } from "../../../src/sqlite/graphs/elements.ts";
import type { Graph } from "../../../src/sqlite/graphs/graph.ts";
import type { GraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { Dependencies } from "./fixture.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the type of `value` is `T` itself. */
function is<T>() {
  return <V>(_value: V, ..._same: Equal<V, T> extends true ? [] : ["is not the type"]): void => {};
}

type Packages = typeof Dependencies;
const call = { requestId: "r", operationId: "o", status: "pending", input: { any: ["thing"] } } as const;

function nodes(graph: Graph<typeof CallGraph>, packages: Graph<Packages>): void {
  is<string>()(graph.addNode("call", { attributes: call }));
  graph.addNode("call", { key: "r", attributes: { ...call, output: 5, startedAt: 1 }, metadata: { a: null } });
  // @ts-expect-error: no such node type
  graph.addNode("cal", { attributes: call });
  // @ts-expect-error: attributes are wanted
  graph.addNode("call", {});
  // @ts-expect-error: an attribute is missing
  graph.addNode("call", { attributes: { requestId: "r", operationId: "o", status: "pending" } });
  // @ts-expect-error: no such status
  graph.addNode("call", { attributes: { ...call, status: "done" } });
  // @ts-expect-error: a time is a number
  graph.addNode("call", { attributes: { ...call, startedAt: new Date() } });
  // @ts-expect-error: no such attribute
  graph.addNode("call", { attributes: { requestId: "r", operationId: "o", status: "pending", input: 1, outputt: 1 } });
  // @ts-expect-error: a misspelled member
  graph.addNode("call", { attributes: call, metdata: {} });
  // @ts-expect-error: metadata is JSON
  graph.addNode("call", { attributes: call, metadata: { at: new Date() } });
  // @ts-expect-error: an absent attribute is left out
  graph.addNode("call", { attributes: { ...call, startedAt: undefined } });

  packages.addNode("person", {}); // all attributes are optional
  packages.addNodes([{ type: "person" }, { type: "package", attributes: { license: "MIT" } }]);
  // @ts-expect-error: the attributes of another type
  packages.addNodes([{ type: "package", attributes: { name: "x" } }]);
  // @ts-expect-error: attributes are wanted
  packages.addNodes([{ type: "person" }, { type: "package" }]);
  // @ts-expect-error: no such type
  packages.addNodes([{ type: "pakage", attributes: { license: "MIT" } }]);
  // @ts-expect-error: one node is no list
  packages.addNodes({ type: "person" });
}

function updates(graph: Graph<typeof CallGraph>, packages: Graph<Packages>): void {
  graph.updateNode("call", { key: "r", attributes: { status: "running", output: undefined } });
  // @ts-expect-error: no such status
  graph.updateNode("call", { key: "r", attributes: { status: "ran" } });
  // @ts-expect-error: which node is wanted
  graph.updateNode("call", { attributes: { status: "running" } });
  // @ts-expect-error: no such attribute
  graph.updateNode("call", { key: "r", attributes: { state: "running" } });
  // @ts-expect-error: all attributes are wanted
  graph.replaceNode("call", { key: "r", attributes: { status: "running" } });
  graph.replaceNode("call", { attributes: call });
  graph.upsertNodes([{ type: "call", attributes: call }]);
  packages.updateNodes([
    { type: "package", key: "a", attributes: { size: 1 } },
    { type: "person", key: "p", attributes: { name: undefined } },
  ]);
  // @ts-expect-error: the attributes of another type
  packages.updateNodes([{ type: "person", key: "p", attributes: { size: 1 } }]);
  packages.renameNodes([["a", "b"]]);
  // @ts-expect-error: a pair is wanted
  packages.renameNodes([["a"]]);
  // @ts-expect-error: a node has a key
  packages.renameNode("a", null);
  // @ts-expect-error: keys are text
  packages.deleteNodes([1]);
}

function edges(graph: Graph<typeof CallGraph>, packages: Graph<Packages>): void {
  const ends = { source: "a", target: "b" };
  is<string>()(graph.addEdge("triggered", ends));
  is<string>()(packages.addEdge("depends_on", { ...ends, key: null, undirected: false, attributes: { range: "1" } }));
  // @ts-expect-error: no such edge type
  graph.addEdge("trigger", ends);
  // @ts-expect-error: a node type is no edge type
  graph.addEdge("call", ends);
  // @ts-expect-error: an end is missing
  graph.addEdge("triggered", { source: "a" });
  // @ts-expect-error: the edge type has no attributes
  graph.addEdge("triggered", { ...ends, attributes: { weight: 1 } });
  // @ts-expect-error: attributes are wanted
  packages.addEdge("depends_on", ends);
  // @ts-expect-error: an attribute is of another type
  packages.addEdge("depends_on", { ...ends, attributes: { range: 1 } });
  packages.addEdges([
    { type: "maintains", ...ends },
    { type: "depends_on", ...ends, attributes: { range: "1" } },
  ]);
  // @ts-expect-error: attributes are wanted
  packages.addEdges([{ type: "depends_on", ...ends }]);
  packages.updateEdge("depends_on", { edge: "k", attributes: { range: "2", dev: undefined } });
  packages.updateEdge("depends_on", { edge: { id: "x" } });
  // @ts-expect-error: an edge is named by its key or its id
  packages.updateEdge("depends_on", { edge: { key: "x" } });
  // @ts-expect-error: the ends of an edge stay
  packages.updateEdge("depends_on", { edge: "k", source: "c" });
  // @ts-expect-error: all attributes are wanted
  packages.replaceEdge("depends_on", { edge: "k", attributes: { dev: true } });
  packages.upsertEdge("maintains", { key: "k", ...ends });
  // @ts-expect-error: a key is wanted
  packages.upsertEdge("maintains", ends);
  // @ts-expect-error: a key is wanted
  packages.upsertEdges([{ type: "maintains", ...ends }]);
  packages.renameEdge({ id: "x" }, null);
  // @ts-expect-error: a key is text
  packages.deleteEdges([null]);
}

function reads(graph: Graph<Packages>, calls: Graph<typeof CallGraph>, store: GraphStore): void {
  const node = graph.getNode("a");
  is<GraphNode<Packages> | undefined>()(node);
  if (node?.type === "package") {
    is<string>()(node.attributes.license);
    is<{ stars: number } | undefined>()(node.attributes.stats);
    is<NodeOf<Packages, "package">>()(node);
    // @ts-expect-error: no such attribute
    node.attributes.name;
  } else if (node !== undefined) {
    is<"person">()(node.type);
    is<string | undefined>()(node.attributes.name);
  }
  // @ts-expect-error: which type it is must be asked first
  node?.attributes.license;
  // @ts-expect-error: what is read is not written to
  if (node !== undefined) node.key = "b";

  const edge = graph.getEdge("k");
  is<GraphEdge<Packages> | undefined>()(edge);
  if (edge?.type === "depends_on") {
    is<EdgeOf<Packages, "depends_on">>()(edge);
    is<{ range: string; dev?: boolean }>()(edge.attributes);
    is<string | null>()(edge.key);
  }
  is<CallStatus | undefined>()(calls.getNode("r")?.attributes.status); // there is one node type

  is<Graph<Packages>>()(store.graph("id", Dependencies));
  is<Graph<Packages>>()(store.createGraph(Dependencies, { name: "g" }));
  is<Graph<Packages>>()(graph.in({}));
  is<Packages>()(graph.module);
  const unknown = store.graph("id");
  is<Graph<GraphModule>>()(unknown);
  unknown.addNode("anything", { attributes: { any: "thing" } });
  is<unknown>()(unknown.getNode("a")!.attributes.any);
  // @ts-expect-error: layouts are two
  store.createGraph(CallGraph, { name: "g", layout: "own" });
  // @ts-expect-error: a misspelled filter
  store.listGraphs({ state: "active" });
}

/** What works on any graph asks for its module, since one graph type is not written to as another. */
function anyGraph<M extends GraphModule>(
  graph: Graph<M>,
): readonly [NodeTypeName<M> | undefined, EdgeTypeName<M> | undefined] {
  return [graph.getNode("a")?.type, graph.getEdge("k")?.type];
}

function anyGraphs(packages: Graph<Packages>): void {
  is<readonly ["package" | "person" | undefined, "depends_on" | "maintains" | undefined]>()(anyGraph(packages));
  // @ts-expect-error: it would be written to as a graph of anything
  const wide: Graph = packages;
  void wide;
}

test("the types of graphs are as tested above", () => {
  for (const typed of [nodes, updates, edges, reads, anyGraphs]) assert.equal(typeof typed, "function");
});
