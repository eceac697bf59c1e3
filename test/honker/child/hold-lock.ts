/** Holds the lock of the first argument alone, says `held`, and stays so until it is killed. */
import { writeSync } from "node:fs";
import { FileLock } from "../../../src/honker/mod.ts";

new FileLock(process.argv[2]!, 0).alone(() => {
  writeSync(1, "held\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
