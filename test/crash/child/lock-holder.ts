/**
 * A process that knows SQLite only and keeps the write lock of the file: each line on stdin says for how many milliseconds.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const database = new DatabaseSync(process.argv[2] ?? "", { timeout: 5000 });
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  database.exec("BEGIN IMMEDIATE");
  console.log("held");
  await sleep(Number(line));
  database.exec("COMMIT");
  console.log("released");
}
