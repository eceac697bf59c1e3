import { metagraphLayout } from "../layout.ts";

/** How far one question may go. */
export interface AccessLimits {
  /** Memberships and delegations of one path. */
  readonly maxDepth: number;
  /** Rows of `walk`. */
  readonly maxRows: number;
}

const { nodes, edges } = metagraphLayout;
const { value: scopes } = nodes.attribute("n", ["scopes"]);
const { value: narrowable } = edges.attribute("e", ["narrowable"]);
const { value: narrowedScopes } = edges.attribute("e", ["narrowedScopes"]);

// Types are literals: bound, SQLite would plan anew for each value, to see whether a partial index fits it.
const PERMISSIONS = "'can_read', 'can_write', 'can_execute'";
const WITHIN_LIMITS = "w.limits IS NULL OR s.value IN (SELECT value FROM json_each(w.limits))";
const NO_TRACE = { columns: "", none: "", membership: "", delegation: "" };
const TRACE = {
  columns: ", via, from_holder, from_at, from_limits",
  none: ", NULL, NULL, NULL, NULL",
  membership: ", 'belongs_to', w.holder, w.at, w.limits",
  delegation: ", 'delegates', w.holder, w.at, w.limits",
};

/**
 * The rules of access, as the common table expressions that every question begins with: no question has rules of its own.
 *
 * - `walk`: from each principal of `start` the principals `at` that it reaches. It acts for the `holder`: itself, or the
 *   one at the upper end of a chain of delegations, and then with `limits`, the sorted JSON array of the scopes that all
 *   delegations of the chain let through; null is no limit. Equal rows are one: what a circle adds, it adds once a step.
 * - `authority`: for whom, and with which scopes, each can act. One that has not the scopes that are required is not there.
 * - `granted`: the permissions that come with them. So one authority must have both the permission and the scopes.
 *
 * Parameters: 1 the id of the graph; 2 JSON array of scopes that must all be there; 3 of scopes of which one must, or empty.
 *
 * @param start the SELECT of the keys of the principals, which are there.
 */
export function accessRules(start: string, limits: AccessLimits, trace: "traced" | "untraced" = "untraced"): string {
  const more = trace === "traced" ? TRACE : NO_TRACE;
  return `walk(start, holder, at, limits, depth${more.columns}) AS (
  SELECT s.key, s.key, s.key, NULL, 0${more.none} FROM (${start}) s
  UNION
  SELECT w.start, w.holder, e.${edges.target}, w.limits, w.depth + 1${more.membership}
  FROM walk w CROSS JOIN ${edges.table} e
    ON e."graph_id" = ?1 AND e.${edges.source} = w.at AND e.${edges.type} = 'belongs_to'
  WHERE w.depth < ${limits.maxDepth}
  UNION
  SELECT w.start, e.${edges.source}, e.${edges.source}, (
    SELECT json_group_array(value) FROM (
      SELECT DISTINCT s.value FROM json_each(${narrowedScopes}) s WHERE ${WITHIN_LIMITS} ORDER BY s.value)
  ), w.depth + 1${more.delegation}
  FROM walk w CROSS JOIN ${edges.table} e
    ON e."graph_id" = ?1 AND e.${edges.target} = w.at AND e.${edges.type} = 'delegates'
  WHERE w.depth < ${limits.maxDepth} AND (w.limits IS NULL OR ${narrowable})
  LIMIT ${limits.maxRows + 1}
), authority(start, holder, limits, reached, scopes) AS (
  SELECT w.start, w.holder, w.limits, json_group_array(DISTINCT w.at),
    json_group_array(DISTINCT s.value) FILTER (WHERE s.value IS NOT NULL)
  FROM (SELECT DISTINCT start, holder, limits, at FROM walk) w
  CROSS JOIN ${nodes.table} n ON n."graph_id" = ?1 AND n.${nodes.key} = w.at
  LEFT JOIN json_each(${scopes}) s ON ${WITHIN_LIMITS}
  GROUP BY w.start, w.holder, w.limits
  HAVING count(DISTINCT s.value) FILTER (WHERE s.value IN (SELECT value FROM json_each(?2)))
      = (SELECT count(DISTINCT value) FROM json_each(?2))
    AND (?3 = '[]' OR count(*) FILTER (WHERE s.value IN (SELECT value FROM json_each(?3))) > 0)
), granted(start, holder, limits, at, scopes, resource, type) AS (
  SELECT a.start, a.holder, a.limits, g.value, a.scopes, e.${edges.target}, e.${edges.type}
  FROM authority a CROSS JOIN json_each(a.reached) g CROSS JOIN ${edges.table} e
    ON e."graph_id" = ?1 AND e.${edges.source} = g.value AND e.${edges.type} IN (${PERMISSIONS})
)`;
}

/** The principal of parameter 4, if there is one. */
export const ONE_PRINCIPAL = `SELECT n.${nodes.key} AS key FROM ${nodes.table} n
  WHERE n."graph_id" = ?1 AND n.${nodes.key} = ?4 AND n.${nodes.type} = 'principal'`;

/**
 * The table `candidates` of all principals that could be granted `type`, an SQL text, on the resource of parameter 4,
 * whatever the scopes and limits: who has the permission, then their members and delegates, and theirs. The rules then
 * decide on each.
 */
export function candidates(type: string, { maxRows }: AccessLimits): string {
  return `candidates(key) AS (
  SELECT e.${edges.source} FROM ${edges.table} e
  WHERE e."graph_id" = ?1 AND e.${edges.target} = ?4 AND e.${edges.type} = ${type}
  UNION
  SELECT e.${edges.source} FROM candidates c CROSS JOIN ${edges.table} e
    ON e."graph_id" = ?1 AND e.${edges.target} = c.key AND e.${edges.type} = 'belongs_to'
  UNION
  SELECT e.${edges.target} FROM candidates c CROSS JOIN ${edges.table} e
    ON e."graph_id" = ?1 AND e.${edges.source} = c.key AND e.${edges.type} = 'delegates'
  LIMIT ${maxRows + 1}
)`;
}
