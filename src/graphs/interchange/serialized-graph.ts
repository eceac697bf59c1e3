import { StorageError } from "../../errors.ts";
import { describeKind, type JsonObject } from "../../json-values.ts";
import type { GraphConfig } from "../graph-definition.ts";

/** The rules of structure that graphology knows. */
export type SerializedOptions = Pick<GraphConfig, "type" | "multi" | "allowSelfLoops">;

/** A node in graphology's serialised form. */
export interface SerializedNode {
  readonly key: string;
  readonly attributes?: JsonObject;
}

/** An edge in graphology's serialised form. */
export interface SerializedEdge {
  /** @default the key is made by whoever takes the graph in */
  readonly key?: string;
  readonly source: string;
  readonly target: string;
  readonly attributes?: JsonObject;
  /** @default true if the graph is undirected */
  readonly undirected?: boolean;
}

/**
 * A graph in graphology's serialised form, as its `export()` gives and its `import()` takes it; nodes and edges may come
 * from anything that can be iterated, so that the whole need not be in memory.
 */
export interface SerializedGraph {
  /** @default graphology's: mixed, one edge between two nodes at most, self loops allowed */
  readonly options?: Partial<SerializedOptions>;
  readonly attributes?: JsonObject;
  readonly nodes: Iterable<SerializedNode>;
  readonly edges: Iterable<SerializedEdge>;
}

/** What was read of a serialised graph. */
export type GraphPart =
  /** Options and attributes come once at most, wherever they stand in the text. */
  | { readonly kind: "options"; readonly options: SerializedOptions }
  | { readonly kind: "attributes"; readonly attributes: JsonObject }
  /** Nodes and edges come in batches; `first` is the number of the first of a batch, counted from 0. */
  | { readonly kind: "nodes"; readonly first: number; readonly nodes: readonly SerializedNode[] }
  | { readonly kind: "edges"; readonly first: number; readonly edges: readonly SerializedEdge[] };

/** The one member name that plain JavaScript code can't copy from object to object: it would set the prototype. */
export const FORBIDDEN_MEMBER = "__proto__";

/**
 * `options` with graphology's defaults, and nothing but what graphology knows.
 *
 * @throws {StorageError} `INVALID_GRAPH` if one is none of the values it can have.
 */
export function completeOptions(
  action: "read" | "write",
  options: Partial<Record<keyof SerializedOptions, unknown>>,
): SerializedOptions {
  const { type = "mixed", multi = false, allowSelfLoops = true } = options;
  if (type !== "directed" && type !== "undirected" && type !== "mixed") {
    throw formatError(action, "options.type", "directed, undirected or mixed", describeKind(type));
  }
  if (typeof multi !== "boolean") throw formatError(action, "options.multi", "true or false", describeKind(multi));
  if (typeof allowSelfLoops !== "boolean") {
    throw formatError(action, "options.allowSelfLoops", "true or false", describeKind(allowSelfLoops));
  }
  return { type, multi, allowSelfLoops };
}

/** Says what is wrong at one place of a serialised graph; never with content of it. */
export function formatError(action: "read" | "write", place: string, wanted: string, received: string): StorageError {
  return new StorageError(
    "INVALID_GRAPH",
    `Cannot ${action} a graph: ${wanted} is wanted at ${place}: received ${received}`,
    { details: { rule: "format", place, wanted, received } },
  );
}

/** Whether an object in `value`, at any level, has a member `__proto__`. */
export function hasForbiddenMember(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, FORBIDDEN_MEMBER) || Object.values(value).some(hasForbiddenMember);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
