/**
 * Prints what runs in the process with a database open: at first, with nobody listening, while somebody listens, after.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { open } from "../../../src/honker/mod.ts";

const [path = "", watcherBackend = null] = process.argv.slice(2);

/** Watches of files, and timers that keep the process alive. */
async function show(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5)); // a late touch of the file, and handles that are closing
  const watches = readdirSync("/proc/self/fdinfo").flatMap(watchesOf).length;
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  console.log(JSON.stringify({ watches, timers }));
}

function watchesOf(descriptor: string): string[] {
  try {
    return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8").match(/^inotify wd/gm) ?? [];
  } catch {
    return []; // the descriptor of the directory that was read
  }
}

await show();
const db = open(path, { watcherBackend });
db.notify("a", 1);
db.stream("s").publish(1);
db.transaction().commit();
await show();
const ref = true;
const waiting = [
  db.listen("a", { ref }),
  db.listen("b", { ref }),
  db.stream("s").subscribe("c", { ref }),
  db.updateEvents({ ref }),
];
db.notify("a", 1);
await show();
for (const each of waiting) each.close();
await show();
db.close();
