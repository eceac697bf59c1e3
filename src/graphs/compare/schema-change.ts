import type { JsonObject } from "../../json-values.ts";

/** A difference of two schemas, and whether what was accepted is accepted still. */
export interface SchemaChange {
  readonly compatible: boolean;
  /** The values it concerns: `$.price.tags[]`. */
  readonly path: string;
  readonly change: string;
}

export type SchemaChanges = readonly SchemaChange[];

/** Compares parts of the two schemas, at the path of the values that are of them. */
export type ComparePart = (stored: JsonObject, next: JsonObject, path: string) => SchemaChanges;

/** A list of the one change. */
export function changed(compatible: boolean, path: string, change: string): SchemaChanges {
  return [{ compatible, path, change }];
}

/** Whether what was accepted is accepted still. */
export function isCompatible(changes: readonly { readonly compatible: boolean }[]): boolean {
  return changes.every(({ compatible }) => compatible);
}
