import { StorageError } from "../../errors.ts";
import type { Database } from "../../honker/mod.ts";
import type { Host } from "./executor.ts";
import { isInside, runInside } from "./inside.ts";

/** Our own engine below a session. It carries every value, so there is nothing to refuse. */
export function engineHost(database: Database): Host {
  return {
    executor: database,
    carriesAsync: true,
    begin: () => database.transaction(),
    beginUnchecked: () => database.uncheckedTransaction(),
    runCallback: (scope, work) => runInside(database.path, scope, work),
    whenUnlocked(work) {
      if (!isInside(database.path)) return database.whenUnlocked(work);
      return Promise.reject(
        new StorageError(
          "TRANSACTION_OPEN",
          `Cannot wait for the transaction on "${database.path}" in its own callback: it would never end: use its tx instead`,
        ),
      );
    },
    snapshot: () => database.snapshot(),
    checkColumns: () => {},
  };
}
