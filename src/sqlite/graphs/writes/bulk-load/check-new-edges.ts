import { type GraphTypes, validateEdge } from "../../../../graphs/mod.ts";
import { typeOf, undirectedOf } from "../../elements.ts";
import type { GraphContext } from "../../graph-context.ts";
import { nameEdge, nameNode, notFound } from "../../refusals.ts";
import { checkAllAcyclic, parallelRefusal } from "../edge-rules.ts";
import { readNodeType } from "../stored-nodes.ts";
import type { WriteSession } from "../write-session.ts";

/** Which edges of the graph are new. */
export interface NewEdges {
  /** The last one of the table before them: rowids only rise. */
  readonly afterRowid: number;
  /** The id of the first one. */
  readonly firstId: string;
  /** Whether a look at all edges of the graph, in the order of the indexes, costs less than one at each new edge. */
  readonly areMany: boolean;
}

interface FoundEdge {
  readonly key: string | null;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly undirected: boolean;
}

/**
 * Checks of the new edges, all at once, what they must be to nodes and to other edges.
 *
 * A rule has a condition that is true for each new edge that breaks it, and may have a quick look: a statement that gives a
 * row if any edge of the graph breaks it, old or new. The first bad edge, in the order of the import, is refused in the words
 * of `addEdges`.
 */
export function checkNewEdges(session: WriteSession, edges: NewEdges): void {
  const { context } = session;
  const { config } = context.module;
  const bad = (rule: Rule) => firstBad(session, edges, rule);
  const dangling = bad(endsRule(context));
  if (dangling !== undefined) refuseDangling(session, dangling);
  const types = endTypesRule(context);
  const misplaced = types && bad(types);
  if (misplaced !== undefined) refuseMisplaced(session, misplaced);
  const parallel = config.multi ? undefined : bad(parallelRule(context));
  if (parallel !== undefined) throw parallelRefusal(context, parallel, parallel.undirected);
  if (config.acyclic) checkAllAcyclic(session, edges.firstId);
}

/** Of SQL: `e` is the edge, parameter 1 the graph, parameter 2 what else the rule needs. */
interface Rule {
  readonly condition: string;
  /** The quick looks: the first that gives a row calls for a closer one. None where there is no quicker way. */
  readonly quick: readonly string[];
  readonly param?: string;
}

function firstBad({ context, scope }: WriteSession, edges: NewEdges, rule: Rule): FoundEdge | undefined {
  const layout = context.layout.edges;
  const params = rule.param === undefined ? [context.id] : [context.id, rule.param];
  const isQuick = edges.areMany && rule.quick.length > 0;
  if (isQuick && !rule.quick.some((sql) => scope.row(sql, params, 1) !== undefined)) return undefined;
  const columns = [`e.${layout.key}`, typeOf(layout, "e"), `e.${layout.source}`, `e.${layout.target}`];
  const sql = `SELECT ${columns.join(", ")}, ${undirectedOf(layout, "e")} FROM ${layout.table} e NOT INDEXED
    WHERE e."rowid" > ${edges.afterRowid} AND e."graph_id" = ?1 AND (${rule.condition}) ORDER BY e."rowid" LIMIT 1`;
  const row = scope.row(sql, params, columns.length + 1);
  if (row === undefined) return undefined;
  const [key, type, source, target, undirected] = row as [string | null, string, string, string, number];
  return { key, type, source, target, undirected: undirected === 1 };
}

/** Both ends are there. */
function endsRule({ layout: { nodes, edges } }: GraphContext): Rule {
  const isThere = (end: string) =>
    `EXISTS (SELECT 1 FROM ${nodes.table} n WHERE n."graph_id" = ?1 AND n.${nodes.key} = e.${end})`;
  // two sorted lists, read side by side
  const missing = (end: string) => `SELECT ${end} FROM ${edges.table} WHERE "graph_id" = ?1
    EXCEPT SELECT ${nodes.key} FROM ${nodes.table} WHERE "graph_id" = ?1 ORDER BY 1 LIMIT 1`;
  return {
    condition: `NOT ${isThere(edges.source)} OR NOT ${isThere(edges.target)}`,
    quick: [missing(edges.source), missing(edges.target)],
  };
}

/** Each end is of a type that the type of the edge allows there; without direction, either way round. */
function endTypesRule({ layout: { nodes, edges }, types, module }: GraphContext): Rule | undefined {
  const forbidden = { from: forbiddenEnds(types, "from"), to: forbiddenEnds(types, "to") };
  const sides = (["from", "to"] as const).filter((side) => forbidden[side].length > 0);
  if (sides.length === 0) return undefined;
  const isForbidden = (type: string, side: "from" | "to") =>
    `(${typeOf(edges, "e")}, ${type}) IN (SELECT "value" ->> 0, "value" ->> 1 FROM json_each(?2, '$.${side}'))`;
  const typeAt = (end: string) =>
    `(SELECT ${typeOf(nodes, "n")} FROM ${nodes.table} n WHERE n."graph_id" = ?1 AND n.${nodes.key} = e.${end})`;
  const isWrong = (from: string, to: string) =>
    `(${isForbidden(typeAt(from), "from")} OR ${isForbidden(typeAt(to), "to")})`;
  const forward = isWrong(edges.source, edges.target);
  const backward = `(${undirectedOf(edges, "e")} = 0 OR ${isWrong(edges.target, edges.source)})`;
  const wrongAt = (side: "from" | "to") => `SELECT 1 FROM ${nodes.table} n
    CROSS JOIN ${edges.table} e ON e."graph_id" = ?1 AND e.${side === "from" ? edges.source : edges.target} = n.${nodes.key}
    WHERE n."graph_id" = ?1 AND ${isForbidden(typeOf(nodes, "n"), side)} LIMIT 1`;
  return {
    condition: module.config.type === "directed" ? forward : `${forward} AND ${backward}`,
    quick: module.config.type === "directed" ? sides.map(wrongAt) : [],
    param: JSON.stringify(forbidden),
  };
}

function forbiddenEnds({ nodes, edges }: GraphTypes, side: "from" | "to"): [edge: string, node: string][] {
  const restricted = [...edges.values()].filter((edge) => edge[side].length > 0);
  return restricted.flatMap((edge) =>
    [...nodes.keys()].filter((node) => !edge[side].includes(node)).map((node) => [edge.name, node] as [string, string]),
  );
}

/** No two edges join the same nodes in the same direction; of those without direction, either way round. */
function parallelRule({ layout: { edges }, module }: GraphContext): Rule {
  const { table, source, target, undirected } = edges;
  const alike = undirected === undefined ? "" : ` AND p.${undirected} = e.${undirected}`;
  const joined = (from: string, to: string) =>
    `p."graph_id" = ?1 AND p.${source} = e.${from} AND p.${target} = e.${to}${alike}`;
  const before = (from: string, to: string) =>
    `EXISTS (SELECT 1 FROM ${table} p WHERE ${joined(from, to)} AND p."rowid" < e."rowid")`;
  const grouped = `SELECT 1 FROM ${table} WHERE "graph_id" = ?1 GROUP BY ${source}, ${target}`;
  if (module.config.type === "directed" || undirected === undefined) {
    return { condition: before(source, target), quick: [`${grouped} HAVING count(*) > 1 LIMIT 1`] };
  }
  const twice = `${grouped} HAVING sum(${undirected}) > 1 OR sum(1 - ${undirected}) > 1 LIMIT 1`;
  const turned = `SELECT 1 FROM ${table} e CROSS JOIN ${table} p ON ${joined(target, source)}
    WHERE e."graph_id" = ?1 AND e.${undirected} AND e.${source} < e.${target} LIMIT 1`;
  return {
    condition: `${before(source, target)} OR (e.${undirected} AND ${before(target, source)})`,
    quick: [twice, turned],
  };
}

function refuseDangling(session: WriteSession, edge: FoundEdge): never {
  const missing = readNodeType(session, edge.source) === undefined ? edge.source : edge.target;
  throw notFound(`add ${nameEdge(edge)}`, nameNode(missing));
}

/** The check of an edge by itself says what is wrong, now that the types of its ends are known. */
function refuseMisplaced(session: WriteSession, { type, source, target, undirected, key }: FoundEdge): void {
  const [sourceType, targetType] = [readNodeType(session, source)!, readNodeType(session, target)!];
  const ends = { sourceType, targetType, sourceKey: source, targetKey: target, undirected, key };
  validateEdge(session.context.module, type, {}, ends);
}
