/**
 * Opens the file at the time it is told, so that several processes do it at the same moment, and writes a message.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", name = ""] = process.argv.slice(2);
console.log("ready");
for await (const startMs of createInterface({ input: process.stdin })) {
  while (Date.now() < Number(startMs)) {} // a timer would not be that precise
  break;
}
try {
  const db = open(path);
  db.notify("opened", name);
  db.close();
  console.log("opened");
} catch (error) {
  console.log(String(error));
}
process.exit();
