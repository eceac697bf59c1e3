/**
 * Works, or waits, in the way the second argument says, and ends by itself if that is right.
 *
 * @module
 */
import { open } from "../../../src/honker/mod.ts";

const [path = "", mode = ""] = process.argv.slice(2);
const db = open(path);
const queue = db.queue("q");
const ref = mode.startsWith("ref");
const quiet = { onError() {} };

async function wait(): Promise<void> {
  const result = await db.waitResult(queue.enqueue(1, { delay: 1000 }), { ref });
  console.log(result);
}

async function claim(signal?: AbortSignal): Promise<void> {
  for await (const { payload } of queue.claim("w", signal === undefined ? {} : { signal })) console.log(payload);
}

/** A signal that aborts when all that could wait does. */
function soon(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  return controller.signal;
}

const modes: Record<string, () => unknown> = {
  "ref claim loop": () => claim(),
  "ended claim loop": () => claim(soon()),
  "ref scheduler": () => db.scheduler().run("me"),
  "ended scheduler": () => db.scheduler().run("me", soon()),
  "ended waitResult": () => db.waitResult(queue.enqueue(1, { delay: 1000 }), { signal: soon() }).catch(() => {}),
  "ref worker": () => queue.work(({ payload }) => console.log(payload), { ref }),
  "unref worker": () => {
    queue.enqueue("job");
    queue.work(({ payload }) => console.log(payload), { ref });
  },
  "unref worker whose handler waits": () => {
    queue.enqueue("job");
    queue.work(() => new Promise(() => console.log("job")), { ref, heartbeatS: 0.1 });
  },
  "unref worker that can't read its jobs": () => {
    queue.work(() => {}, { ref, onError: () => console.log("error") });
    db.run("DROP TABLE _honker_live");
  },
  "stopped worker": async () => {
    queue.enqueueBatch([1, 2, 3]);
    const worker = queue.work(({ payload }) => console.log(payload), { concurrency: 3, resultTtlS: 5, ...quiet });
    while (queue.stats().pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await worker.stop();
  },
  "worker of a closed database": () => {
    queue.enqueue("job");
    queue.work(() => new Promise(() => db.close()), quiet);
  },
  "ref waitResult": wait,
  "unref waitResult": wait,
  "unref retention": () => db.retention({ dead: { maxKeep: 1 }, intervalS: 0.01 }),
};

void modes[mode]?.();
console.log("going on");
