/**
 * Listens in a process of its own to the packages that another process imports, and prints how far it is: a bar on a terminal,
 * else plain lines.
 *
 * Arguments: the database file and the number of packages. Ends when its parent says "stop", or is gone: then it also removes what the
 * parent left behind.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { open } from "../../src/honker/mod.ts";
import { PACKAGES } from "./dependency-graph.ts";
import { ProgressLine } from "./progress-line.ts";

/** What the observer tells at its end. */
export interface ObserverReport {
  readonly events: number;
  /** Digest of the sorted keys of the packages. */
  readonly keys: string;
}

const EVENTS_A_SIGN = 100; // of life, to the parent

const [file, packages] = process.argv.slice(2) as [string, string];
const total = Number(packages);
const client = open(file);
const subscription = client.stream(PACKAGES).subscribe("observer", { ref: true });
const line = new ProgressLine(process.stderr, "observer: packages imported", total);
const keys = new Set<string | null>();
let events = 0;
process.on("message", () => subscription.close());
process.on("disconnect", () => subscription.close());
process.on("error", () => subscription.close()); // the parent went while something was on its way to it
if (!process.connected) subscription.close(); // it went before this listened
tell("listening");
for await (const event of subscription) {
  events++;
  keys.add(event.key);
  line.show(keys.size);
  if (keys.size === total) tell("complete");
  else if (events % EVENTS_A_SIGN === 0) tell("alive");
}
line.end();
client.close();
const digest = createHash("sha256")
  .update(JSON.stringify([...keys].sort()))
  .digest("hex");
if (process.connected) tell({ events, keys: digest }, () => process.connected && process.disconnect());
else rmSync(dirname(file), { recursive: true, force: true });

function tell(message: string | ObserverReport, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, sent);
}
