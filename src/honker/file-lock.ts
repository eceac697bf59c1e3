import { existsSync } from "node:fs";
import { createPrivateFile } from "../durable-files.ts";
import { Connection } from "./connection.ts";

/**
 * A lock between processes, by a file of its own: many may hold it shared, or one alone.
 *
 * It is SQLite's lock on that file, so it ends with the process that holds it, however that ends. Work under it is
 * synchronous: two holders in one thread would wait for each other in vain. Who made it closes it.
 */
export class FileLock {
  readonly #connection: Connection;
  #isAlone = false;

  /** @param path The file, which is created if it is missing. Who waits does so for up to `busyTimeoutMs`. */
  constructor(path: string, busyTimeoutMs: number) {
    if (!existsSync(path)) createOnce(path);
    this.#connection = new Connection(path, busyTimeoutMs);
  }

  /** Runs `work` while nobody holds the lock alone. @throws {SqliteError} `SQLITE_BUSY` if somebody keeps it. */
  shared<T>(work: () => T): T {
    return this.#hold("BEGIN", work);
  }

  /**
   * Runs `work` while nobody else holds the lock. Inside another such work it is a part of that.
   *
   * @throws {SqliteError} `SQLITE_BUSY` if somebody keeps it.
   */
  alone<T>(work: () => T): T {
    if (this.#isAlone) return work();
    return this.#hold("BEGIN EXCLUSIVE", () => {
      this.#isAlone = true;
      try {
        return work();
      } finally {
        this.#isAlone = false;
      }
    });
  }

  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hold<T>(begin: string, work: () => T): T {
    if (this.#isAlone) return work();
    this.#connection.run(begin);
    try {
      this.#connection.row("SELECT 1 FROM sqlite_master"); // a BEGIN alone locks nothing yet
      return work();
    } finally {
      this.#connection.run("ROLLBACK");
    }
  }
}

function createOnce(path: string): void {
  try {
    createPrivateFile(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error; // of several first ones another was faster
  }
}
