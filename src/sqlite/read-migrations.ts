import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Migration } from "./migrate.ts";

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/**
 * Reads the migrations that drizzle-kit generated into `folder`, in the order of its journal.
 *
 * @throws {Error} If there is no journal in it, or a file that the journal names is missing.
 */
export function readMigrations(folder: string): Migration[] {
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
