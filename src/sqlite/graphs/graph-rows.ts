import { checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import type { SqlParameter } from "../../honker/mod.ts";
import { quote } from "../../json-values.ts";
import type { Scope } from "../adapter/scope.ts";
import type { ChangeName } from "./change-publisher.ts";
import type { GraphContext } from "./graph-context.ts";
import type { GraphStatus } from "./graph-info.ts";
import { notFound } from "./refusals.ts";
import { encodeMetadata, SET_UPDATED_AT } from "./writes/element-values.ts";
import { checkWritable } from "./writes/write-session.ts";

/** What of a graph can be changed, beside its status. */
export interface GraphChanges {
  readonly name?: string;
  readonly description?: string;
  readonly ownerId?: string | null;
  readonly projectId?: string | null;
  readonly metadata?: JsonObject;
}

const COLUMNS: readonly [keyof GraphChanges, column: string][] = [
  ["name", '"name"'],
  ["description", '"description"'],
  ["ownerId", '"owner_id"'],
  ["projectId", '"project_id"'],
];

/** Checks what is said of a graph. @throws {TypeError} */
export function checkGraphTexts(texts: { readonly [Member in keyof GraphChanges]?: unknown }, action: string): void {
  for (const [member] of COLUMNS) {
    const value = texts[member];
    const isOptional = member === "ownerId" || member === "projectId";
    if (value === undefined || (isOptional && value === null)) continue;
    checkName(value, action, member);
  }
}

export function updateGraph(context: GraphContext, changes: GraphChanges): void {
  const action = "update a graph";
  if (changes === undefined) throw new TypeError(`Cannot ${action}: changes are wanted: received undefined`);
  checkOptions(changes, [...COLUMNS.map(([member]) => member), "metadata"], "update");
  checkGraphTexts(changes, action);
  const given = COLUMNS.filter(([member]) => changes[member] !== undefined);
  const columns = given.map(([, column]) => column);
  const values = given.map(([member]) => changes[member] as SqlParameter);
  if (changes.metadata !== undefined) {
    columns.push('"metadata"');
    values.push(encodeMetadata(changes.metadata, action));
  }
  context.connection.write((scope) => {
    checkWritable(context, scope, action);
    set(context, scope, action, columns, values);
  });
}

export function setStatus(context: GraphContext, status: GraphStatus): void {
  context.connection.write((scope) => set(context, scope, `make a graph ${status}`, ['"status"'], [status]));
}

/** Deletes the graph with all that is in it, edges first: a node would look for its edges one by one. */
export function deleteGraph(context: GraphContext): boolean {
  const { layout, id, connection } = context;
  return connection.write((scope) => {
    for (const { table } of [layout.edges, layout.nodes]) scope.run(`DELETE FROM ${table} WHERE "graph_id" = ?`, [id]);
    const isDeleted = scope.run('DELETE FROM "graphs" WHERE "id" = ?', [id]).changes > 0;
    if (isDeleted) tell(context, scope, "graphs:deleted");
    return isDeleted;
  });
}

function set(
  context: GraphContext,
  scope: Scope,
  action: string,
  columns: readonly string[],
  values: readonly SqlParameter[],
): void {
  const assigned = [...columns.map((column) => `${column} = ?`), SET_UPDATED_AT].join(", ");
  const { changes } = scope.run(`UPDATE "graphs" SET ${assigned} WHERE "id" = ?`, [...values, Date.now(), context.id]);
  if (changes === 0) throw notFound(action, `graph ${quote(context.id)}`);
  tell(context, scope, "graphs:updated");
}

/** Tells of a graph as a whole. */
export function tell({ publisher, module, id }: GraphContext, scope: Scope, name: ChangeName): void {
  publisher.publish(scope, module, id, [[name, { graphId: id, key: null, type: module.name }]]);
}
