import { count, desc, eq, sql } from "drizzle-orm";
import { type TenantDatabase, tenantSchema } from "../../src/sqlite/mod.ts";
import type { DependencyGraph } from "./dependency-graph.ts";

const { edges, nodes } = tenantSchema;

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

/** A package on a chain of dependencies. */
export interface Link {
  readonly key: string;
  readonly name: string;
}

/** The package that is furthest from the root, and a shortest chain of dependencies that leads to it: why it is installed. */
export function longestWhy(graph: DependencyGraph, root: string): Link[] {
  const nearestFirst = graph.descendants(root, { includeStart: true }).keys();
  const chain = graph.shortestPath(root, nearestFirst.at(-1)!) ?? [];
  return chain.map(({ key, attributes: { name, version } }) => ({ key, name: version ? `${name} ${version}` : name }));
}
