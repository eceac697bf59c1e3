import { checkName, checkOptions } from "../../../arguments.ts";
import { findForbiddenTransition, type JsonObject, validateNode } from "../../../graphs/mod.ts";
import type { SqlParameter } from "../../../honker/mod.ts";
import { describeKind, quote } from "../../../json-values.ts";
import { cachedText, parameters } from "../cached-text.ts";
import type { ElementLayout } from "../layout.ts";
import { alreadyExists, isDuplicate, nameNode, notFound, ruleBroken } from "../refusals.ts";
import { checkList, checkPair, encodeMetadata, merge, SET_UPDATED_AT } from "./element-values.ts";
import { readNode, type StoredNode } from "./stored-nodes.ts";
import type { WriteSession } from "./write-session.ts";

/** A node to be written, as far as the checks have not seen it yet. */
export interface NodeToWrite {
  readonly type: string;
  readonly key?: string;
  readonly attributes?: unknown;
  readonly metadata?: JsonObject;
}

/** How the attributes that are given stand to those that are stored. */
export type UpdateMode = "merge" | "replace";

/** A row that has passed the checks that need no other row. */
export interface NewRow {
  readonly id: string;
  readonly key: string | null;
  readonly type: string;
  /** Of the columns of its own; those of the graph and the times follow. */
  readonly values: SqlParameter[];
}

const INPUT = ["type", "key", "attributes", "metadata"];

/** HOT (bench/graphs.ts): adds nodes, in their order. @returns Their keys. */
export function insertNodes(session: WriteSession, nodes: Iterable<NodeToWrite>): string[] {
  checkList(nodes, "add nodes", "nodes");
  const { context, scope, nowMs } = session;
  const layout = context.layout.nodes;
  const sql = insertText(layout);
  const keys: string[] = [];
  for (const node of nodes) {
    const { key, type, values } = newNodeRow(session, node);
    try {
      scope.run(sql, [...values, context.id, nowMs, nowMs]);
    } catch (error) {
      throw isDuplicate(error, layout) ? alreadyExists("add a node", nameNode(key)) : error;
    }
    session.note("nodes:created", { key, type });
    keys.push(key);
  }
  return keys;
}

/** HOT (bench/graphs.ts): the row of a new node. Whether its key is free turns out when it is written. */
export function newNodeRow(session: WriteSession, node: NodeToWrite): NewRow & { readonly key: string } {
  checkInput(node, "add a node", "addNode");
  const { module, layout } = session.context;
  const { type, attributes = {} } = node;
  const known = keyOf(session, type, node.key, attributes, "add a node");
  validateNode(module, type, attributes, known);
  const id = session.newId();
  const key = known ?? session.newId();
  const values: SqlParameter[] = [id, key, encodeMetadata(node.metadata, "add a node")];
  if (layout.nodes.hasTypeColumn) values.push(type);
  values.push(...layout.nodes.encode(attributes as JsonObject));
  return { id, key, type, values };
}

/** The columns of {@link newNodeRow}. */
export function newNodeColumns({ key, hasTypeColumn, type, columns }: ElementLayout): string[] {
  return ['"id"', key, '"metadata"', ...(hasTypeColumn ? [type] : []), ...columns];
}

/** Changes the attributes of nodes that are there. */
export function updateNodes(session: WriteSession, nodes: Iterable<NodeToWrite>, mode: UpdateMode): void {
  checkList(nodes, "update nodes", "nodes");
  const [action, callee] = mode === "merge" ? ["update a node", "updateNode"] : ["replace a node", "replaceNode"];
  for (const node of nodes) {
    checkInput(node, action, callee);
    const key = wantedKey(session, node, action);
    const stored = readNode(session, key);
    if (stored === undefined) throw notFound(action, nameNode(key));
    updateNode(session, key, stored, node, mode);
  }
}

/** Adds nodes, or replaces the attributes of those whose key is there. @returns Their keys. */
export function upsertNodes(session: WriteSession, nodes: Iterable<NodeToWrite>): string[] {
  checkList(nodes, "upsert nodes", "nodes");
  const keys: string[] = [];
  for (const node of nodes) {
    checkInput(node, "upsert a node", "upsertNode");
    const key = wantedKey(session, node, "upsert a node");
    const stored = readNode(session, key);
    if (stored === undefined) insertNodes(session, [node]);
    else updateNode(session, key, stored, node, "replace");
    keys.push(key);
  }
  return keys;
}

/** Gives nodes other keys; their edges go with them. */
export function renameNodes(session: WriteSession, renames: Iterable<readonly [from: string, to: string]>): void {
  checkList(renames, "rename nodes", "renames");
  const { context, scope, nowMs } = session;
  const { nodes } = context.layout;
  for (const rename of renames) {
    const [from, to] = checkPair(rename, "rename a node");
    checkName(from, "rename a node", "key");
    checkName(to, "rename a node", "new key");
    const stored = readNode(session, from);
    if (stored === undefined) throw notFound("rename a node", nameNode(from));
    const keyAttribute = context.types.nodes.get(stored.type)?.keyAttribute;
    if (keyAttribute !== undefined) {
      const wanted = `its key is its ${quote(keyAttribute)}`;
      throw ruleBroken(context.module, nameNode(from), stored.type, "key", wanted, quote(to));
    }
    const sql = `UPDATE ${nodes.table} SET ${nodes.key} = ?, ${SET_UPDATED_AT} WHERE "graph_id" = ? AND ${nodes.key} = ?`;
    try {
      scope.run(sql, [to, nowMs, context.id, from]);
    } catch (error) {
      throw isDuplicate(error, nodes) ? alreadyExists("rename a node", nameNode(to)) : error;
    }
    session.note("nodes:updated", { key: to, type: stored.type, previousKey: from });
  }
}

/** Deletes nodes with their edges. @returns How many nodes were there. */
export function deleteNodes(session: WriteSession, keys: Iterable<string>): number {
  const { context, scope } = session;
  const { nodes } = context.layout;
  let deleted = 0;
  checkList(keys, "delete nodes", "keys");
  for (const key of keys) {
    checkName(key, "delete a node", "key");
    if (context.publisher.isTelling) noteDeletion(session, key);
    const sql = `DELETE FROM ${nodes.table} WHERE "graph_id" = ? AND ${nodes.key} = ?`;
    deleted += scope.run(sql, [context.id, key]).changes;
  }
  return deleted;
}

/** What the deletion of the node will do: SQLite deletes its edges by itself, and tells nobody. */
function noteDeletion(session: WriteSession, key: string): void {
  const { context, scope } = session;
  const { edges } = context.layout;
  const stored = readNode(session, key);
  if (stored === undefined) return;
  const ends = `SELECT "id", ${edges.key}, ${edges.type} FROM ${edges.table} WHERE "graph_id" = ?1`;
  const sql = `${ends} AND ${edges.source} = ?2 UNION ${ends} AND ${edges.target} = ?2`;
  for (const [id, edgeKey, type] of scope.values(sql, [context.id, key], 3)) {
    session.note("edges:deleted", { key: edgeKey as string | null, type: type as string, id: id as string });
  }
  session.note("nodes:deleted", { key, type: stored.type });
}

function updateNode(session: WriteSession, key: string, stored: StoredNode, node: NodeToWrite, mode: UpdateMode): void {
  const { context, scope, nowMs } = session;
  const { module, types } = context;
  const { type } = stored;
  if (type !== node.type) {
    throw ruleBroken(module, nameNode(key), type, "type", "a node keeps its type", quote(String(node.type)));
  }
  const { attributes: given = {} } = node;
  const attributes = mode === "merge" ? merge(stored.attributes, given) : given;
  keyOf(session, type, key, attributes, "update a node");
  validateNode(module, type, attributes, key);
  const rules = types.nodes.get(type);
  const forbidden = rules && findForbiddenTransition(rules, stored.attributes, attributes as JsonObject);
  if (forbidden !== undefined) {
    const wanted = `${quote(forbidden.attribute)} may not move on from ${quote(forbidden.from)} so`;
    throw ruleBroken(module, nameNode(key), type, "transition", wanted, quote(forbidden.to));
  }
  const { nodes } = context.layout;
  const isMetadata = node.metadata !== undefined;
  const columns = [...nodes.columns, ...(isMetadata ? ['"metadata"'] : [])];
  const values = nodes.encode(attributes as JsonObject);
  if (isMetadata) values.push(encodeMetadata(node.metadata, "update a node"));
  const set = [...columns.map((column) => `${column} = ?`), SET_UPDATED_AT].join(", ");
  const sql = `UPDATE ${nodes.table} SET ${set} WHERE "graph_id" = ? AND ${nodes.key} = ?`;
  scope.run(sql, [...values, nowMs, context.id, key]);
  session.note("nodes:updated", { key, type });
}

/**
 * The key that the node is to have: what is given, or what its type takes from its attributes; undefined where it gets a new
 * one, or where the schema will refuse it.
 */
function keyOf(session: WriteSession, type: string, given: unknown, attributes: unknown, action: string) {
  if (given !== undefined) checkName(given, action, "key");
  const { module, types } = session.context;
  const attribute = types.nodes.get(type)?.keyAttribute;
  const own = attribute === undefined ? undefined : (attributes as JsonObject | null | undefined)?.[attribute];
  if (typeof own !== "string") return given;
  checkName(own, action, "key");
  if (given === undefined || given === own) return own;
  throw ruleBroken(module, nameNode(given), type, "key", `its key must be its ${quote(attribute!)}`, quote(own));
}

/** The key of the node that is to be there. */
function wantedKey(session: WriteSession, node: NodeToWrite, action: string): string {
  const attribute = session.context.types.nodes.get(node.type)?.keyAttribute;
  const own = attribute === undefined ? undefined : (node.attributes as JsonObject | null | undefined)?.[attribute];
  const key = node.key ?? own;
  checkName(key, action, "key");
  return key;
}

function checkInput(node: unknown, action: string, callee: string): void {
  if (typeof node !== "object" || node === null) {
    throw new TypeError(`Cannot ${action}: an object is wanted: received ${describeKind(node)}`);
  }
  checkOptions(node, INPUT, callee);
}

function insertText(layout: ElementLayout): string {
  return cachedText(layout, "insert node", () => {
    const columns = [...newNodeColumns(layout), '"graph_id"', '"created_at"', '"updated_at"'];
    return `INSERT INTO ${layout.table} (${columns.join(", ")}) VALUES (${parameters(columns.length)})`;
  });
}
