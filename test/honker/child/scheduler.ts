/**
 * Runs the scheduler of a file under a name until it is told to stop.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", owner = ""] = process.argv.slice(2);
const db = open(path);
const controller = new AbortController();
const running = db.scheduler().run(owner, controller.signal);
console.log("running");
for await (const _ of createInterface({ input: process.stdin })) break;
controller.abort();
await running;
console.log("stopped");
process.exit();
