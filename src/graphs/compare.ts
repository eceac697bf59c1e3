import { formatPath, quote } from "../json-values.ts";
import { compareSchemas } from "./compare/schemas.ts";
import type { DbSchema } from "./db-schema.ts";
import { type GraphModule, typesOf } from "./graph-module.ts";
import type { EdgeType, NodeType } from "./graph-types.ts";
import { dbSchemaToModule } from "./load-module.ts";
import { declaredNames } from "./schema-walk.ts";
import type { Transitions } from "./transitions.ts";

/** A difference between a stored graph type and a module. */
export interface ModuleChange {
  /** Whether all graphs that were valid are valid still. */
  readonly compatible: boolean;
  /** What has changed: `node type "package" at $.license`. */
  readonly where: string;
  /** How: `is required now`. */
  readonly change: string;
}

/**
 * What has changed from the graph type `stored` to the module `next`; nothing if both give the same rows.
 *
 * If all changes are compatible, every graph that is valid under `stored` is valid under `next`, but for attributes that
 * stood undeclared in an open object and are declared now: those are not looked for. Where two schemas can't be compared,
 * the change counts as incompatible.
 *
 * ```ts
 * const broken = compareModules(rows, Dependencies).filter(({ compatible }) => !compatible);
 * for (const { where, change } of broken) console.log(`${where} ${change}`); // node type "package" at $.license is required now
 * ```
 *
 * @throws {StorageError} `INVALID_MODULE` if `stored` is what no module could give.
 * @throws {TypeError} If `next` was not made by `defineGraph()`.
 */
export function compareModules(stored: DbSchema, next: GraphModule): ModuleChange[] {
  const after = typesOf(next, "compareModules");
  const module = dbSchemaToModule(stored);
  const before = typesOf(module, "compareModules");
  return [
    ...compareHeads(module, next),
    ...compareTypes("node", before.nodes, after.nodes, compareNodeRules),
    ...compareTypes("edge", before.edges, after.edges, (from, to, where) =>
      compareEdgeRules(from, to, where, [...before.nodes.keys()]),
    ),
  ];
}

function compareHeads(from: GraphModule, to: GraphModule): ModuleChange[] {
  const { config: was } = from;
  const { config: is } = to;
  return [
    ...compareValue("the name", from.name, to.name, false),
    ...compareValue("the version", from.version, to.version, true),
    ...compareValue("the description", from.description, to.description, true),
    ...compareValue("the scope", from.scope, to.scope, false),
    ...compareValue("config.type", was.type, is.type, is.type === "mixed"),
    ...compareValue("config.multi", was.multi, is.multi, is.multi),
    ...compareValue("config.allowSelfLoops", was.allowSelfLoops, is.allowSelfLoops, is.allowSelfLoops),
    ...compareValue("config.acyclic", was.acyclic, is.acyclic, !is.acyclic),
  ];
}

function compareTypes<Type extends NodeType | EdgeType>(
  kind: "node" | "edge",
  before: ReadonlyMap<string, Type>,
  after: ReadonlyMap<string, Type>,
  compareRules: (from: Type, to: Type, where: string) => ModuleChange[],
): ModuleChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return Array.from(names, (name): ModuleChange[] => {
    const where = `${kind} type ${quote(name)}`;
    const from = before.get(name);
    const to = after.get(name);
    if (from === undefined) return changed(true, where, "was added");
    if (to === undefined) return changed(false, where, "was removed");
    const changes = [...compareElements(from, to, where), ...compareRules(from, to, where)];
    if (changes.length > 0 || canonical(from) === canonical(to)) return changes;
    return changed(true, where, "says the same in another way");
  }).flat();
}

function compareElements(from: NodeType | EdgeType, to: NodeType | EdgeType, where: string): ModuleChange[] {
  const changes = compareSchemas(from.schema, to.schema);
  const refused = new Set(changes.filter(({ compatible }) => !compatible).map(({ path }) => path));
  const after = declaredNames(to.schema);
  // An open object still takes them, but another attribute of that name could be added then, which they may not fit.
  const undeclared = [...declaredNames(from.schema)]
    .filter((name) => !after.has(name))
    .map((name) => formatPath([name]));
  return [
    ...changes.flatMap(({ compatible, path, change }) => changed(compatible, `${where} at ${path}`, change)),
    ...undeclared
      .filter((path) => !refused.has(path))
      .flatMap((path) => changed(false, `${where} at ${path}`, "is no longer declared")),
    ...compareValue(`the description of ${where}`, from.description, to.description, true),
    ...compareValue(`the indexes of ${where}`, from.indexes.join(", "), to.indexes.join(", "), true),
  ];
}

function compareNodeRules(from: NodeType, to: NodeType, where: string): ModuleChange[] {
  return [
    ...compareValue(`the key of ${where}`, from.keyAttribute, to.keyAttribute, false),
    ...compareTransitions(from.transitions, to.transitions, `the transitions of ${where}`),
  ];
}

function compareTransitions(from: Transitions | undefined, to: Transitions | undefined, where: string): ModuleChange[] {
  if (to === undefined) return from === undefined ? [] : changed(true, where, "were removed");
  if (from === undefined) return changed(false, where, "were added");
  if (from.attribute !== to.attribute) return changed(false, where, `are those of ${quote(to.attribute)} now`);
  const [before, after] = [arrowsOf(from), arrowsOf(to)];
  return [
    ...without(before, after).flatMap((arrow) => changed(false, where, `no longer allow ${arrow}`)),
    ...without(after, before).flatMap((arrow) => changed(true, where, `allow ${arrow}, too`)),
  ];
}

function arrowsOf({ allowed }: Transitions): string[] {
  return Object.entries(allowed).flatMap(([state, next]) => next.map((to) => `${quote(state)} to ${quote(to)}`));
}

function compareEdgeRules(from: EdgeType, to: EdgeType, where: string, nodes: readonly string[]): ModuleChange[] {
  return [
    ...compareEnds(from.from, to.from, `the sources of ${where}`, nodes),
    ...compareEnds(from.to, to.to, `the targets of ${where}`, nodes),
  ];
}

function compareEnds(from: readonly string[], to: readonly string[], where: string, nodes: readonly string[]) {
  const before = from.length === 0 ? nodes : from; // an edge that is stored has an end of a type that is stored
  if (to.length === 0) return from.length === 0 ? [] : changed(true, where, "may be any now");
  return [
    ...without(before, to).flatMap((name) => changed(false, where, `no longer include ${quote(name)}`)),
    ...without(to, before).flatMap((name) => changed(true, where, `include ${quote(name)}, too`)),
  ];
}

function compareValue(where: string, from: unknown, to: unknown, compatible: boolean): ModuleChange[] {
  return from === to ? [] : changed(compatible, where, `changed from ${shown(from)} to ${shown(to)}`);
}

function changed(compatible: boolean, where: string, change: string): ModuleChange[] {
  return [{ compatible, where, change }];
}

function without(list: readonly string[], others: readonly string[]): string[] {
  return list.filter((one) => !others.includes(one));
}

function shown(value: unknown): string {
  if (value === undefined || value === "") return "none";
  return typeof value === "string" ? quote(value) : String(value);
}

/** What the row of `type` holds, as text that the order of members does not change. */
function canonical({ attributes, ...row }: NodeType | EdgeType): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
