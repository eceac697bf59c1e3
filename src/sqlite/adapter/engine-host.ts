import type { Database } from "../../honker/mod.ts";
import type { Host } from "./executor.ts";

/** Our own engine below a session. It carries every value, so there is nothing to refuse. */
export function engineHost(database: Database): Host {
  return {
    executor: database,
    carriesAsync: true,
    begin: () => database.transaction(),
    whenUnlocked: (work) => database.whenUnlocked(work),
    checkColumns: () => {},
  };
}
