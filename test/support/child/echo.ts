/** Repeats what it is sent, until it is told to leave with an exit code. */
import { createInterface } from "node:readline";

console.log(`ready ${process.argv.slice(2).join(" ")}`);
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line.startsWith("exit ")) process.exit(Number(line.slice(5)));
  console.log(`echo ${line}`);
});
