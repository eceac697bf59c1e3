import { StorageError } from "../../../errors.ts";
import type { RawRow } from "../../../honker/mod.ts";
import type { GraphConnection, GraphReader } from "../graph-connection.ts";
import { type AccessPath, findPath, type TraceRow } from "./access-path.ts";
import type { AccessAction } from "./keys.ts";
import { type QuestionTexts, questionTexts } from "./question-texts.ts";
import type { AccessLimits } from "./rules.ts";

/** Which scopes are required, as JSON arrays. */
export interface RequiredScopes {
  readonly all: string;
  /** Of which one is enough; `[]` for no such condition. */
  readonly any: string;
}

/** What a principal may do with one resource. */
export interface ResourceAccess {
  /** The node key of the resource. */
  readonly resource: string;
  /** In alphabetical order. */
  readonly actions: readonly AccessAction[];
}

/** A principal as operations know it. */
export interface AccessIdentity {
  /** The `identityId` of the principal. */
  readonly id: string;
  readonly scopes: readonly string[];
  /** Actions by the `type:id` of their resource. */
  readonly resources: Readonly<Record<string, readonly AccessAction[]>>;
}

/** Nothing is required. */
export const NO_SCOPES: RequiredScopes = { all: "[]", any: "[]" };

/** Asks about one access control graph. Each question is one statement, so that its answer is true of one state. */
export class AccessQuestions {
  readonly #graphId: string;
  readonly #limits: AccessLimits;
  readonly #texts: QuestionTexts;

  constructor(graphId: string, limits: AccessLimits) {
    this.#graphId = graphId;
    this.#limits = limits;
    this.#texts = questionTexts(limits);
  }

  /** HOT (bench/graphs.ts): whether `principal` may do `action` to `resource`. */
  check(
    reader: GraphReader,
    principal: string,
    resource: string,
    action: AccessAction,
    scopes: RequiredScopes,
  ): boolean {
    const params = [this.#graphId, scopes.all, scopes.any, principal, resource];
    const [isAllowed, visited] = reader.row(this.#texts.check[action], params, 2) as [number, number];
    if (isAllowed === 0) this.#checkRows(visited); // what was found is true, however much more there is
    return isAllowed === 1;
  }

  /** The keys of all principals that may do `action` to `resource`, sorted. */
  whoCan(reader: GraphReader, resource: string, action: AccessAction, scopes: RequiredScopes): string[] {
    return this.#list(reader, this.#texts.who[action], resource, scopes).map(([name]) => name);
  }

  /** What `principal` may do, sorted by the keys of the resources. */
  whatCan(
    reader: GraphReader,
    principal: string,
    action: AccessAction | "any",
    scopes: RequiredScopes,
  ): ResourceAccess[] {
    const actions = groupActions(this.#list(reader, this.#texts.what[action], principal, scopes));
    return Array.from(actions, ([resource, actions]) => ({ resource, actions }));
  }

  /** The scopes of `principal`, sorted: its own, those of its groups, and those of all chains of delegations. */
  effectiveScopes(reader: GraphReader, principal: string): string[] {
    return this.#list(reader, this.#texts.scopes, principal, NO_SCOPES).map(([name]) => name);
  }

  /** The principal as operations know it, or undefined if there is none. */
  identityOf(reader: GraphReader, principal: string): AccessIdentity | undefined {
    const rows = this.#rows(reader, this.#texts.identity, principal, NO_SCOPES, 4);
    const id = rows[0]![3] as string | null;
    if (id === null) return undefined;
    const answers = answersOf(rows);
    const scopes = answers.filter(([, action]) => action === null).map(([name]) => name);
    return { id, scopes, resources: Object.fromEntries(groupActions(answers)) };
  }

  /** A shortest way by which `principal` may do `action` to `resource`, or undefined. */
  explain(
    connection: GraphConnection,
    principal: string,
    resource: string,
    action: AccessAction,
    scopes: RequiredScopes,
  ): AccessPath | undefined {
    const params = [this.#graphId, scopes.all, scopes.any, principal];
    return connection.inOneState((reader) => {
      const trace = reader.values(this.#texts.trace, params, 7) as TraceRow[];
      this.#checkRows(trace.length);
      const ways = reader.values(this.#texts.ways[action], [...params, resource], 4);
      return findPath(trace, ways, { type: `can_${action}`, target: resource });
    });
  }

  #list(reader: GraphReader, sql: string, subject: string, scopes: RequiredScopes): Answer[] {
    return answersOf(this.#rows(reader, sql, subject, scopes, 3));
  }

  /** The rows of a statement in whose first column stands how many rows it has visited. */
  #rows(reader: GraphReader, sql: string, subject: string, scopes: RequiredScopes, columns: number): RawRow[] {
    const rows = reader.values(sql, [this.#graphId, scopes.all, scopes.any, subject], columns);
    this.#checkRows(Math.max(rows[0]![0] as number, rows.length));
    return rows;
  }

  #checkRows(rows: number): void {
    const { maxRows } = this.#limits;
    if (rows <= maxRows) return;
    throw new StorageError(
      "RESULT_TOO_LARGE",
      `Cannot decide on access: there must be at most ${maxRows} rows to look at: received more`,
      { details: { graphId: this.#graphId, maxRows } },
    );
  }
}

type Answer = [name: string, action: AccessAction | null];

/** The answers in rows that {@link QuestionTexts} describe: none where the only row has no name. */
function answersOf(rows: readonly RawRow[]): Answer[] {
  return rows[0]![1] === null ? [] : rows.map(([, name, action]) => [name, action] as Answer);
}

/** The actions by the name of what they are done to, both sorted as they come. */
function groupActions(answers: readonly Answer[]): Map<string, AccessAction[]> {
  const groups = new Map<string, AccessAction[]>();
  for (const [name, action] of answers) {
    if (action === null) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [action]);
    else group.push(action);
  }
  return groups;
}
