import { Type } from "@sinclair/typebox";
import { defineGraph } from "../../src/graphs/mod.ts";
import { createGraphStore, type Graph, type TenantDatabase } from "../../src/sqlite/mod.ts";
import type { Dependency, LockedPackage, Lockfile } from "./lockfile.ts";

/** The stream that tells of each imported package. */
export const PACKAGES = "packages";
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

/** A graph of {@link Dependencies} in a file. */
export type DependencyGraph = Graph<typeof Dependencies>;

/** The graph of that name: the one that is there, or a new one. */
export function openGraph(db: TenantDatabase, name: string): DependencyGraph {
  const store = createGraphStore(db);
  store.register(Dependencies);
  const found = store.listGraphs({ type: Dependencies.name }).find((graph) => graph.name === name);
  return found === undefined ? store.createGraph(Dependencies, { name }) : store.graph(found.id, Dependencies);
}

/**
 * Imports the batch that begins at package `start`: its nodes, their edges, and one event a package, in one commit.
 *
 * @returns How many rows were written.
 * @param halfway is called when half of it is written and nothing is committed.
 */
export function importBatch(
  db: TenantDatabase,
  graph: DependencyGraph,
  plan: ImportPlan,
  start: number,
  halfway: () => void = () => {},
): number {
  const batch = plan.packages.slice(start, start + plan.batchSize);
  const dependencies = batch.flatMap(({ key }) => plan.dependenciesOf.get(key) ?? []);
  const events = db.$client.stream(PACKAGES);
  db.transaction((tx) => {
    const writing = graph.in(tx);
    writing.addNodes(
      batch.map((each) => ({ type: plan.types.get(each.key)!, key: each.key, attributes: attributesOf(each) })),
    );
    halfway();
    writing.addEdges(
      dependencies.map(({ from, to, kind, range }) => ({
        type: kind,
        source: from,
        target: to,
        attributes: { range },
      })),
    );
    for (const { key, name } of batch) events.publishTx(tx.$honkerTx, { key, name }, key);
  });
  return 2 * batch.length + dependencies.length;
}

/** All packages and dependencies of a graph, each as a line of text, to compare. */
export function graphLines(graph: DependencyGraph): string[] {
  return [
    ...Array.from(graph.nodes(), ({ key, type, attributes }) => JSON.stringify([key, type, attributes])),
    ...Array.from(graph.edges(), (edge) => JSON.stringify([edge.type, edge.source, edge.target, edge.attributes])),
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
