/** Writes a row into a new table of the file of the first argument, says `written`, and stays until it is killed. */
import { writeSync } from "node:fs";
import { open } from "../../../src/honker/mod.ts";

const db = open(process.argv[2]!);
db.run("CREATE TABLE a (b)");
db.run("INSERT INTO a VALUES (7)");
writeSync(1, "written\n");
setInterval(() => {}, 60_000);
