/**
 * Waits for messages, events and commits in the way the second argument says, and ends by itself if that is right.
 *
 * @module
 */
import { open } from "../../../src/honker/mod.ts";

const [path = "", mode = ""] = process.argv.slice(2);
const db = open(path);
const ref = mode !== "unref";

/** Commits with nobody listening, and while somebody does, to have notices and timers come and go. */
async function listenForAWhile(): Promise<void> {
  const listener = db.listen("warm");
  for (let i = 0; i < 5; i++) {
    db.notify("warm", i);
    await listener.next();
    await new Promise((resolve) => setImmediate(resolve));
  }
  listener.close();
}

async function listen(): Promise<void> {
  for await (const { payload } of db.listen("a", { ref })) {
    console.log(JSON.stringify(payload));
    break;
  }
}

async function subscribe(): Promise<void> {
  for await (const { payload } of db.stream("s").subscribe("c", { ref })) console.log(JSON.stringify(payload));
}

async function watch(): Promise<void> {
  const events = db.updateEvents({ ref });
  try {
    for (;;) await events.next();
  } catch {
    console.log("updates ended");
  }
}

await listenForAWhile();
if (mode === "ref") {
  void listen().then(() => console.log("done"));
} else {
  for (let i = 0; i < 3; i++) void listen();
  void subscribe();
  void watch();
}
for (let i = 0; i < 3; i++) {
  db.notify("nobody", i); // gives notices to all that wait
  await new Promise((resolve) => setTimeout(resolve, 2));
}
if (mode === "closed") setTimeout(() => db.close(), 1);
console.log("waiting");
