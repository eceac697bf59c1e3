/**
 * Places for a test's files, gone when it ends.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, type OpenOptions, open } from "../../src/honker/mod.ts";

/** What these functions need of the test's context. */
export interface TestScope {
  after(fn: () => void | Promise<void>): void;
}

/** Creates an empty directory and returns the path of `name` in it; the directory is removed after the test. */
export function temporaryPath(t: TestScope, name = "test.db"): string {
  const directory = mkdtempSync(join(tmpdir(), "alkdev-storage-"));
  t.after(() => removeDirectory(directory));
  return join(directory, name);
}

/** Opens a database in a new file; it is closed, and the file removed, after the test. */
export function temporaryDatabase(t: TestScope, options?: OpenOptions): Database {
  const directory = mkdtempSync(join(tmpdir(), "alkdev-storage-"));
  const db = open(join(directory, "test.db"), options);
  t.after(() => {
    db.close(); // here, not in a hook of its own: hooks run in the order of their registration
    removeDirectory(directory);
  });
  return db;
}

/** Tries again while a process that is just being stopped still adds files. */
function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
