import { timeRow } from "../support/report.ts";
import { Contender, type SystemName } from "./contender.ts";
import type { Plan } from "./series.ts";

const WAITING = 1_000_000;
const LIMIT_MB = 48; // the page cache of SQLite (32 MB) and the young objects of V8 (16 MB); the messages alone are 229 MB
const WARM_UP = 1000; // messages

/** A row of what it costs to receive the first `count` of a million waiting messages: it must be the cost of a batch. */
export function memoryPlan(name: string, system: SystemName, count: number): Plan {
  return {
    names: [name],
    async measure(_names, { servers, directory }) {
      const contender = await Contender.start(system, { servers, directory, series: name, processes: 2 });
      try {
        await contender.growth(WARM_UP, WARM_UP); // all code in place
        const grownMb = Math.max(await contender.growth(WAITING, count), 0.1);
        return [timeRow(name, "MB", grownMb, LIMIT_MB, "limit", 1)];
      } finally {
        await contender.close();
      }
    },
  };
}
