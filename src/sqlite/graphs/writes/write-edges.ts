import { checkBoolean, checkName, checkOptions } from "../../../arguments.ts";
import { type JsonObject, validateEdge } from "../../../graphs/mod.ts";
import type { SqlParameter } from "../../../honker/mod.ts";
import { describeKind, quote } from "../../../json-values.ts";
import { cachedText, parameters } from "../cached-text.ts";
import type { EdgeLayout } from "../layout.ts";
import { alreadyExists, isDuplicate, nameEdge, nameNode, notFound, ruleBroken } from "../refusals.ts";
import { CycleGuard, checkParallel, checkSameEnds } from "./edge-rules.ts";
import { checkList, checkPair, encodeMetadata, merge, SET_UPDATED_AT } from "./element-values.ts";
import { type EdgeRef, edgeAt, readEdge, type StoredEdge } from "./stored-edges.ts";
import { readNodeType } from "./stored-nodes.ts";
import type { NewRow, UpdateMode } from "./write-nodes.ts";
import type { WriteSession } from "./write-session.ts";

/** An edge to be written, as far as the checks have not seen it yet. */
export interface EdgeToWrite {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly key?: string | null;
  readonly undirected?: boolean;
  readonly attributes?: unknown;
  readonly metadata?: JsonObject;
}

/** New attributes for an edge that is there. */
export interface EdgeToUpdate {
  readonly type: string;
  readonly edge: EdgeRef;
  readonly attributes?: unknown;
  readonly metadata?: JsonObject;
}

const INPUT = ["type", "key", "source", "target", "undirected", "attributes", "metadata"];
const UPDATE_INPUT = ["type", "edge", "attributes", "metadata"];
const KNOWN_TYPES = 10_000; // of end nodes, kept in one write: bounds memory

/** HOT (bench/graphs.ts): adds edges, in their order. @returns Their ids. */
export function insertEdges(session: WriteSession, edges: Iterable<EdgeToWrite>): string[] {
  checkList(edges, "add edges", "edges");
  const { context, scope, nowMs } = session;
  const { module, layout, id: graphId } = context;
  const sql = insertText(layout.edges);
  const nodeType = nodeTypes(session);
  const isUndirected = module.config.type === "undirected";
  const cycles = module.config.acyclic ? new CycleGuard(session) : undefined;
  const ids: string[] = [];
  for (const edge of edges) {
    const { id, key, type, values } = newEdgeRow(session, edge, nodeType);
    if (!module.config.multi) checkParallel(session, edge, edge.undirected ?? isUndirected);
    cycles?.before(edge);
    try {
      scope.run(sql, [...values, graphId, nowMs, nowMs]);
    } catch (error) {
      throw isDuplicate(error, layout.edges) ? alreadyExists("add an edge", nameEdge(edge)) : error;
    }
    session.note("edges:created", { key, type, id });
    ids.push(id);
  }
  cycles?.after(ids[0]);
  return ids;
}

/** HOT (bench/graphs.ts): the row of a new edge. Whether its key is free turns out when it is written. */
export function newEdgeRow(
  session: WriteSession,
  edge: EdgeToWrite,
  nodeType: (edge: EdgeToWrite, key: string, side: "from" | "to") => string,
): NewRow {
  checkNewEdge(edge, "add an edge", "addEdge");
  const { module, layout } = session.context;
  const isUndirected = module.config.type === "undirected";
  const { type, source, target, key = null, undirected = isUndirected, attributes = {} } = edge;
  const [sourceType, targetType] = [nodeType(edge, source, "from"), nodeType(edge, target, "to")];
  const ends = { sourceType, targetType, sourceKey: source, targetKey: target, undirected, key };
  validateEdge(module, type, attributes, ends);
  const id = session.newId();
  const values: SqlParameter[] = [id, key, type, source, target, encodeMetadata(edge.metadata, "add an edge")];
  if (layout.edges.undirected !== undefined) values.push(undirected ? 1 : 0);
  values.push(...layout.edges.encode(attributes as JsonObject));
  return { id, key, type, values };
}

/** The columns of {@link newEdgeRow}. */
export function newEdgeColumns({ key, type, source, target, undirected, columns }: EdgeLayout): string[] {
  return [
    '"id"',
    key,
    type,
    source,
    target,
    '"metadata"',
    ...(undirected === undefined ? [] : [undirected]),
    ...columns,
  ];
}

/** Changes the attributes of edges that are there. */
export function updateEdges(session: WriteSession, edges: Iterable<EdgeToUpdate>, mode: UpdateMode): void {
  checkList(edges, "update edges", "edges");
  const [action, callee] = mode === "merge" ? ["update an edge", "updateEdge"] : ["replace an edge", "replaceEdge"];
  for (const edge of edges) {
    checkInput(edge, UPDATE_INPUT, action, callee);
    updateEdge(session, edgeAt(session, edge.edge, action), edge, mode);
  }
}

/** Adds edges, or replaces the attributes of those whose key is there. @returns Their ids. */
export function upsertEdges(session: WriteSession, edges: Iterable<EdgeToWrite>): string[] {
  checkList(edges, "upsert edges", "edges");
  const ids: string[] = [];
  for (const edge of edges) {
    checkNewEdge(edge, "upsert an edge", "upsertEdge");
    checkName(edge.key, "upsert an edge", "key");
    const stored = readEdge(session, edge.key);
    if (stored === undefined) {
      ids.push(...insertEdges(session, [edge]));
      continue;
    }
    checkSameEnds(session, stored, edge);
    updateEdge(session, stored, edge, "replace");
    ids.push(stored.id);
  }
  return ids;
}

/** Gives edges other keys; null makes one anonymous. */
export function renameEdges(session: WriteSession, renames: Iterable<readonly [EdgeRef, to: string | null]>): void {
  checkList(renames, "rename edges", "renames");
  const { context, scope, nowMs } = session;
  const { edges } = context.layout;
  for (const rename of renames) {
    const [ref, to] = checkPair(rename, "rename an edge");
    if (to !== null) checkName(to, "rename an edge", "new key");
    const stored = edgeAt(session, ref, "rename an edge");
    try {
      scope.run(`UPDATE ${edges.table} SET ${edges.key} = ?, ${SET_UPDATED_AT} WHERE "id" = ?`, [to, nowMs, stored.id]);
    } catch (error) {
      throw isDuplicate(error, edges) ? alreadyExists("rename an edge", nameEdge({ key: to })) : error;
    }
    session.note("edges:updated", { key: to, type: stored.type, id: stored.id, previousKey: stored.key });
  }
}

/** Deletes edges. @returns How many were there. */
export function deleteEdges(session: WriteSession, refs: Iterable<EdgeRef>): number {
  let deleted = 0;
  checkList(refs, "delete edges", "edges");
  for (const ref of refs) {
    const stored = readEdge(session, ref);
    if (stored === undefined) continue;
    const { table } = session.context.layout.edges;
    deleted += session.scope.run(`DELETE FROM ${table} WHERE "id" = ?`, [stored.id]).changes;
    session.note("edges:deleted", { key: stored.key, type: stored.type, id: stored.id });
  }
  return deleted;
}

function updateEdge(
  session: WriteSession,
  stored: StoredEdge,
  edge: { readonly type: string; readonly attributes?: unknown; readonly metadata?: JsonObject },
  mode: UpdateMode,
): void {
  const { context, scope, nowMs } = session;
  const { module, layout } = context;
  const { id, key, type, source, target, undirected } = stored;
  if (type !== edge.type) {
    throw ruleBroken(module, nameEdge(stored), type, "type", "an edge keeps its type", quote(String(edge.type)));
  }
  const { attributes: given = {} } = edge;
  const attributes = mode === "merge" ? merge(stored.attributes, given) : given;
  const ends = { sourceType: readNodeType(session, source)!, targetType: readNodeType(session, target)! };
  validateEdge(module, type, attributes, { ...ends, sourceKey: source, targetKey: target, undirected, key });
  const isMetadata = edge.metadata !== undefined;
  const columns = [...layout.edges.columns, ...(isMetadata ? ['"metadata"'] : [])];
  const values = layout.edges.encode(attributes as JsonObject);
  if (isMetadata) values.push(encodeMetadata(edge.metadata, "update an edge"));
  const set = [...columns.map((column) => `${column} = ?`), SET_UPDATED_AT].join(", ");
  scope.run(`UPDATE ${layout.edges.table} SET ${set} WHERE "id" = ?`, [...values, nowMs, id]);
  session.note("edges:updated", { key, type, id });
}

/** Finds the types of end nodes, and keeps those it has found while one write lasts. */
function nodeTypes(session: WriteSession): (edge: EdgeToWrite, key: string) => string {
  const known = new Map<string, string>();
  return (edge, key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const type = readNodeType(session, key);
    if (type === undefined) throw notFound(`add ${nameEdge(edge)}`, nameNode(key));
    if (known.size === KNOWN_TYPES) known.clear();
    known.set(key, type);
    return type;
  };
}

function checkNewEdge(edge: EdgeToWrite, action: string, callee: string): void {
  checkInput(edge, INPUT, action, callee);
  checkName(edge.source, action, "source");
  checkName(edge.target, action, "target");
  if (edge.key !== undefined && edge.key !== null) checkName(edge.key, action, "key");
  if (edge.undirected !== undefined) checkBoolean(edge.undirected, action, "undirected");
}

function checkInput(edge: unknown, known: readonly string[], action: string, callee: string): void {
  if (typeof edge !== "object" || edge === null) {
    throw new TypeError(`Cannot ${action}: an object is wanted: received ${describeKind(edge)}`);
  }
  checkOptions(edge, known, callee);
}

function insertText(layout: EdgeLayout): string {
  return cachedText(layout, "insert edge", () => {
    const columns = [...newEdgeColumns(layout), '"graph_id"', '"created_at"', '"updated_at"'];
    return `INSERT INTO ${layout.table} (${columns.join(", ")}) VALUES (${parameters(columns.length)})`;
  });
}
