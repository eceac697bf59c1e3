/**
 * Subscribes to the stream "s" as consumer "c" and prints each event; it is done with one when it is told to go on.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", options = "{}"] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for await (const { offset, payload } of open(path).stream("s").subscribe("c", JSON.parse(options))) {
  console.log(JSON.stringify({ offset, payload }));
  if ((await lines.next()).done) break; // some runtimes close the pipe of a process before they kill it
}
