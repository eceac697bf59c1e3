/**
 * Has a tenant's file open in a process of its own, as a program without `openTenants` would. Arguments: the file and what to do.
 *
 * `hold`: until a line comes; then it writes a note and ends. `write-pairs`: writes transactions of two equal notes until it
 * is killed. Each says `ready` once it is at it.
 */
import { writeSync } from "node:fs";
import { open } from "../../../../src/honker/mod.ts";

const [path = "", what] = process.argv.slice(2);
const db = open(path);
const INSERT = "INSERT INTO notes (body) VALUES (?)";

if (what === "hold") {
  writeSync(1, "ready\n");
  await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));
  db.run(INSERT, ["by another process"]);
  db.close();
  writeSync(1, "written\n");
  process.exit();
}
for (let i = 0; ; i++) {
  const body = `${i} ${"x".repeat(500)}`;
  const tx = db.transaction();
  tx.execute(INSERT, [body]);
  tx.execute(INSERT, [body]);
  tx.commit();
  if (i === 1000) writeSync(1, "ready\n");
  if (i > 1000) await new Promise((resolve) => setTimeout(resolve, 1));
}
