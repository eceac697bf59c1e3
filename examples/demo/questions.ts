import { count, desc, eq, sql } from "drizzle-orm";
import { type TenantDatabase, tenantSchema } from "../../src/sqlite/mod.ts";

const { edges, nodes } = tenantSchema;
const MAX_DEPTH = 25; // of a chain of dependencies: cycles end here

/** A package as it is shown. */
const label = sql<string>`json_extract(${nodes.attributes}, '$.name') ||
  coalesce(' ' || json_extract(${nodes.attributes}, '$.version'), '')`;

/** A package and how many others need it. */
export interface Dependants {
  readonly key: string;
  readonly name: string;
  readonly dependants: number;
}

/** The packages that most others depend on. */
export function mostDependedUpon(db: TenantDatabase, graphId: string, limit: number): Dependants[] {
  return db
    .select({
      key: edges.targetNodeKey,
      name: label,
      dependants: count(),
    })
    .from(edges)
    .innerJoin(nodes, sql`${nodes.graphId} = ${edges.graphId} and ${nodes.key} = ${edges.targetNodeKey}`)
    .where(eq(edges.graphId, graphId))
    .groupBy(edges.targetNodeKey)
    .orderBy(desc(count()), nodes.key)
    .limit(limit)
    .all();
}

/**
 * The packages that can be reached from `root`, by how many steps away they are, as recursive SQL. UNION drops what was met at
 * the same depth, so that a cycle costs a row a step and ends at the limit. CROSS JOIN keeps SQLite from scanning all edges at each
 * step: it goes from what was reached to its edges.
 */
const distances = (graphId: string, root: string) => sql`
  reached(key, depth) AS (
    SELECT ${root}, 0
    UNION
    SELECT ${edges.targetNodeKey}, reached.depth + 1
    FROM reached CROSS JOIN ${edges} ON ${edges.graphId} = ${graphId} AND ${edges.sourceNodeKey} = reached.key
    WHERE reached.depth < ${MAX_DEPTH}
  ),
  distance(key, depth) AS MATERIALIZED (SELECT key, min(depth) FROM reached GROUP BY key)`;

/** A package on a chain of dependencies. */
export interface Link {
  readonly key: string;
  readonly name: string;
}

/**
 * The package that is furthest from the root, within 25 steps, and the shortest chain of dependencies that leads to it: why it is
 * installed.
 */
export function longestWhy(db: TenantDatabase, graphId: string, root: string): Link[] {
  return db.all<Link>(sql`
    WITH RECURSIVE ${distances(graphId, root)},
    deepest(key, depth) AS (SELECT key, depth FROM distance ORDER BY depth DESC, key LIMIT 1),
    chain(key, depth) AS (
      SELECT key, depth FROM deepest
      UNION ALL
      SELECT (
        SELECT source.key
        FROM ${edges} JOIN distance AS source ON source.key = ${edges.sourceNodeKey} AND source.depth = chain.depth - 1
        WHERE ${edges.graphId} = ${graphId} AND ${edges.targetNodeKey} = chain.key
        ORDER BY source.key LIMIT 1
      ), chain.depth - 1
      FROM chain WHERE chain.depth > 0
    )
    SELECT ${nodes.key} AS key, ${label} AS name
    FROM chain JOIN ${nodes} ON ${nodes.graphId} = ${graphId} AND ${nodes.key} = chain.key
    ORDER BY chain.depth`);
}
