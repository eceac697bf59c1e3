import { toCamelCase, toSnakeCase } from "drizzle-orm/casing";
import { StorageError } from "../../errors.ts";
import { CallError } from "../call-error.ts";
import type { TablePlan } from "./table-plan.ts";

/** The error for a key of which there is no row that the caller may see. */
export function rowNotFound(): CallError {
  return new CallError("NOT_FOUND", "There is no such row", {});
}

/**
 * The error to answer with for `error`, which a statement on the table threw: what a constraint refused by its own code,
 * with the columns that the caller may know of. Of the SQL, the values and the names of tables nothing is told.
 */
export function mapRowError(error: unknown, plan: TablePlan, operationId: string): unknown {
  if (error instanceof TypeError && error.message.startsWith("Cannot bind parameter")) {
    const message = `Invalid input for ${operationId}: a value that the database can store is wanted`;
    return new CallError("VALIDATION_ERROR", message, { path: "$" }, { cause: error });
  }
  if (!(error instanceof StorageError)) return error;
  const { code, message } = error;
  if (!code.startsWith("SQLITE_CONSTRAINT") && code !== "SQLITE_MISMATCH") return error;
  // a reference that RESTRICT keeps is refused by a trigger of SQLite's own
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY" || message.includes("FOREIGN KEY constraint failed")) {
    const told = "What it refers to is not there, or something refers to it";
    return new CallError("REFERENCE", told, {}, { cause: error });
  }
  const fields = fieldsOf(message, plan);
  if (/_(?:UNIQUE|PRIMARYKEY|ROWID)$/.test(code)) {
    return new CallError("CONFLICT", "Another row has these values", { fields }, { cause: error });
  }
  return new CallError("CONSTRAINT", "A rule of the table does not allow it", { fields }, { cause: error });
}

/** The columns that SQLite names in `UNIQUE constraint failed: orders.id, orders.name`, as far as they are visible. */
function fieldsOf(message: string, { shape, visible }: TablePlan): string[] {
  const match = /^(?:UNIQUE|NOT NULL) constraint failed: (.*)$/.exec(message);
  if (match === null) return [];
  const prefix = `${shape.name}.`;
  const named = new Set(match[1]!.split(", ").map((one) => (one.startsWith(prefix) ? one.slice(prefix.length) : one)));
  return [...shape.columns]
    .filter(([name, column]) => visible.has(name) && spellings(column.name).some((spelling) => named.has(spelling)))
    .map(([name]) => name);
}

/** The names that a column may have in the database, by the casing that Drizzle works with. */
function spellings(name: string): readonly string[] {
  return [name, toSnakeCase(name), toCamelCase(name)];
}
