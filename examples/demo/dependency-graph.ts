import { Type } from "@sinclair/typebox";
import { and, count, eq } from "drizzle-orm";
import { defineGraph, moduleToDbSchema, validateEdge, validateNode } from "../../src/graphs/mod.ts";
import { type TenantDatabase, tenantSchema } from "../../src/sqlite/mod.ts";
import type { Dependency, LockedPackage, Lockfile } from "./lockfile.ts";

const { edges, edgeTypes, graphs, graphTypes, nodes, nodeTypes } = tenantSchema;

/** The stream that tells of each imported package. */
export const PACKAGES = "packages";
const ROWS = 1000; // a statement, well below SQLite's limit of parameters
const BATCH = 200; // packages a transaction, fewer in small graphs: bounds what a crash undoes

const Range = Type.Object({ range: Type.String() });
const Package = Type.Object({
  name: Type.String(),
  version: Type.Optional(Type.String()),
  optional: Type.Optional(Type.Boolean()),
  dev: Type.Optional(Type.Boolean()),
});

/** What an npm lockfile says, as a graph type: projects and packages, and why one needs another. */
export const Dependencies = defineGraph({
  name: "npm-dependencies",
  version: 1,
  description: "What a package-lock.json installs, and why",
  scope: "tenant",
  // a project may list a package under two names, and itself
  config: { type: "directed", multi: true, allowSelfLoops: true },
  nodes: { project: Package, package: Package },
  edges: {
    prod: { attributes: Range, to: ["package", "project"] },
    optional: { attributes: Range, to: ["package", "project"] },
    peer: { attributes: Range, to: ["package", "project"] },
    dev: { attributes: Range, from: ["project"], to: ["package", "project"] },
  },
});

/** A lockfile in the order in which it is imported; each dependency comes with the later of its two packages. */
export interface ImportPlan {
  readonly packages: readonly LockedPackage[];
  readonly dependenciesOf: ReadonlyMap<string, readonly Dependency[]>;
  readonly types: ReadonlyMap<string, "project" | "package">;
  readonly batchSize: number;
}

export function planImport({ packages, dependencies }: Lockfile): ImportPlan {
  const order = new Map(packages.map(({ key }, i) => [key, i]));
  const dependenciesOf = new Map<string, Dependency[]>();
  for (const dependency of dependencies) {
    const later = order.get(dependency.from)! > order.get(dependency.to)! ? dependency.from : dependency.to;
    const list = dependenciesOf.get(later);
    if (list === undefined) dependenciesOf.set(later, [dependency]);
    else list.push(dependency);
  }
  const types = new Map(packages.map((each) => [each.key, typeOf(each)]));
  return { packages, dependenciesOf, types, batchSize: Math.max(1, Math.min(BATCH, Math.ceil(packages.length / 20))) };
}

/** The graph of that name: the one that is there, or a new one. */
export function openGraph(db: TenantDatabase, name: string): string {
  return db.transaction((tx) => {
    const found = tx.select({ id: graphs.id }).from(graphs).where(eq(graphs.name, name)).get();
    if (found !== undefined) return found.id;
    const graph = { graphTypeId: registerGraphType(tx), name, status: "active" } as const;
    return tx.insert(graphs).values(graph).returning({ id: graphs.id }).get().id;
  });
}

type TenantTransaction = Parameters<Parameters<TenantDatabase["transaction"]>[0]>[0];

/** The id of the graph type in the file, with its node and edge types. */
function registerGraphType(tx: TenantTransaction): string {
  const { graphType, ...module } = moduleToDbSchema(Dependencies);
  const isSame = and(eq(graphTypes.name, graphType.name), eq(graphTypes.version, graphType.version));
  const found = tx.select({ id: graphTypes.id }).from(graphTypes).where(isSame).get();
  if (found !== undefined) return found.id;
  const { id: graphTypeId } = tx.insert(graphTypes).values(graphType).returning({ id: graphTypes.id }).get();
  const ofGraphType = <T>(rows: readonly T[]) => rows.map((row) => ({ ...row, graphTypeId }));
  tx.insert(nodeTypes).values(ofGraphType(module.nodeTypes)).run();
  tx.insert(edgeTypes).values(ofGraphType(module.edgeTypes)).run();
  return graphTypeId;
}

/** How many packages of the plan are in the graph: batches are all or nothing, and come in order. */
export function importedPackages(db: TenantDatabase, graphId: string): number {
  return db.select({ n: count() }).from(nodes).where(eq(nodes.graphId, graphId)).get()!.n;
}

/**
 * Imports the batch that begins at package `start`: its nodes, their edges, and one event a package, in one commit.
 *
 * @returns How many rows were written.
 * @param halfway is called when half of it is written and nothing is committed.
 */
export function importBatch(
  db: TenantDatabase,
  graphId: string,
  plan: ImportPlan,
  start: number,
  halfway: () => void = () => {},
): number {
  const batch = plan.packages.slice(start, start + plan.batchSize);
  const packages = batch.map((each) => {
    const type = plan.types.get(each.key)!;
    return { graphId, key: each.key, type, attributes: validateNode(Dependencies, type, attributesOf(each)) };
  });
  const dependencies = batch
    .flatMap(({ key }) => plan.dependenciesOf.get(key) ?? [])
    .map(({ from, to, kind, range }) => {
      const ends = { sourceType: plan.types.get(from)!, targetType: plan.types.get(to)! };
      const attributes = validateEdge(Dependencies, kind, { range }, ends);
      return { graphId, type: kind, sourceNodeKey: from, targetNodeKey: to, attributes };
    });
  const events = db.$client.stream(PACKAGES);
  db.transaction((tx) => {
    tx.insert(nodes).values(packages).run();
    halfway();
    for (let i = 0; i < dependencies.length; i += ROWS) {
      const rows = dependencies.slice(i, i + ROWS);
      tx.insert(edges).values(rows).run();
    }
    for (const { key, name } of batch) events.publishTx(tx.$honkerTx, { key, name }, key);
  });
  return 2 * batch.length + dependencies.length;
}

/** All packages and dependencies of a graph, each as a line of text, to compare. */
export function graphLines(db: TenantDatabase, graphId: string): string[] {
  const packages = db.select().from(nodes).where(eq(nodes.graphId, graphId)).all();
  const dependencies = db.select().from(edges).where(eq(edges.graphId, graphId)).all();
  return [
    ...packages.map(({ key, type, attributes }) => JSON.stringify([key, type, attributes])),
    ...dependencies.map((row) => JSON.stringify([row.type, row.sourceNodeKey, row.targetNodeKey, row.attributes])),
  ];
}

/** The same of a lockfile. */
export function lockfileLines({ packages, dependencies }: Lockfile): string[] {
  return [
    ...packages.map((each) => JSON.stringify([each.key, typeOf(each), attributesOf(each)])),
    ...dependencies.map(({ from, to, kind, range }) => JSON.stringify([kind, from, to, { range }])),
  ];
}

function typeOf({ isProject }: LockedPackage): "project" | "package" {
  return isProject ? "project" : "package";
}

function attributesOf({ name, version, optional, dev }: LockedPackage) {
  return { name, ...(version && { version }), ...(optional && { optional }), ...(dev && { dev }) };
}
