import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../errors.ts";
import type { Migration } from "./migrate.ts";

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/**
 * Reads the migrations that drizzle-kit generated into `folder`, in the order of its journal.
 *
 * @throws {StorageError} `MIGRATION_FAILED` if there is no journal in it, or a file that the journal names is missing.
 */
export function readMigrations(folder: string): Migration[] {
  try {
    return readFolder(folder);
  } catch (cause) {
    const received = (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
    throw new StorageError(
      "MIGRATION_FAILED",
      `Cannot read migrations from "${folder}": what drizzle-kit writes, with meta/_journal.json, is wanted: received ${received}`,
      { cause },
    );
  }
}

function readFolder(folder: string): Migration[] {
  const journal = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as Journal;
  return journal.entries.map(({ tag }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), "utf8").replaceAll("\r\n", "\n");
    const statements = text.split("--> statement-breakpoint").map((statement) => statement.trim());
    return {
      id: tag,
      hash: createHash("sha256").update(text).digest("hex"),
      statements: statements.filter((statement) => statement !== ""),
    };
  });
}
