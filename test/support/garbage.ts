import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isBun } from "./runtime.ts";

/** The size of all objects that are still in use, in bytes; what is not was collected first. */
export function liveBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Frees what is not in use any more. */
export function collectGarbage(): void {
  if (isBun) {
    (globalThis as unknown as { Bun: { gc(sync: boolean): void } }).Bun.gc(true);
  } else {
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
  }
}
