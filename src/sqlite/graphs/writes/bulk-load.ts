import { checkOptions } from "../../../arguments.ts";
import { describeKind } from "../../../json-values.ts";
import type { GraphContext } from "../graph-context.ts";
import { alreadyExists, nameEdge, nameNode } from "../refusals.ts";
import { BulkTable } from "./bulk-load/bulk-table.ts";
import { checkNewEdges } from "./bulk-load/check-new-edges.ts";
import { checkList } from "./element-values.ts";
import { type EdgeToWrite, insertEdges, newEdgeColumns, newEdgeRow } from "./write-edges.ts";
import { insertNodes, type NodeToWrite, newNodeColumns, newNodeRow } from "./write-nodes.ts";
import { runSession, type WriteSession } from "./write-session.ts";

/** What is to be imported, as far as the checks have not seen it yet. */
export interface SourceToImport {
  readonly nodes?: Iterable<NodeToWrite>;
  readonly edges?: Iterable<EdgeToWrite>;
}

/** How many nodes and edges an import has taken so far, or in all. */
export interface ImportCounts {
  readonly nodes: number;
  readonly edges: number;
}

export interface ImportOptions {
  /** Called after every 10 000 nodes or edges. What it throws ends the import, and nothing is kept. */
  readonly onProgress?: (counts: ImportCounts) => void;
}

const STEP = 10_000; // rows between two calls of onProgress

/**
 * Adds the nodes and edges of `source`, all or none.
 *
 * HOT (bench/graphs.ts): in a transaction of its own it checks each row by itself as it comes, and what rows must be to each
 * other (ends, parallel edges, cycles) at the end, in the order of the indexes. Memory is bounded, whatever the size, but for
 * the look for cycles, which remembers nodes. Inside a transaction of somebody else, and on another client than ours, rows
 * are added as `addNodes` and `addEdges` do.
 */
export function bulkLoad(context: GraphContext, source: SourceToImport, options: ImportOptions): ImportCounts {
  checkSource(source);
  checkOptions(options, ["onProgress"], "import");
  const { onProgress } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot import a graph: onProgress must be a function: received ${describeKind(onProgress)}`);
  }
  const counts = { nodes: 0, edges: 0 };
  const counted = function* <T>(kind: keyof ImportCounts, list: Iterable<T> = []): Iterable<T> {
    for (const one of list) {
      yield one;
      if (++counts[kind] % STEP === 0) onProgress?.({ ...counts });
    }
  };
  context.connection.writeUnchecked((scope, isUnchecked) => {
    const insert = isUnchecked ? { nodes: loadNodes, edges: loadEdges } : { nodes: insertNodes, edges: insertEdges };
    runSession(context, scope, "import a graph", (session) => {
      insert.nodes(session, counted("nodes", source.nodes));
      insert.edges(session, counted("edges", source.edges));
    });
  });
  return counts;
}

function loadNodes(session: WriteSession, nodes: Iterable<NodeToWrite>): void {
  const layout = session.context.layout.nodes;
  const rows = new BulkTable(session, layout, newNodeColumns(layout), (key) =>
    alreadyExists("add a node", nameNode(key)),
  );
  for (const node of nodes) {
    const row = newNodeRow(session, node);
    rows.add(row);
    session.note("nodes:created", { key: row.key, type: row.type });
  }
  rows.finish();
}

function loadEdges(session: WriteSession, edges: Iterable<EdgeToWrite>): void {
  const { context } = session;
  const layout = context.layout.edges;
  const taken = (key: string) => alreadyExists("add an edge", nameEdge({ key }));
  const rows = new BulkTable(session, layout, newEdgeColumns(layout), taken);
  const endType = endTypes(context);
  let firstId: string | undefined;
  for (const edge of edges) {
    const row = newEdgeRow(session, edge, endType);
    rows.add(row);
    session.note("edges:created", { key: row.key, type: row.type, id: row.id });
    firstId ??= row.id;
  }
  rows.finish();
  if (firstId === undefined) return;
  checkNewEdges(session, { afterRowid: rows.lastRowidBefore, firstId, areMany: rows.isIndexedAnew });
}

/** For the check of an edge by itself: a node type that may stand at that end. What stands there is looked at afterwards. */
function endTypes({ types }: GraphContext): (edge: EdgeToWrite, key: string, side: "from" | "to") => string {
  const [any = ""] = types.nodes.keys();
  return (edge, _key, side) => types.edges.get(edge.type)?.[side][0] ?? any;
}

function checkSource(source: unknown): asserts source is SourceToImport {
  const action = "import a graph";
  if (typeof source !== "object" || source === null) {
    throw new TypeError(`Cannot ${action}: { nodes, edges } is wanted: received ${describeKind(source)}`);
  }
  checkOptions(source, ["nodes", "edges"], "import");
  const { nodes, edges } = source as SourceToImport;
  if (nodes !== undefined) checkList(nodes, action, "nodes");
  if (edges !== undefined) checkList(edges, action, "edges");
}
