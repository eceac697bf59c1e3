import type { Read } from "./marks.ts";

const SHOWN = 10; // ids of a breach

/** Says `what` with the rows that `sql` finds, or nothing where it finds none. */
export function findRows(read: Read, what: string, sql: string, params: readonly (number | string)[] = []): string[] {
  const rows = read(sql, params);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, SHOWN).map((row) => row.join(" "));
  return [`${what}: ${shown.join(", ")}${rows.length > SHOWN ? `, … (${rows.length} in all)` : ""}`];
}

/** Says `what` with both values where they differ. */
export function compare(what: string, actual: unknown, wanted: unknown): string[] {
  return actual === wanted ? [] : [`${what}: ${actual} instead of ${wanted}`];
}

/** The first column of the first row. */
export function readNumber(read: Read, sql: string, params: readonly (number | string)[] = []): number {
  return read(sql, params)[0]![0] as number;
}
