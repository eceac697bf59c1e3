import type { StorageError } from "../../../errors.ts";
import { quote } from "../../../json-values.ts";
import { cachedText } from "../cached-text.ts";
import type { GraphContext } from "../graph-context.ts";
import { findCycle } from "../queries/find-cycle.ts";
import { wouldCloseCycle } from "../queries/would-close-cycle.ts";
import { nameEdge, ruleBroken } from "../refusals.ts";
import type { StoredEdge } from "./stored-edges.ts";
import type { WriteSession } from "./write-session.ts";

/** An edge that is about to be written, as far as these rules look at it. */
interface NewEdge {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly key?: string | null;
}

const MOST_ALONE = 1000; // edges of one write that are looked at alone
const MOST_ALONE_MS = 50; // that this may take: in a deep graph each look can be long
const SHOWN_NODES = 5; // of a cycle, in a message
const NO_CYCLE = "it must close no cycle";

/** Directed edges are parallel to those of the same direction, edges without direction to their like either way round. */
export function checkParallel({ context, scope }: WriteSession, edge: NewEdge, undirected: boolean): void {
  const { edges } = context.layout;
  const sql = cachedText(edges, undirected ? "parallel undirected" : "parallel directed", () => {
    const isAlike = edges.undirected === undefined ? "" : ` AND ${edges.undirected} = ${undirected ? 1 : 0}`;
    const between = (from: string, to: string) =>
      `SELECT 1 FROM ${edges.table} WHERE "graph_id" = ?1 AND ${edges.source} = ${from} AND ${edges.target} = ${to}${isAlike}`;
    return undirected ? `${between("?2", "?3")} UNION ALL ${between("?3", "?2")}` : between("?2", "?3");
  });
  if (scope.row(sql, [context.id, edge.source, edge.target], 1) !== undefined) {
    throw parallelRefusal(context, edge, undirected);
  }
}

/** What is said of an edge between two nodes that are joined already. */
export function parallelRefusal({ module }: GraphContext, edge: NewEdge, undirected: boolean): StorageError {
  const wanted = undirected ? "two nodes may be joined once" : "two nodes may be joined once in each direction";
  const received = `a second edge from ${quote(edge.source)} to ${quote(edge.target)}`;
  return ruleBroken(module, nameEdge(edge), edge.type, "multi", wanted, received);
}

/**
 * Keeps the edges of one write from closing a cycle: each is looked at alone, before it is written; once those are many, or
 * that has taken long, all edges of the graph are looked at once instead, at the end.
 */
export class CycleGuard {
  readonly #session: WriteSession;
  #edgesLeft = MOST_ALONE;
  #leftMs = MOST_ALONE_MS;
  #isWaiting = false;

  constructor(session: WriteSession) {
    this.#session = session;
  }

  /** Before `edge` is written. @throws {StorageError} `INVALID_GRAPH` if there is a way from its target to its source. */
  before(edge: NewEdge): void {
    this.#isWaiting ||= --this.#edgesLeft < 0 || this.#leftMs < 0;
    if (this.#isWaiting) return;
    const { context, scope } = this.#session;
    const startMs = performance.now();
    const isClosed = wouldCloseCycle(context, scope, edge.source, edge.target);
    this.#leftMs -= performance.now() - startMs;
    if (!isClosed) return;
    const received = `a cycle through ${quote(edge.source)} and ${quote(edge.target)}`;
    throw ruleBroken(context.module, nameEdge(edge), edge.type, "acyclic", NO_CYCLE, received);
  }

  /** Once all are written, those from the id `first` on. @throws {StorageError} `INVALID_GRAPH` */
  after(first: string | undefined): void {
    if (this.#isWaiting && first !== undefined) checkAllAcyclic(this.#session, first);
  }
}

/** Looks at all edges of the graph at once. @throws {StorageError} `INVALID_GRAPH` that names one from the id `first` on. */
export function checkAllAcyclic({ context, scope }: WriteSession, first: string): void {
  const cycle = findCycle(context, scope);
  if (cycle === undefined) return;
  const { table, key, type, source, target } = context.layout.edges;
  const sql = `SELECT ${type}, ${key} FROM ${table} WHERE "graph_id" = ? AND ${source} = ? AND ${target} = ? AND "id" >= ?`;
  const shown = cycle.length > SHOWN_NODES ? [...cycle.slice(0, SHOWN_NODES), "…"] : cycle;
  const received = `a cycle through ${shown.map(quote).join(", ")}`;
  for (const [i, from] of cycle.entries()) {
    const to = cycle[(i + 1) % cycle.length]!;
    const row = scope.row(sql, [context.id, from, to, first], 2) as [type: string, key: string | null] | undefined;
    if (row === undefined) continue; // it was there before
    const edge = nameEdge({ key: row[1], source: from, target: to });
    throw ruleBroken(context.module, edge, row[0], "acyclic", NO_CYCLE, received);
  }
}

/** @throws {StorageError} `INVALID_GRAPH` if `edge` joins other nodes than the one that is stored under its key. */
export function checkSameEnds(
  { context }: WriteSession,
  stored: StoredEdge,
  edge: NewEdge & { readonly undirected?: boolean },
): void {
  const { source, target, undirected = context.module.config.type === "undirected" } = edge;
  const isSame = stored.source === source && stored.target === target;
  const isTurned = undirected && stored.source === target && stored.target === source;
  if (stored.undirected === undirected && (isSame || isTurned)) return;
  const received = describeEnds({ source, target, undirected });
  const wanted = `it leads ${describeEnds(stored)}, and an edge keeps its ends`;
  throw ruleBroken(context.module, nameEdge(stored), stored.type, "ends", wanted, received);
}

function describeEnds({ source, target, undirected }: Pick<StoredEdge, "source" | "target" | "undirected">): string {
  return `from ${quote(source)} to ${quote(target)}${undirected ? " without direction" : ""}`;
}
