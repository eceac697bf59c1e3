import { checkName, checkOptions } from "../../../arguments.ts";
import type { JsonObject } from "../../../graphs/mod.ts";
import { quote } from "../../../json-values.ts";
import { typeOf, undirectedOf } from "../elements.ts";
import type { EdgeLayout } from "../layout.ts";
import { nameEdge, notFound } from "../refusals.ts";
import type { WriteSession } from "./write-session.ts";

/** Which edge: its key, or the id of an anonymous one. */
export type EdgeRef = string | { readonly id: string };

/** An edge as a write finds it. */
export interface StoredEdge {
  readonly id: string;
  readonly key: string | null;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly undirected: boolean;
  readonly attributes: JsonObject;
}

/** The condition that picks the edge, and its values. */
export function edgeCondition(layout: EdgeLayout, graphId: string, ref: EdgeRef): [sql: string, values: string[]] {
  if (typeof ref === "object" && ref !== null) {
    checkOptions(ref, ["id"], "edge");
    checkName(ref.id, "find an edge", "id");
    return [`"id" = ? AND "graph_id" = ?`, [ref.id, graphId]];
  }
  checkName(ref, "find an edge", "key");
  return [`"graph_id" = ? AND ${layout.key} = ?`, [graphId, ref]];
}

/** The edge, or undefined. */
export function readEdge({ context, scope }: WriteSession, ref: EdgeRef): StoredEdge | undefined {
  const { edges } = context.layout;
  const [condition, values] = edgeCondition(edges, context.id, ref);
  const facts = ['e."id"', `e.${edges.key}`, typeOf(edges, "e"), `e.${edges.source}`, `e.${edges.target}`];
  const columns = [...facts, undirectedOf(edges, "e"), ...edges.columns.map((column) => `e.${column}`)];
  const sql = `SELECT ${columns.join(", ")} FROM ${edges.table} e WHERE ${condition}`;
  const row = scope.row(sql, values, columns.length);
  if (row === undefined) return undefined;
  const [id, key, type, source, target, undirected] = row as [string, string | null, string, string, string, number];
  const attributes = edges.decode(row, facts.length + 1, key ?? "");
  return { id, key, type, source, target, undirected: undirected === 1, attributes };
}

/** The edge. @throws {StorageError} `NOT_FOUND` if there is none. */
export function edgeAt(session: WriteSession, ref: EdgeRef, action: string): StoredEdge {
  const stored = readEdge(session, ref);
  if (stored !== undefined) return stored;
  throw notFound(action, typeof ref === "string" ? nameEdge({ key: ref }) : `edge with the id ${quote(ref.id)}`);
}
