import type { Migration } from "../../../src/sqlite/mod.ts";

/** Migrations 0 … count − 1: the first makes a table, each adds its number to it. */
export function numberedMigrations(count: number): Migration[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `000${i}_number`,
    hash: `hash-${i}`,
    statements: [...(i === 0 ? ["CREATE TABLE numbers (n INTEGER)"] : []), `INSERT INTO numbers VALUES (${i})`],
  }));
}
