/**
 * The rows that the tests of imports import.
 *
 * @module
 */
import assert from "node:assert/strict";

export interface Row {
  readonly type: string;
  readonly [member: string]: unknown;
}
export interface Rows {
  readonly nodes?: readonly Row[];
  readonly edges?: readonly Row[];
}

/** Nodes in a chain whose edges are so many that the indexes are made anew. */
export const MANY = 50_001;
/** All tables and indexes. */
export const SCHEMA =
  "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('index', 'table') ORDER BY name";

export function importInto(graph: { import(source: never): unknown }, rows: Rows): unknown {
  return graph.import(rows as never);
}

/** A node for each letter. */
export function nodes(keys: string, type = "n") {
  return keys.split("").map((key) => ({ type, key }));
}

/** An edge from the first letter to the second. */
export function edge(ends: string, more: object = {}) {
  return { type: "e", source: ends[0], target: ends[1], ...more };
}

export function* manyNodes(count = MANY) {
  for (let i = 0; i < count; i++) yield { type: "n", key: `k${i}` } as const;
}

/** A chain through `count` nodes, from the last to the first. */
export function* manyEdges(count = MANY) {
  for (let i = 1; i < count; i++) yield { type: "e", source: `k${i}`, target: `k${i - 1}` } as const;
}

/** What `work` throws, without its stack. */
export function errorOf(work: () => unknown): { name: string; message: string; code?: string; details?: unknown } {
  try {
    work();
  } catch (error) {
    const { name, message, code, details } = error as Error & { code?: string; details?: unknown };
    return { name, message, ...(code !== undefined && { code, details }) };
  }
  return assert.fail("nothing was thrown");
}
