import type { SqlParameter } from "../../honker/mod.ts";
import type { SystemPlace } from "./system-scope.ts";

/**
 * Writes what is good to have and not worth waiting for: where a transaction of this process is open, another process holds
 * the write lock, or the file can't be written, nothing is written.
 *
 * Honker's native binding can't be told not to wait: through it, another process is waited for.
 *
 * @returns Whether it was written.
 */
export function runAtOnce(
  { host, scope, executor }: SystemPlace,
  sql: string,
  params: readonly SqlParameter[],
): boolean {
  try {
    if (scope !== undefined || !host.carriesAsync) {
      executor.run(sql, params);
      return true;
    }
    const timeoutMs = executor.values("PRAGMA busy_timeout", [])[0]![0];
    executor.values("PRAGMA busy_timeout = 0", []); // throws where a transaction of this process is open
    try {
      executor.run(sql, params);
    } finally {
      executor.values(`PRAGMA busy_timeout = ${timeoutMs}`, []);
    }
    return true;
  } catch {
    return false;
  }
}
