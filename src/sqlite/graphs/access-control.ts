import { checkInteger, checkName, checkOptions } from "../../arguments.ts";
import { AclGraph, compareModules, type GraphModule, moduleToDbSchema } from "../../graphs/mod.ts";
import type { HonkerClient } from "../../honker/mod.ts";
import { describeKind, quote } from "../../json-values.ts";
import { AccessChanges } from "./access-control/access-changes.ts";
import { ensureAccessIndexes } from "./access-control/access-indexes.ts";
import type { AccessPath } from "./access-control/access-path.ts";
import {
  type AccessIdentity,
  AccessQuestions,
  NO_SCOPES,
  type RequiredScopes,
  type ResourceAccess,
} from "./access-control/access-questions.ts";
import { AnswerCache } from "./access-control/answer-cache.ts";
import {
  addPrincipal,
  addResource,
  connect,
  type Delegation,
  delegate,
  disconnect,
  type NewPrincipal,
  type NewResource,
  setScopes,
} from "./access-control/grants.ts";
import { ACCESS_ACTIONS, type AccessAction } from "./access-control/keys.ts";
import type { Graph } from "./graph.ts";
import type { GraphContext } from "./graph-context.ts";
import { contextOf } from "./graph-context.ts";

/** How far access control looks, and what it remembers. */
export interface AccessControlOptions {
  /** The memberships and delegations that one way may have, taken together. What is farther is not granted. @default 8 */
  readonly maxDepth?: number;
  /**
   * The rows that one question may look at: the principals that it reaches, once for each number of steps and each set of
   * scopes they are reached with. @default 100000
   */
  readonly maxRows?: number;
  /** The decisions and effective scopes that are remembered; 0 for none. @default 10000 */
  readonly cacheSize?: number;
}

/** Which scopes must come along with a permission. */
export interface ScopeConditions {
  /** All of these. */
  readonly requiredScopes?: readonly string[];
  /** One of these, if there is any. */
  readonly requiredScopesAny?: readonly string[];
}

/** What is asked of a principal. */
export interface AccessFilter extends ScopeConditions {
  /** @default all */
  readonly action?: AccessAction;
}

const OPTIONS = ["maxDepth", "maxRows", "cacheSize"];
const CONDITIONS = ["requiredScopes", "requiredScopesAny"];
const MAX_DEPTH = 100;
const MAX_ROWS = 100_000_000;

/**
 * Gives the access control that a graph of the type `AclGraph` describes, and makes the two indexes that it needs, if the
 * file does not have them.
 *
 * @throws {TypeError} If `graph` is no such graph.
 * @throws {RangeError} If an option is out of its range.
 */
export function createAccessControl(graph: Graph<typeof AclGraph>, options: AccessControlOptions = {}): AccessControl {
  const action = "create access control";
  const context = contextOf(graph);
  if (context === undefined || !isAclGraph(context.module)) {
    const received = context === undefined ? describeKind(graph) : `a graph of ${quote(context.module.name)}`;
    throw new TypeError(`Cannot ${action}: graph must be one of AclGraph: received ${received}`);
  }
  checkOptions(options, OPTIONS, "createAccessControl");
  const { maxDepth = 8, maxRows = 100_000, cacheSize = 10_000 } = options;
  checkInteger(maxDepth, 0, action, "maxDepth", MAX_DEPTH);
  checkInteger(maxRows, 1, action, "maxRows", MAX_ROWS);
  checkInteger(cacheSize, 0, action, "cacheSize");
  ensureAccessIndexes(context.connection);
  const cache = context.connection.isInTransaction || cacheSize === 0 ? undefined : new AnswerCache(cacheSize);
  return new AccessControl(context, new AccessQuestions(context.id, { maxDepth, maxRows }), cache);
}

/** By what it says, not by its name: a graph opened by its stored type is one, too. */
function isAclGraph(module: GraphModule): boolean {
  return module === AclGraph || compareModules(moduleToDbSchema(AclGraph), module).length === 0;
}

/**
 * Who may do what, as a graph of principals and resources says it. What it does not say is denied, and who or what is not
 * in it has and gives nothing.
 *
 * A principal is an account, an organisation, a service or a role. It *belongs to* others, its groups, and to theirs; its
 * own scopes are those that stand in it and in all its groups. It may be *permitted* to read, write or execute a resource,
 * itself or by one of its groups.
 *
 * A *delegation* lets a principal, the delegate, and who belongs to it, act for another, the delegator, with what that one
 * is permitted and those of its scopes that the delegation names. Delegations chain: where the delegator, or a group of it,
 * is itself the delegate of one, that one is used too if it is narrowable. Of a chain the scopes are those of its uppermost
 * delegator that every delegation names, and the permissions are those of its uppermost delegator. Who joins a principal
 * has what that has, delegations included, so joining is a grant, too.
 *
 * Something is allowed if the principal itself, or one chain that ends at it, has both the permission and the scopes that
 * are required: a permission from here and a scope from there are not enough. A way has at most `maxDepth` memberships
 * and delegations; a circle leads nowhere.
 *
 * Principals and resources are named by the keys of their nodes: see `principalKey()` and `resourceKey()`. Decisions are
 * remembered until a change is told, by this process or another, in the transaction that makes it: so a revocation counts
 * from its commit on. Changes past the graph store, by SQL, are told by nobody: notify `acl:changed` with them.
 *
 * ```ts
 * const access = createAccessControl(store.createGraph(AclGraph, { name: "acl" }));
 * const alice = access.addPrincipal({ identityType: "account", identityId: "alice", scopes: ["docs"] });
 * const acme = access.addPrincipal({ identityType: "org", identityId: "acme" });
 * const plan = access.addResource({ resourceType: "document", resourceId: "plan" });
 * access.join(alice, acme);
 * access.grant(acme, plan, "read");
 * access.checkAccess(alice, plan, "read", { requiredScopes: ["docs"] }); // true
 * ```
 */
export class AccessControl {
  readonly #context: GraphContext;
  readonly #questions: AccessQuestions;
  readonly #cache: AnswerCache | undefined;

  /** Made by `createAccessControl()`. */
  constructor(context: GraphContext, questions: AccessQuestions, cache: AnswerCache | undefined) {
    this.#context = context;
    this.#questions = questions;
    this.#cache = cache;
  }

  /** The same inside the open transaction `tx`, Drizzle's or the client's own: it sees and adds to what that wrote. */
  in(tx: unknown): AccessControl {
    const connection = this.#context.connection.in(tx);
    return new AccessControl({ ...this.#context, connection }, this.#questions, undefined);
  }

  /**
   * HOT (bench/graphs.ts): whether `principal` may do `action` to `resource`.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE` if more than `maxRows` would have to be looked at: it is never allowed unseen.
   */
  checkAccess(principal: string, resource: string, action: AccessAction, conditions?: ScopeConditions): boolean {
    const what = "check access";
    checkName(principal, what, "principal");
    checkName(resource, what, "resource");
    checkAction(action, what);
    const scopes = toRequired(conditions, CONDITIONS, "checkAccess");
    const { reader } = this.#context.connection;
    const ask = () => this.#questions.check(reader, principal, resource, action, scopes);
    if (this.#cache === undefined) return ask();
    return this.#cache.get(reader, `${action}\0${principal}\0${resource}\0${scopes.all}${scopes.any}`, ask);
  }

  /**
   * All scopes that `principal` has: its own and those of every chain of delegations that ends at it.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE`
   */
  effectiveScopes(principal: string): readonly string[] {
    checkName(principal, "list scopes", "principal");
    const { reader } = this.#context.connection;
    const ask = () => Object.freeze(this.#questions.effectiveScopes(reader, principal));
    return this.#cache === undefined ? ask() : this.#cache.get(reader, `scopes\0${principal}`, ask);
  }

  /**
   * The keys of all principals for which {@link checkAccess} is true, sorted.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE`: every member of a group that is permitted counts.
   */
  whoCan(resource: string, action: AccessAction, conditions?: ScopeConditions): string[] {
    checkName(resource, "list principals", "resource");
    checkAction(action, "list principals");
    const scopes = toRequired(conditions, CONDITIONS, "whoCan");
    return this.#questions.whoCan(this.#context.connection.reader, resource, action, scopes);
  }

  /**
   * All resources and actions for which {@link checkAccess} is true, sorted by the keys of the resources.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE`
   */
  whatCan(principal: string, filter: AccessFilter = {}): ResourceAccess[] {
    checkName(principal, "list resources", "principal");
    const scopes = toRequired(filter, [...CONDITIONS, "action"], "whatCan");
    if (filter.action !== undefined) checkAction(filter.action, "list resources");
    return this.#questions.whatCan(this.#context.connection.reader, principal, filter.action ?? "any", scopes);
  }

  /**
   * The principal as operations check it, with all its scopes and all it may do; undefined if there is none.
   *
   * That form does not say which scope belongs to which permission: where that matters, use {@link checkAccess}.
   *
   * @throws {StorageError} `RESULT_TOO_LARGE`
   */
  identityOf(principal: string): AccessIdentity | undefined {
    checkName(principal, "read an identity", "principal");
    return this.#questions.identityOf(this.#context.connection.reader, principal);
  }

  /** Why {@link checkAccess} is true: a shortest way; undefined if it is false. @throws {StorageError} `RESULT_TOO_LARGE` */
  explain(
    principal: string,
    resource: string,
    action: AccessAction,
    conditions?: ScopeConditions,
  ): AccessPath | undefined {
    checkName(principal, "explain access", "principal");
    checkName(resource, "explain access", "resource");
    checkAction(action, "explain access");
    const scopes = toRequired(conditions, CONDITIONS, "explain");
    return this.#questions.explain(this.#context.connection, principal, resource, action, scopes);
  }

  /** The changes that are committed from now on, by any process: for who shows what is allowed. Who asks closes it. */
  changes(): AccessChanges {
    return new AccessChanges(this.#context.connection.client as HonkerClient, this.#context.id);
  }

  /** Adds a principal, or gives the one that is there these scopes. @returns Its key. */
  addPrincipal(principal: NewPrincipal): string {
    return addPrincipal(this.#context, principal);
  }

  /** Adds a resource, if it is not there. @returns Its key. */
  addResource(resource: NewResource): string {
    return addResource(this.#context, resource);
  }

  /** Gives a principal other scopes of its own. @throws {StorageError} `NOT_FOUND` */
  setScopes(principal: string, scopes: readonly string[]): void {
    setScopes(this.#context, principal, scopes);
  }

  /** Permits `principal` to do `action` to `resource`. @returns Whether that is new. @throws {StorageError} `NOT_FOUND` */
  grant(principal: string, resource: string, action: AccessAction): boolean {
    checkAction(action, "grant access");
    return connect(this.#context, `can_${action}`, principal, resource);
  }

  /** Takes back that `principal` itself is permitted to do `action` to `resource`. @returns Whether it was. */
  revoke(principal: string, resource: string, action: AccessAction): boolean {
    checkAction(action, "revoke access");
    return disconnect(this.#context, `can_${action}`, principal, resource);
  }

  /** Lets `member` belong to `group`. @returns Whether that is new. @throws {StorageError} `NOT_FOUND` */
  join(member: string, group: string): boolean {
    return connect(this.#context, "belongs_to", member, group);
  }

  /** Lets `member` not belong to `group` any more. @returns Whether it did. */
  leave(member: string, group: string): boolean {
    return disconnect(this.#context, "belongs_to", member, group);
  }

  /**
   * Lets `delegate` act for `delegator`, in the place of what was delegated between the two before.
   *
   * @throws {StorageError} `INVALID_GRAPH` if the delegator does not have the scopes now; if it loses some later, so does
   * the delegate. `NOT_FOUND` if one of them is not there; `RESULT_TOO_LARGE`.
   */
  delegate(delegator: string, delegateKey: string, delegation: Delegation): void {
    delegate(this.#context, this.#questions, delegator, delegateKey, delegation);
  }

  /** Takes back what `delegator` has delegated to `delegate`. @returns Whether there was something. */
  withdraw(delegator: string, delegate: string): boolean {
    return disconnect(this.#context, "delegates", delegator, delegate);
  }
}

function checkAction(action: unknown, what: string): asserts action is AccessAction {
  if ((ACCESS_ACTIONS as readonly unknown[]).includes(action)) return;
  throw new TypeError(`Cannot ${what}: action must be read, write or execute: received ${String(action)}`);
}

function toRequired(conditions: ScopeConditions | undefined, known: readonly string[], callee: string): RequiredScopes {
  if (conditions === undefined) return NO_SCOPES;
  checkOptions(conditions, known, callee);
  const { requiredScopes, requiredScopesAny } = conditions;
  return { all: toJson(requiredScopes, "requiredScopes"), any: toJson(requiredScopesAny, "requiredScopesAny") };
}

function toJson(scopes: unknown, what: string): string {
  if (scopes === undefined) return "[]";
  if (!Array.isArray(scopes)) {
    throw new TypeError(`Cannot check access: ${what} must be an array of texts: received ${describeKind(scopes)}`);
  }
  for (const scope of scopes) checkName(scope, "check access", `scope in ${what}`);
  return JSON.stringify(scopes);
}
