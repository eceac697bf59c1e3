import type { EdgeAttributes, EdgeTypeName, GraphModule, NodeAttributes, NodeTypeName } from "../../../graphs/mod.ts";
import type { Filter, OrderBy } from "./filter.ts";

/**
 * Along which edges to go: `out` from source to target, `in` against that, `both` either way. Edges without direction are
 * gone both ways by each.
 */
export type Direction = "out" | "in" | "both";

/** Which nodes are meant, in which order, and how many of them. */
export interface NodeOptions<M extends GraphModule, Name extends NodeTypeName<M>> {
  /** @default all */
  readonly where?: Filter<NodeAttributes<M, Name>>;
  /** @default by type, and in a type in the order in which they were added */
  readonly orderBy?: OrderBy<NodeAttributes<M, Name>>;
  /** The most that are found. @default all */
  readonly limit?: number;
  /** How many to leave out before those. @default 0 */
  readonly offset?: number;
  /** Only nodes whose keys come behind this one, null for all: in the order of their keys then, a page at a time. */
  readonly after?: string | null;
}

/** The place of an edge among the edges of its graph, ordered by the keys of its source and target and by its id. */
export interface EdgePlace {
  readonly source: string;
  readonly target: string;
  readonly id: string;
}

/** Which edges are meant, in which order, and how many of them. */
export interface EdgeOptions<M extends GraphModule, Name extends EdgeTypeName<M>> {
  /** The key of the node where they begin; of edges without direction, of the one that was given first. @default any */
  readonly source?: string;
  /** The key of the node where they end; of edges without direction, of the one that was given second. @default any */
  readonly target?: string;
  /** @default all */
  readonly where?: Filter<EdgeAttributes<M, Name>>;
  /** @default by the keys of the sources, then of the targets, then in the order in which they were added */
  readonly orderBy?: OrderBy<EdgeAttributes<M, Name>>;
  /** The most that are found. @default all */
  readonly limit?: number;
  /** How many to leave out before those. @default 0 */
  readonly offset?: number;
  /** Only edges that come behind this place, null for all: in the order of their places then, a page at a time. */
  readonly after?: EdgePlace | null;
}

/** Which edges count. */
export interface EdgeTypesOptions<M extends GraphModule> {
  /** @default all types */
  readonly edgeTypes?: readonly EdgeTypeName<M>[];
}

/** Which edges count, and which way. */
export interface DirectionOptions<M extends GraphModule> extends EdgeTypesOptions<M> {
  /** @default "both" */
  readonly direction?: Direction;
}

/** Which nodes are meant, and which edges count for them. */
export type EndOptions<M extends GraphModule, Name extends NodeTypeName<M>> = NodeOptions<M, Name> &
  EdgeTypesOptions<M>;

/** Which neighbours are meant, and how many of them. */
export interface NeighbourOptions<M extends GraphModule, Name extends NodeTypeName<M>> extends DirectionOptions<M> {
  /** Types of nodes. @default all */
  readonly types?: readonly Name[];
  /** @default all */
  readonly where?: Filter<NodeAttributes<M, Name>>;
  /** The most that are found. @default all */
  readonly limit?: number;
}

/** How far a walk goes. */
export interface WalkOptions<M extends GraphModule> extends EdgeTypesOptions<M> {
  /** The most edges between the start and what is found. @default as far as edges lead */
  readonly maxDepth?: number;
  /** The most nodes that are found, the nearest. @default all */
  readonly limit?: number;
  /** Whether the node where the walk begins is found as well, with depth 0. @default false */
  readonly includeStart?: boolean;
}

/** Which paths count. */
export interface PathOptions<M extends GraphModule> extends EdgeTypesOptions<M> {
  /** @default "out" */
  readonly direction?: Direction;
  /** The most edges of a path. @default any number */
  readonly maxDepth?: number;
}

/** How many nodes of an order are wanted. */
export interface OrderOptions<M extends GraphModule> extends EdgeTypesOptions<M> {
  /** The most that are found. @default all */
  readonly limit?: number;
}

/** How large a subgraph is. */
export interface SubgraphOptions<M extends GraphModule> extends DirectionOptions<M> {
  /** The most edges between the node and another one. */
  readonly depth: number;
}
