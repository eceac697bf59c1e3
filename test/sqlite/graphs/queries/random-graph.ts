/**
 * Random graphs, each in a graph store and in graphology.
 *
 * @module
 */
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { defineGraph, type GraphConfig } from "../../../../src/graphs/mod.ts";
import type { GraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { Graph } from "../../../support/graphology.ts";

/** All rules of structure that graphology has. */
export const CONFIGS: readonly GraphConfig[] = (["directed", "undirected", "mixed"] as const).flatMap((type) =>
  [false, true].flatMap((multi) => [false, true].map((allowSelfLoops) => ({ type, multi, allowSelfLoops }))),
);

/** What the rules are, for the name of a test. */
export function nameOf({ type, multi, allowSelfLoops, acyclic }: GraphConfig): string {
  return [type, multi && "multi", allowSelfLoops && "self loops", acyclic && "acyclic"].filter(Boolean).join(", ");
}

/** A graph type of nodes `n` and `m` and of edges `e` and `f` between any of them. */
export function randomModule(config: GraphConfig) {
  return defineGraph({
    name: nameOf(config),
    version: 1,
    config,
    nodes: { n: Type.Object({ rank: Type.Integer() }), m: Type.Object({ rank: Type.Integer() }) },
    edges: { e: {}, f: {} },
  });
}

export type RandomModule = ReturnType<typeof randomModule>;

/** An edge of a random graph, before the rules have their say. */
interface Draft {
  readonly source: number;
  readonly target: number;
  readonly undirected: boolean;
  readonly type: "e" | "f";
}

/** A random graph: how many nodes it has, and what edges it shall have. */
export interface RandomGraph {
  readonly order: number;
  readonly edges: readonly Draft[];
}

/** Graphs from empty ones to dense ones. @param isAcyclic whether edges lead to later nodes only */
export function randomGraphs(isAcyclic = false): fc.Arbitrary<RandomGraph> {
  return fc.integer({ min: 1, max: 14 }).chain((order) => {
    const node = fc.nat({ max: order - 1 });
    const draft = fc.record({
      source: node,
      target: node,
      undirected: fc.boolean(),
      type: fc.constantFrom("e" as const, "f" as const),
    });
    const edges = fc.array(draft, { maxLength: order * 2 });
    return edges.map((list) => ({ order, edges: isAcyclic ? list.map(forward).filter(isNoLoop) : list }));
  });
}

/** The key of a node: such that their order is not the one in which they are added. */
export function keyOf(index: number): string {
  return `${(index * 5) % 14}'"`;
}

/** Puts a random graph into the store and into graphology; edges that a rule refuses are left out of both. */
export function buildBoth(store: GraphStore, module: RandomModule, { order, edges }: RandomGraph) {
  const { type, multi, allowSelfLoops } = module.config;
  const graph = store.createGraph(module, { name: "random" });
  const model = new Graph({ type, multi, allowSelfLoops });
  const nodes = Array.from({ length: order }, (_, rank) => {
    model.addNode(keyOf(rank));
    return { type: rank % 3 === 0 ? ("m" as const) : ("n" as const), key: keyOf(rank), attributes: { rank } };
  });
  graph.addNodes(nodes);
  for (const { source: from, target: to, type: edgeType, ...draft } of edges) {
    const [source, target] = [keyOf(from), keyOf(to)];
    const undirected = type === "mixed" ? draft.undirected : type === "undirected";
    if (source === target && !allowSelfLoops) continue;
    const hasOne = undirected ? model.hasUndirectedEdge(source, target) : model.hasDirectedEdge(source, target);
    if (hasOne && !multi) continue;
    const id = graph.addEdge(edgeType, { source, target, undirected });
    if (undirected) model.addUndirectedEdgeWithKey(id, source, target, { type: edgeType });
    else model.addDirectedEdgeWithKey(id, source, target, { type: edgeType });
  }
  return { graph, model };
}

/** `model` without the edges that are of other types. */
export function ofTypes(model: Graph, types: readonly string[]): Graph {
  const copy = model.copy() as Graph;
  model.forEachEdge((edge, attributes) => {
    if (!types.includes(attributes.type as string)) copy.dropEdge(edge);
  });
  return copy;
}

function forward(draft: Draft): Draft {
  const { source, target } = draft;
  return { ...draft, source: Math.min(source, target), target: Math.max(source, target) };
}

function isNoLoop({ source, target }: Draft): boolean {
  return source !== target;
}
