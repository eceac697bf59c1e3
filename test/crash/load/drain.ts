import type { Database, Job } from "../../../src/honker/mod.ts";
import { AT_LEAST_ONCE, ORDERS, PROJECTION, QUEUE_OPTIONS, QUEUES, SUBSCRIBER } from "../tables.ts";
import { projectEvents, subscribe } from "./consumers.ts";
import type { Load } from "./load.ts";
import { addEffect, finish, RESULT_TTL_S } from "./workers.ts";

const DEADLINE_MS = 60_000;

/** Does all that is left to do. @returns What can't be done. */
export async function drain(load: Load): Promise<string[]> {
  const { db } = load;
  db.scheduler().tick();
  const done = await Promise.race([
    Promise.all([drainQueues(db), drainStream(load)]).then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, DEADLINE_MS, false)),
  ]);
  if (done) return [];
  const stuck = db.values("SELECT id, queue, state, attempts FROM _honker_live ORDER BY id LIMIT 10");
  const offsets = db.values("SELECT name, offset FROM _honker_stream_consumers");
  return [`not done after ${DEADLINE_MS / 1000} s: jobs ${stuck.join("; ")}; offsets ${offsets.join("; ")}`];
}

async function drainQueues(db: Database): Promise<void> {
  for (const name of QUEUES) {
    const handler = (job: Job) => {
      if (name === AT_LEAST_ONCE) addEffect(db, job);
      else finish(db, job);
    };
    const keeping = name === AT_LEAST_ONCE ? { resultTtlS: RESULT_TTL_S } : {};
    db.queue(name, QUEUE_OPTIONS).work(handler, { retryDelayS: 0, ...keeping });
  }
  const commits = db.updateEvents({ ref: true });
  while (db.row("SELECT 1 FROM _honker_live LIMIT 1") !== undefined) await commits.next();
  commits.close();
}

async function drainStream(load: Load): Promise<void> {
  const { db } = load;
  const stream = db.stream(ORDERS);
  void subscribe(load);
  const commits = db.updateEvents({ ref: true });
  for (;;) {
    projectEvents(db, stream.readFromConsumer(PROJECTION, 100));
    const last = db.row("SELECT coalesce(max(offset), 0) FROM _honker_stream")![0] as number;
    if (stream.getOffset(PROJECTION) >= last && stream.getOffset(SUBSCRIBER) >= last) break;
    await commits.next();
  }
  commits.close();
}
