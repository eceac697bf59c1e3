/**
 * Listens in a process of its own to the packages that another process imports, and prints how far it is: a bar on a terminal,
 * else plain lines.
 *
 * Arguments: the database file and the number of packages. Ends when its parent says "stop", or has gone.
 *
 * @module
 */
import { open } from "../../src/honker/mod.ts";
import { PACKAGES } from "./dependency-graph.ts";
import { ProgressLine } from "./progress-line.ts";

const [file, packages] = process.argv.slice(2) as [string, string];
const total = Number(packages);
const client = open(file);
const subscription = client.stream(PACKAGES).subscribe("observer", { ref: true });
const line = new ProgressLine(process.stderr, "observer: packages imported", total);
const keys = new Set<string | null>();
let events = 0;
process.on("message", () => subscription.close());
process.on("disconnect", () => subscription.close());
process.send!("listening");
for await (const event of subscription) {
  events++;
  keys.add(event.key);
  line.show(keys.size);
  if (keys.size === total) process.send!("complete");
}
line.end();
client.close();
process.send!({ events, distinct: keys.size }, () => process.disconnect());
