/**
 * A process that migrates a file when it is told "go" and answers with what it applied, or with the code of the error.
 *
 * Arguments: the file, and the number of migrations it knows. Each inserts a row with its number. With "hang" as a third one it
 * stops inside the last migration until it is killed.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";
import { type MigrationClient, migrate } from "../../../src/sqlite/mod.ts";
import { numberedMigrations } from "./numbered.ts";

const [path, count, hang] = process.argv.slice(2) as [string, string, string | undefined];
const client = open(path);
console.log("ready");
for await (const _line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(migrate(hang ? hanging(client) : client, numberedMigrations(Number(count)))));
  } catch (error) {
    console.log((error as { code: string }).code);
  }
  break;
}
client.close();

/** The client whose commit says "written" and never comes. */
function hanging(real: MigrationClient): MigrationClient {
  return {
    query: (sql) => real.query(sql),
    run: (sql) => real.run!(sql),
    transaction() {
      const tx = real.transaction();
      tx.commit = () => {
        process.stdout.write("written\n");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
      return tx;
    },
  };
}
