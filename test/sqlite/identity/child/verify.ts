/** Verifies the key of the second argument in the file of the first, now and after each line, and prints the answer. */
import { writeSync } from "node:fs";
import { open } from "../../../../src/honker/mod.ts";
import { createSystemDatabase, verifyApiKey } from "../../../../src/sqlite/mod.ts";

const [path = "", key = ""] = process.argv.slice(2);
const db = createSystemDatabase(open(path));

function answer(): void {
  const verified = verifyApiKey(db, key);
  writeSync(1, `${verified.ok ? "true" : verified.reason}\n`);
}
process.stdin.on("data", answer);
answer();
