import type { JsonObject } from "../../../graphs/mod.ts";
import { cachedText } from "../cached-text.ts";
import type { WriteSession } from "./write-session.ts";

/** A node as a write finds it. */
export interface StoredNode {
  readonly type: string;
  readonly attributes: JsonObject;
}

/** The node with this key, or undefined. */
export function readNode({ context, scope }: WriteSession, key: string): StoredNode | undefined {
  const { nodes } = context.layout;
  const sql = cachedText(nodes, "read node", () => {
    const columns = [nodes.type, ...nodes.columns].join(", ");
    return `SELECT ${columns} FROM ${nodes.table} WHERE "graph_id" = ? AND ${nodes.key} = ?`;
  });
  const row = scope.row(sql, [context.id, key], nodes.columns.length + 1);
  return row && { type: row[0] as string, attributes: nodes.decode(row, 1, key) };
}

/** The type of the node with this key, or undefined if there is none. */
export function readNodeType({ context, scope }: WriteSession, key: string): string | undefined {
  const { nodes } = context.layout;
  const sql = cachedText(nodes, "read node type", () => {
    return `SELECT ${nodes.type} FROM ${nodes.table} WHERE "graph_id" = ? AND ${nodes.key} = ?`;
  });
  return scope.row(sql, [context.id, key], 1)?.[0] as string | undefined;
}
