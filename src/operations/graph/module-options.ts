import { checkOptions } from "../../arguments.ts";
import type { EdgeTypeName, GraphModule, NodeTypeName } from "../../graphs/mod.ts";
import type { GraphInfo } from "../../sqlite/mod.ts";
import type { AccessControl, Identity } from "../operation-spec.ts";
import { checkFunction, checkText, checkVerbs } from "../table/table-options.ts";

/** The operations on the graphs of one type, in the order in which their specs come. */
export const GRAPH_VERBS = [
  "createGraph",
  "getGraph",
  "listGraphs",
  "updateGraph",
  "deleteGraph",
  "addNode",
  "getNode",
  "listNodes",
  "updateNode",
  "deleteNode",
  "addEdge",
  "getEdge",
  "listEdges",
  "updateEdge",
  "deleteEdge",
  "neighbours",
  "ancestors",
  "descendants",
  "shortestPath",
] as const;

/** An operation on the graphs of one type. */
export type GraphVerb = (typeof GRAPH_VERBS)[number];

/** The operations of {@link GRAPH_VERBS} that only read. */
export const READING_VERBS: ReadonlySet<GraphVerb> = new Set<GraphVerb>([
  "getGraph",
  "listGraphs",
  "getNode",
  "listNodes",
  "getEdge",
  "listEdges",
  "neighbours",
  "ancestors",
  "descendants",
  "shortestPath",
]);

/** Names of attributes by the type that has them. */
export interface AttributeNames<M extends GraphModule> {
  readonly nodes?: { readonly [Name in NodeTypeName<M>]?: readonly string[] };
  readonly edges?: { readonly [Name in EdgeTypeName<M>]?: readonly string[] };
}

/** Whether a caller may see and write a graph. Nothing but true opens one. */
export type GraphAccess = (identity: Identity | undefined, graph: GraphInfo, verb: GraphVerb) => boolean;

/** What the operations of a graph type are to be. */
export interface ModuleOperationsOptions<M extends GraphModule> {
  /** Before the dot of their ids. @default the name of the graph type */
  readonly namespace?: string;
  /** @default "1.0.0" */
  readonly version?: string;
  /** Which operations there are. @default all */
  readonly verbs?: readonly GraphVerb[];
  readonly tags?: readonly string[];
  /** What callers need to read and to write. @default `{namespace}:read` and `{namespace}:write` */
  readonly scopes?: { readonly read?: string; readonly write?: string };
  /** In the place of the scopes, for single operations. */
  readonly accessControl?: { readonly [V in GraphVerb]?: AccessControl };
  /** Attributes that callers don't send (`input`), and that they don't get (`output`) and can't filter by. @default none */
  readonly hidden?: { readonly input?: AttributeNames<M>; readonly output?: AttributeNames<M> };
  /** The graphs that a caller may see and write; one that is none is not found. @default all */
  readonly graphFilter?: GraphAccess;
  /** Who owns a graph that a caller creates. @default nobody */
  readonly ownerOf?: (identity: Identity | undefined) => string | null;
  /** Entries of a page that says nothing of it. @default 50 */
  readonly defaultLimit?: number;
  /** The most entries of a page or an answer. @default 500 */
  readonly maxLimit?: number;
}

const OPTIONS = [
  "namespace",
  "version",
  "verbs",
  "tags",
  "scopes",
  "accessControl",
  "hidden",
  "graphFilter",
  "ownerOf",
  "defaultLimit",
  "maxLimit",
];

/** @throws {TypeError} If an option is unknown, or none of its kind. */
export function checkModuleOptions(options: ModuleOperationsOptions<GraphModule>): void {
  const callee = "operationsFromModule";
  checkOptions(options, OPTIONS, callee);
  checkOptions(options.scopes, ["read", "write"], `${callee}: scopes`);
  checkOptions(options.accessControl, GRAPH_VERBS, `${callee}: accessControl`);
  checkOptions(options.hidden, ["input", "output"], `${callee}: hidden`);
  for (const side of ["input", "output"] as const) {
    checkOptions(options.hidden?.[side], ["nodes", "edges"], `${callee}: hidden.${side}`);
  }
  checkVerbs(options.verbs, GRAPH_VERBS);
  for (const name of ["graphFilter", "ownerOf"] as const) checkFunction(options[name], name);
  checkText(options.version, "version");
  for (const name of ["read", "write"] as const) checkText(options.scopes?.[name], `scopes.${name}`);
}
