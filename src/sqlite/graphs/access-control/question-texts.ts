import { metagraphLayout } from "../layout.ts";
import { ACCESS_ACTIONS, type AccessAction } from "./keys.ts";
import { type AccessLimits, accessRules, candidates, ONE_PRINCIPAL } from "./rules.ts";

/** The statements that ask, all by the same rules. Parameter 4 is what is asked about. */
export interface QuestionTexts {
  /** Columns: whether it is allowed, how many rows were visited. Parameter 5 is the resource. */
  readonly check: Readonly<Record<AccessAction, string>>;
  /** Columns: how many rows were visited, the key of a principal. */
  readonly who: Readonly<Record<AccessAction, string>>;
  /** Columns: how many rows were visited, the key of a resource, an action. */
  readonly what: Readonly<Record<AccessAction | "any", string>>;
  /** Columns: how many rows were visited, a scope. */
  readonly scopes: string;
  /** Columns: how many rows were visited, a scope or the `type:id` of a resource, null or an action, the `identityId`. */
  readonly identity: string;
  /** Columns: for whom, within which limits, by which principal and with which scopes. Parameter 5 is the resource. */
  readonly ways: Readonly<Record<AccessAction, string>>;
  /** What the walk reached, nearest first. Columns: see `TraceRow`. */
  readonly trace: string;
}

const { nodes } = metagraphLayout;
const attribute = (name: string) => nodes.attribute("n", [name]).value;

const SCOPES = "SELECT DISTINCT s.value AS name, NULL AS action FROM authority a CROSS JOIN json_each(a.scopes) s";
const RESOURCES = `SELECT DISTINCT ${attribute("resourceType")} || ':' || ${attribute("resourceId")}, substr(g.type, 5)
  FROM granted g CROSS JOIN ${nodes.table} n ON n."graph_id" = ?1 AND n.${nodes.key} = g.resource`;
const IDENTITY_ID = `SELECT ${attribute("identityId")} FROM ${nodes.table} n
  WHERE n."graph_id" = ?1 AND n.${nodes.key} = ?4 AND n.${nodes.type} = 'principal'`;

/** The texts for questions that go no further than `limits`. */
export function questionTexts(limits: AccessLimits): QuestionTexts {
  const rules = `WITH RECURSIVE ${accessRules(ONE_PRINCIPAL, limits)}`;
  const traced = `WITH RECURSIVE ${accessRules(ONE_PRINCIPAL, limits, "traced")}`;
  const rulesForMany = accessRules("SELECT key FROM candidates", limits);

  /** The answers of `select`, sorted, each with the number of visited rows; a row without an answer if there is none. */
  const list = (select: string, more = "") => `SELECT v.visited, x.name, x.action${more}
FROM (SELECT count(*) AS visited FROM walk) v LEFT JOIN (${select}) x ORDER BY 2, 3 LIMIT ${limits.maxRows + 1}`;
  const resources = (condition: string) =>
    `${rules} ${list(`SELECT DISTINCT resource AS name, substr(type, 5) AS action FROM granted${condition}`)}`;

  return {
    check: byAction(
      (type) => `${rules}
SELECT EXISTS (SELECT 1 FROM granted WHERE resource = ?5 AND type = ${type}), (SELECT count(*) FROM walk)`,
    ),
    who: byAction((type) => {
      const select = `SELECT DISTINCT start AS name, NULL AS action FROM granted WHERE resource = ?4 AND type = ${type}`;
      return `WITH RECURSIVE ${candidates(type, limits)}, ${rulesForMany} ${list(select)}`;
    }),
    what: { any: resources(""), ...byAction((type) => resources(` WHERE type = ${type}`)) },
    scopes: `${rules} ${list(SCOPES)}`,
    identity: `${rules} ${list(`${SCOPES} UNION ALL ${RESOURCES}`, `, (${IDENTITY_ID})`)}`,
    ways: byAction(
      (type) => `${rules}
SELECT holder, limits, at, scopes FROM granted WHERE resource = ?5 AND type = ${type}`,
    ),
    trace: `${traced}
SELECT via, holder, limits, at, from_holder, from_limits, from_at FROM walk ORDER BY depth`,
  };
}

function byAction(text: (type: string) => string): Record<AccessAction, string> {
  const texts = ACCESS_ACTIONS.map((action) => [action, text(`'can_${action}'`)]);
  return Object.fromEntries(texts) as Record<AccessAction, string>;
}
