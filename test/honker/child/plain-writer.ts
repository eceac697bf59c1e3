/**
 * A process that knows SQLite only: each line on stdin is a statement to run. It never touches the file.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(process.argv[2] ?? "", { timeout: 5000 });
database.exec("PRAGMA synchronous = NORMAL");
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  database.exec(line);
  console.log("done");
}
