/**
 * Opens the file once told to go, so that several processes do it at the same moment, and writes a message.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", name = ""] = process.argv.slice(2);
console.log("ready");
for await (const _go of createInterface({ input: process.stdin })) break;
try {
  const db = open(path);
  db.notify("opened", name);
  db.close();
  console.log("opened");
} catch (error) {
  console.log(String(error));
}
process.exit();
