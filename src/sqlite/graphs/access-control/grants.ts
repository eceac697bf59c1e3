import { checkBoolean, checkName, checkOptions } from "../../../arguments.ts";
import { StorageError } from "../../../errors.ts";
import { quote } from "../../../json-values.ts";
import type { GraphReader } from "../graph-connection.ts";
import type { GraphContext } from "../graph-context.ts";
import { nameNode, notFound } from "../refusals.ts";
import { readNodeType } from "../writes/stored-nodes.ts";
import { deleteEdges, insertEdges, updateEdges } from "../writes/write-edges.ts";
import { updateNodes, upsertNodes } from "../writes/write-nodes.ts";
import { writeGraph } from "../writes/write-session.ts";
import type { AccessQuestions } from "./access-questions.ts";
import { type IdentityType, principalKey, resourceKey } from "./keys.ts";

/** A principal to be added. */
export interface NewPrincipal {
  readonly identityType: IdentityType;
  /** Of the account or organisation it stands for, or the name of a service or role. */
  readonly identityId: string;
  /** @default none; of a principal that is there, those it has */
  readonly scopes?: readonly string[];
}

/** A resource to be added. */
export interface NewResource {
  readonly resourceType: string;
  readonly resourceId: string;
}

/** What a delegation lets through. */
export interface Delegation {
  /**
   * The scopes that the delegate may use of those the delegator has. Permissions come along: a check that requires no scope
   * is passed by a delegation of none.
   */
  readonly narrowedScopes: readonly string[];
  /** Whether the delegate may delegate them on. @default false */
  readonly narrowable?: boolean;
}

type EdgeType = "belongs_to" | "delegates" | "can_read" | "can_write" | "can_execute";

const BETWEEN = `SELECT "id" FROM "edges" WHERE "graph_id" = ?
  AND "source_node_key" = ? AND "target_node_key" = ? AND "type" = `;

/** Adds a principal, or gives the one that is there these scopes; not given, it keeps its own. @returns Its key. */
export function addPrincipal(context: GraphContext, principal: NewPrincipal): string {
  checkOptions(principal, ["identityType", "identityId", "scopes"], "addPrincipal");
  const { identityType, identityId } = principal;
  const key = principalKey(identityType, identityId);
  const scopes = checkScopes(principal.scopes ?? [], "add a principal", "scopes");
  writeGraph(context, "add a principal", (session) => {
    if (principal.scopes === undefined && readNodeType(session, key) === "principal") return;
    upsertNodes(session, [{ type: "principal", key, attributes: { identityType, identityId, scopes } }]);
  });
  return key;
}

/** Adds a resource, if it is not there. @returns Its key. */
export function addResource(context: GraphContext, resource: NewResource): string {
  checkOptions(resource, ["resourceType", "resourceId"], "addResource");
  const { resourceType, resourceId } = resource;
  const key = resourceKey(resourceType, resourceId);
  writeGraph(context, "add a resource", (session) =>
    upsertNodes(session, [{ type: "resource", key, attributes: { resourceType, resourceId } }]),
  );
  return key;
}

/** Gives a principal other scopes of its own. */
export function setScopes(context: GraphContext, key: string, given: readonly string[]): void {
  const scopes = checkScopes(given, "set scopes", "scopes");
  writeGraph(context, "set scopes", (session) =>
    updateNodes(session, [{ type: "principal", key, attributes: { scopes } }], "merge"),
  );
}

/** Joins two nodes by one edge of a type, if none does. @returns Whether none did. */
export function connect(context: GraphContext, type: EdgeType, source: string, target: string): boolean {
  if (idsBetween(context.connection.reader, context, type, source, target).length > 0) return false;
  return writeGraph(context, "grant access", (session) => {
    if (idsBetween(session.scope, context, type, source, target).length > 0) return false;
    insertEdges(session, [{ type, source, target }]);
    return true;
  });
}

/** Deletes all edges of a type from one node to another, whoever added them. @returns Whether there was one. */
export function disconnect(context: GraphContext, type: EdgeType, source: string, target: string): boolean {
  if (idsBetween(context.connection.reader, context, type, source, target).length === 0) return false;
  return writeGraph(context, "revoke access", (session) => {
    return deleteEdges(session, idsBetween(session.scope, context, type, source, target)) > 0;
  });
}

/**
 * Makes one delegation from a principal to another, in the place of any that is there.
 *
 * @throws {StorageError} `INVALID_GRAPH` if the delegator does not have the scopes, or may not pass them on.
 */
export function delegate(
  context: GraphContext,
  questions: AccessQuestions,
  source: string,
  target: string,
  delegation: Delegation,
): void {
  const action = "delegate";
  checkOptions(delegation ?? {}, ["narrowedScopes", "narrowable"], action);
  const { narrowable = false, narrowedScopes: given } = delegation ?? {};
  const narrowedScopes = checkScopes(given, action, "narrowedScopes");
  checkBoolean(narrowable, action, "narrowable");
  checkName(source, action, "delegator");
  checkName(target, action, "delegate");
  writeGraph(context, action, (session) => {
    if (readNodeType(session, source) === undefined) throw notFound(action, nameNode(source));
    const held = new Set(questions.effectiveScopes(session.scope, source));
    const missing = narrowedScopes.find((scope) => !held.has(scope));
    if (missing !== undefined) throw notHeld(source, target, missing);
    const attributes = { narrowedScopes, narrowable };
    const [first, ...others] = idsBetween(session.scope, context, "delegates", source, target);
    deleteEdges(session, others);
    if (first === undefined) insertEdges(session, [{ type: "delegates", source, target, attributes }]);
    else updateEdges(session, [{ type: "delegates", edge: first, attributes }], "replace");
    const lent = new Set(questions.effectiveScopes(session.scope, target));
    const kept = narrowedScopes.find((scope) => !lent.has(scope));
    if (kept !== undefined) throw notPassedOn(source, target, kept);
  });
}

function idsBetween(reader: GraphReader, context: GraphContext, type: EdgeType, source: string, target: string) {
  checkName(source, "change access", "key");
  checkName(target, "change access", "key");
  const rows = reader.values(`${BETWEEN}'${type}'`, [context.id, source, target], 1);
  return rows.map(([id]) => ({ id: id as string }));
}

function checkScopes(scopes: unknown, action: string, what: string): string[] {
  if (!Array.isArray(scopes)) {
    throw new TypeError(`Cannot ${action}: ${what} must be an array of texts: received ${typeof scopes}`);
  }
  for (const scope of scopes) checkName(scope, action, `scope in ${what}`);
  return [...new Set<string>(scopes)];
}

/** It has the scope by a delegation that is not narrowable, or over a way that is as long as may be. */
function notPassedOn(source: string, target: string, scope: string): StorageError {
  return narrowedScopesRefused(source, target, "narrowedScopes must be scopes that the delegator may pass on", scope);
}

function notHeld(source: string, target: string, scope: string): StorageError {
  const rule = "narrowedScopes must be among the effective scopes of the delegator";
  return narrowedScopesRefused(source, target, rule, scope);
}

function narrowedScopesRefused(source: string, target: string, rule: string, scope: string): StorageError {
  return new StorageError(
    "INVALID_GRAPH",
    `Cannot delegate from ${quote(source)} to ${quote(target)}: ${rule}: received ${quote(scope)}`,
    { details: { source, target, scope, rule: "narrowedScopes" } },
  );
}
