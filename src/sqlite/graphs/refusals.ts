import { StorageError } from "../../errors.ts";
import type { GraphModule } from "../../graphs/mod.ts";
import { quote } from "../../json-values.ts";
import type { ElementLayout } from "./layout.ts";

/** A node or an edge, as a message names it: `node "react"`, `edge "e1"`, `an edge from "a" to "b"`. */
export type Named = string;

/** The rules that only the stored graph can tell of: `details.rule` of `INVALID_GRAPH`. */
export type StoredRule = "multi" | "acyclic" | "key" | "type" | "ends" | "transition";

export function nameNode(key: string): Named {
  return `node ${quote(key)}`;
}

export function nameEdge(edge: {
  readonly key?: string | null | undefined;
  readonly source?: string;
  readonly target?: string;
}): Named {
  if (typeof edge.key === "string") return `edge ${quote(edge.key)}`;
  return `an edge from ${quote(String(edge.source))} to ${quote(String(edge.target))}`;
}

/** A rule of the graph type that a write of `named`, which is of `type`, would break. */
export function ruleBroken(
  module: GraphModule,
  named: Named,
  type: string,
  rule: StoredRule,
  wanted: string,
  received: string,
): StorageError {
  const what = `${named} of type ${quote(type)}`;
  return new StorageError(
    "INVALID_GRAPH",
    `Cannot accept ${what} in graph type ${quote(module.name)} version ${module.version}: ${wanted}: received ${received}`,
    { details: { graphType: module.name, version: module.version, what, rule, wanted, received } },
  );
}

/** What was asked for by its key or id is not there. */
export function notFound(action: string, what: Named): StorageError {
  return new StorageError("NOT_FOUND", `Cannot ${action}: there is no ${what.replace(/^an? /, "")}`, {
    details: { what },
  });
}

/** A key that is taken. */
export function alreadyExists(action: string, what: Named): StorageError {
  return new StorageError("ALREADY_EXISTS", `Cannot ${action}: its key is taken in this graph: received ${what}`, {
    details: { what },
  });
}

/** Whether SQLite refused a row because another has its key. Told by the text, which every binding passes on. */
export function isDuplicate(error: unknown, { table, key }: ElementLayout): boolean {
  const columns = `${table}."graph_id", ${table}.${key}`.replaceAll('"', "");
  return error instanceof Error && error.message.includes(`UNIQUE constraint failed: ${columns}`);
}
