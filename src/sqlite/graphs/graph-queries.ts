import { checkBoolean, checkInteger, checkOptions } from "../../arguments.ts";
import type { EdgeTypeName, GraphModule, NodeTypeName } from "../../graphs/mod.ts";
import type { EdgeOf, GraphEdge, GraphNode, NodeOf } from "./elements.ts";
import type { GraphContext } from "./graph-context.ts";
import { componentsOf } from "./queries/components.ts";
import { type Degrees, degreeOf, degreesOf } from "./queries/degrees.ts";
import { edgeScan } from "./queries/edge-scan.ts";
import { stepOver, tracedStepOver } from "./queries/edge-steps.ts";
import { EdgeQuery, NodeQuery } from "./queries/element-query.ts";
import { findCycle, hasCycle } from "./queries/find-cycle.ts";
import { hasNoEdge } from "./queries/generations.ts";
import { neighboursOf } from "./queries/neighbours.ts";
import { nodeScan } from "./queries/node-scan.ts";
import { nodeWalk, type Reached, type WalkParts } from "./queries/node-walk.ts";
import { checkCount, checkDirection, checkKey, checkTypes } from "./queries/options.ts";
import type {
  Direction,
  DirectionOptions,
  EdgeOptions,
  EdgeTypesOptions,
  EndOptions,
  NeighbourOptions,
  NodeOptions,
  OrderOptions,
  PathOptions,
  SubgraphOptions,
  WalkOptions,
} from "./queries/questions.ts";
import { readNodes, requireNode } from "./queries/read-nodes.ts";
import { findPath } from "./queries/shortest-path.ts";
import { readSubgraph, type Subgraph } from "./queries/subgraph.ts";
import { topologicalOrder } from "./queries/topological-order.ts";

/** What {@link GraphQueries.nodes} and the like take: a type and options, or options alone. */
type Asked = string | object | undefined;

const PAGE = ["where", "orderBy", "limit", "offset"];
const FAR = Number.POSITIVE_INFINITY;

/**
 * The questions that a graph answers, in SQL: of its file, or of what an open transaction sees.
 *
 * A wrong option, type, path or value is refused at once, before anything is read; that a node is not there is told when
 * the answer is read. Walks and searches leave each node once, so cycles end, and remember the keys they have reached: more
 * than ten million are refused. Several statements of one answer see one state of the file.
 */
export class GraphQueries<M extends GraphModule> {
  readonly #context: GraphContext;

  constructor(context: GraphContext) {
    this.#context = context;
  }

  /**
   * The nodes of the graph, or of one type, that pass a filter over their attributes.
   *
   * An index that the module declares is used where the type is given.
   *
   * ```ts
   * graph.nodes("package", { where: { license: "MIT", "stats.size": { gte: 10 } }, limit: 20 }).all();
   * for (const node of graph.nodes()) console.log(node.key); // however many there are
   * ```
   *
   * @throws {TypeError} If the type, a path, an operator or a value is none.
   */
  nodes(options?: NodeOptions<M, NodeTypeName<M>>): NodeQuery<GraphNode<M>>;
  nodes<Name extends NodeTypeName<M>>(type: Name, options?: NodeOptions<M, Name>): NodeQuery<NodeOf<M, Name>>;
  nodes(asked?: Asked, more?: object): NodeQuery<unknown> {
    return this.#nodes("nodes", asked, more);
  }

  /**
   * The nodes to which no edge leads. An edge without direction leads to both of its nodes, a self loop to its node.
   *
   * @throws {TypeError} As {@link nodes} does.
   */
  roots(options?: EndOptions<M, NodeTypeName<M>>): NodeQuery<GraphNode<M>>;
  roots<Name extends NodeTypeName<M>>(type: Name, options?: EndOptions<M, Name>): NodeQuery<NodeOf<M, Name>>;
  roots(asked?: Asked, more?: object): NodeQuery<unknown> {
    return this.#nodes("roots", asked, more, "in");
  }

  /**
   * The nodes from which no edge leads. An edge without direction leads from both of its nodes, a self loop from its node.
   *
   * @throws {TypeError} As {@link nodes} does.
   */
  leaves(options?: EndOptions<M, NodeTypeName<M>>): NodeQuery<GraphNode<M>>;
  leaves<Name extends NodeTypeName<M>>(type: Name, options?: EndOptions<M, Name>): NodeQuery<NodeOf<M, Name>>;
  leaves(asked?: Asked, more?: object): NodeQuery<unknown> {
    return this.#nodes("leaves", asked, more, "out");
  }

  /**
   * The edges of the graph, or of one type, that have these ends and pass a filter over their attributes.
   *
   * @throws {TypeError} As {@link nodes} does.
   */
  edges(options?: EdgeOptions<M, EdgeTypeName<M>>): EdgeQuery<GraphEdge<M>>;
  edges<Name extends EdgeTypeName<M>>(type: Name, options?: EdgeOptions<M, Name>): EdgeQuery<EdgeOf<M, Name>>;
  edges(asked?: Asked, more?: object): EdgeQuery<unknown> {
    const action = "query edges";
    const [types, options] = split<EdgeOptions<M, EdgeTypeName<M>>>(asked, more, action);
    checkOptions(options, [...PAGE, "source", "target", "after"], "edges");
    checkTypes(this.#context, "edges", types, action);
    const { source, target, where, orderBy, limit, offset, after } = options;
    if (source !== undefined) checkKey(source, action, "source");
    if (target !== undefined) checkKey(target, action, "target");
    checkCount(limit, action, "limit");
    checkCount(offset, action, "offset");
    checkAfter(after, orderBy, action);
    for (const name of ["source", "target", "id"] as const) if (after) checkKey(after[name], action, `after.${name}`);
    const scan = edgeScan(this.#context, { types, source, target, where, orderBy, limit, offset, after });
    return new EdgeQuery(this.#context.connection, scan);
  }

  /**
   * The nodes that an edge joins to one, each once, by their keys; itself among them if it has a self loop.
   *
   * @throws {TypeError} If an option is none.
   */
  neighbours<Name extends NodeTypeName<M> = NodeTypeName<M>>(
    key: string,
    options: NeighbourOptions<M, Name> = {},
  ): NodeQuery<NodeOf<M, Name>> {
    const action = "find the neighbours of a node";
    checkKey(key, action);
    checkOptions(options, ["direction", "edgeTypes", "types", "where", "limit"], "neighbours");
    const { direction = "both", edgeTypes, types, where, limit } = options;
    checkDirection(direction, action);
    checkTypes(this.#context, "edges", edgeTypes, action);
    checkTypes(this.#context, "nodes", types, action);
    checkCount(limit, action, "limit");
    const found = neighboursOf(this.#context, { key, direction, edgeTypes, types, where, limit });
    return new NodeQuery(this.#context.connection, found) as unknown as NodeQuery<NodeOf<M, Name>>;
  }

  /**
   * How many ends of edges a node holds, two for a self loop; with a direction, those of edges in it and without one.
   *
   * @throws {StorageError} `NOT_FOUND` if there is no such node.
   */
  degree(key: string, options: DirectionOptions<M> = {}): number {
    const action = "tell the degree of a node";
    checkKey(key, action);
    checkOptions(options, ["direction", "edgeTypes"], "degree");
    const { direction = "both", edgeTypes } = options;
    checkDirection(direction, action);
    checkTypes(this.#context, "edges", edgeTypes, action);
    return degreeOf(this.#context, this.#context.connection.reader, key, direction, edgeTypes);
  }

  /**
   * How many ends of edges a node holds, by direction; a self loop has two.
   *
   * @throws {StorageError} `NOT_FOUND` if there is no such node.
   */
  degrees(key: string, options: EdgeTypesOptions<M> = {}): Degrees {
    const action = "tell the degrees of a node";
    checkKey(key, action);
    checkOptions(options, ["edgeTypes"], "degrees");
    const { edgeTypes } = options;
    checkTypes(this.#context, "edges", edgeTypes, action);
    return degreesOf(this.#context, this.#context.connection.reader, key, edgeTypes);
  }

  /**
   * The nodes from which edges lead to one, over any number of edges: nearest first, each once with its least depth.
   *
   * @throws {TypeError} If an option is none. @throws {RangeError} If `maxDepth` or `limit` is no number of them.
   */
  ancestors(key: string, options: WalkOptions<M> = {}): NodeQuery<Reached<GraphNode<M>>> {
    return this.#walk("ancestors", key, "in", options);
  }

  /**
   * The nodes to which edges lead from one, over any number of edges: nearest first, each once with its least depth.
   *
   * @throws {TypeError} If an option is none. @throws {RangeError} If `maxDepth` or `limit` is no number of them.
   */
  descendants(key: string, options: WalkOptions<M> = {}): NodeQuery<Reached<GraphNode<M>>> {
    return this.#walk("descendants", key, "out", options);
  }

  /**
   * How it came to a node: its ancestors, farthest first, and the node itself last, with depth 0.
   *
   * In a tree that is the path from the root. Where a node has several parents, all of their ancestors are there, each
   * once, by its least depth.
   *
   * @throws {TypeError} If an option is none.
   */
  lineage(key: string, options: EdgeTypesOptions<M> = {}): NodeQuery<Reached<GraphNode<M>>> {
    checkOptions(options, ["edgeTypes"], "lineage");
    return this.#walk("lineage", key, "in", { ...options, includeStart: true }, true);
  }

  /**
   * The nodes that are connected with one, whatever the direction of the edges: itself first, then nearest first.
   *
   * @throws {TypeError} If an option is none.
   */
  componentOf(key: string, options: EdgeTypesOptions<M> = {}): NodeQuery<Reached<GraphNode<M>>> {
    checkOptions(options, ["edgeTypes"], "componentOf");
    return this.#walk("componentOf", key, "both", { ...options, includeStart: true });
  }

  /**
   * The keys of each connected component, whatever the direction of the edges, found while you iterate: in the order of
   * their least keys, which stand first in each.
   *
   * Memory holds one component, and the keys of found ones that come later in the order of keys. All are of one state of
   * the file, which its log can't get rid of before the loop ends.
   *
   * @throws {TypeError} If an option is none.
   */
  components(options: EdgeTypesOptions<M> = {}): Iterable<string[]> {
    checkOptions(options, ["edgeTypes"], "components");
    const { edgeTypes } = options;
    checkTypes(this.#context, "edges", edgeTypes, "find components");
    const context = this.#context;
    return {
      *[Symbol.iterator]() {
        const snapshot = context.connection.snapshot();
        try {
          yield* componentsOf(context, snapshot, edgeTypes);
        } finally {
          snapshot.close();
        }
      },
    };
  }

  /**
   * The nodes of a path with as few edges as possible, both ends included; undefined if there is none.
   *
   * @throws {StorageError} `NOT_FOUND` if one of the nodes is not there.
   * @throws {RangeError} If `maxDepth` is no number of edges.
   */
  shortestPath(from: string, to: string, options: PathOptions<M> = {}): GraphNode<M>[] | undefined {
    const action = "find a path";
    checkKey(from, action, "from");
    checkKey(to, action, "to");
    checkOptions(options, ["direction", "edgeTypes", "maxDepth"], "shortestPath");
    const { direction = "out", edgeTypes, maxDepth } = options;
    checkDirection(direction, action);
    checkTypes(this.#context, "edges", edgeTypes, action);
    checkCount(maxDepth, action, "maxDepth");
    const context = this.#context;
    const back: Direction = direction === "both" ? "both" : direction === "out" ? "in" : "out";
    const steps = {
      forward: tracedStepOver(context, direction, edgeTypes),
      backward: tracedStepOver(context, back, edgeTypes),
    };
    return context.connection.inOneState((reader) => {
      requireNode(context, reader, from, action);
      requireNode(context, reader, to, action);
      const keys = findPath(reader, steps, from, to, maxDepth ?? FAR);
      return keys && (readNodes(context, reader, keys) as GraphNode<M>[]);
    });
  }

  /**
   * The keys of nodes of which each has an edge to the next, and the last to the first; undefined if there is no cycle. An
   * edge without direction is one.
   *
   * @throws {TypeError} If an option is none.
   */
  findCycle(options: EdgeTypesOptions<M> = {}): string[] | undefined {
    checkOptions(options, ["edgeTypes"], "findCycle");
    checkTypes(this.#context, "edges", options.edgeTypes, "look for a cycle");
    return this.#context.connection.inOneState((reader) => findCycle(this.#context, reader, options));
  }

  /** Whether there is a cycle; see {@link findCycle}. @throws {TypeError} If an option is none. */
  hasCycle(options: EdgeTypesOptions<M> = {}): boolean {
    checkOptions(options, ["edgeTypes"], "hasCycle");
    checkTypes(this.#context, "edges", options.edgeTypes, "look for a cycle");
    return this.#context.connection.inOneState((reader) => hasCycle(this.#context, reader, options.edgeTypes));
  }

  /**
   * All nodes in an order in which every edge leads to a later one: first those to which none leads.
   *
   * Reading them throws `INVALID_GRAPH` if there is a cycle, but not before what does not depend on it was given: with a
   * limit or while iterating, that comes first.
   *
   * @throws {TypeError} If an option is none.
   */
  topologicalOrder(options: OrderOptions<M> = {}): NodeQuery<GraphNode<M>> {
    const action = "put nodes into topological order";
    checkOptions(options, ["edgeTypes", "limit"], "topologicalOrder");
    checkTypes(this.#context, "edges", options.edgeTypes, action);
    checkCount(options.limit, action, "limit");
    const order = topologicalOrder(this.#context, options.edgeTypes, options.limit);
    return new NodeQuery(this.#context.connection, order) as unknown as NodeQuery<GraphNode<M>>;
  }

  /**
   * A node, the nodes within `depth` edges of it, and all edges among them.
   *
   * @throws {StorageError} `NOT_FOUND` if there is no such node; `RESULT_TOO_LARGE` if there are more than 100 000 nodes or
   * edges.
   */
  subgraph(key: string, options: SubgraphOptions<M>): Subgraph<GraphNode<M>, GraphEdge<M>> {
    const action = "read a subgraph";
    checkKey(key, action);
    checkOptions(options, ["depth", "direction", "edgeTypes"], "subgraph");
    const { depth, direction = "both", edgeTypes } = options ?? {};
    checkInteger(depth, 0, action, "depth");
    checkDirection(direction, action);
    checkTypes(this.#context, "edges", edgeTypes, action);
    const parts = { key, depth, direction, edgeTypes, action };
    return this.#context.connection.inOneState((reader) => readSubgraph(this.#context, reader, parts)) as Subgraph<
      GraphNode<M>,
      GraphEdge<M>
    >;
  }

  #nodes(callee: string, asked: Asked, more: object | undefined, end?: "in" | "out"): NodeQuery<unknown> {
    const action = `query ${callee}`;
    const [types, options] = split<EndOptions<M, NodeTypeName<M>>>(asked, more, action);
    checkOptions(options, end === undefined ? [...PAGE, "after"] : [...PAGE, "after", "edgeTypes"], callee);
    checkTypes(this.#context, "nodes", types, action);
    const { where, orderBy, limit, offset, after, edgeTypes } = options;
    checkTypes(this.#context, "edges", edgeTypes, action);
    checkCount(limit, action, "limit");
    checkCount(offset, action, "offset");
    const condition = end && hasNoEdge(this.#context, end, edgeTypes);
    checkAfter(after, orderBy, action);
    if (typeof after === "string") checkKey(after, action, "after");
    const scan = nodeScan(this.#context, { types, where, orderBy, limit, offset, after, condition });
    return new NodeQuery(this.#context.connection, scan);
  }

  #walk(callee: string, start: string, direction: Direction, options: WalkOptions<M>, isFarthestFirst = false) {
    const action = "walk from a node";
    checkKey(start, action);
    checkOptions(options, ["edgeTypes", "includeStart", "limit", "maxDepth"], callee);
    const { edgeTypes, maxDepth, limit, includeStart = false } = options;
    checkTypes(this.#context, "edges", edgeTypes, action);
    checkCount(maxDepth, action, "maxDepth");
    checkCount(limit, action, "limit");
    checkBoolean(includeStart, action, "includeStart");
    const step = stepOver(this.#context, direction, edgeTypes);
    const parts: WalkParts = { start, step, maxDepth: maxDepth ?? FAR, limit, includeStart, isFarthestFirst, action };
    const found = nodeWalk(this.#context, parts);
    return new NodeQuery(this.#context.connection, found) as unknown as NodeQuery<Reached<GraphNode<M>>>;
  }
}

/** @throws {TypeError} If `after` is no place to begin behind, or there is another order. */
function checkAfter(after: unknown, orderBy: unknown, action: string): void {
  if (after === undefined) return;
  if (orderBy !== undefined)
    throw new TypeError(`Cannot ${action}: after is for the order of places: received orderBy`);
  if (after === null || typeof after === (action === "query edges" ? "object" : "string")) return;
  throw new TypeError(`Cannot ${action}: after must be what comes before the page, or null: received ${typeof after}`);
}

/** @throws {TypeError} If there is something behind options. */
function split<Options extends object>(
  asked: Asked,
  more: object | undefined,
  action: string,
): [types: string[] | undefined, Options] {
  if (typeof asked === "string") return [[asked], (more === undefined ? {} : more) as Options];
  if (more === undefined) return [undefined, (asked === undefined ? {} : asked) as Options];
  throw new TypeError(`Cannot ${action}: the name of a type is wanted before options: received ${typeof asked}`);
}
