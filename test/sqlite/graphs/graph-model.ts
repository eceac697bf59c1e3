/**
 * What a graph does with writes, in plain JavaScript: slow, short, and all in memory.
 *
 * @module
 */
import type { GraphConfig } from "../../../src/graphs/mod.ts";

export interface NodeValues {
  readonly type: string;
  readonly key: string;
  readonly v?: unknown;
}

export interface EdgeValues {
  readonly type: string;
  readonly key: string | null;
  readonly source: string;
  readonly target: string;
  readonly undirected?: boolean;
  readonly v?: unknown;
}

/** One write. */
export type Step =
  | { readonly do: "addNodes"; readonly nodes: readonly NodeValues[] }
  | { readonly do: "updateNode" | "replaceNode" | "upsertNode"; readonly node: NodeValues }
  | { readonly do: "renameNode"; readonly from: string; readonly to: string }
  | { readonly do: "deleteNode"; readonly key: string }
  | { readonly do: "addEdges"; readonly edges: readonly EdgeValues[] }
  | { readonly do: "upsertEdge"; readonly edge: EdgeValues & { readonly key: string } }
  | { readonly do: "updateEdge" | "replaceEdge"; readonly type: string; readonly key: string; readonly v?: unknown }
  | { readonly do: "renameEdge"; readonly from: string; readonly to: string | null }
  | { readonly do: "deleteEdge"; readonly key: string };

/** Its message is the code of the error, or, where a rule is broken, the name of the rule. */
export class Refusal extends Error {}

interface ModelNode {
  readonly type: string;
  attributes: Record<string, unknown>;
}

interface ModelEdge {
  readonly type: string;
  key: string | null;
  source: string;
  target: string;
  readonly undirected: boolean;
  attributes: Record<string, unknown>;
}

/** A graph of nodes `n` and `m`, edges `e` from any to any and `f` from n to m, and an optional number `v` in each. */
export class GraphModel {
  nodes = new Map<string, ModelNode>();
  edges: ModelEdge[] = [];
  readonly #config: GraphConfig;

  constructor(config: GraphConfig) {
    this.#config = config;
  }

  /** All or nothing. @throws {Refusal} */
  together(work: () => void): void {
    const before = structuredClone({ nodes: this.nodes, edges: this.edges });
    try {
      work();
    } catch (error) {
      Object.assign(this, before);
      throw error;
    }
  }

  /** @throws {Refusal} */
  run(step: Step): void {
    this.together(() => {
      if (step.do === "addNodes") for (const node of step.nodes) this.#addNode(node);
      else if (step.do === "addEdges") for (const edge of step.edges) this.#addEdge(edge);
      else if ("node" in step) this.#changeNode(step.do, step.node);
      else if (step.do === "renameNode") this.#renameNode(step.from, step.to);
      else if (step.do === "deleteNode") this.#deleteNode(step.key);
      else if (step.do === "upsertEdge") this.#upsertEdge(step.edge);
      else if (step.do === "renameEdge") this.#renameEdge(step.from, step.to);
      else if (step.do === "deleteEdge") this.edges = this.edges.filter(({ key }) => key !== step.key);
      else this.#changeEdge(this.#edge(step.key), step.type, step.v, step.do === "updateEdge");
    });
  }

  #addNode({ type, key, v }: NodeValues): void {
    checkValue(v);
    if (this.nodes.has(key)) throw new Refusal("ALREADY_EXISTS");
    this.nodes.set(key, { type, attributes: attributesOf(v) });
  }

  #changeNode(how: "updateNode" | "replaceNode" | "upsertNode", node: NodeValues): void {
    const stored = this.nodes.get(node.key);
    if (stored === undefined) {
      if (how !== "upsertNode") throw new Refusal("NOT_FOUND");
      this.#addNode(node);
      return;
    }
    if (stored.type !== node.type) throw new Refusal("type");
    checkValue(node.v);
    stored.attributes = changed(stored.attributes, node.v, how === "updateNode");
  }

  #renameNode(from: string, to: string): void {
    const node = this.nodes.get(from);
    if (node === undefined) throw new Refusal("NOT_FOUND");
    if (from !== to && this.nodes.has(to)) throw new Refusal("ALREADY_EXISTS");
    this.nodes.delete(from);
    this.nodes.set(to, node);
    for (const edge of this.edges) {
      if (edge.source === from) edge.source = to;
      if (edge.target === from) edge.target = to;
    }
  }

  #deleteNode(key: string): void {
    this.nodes.delete(key);
    this.edges = this.edges.filter(({ source, target }) => source !== key && target !== key);
  }

  #addEdge({ type, key, source, target, v, ...given }: EdgeValues): void {
    const config = this.#config;
    const [from, to] = [this.nodes.get(source)?.type, this.nodes.get(target)?.type];
    if (from === undefined || to === undefined) throw new Refusal("NOT_FOUND");
    const { undirected = config.type === "undirected" } = given;
    if (config.type !== "mixed" && undirected !== (config.type === "undirected")) throw new Refusal("direction");
    const fits = type === "e" || (from === "n" && to === "m") || (undirected && from === "m" && to === "n");
    if (!fits) throw new Refusal("endpoints");
    if (!config.allowSelfLoops && source === target) throw new Refusal("selfLoop");
    checkValue(v);
    const isAlike = (edge: ModelEdge) => edge.undirected === undirected && joins(edge, source, target);
    if (!config.multi && this.edges.some(isAlike)) throw new Refusal("multi");
    if (config.acyclic && this.#reaches(target, source)) throw new Refusal("acyclic");
    if (key !== null && this.#edge(key) !== undefined) throw new Refusal("ALREADY_EXISTS");
    this.edges.push({ type, key, source, target, undirected, attributes: attributesOf(v) });
  }

  #upsertEdge(edge: EdgeValues & { readonly key: string }): void {
    const { source, target, undirected = this.#config.type === "undirected" } = edge;
    const stored = this.#edge(edge.key);
    if (stored === undefined) {
      this.#addEdge(edge);
      return;
    }
    if (stored.undirected !== undirected || !joins(stored, source, target)) throw new Refusal("ends");
    this.#changeEdge(stored, edge.type, edge.v, false);
  }

  #changeEdge(stored: ModelEdge | undefined, type: string, v: unknown, merges: boolean): void {
    if (stored === undefined) throw new Refusal("NOT_FOUND");
    if (stored.type !== type) throw new Refusal("type");
    checkValue(v);
    stored.attributes = changed(stored.attributes, v, merges);
  }

  #renameEdge(from: string, to: string | null): void {
    const edge = this.#edge(from);
    if (edge === undefined) throw new Refusal("NOT_FOUND");
    const other = to === null ? undefined : this.#edge(to);
    if (other !== undefined && other !== edge) throw new Refusal("ALREADY_EXISTS");
    edge.key = to;
  }

  #edge(key: string): ModelEdge | undefined {
    return this.edges.find((edge) => edge.key === key);
  }

  #reaches(from: string, to: string): boolean {
    const reached = new Set([from]);
    for (const key of reached) for (const { source, target } of this.edges) if (source === key) reached.add(target);
    return reached.has(to);
  }
}

/** The attributes that stand for `v`. */
export function attributesOf(v: unknown): Record<string, unknown> {
  return v === undefined ? {} : { v };
}

function joins(edge: ModelEdge, source: string, target: string): boolean {
  if (edge.source === source && edge.target === target) return true;
  return edge.undirected && edge.source === target && edge.target === source;
}

function changed(stored: Record<string, unknown>, v: unknown, merges: boolean): Record<string, unknown> {
  return merges ? { ...stored, ...attributesOf(v) } : attributesOf(v);
}

function checkValue(v: unknown): void {
  if (v !== undefined && typeof v !== "number") throw new Refusal("attributes");
}
