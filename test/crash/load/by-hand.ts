import type { Job } from "../../../src/honker/mod.ts";
import { BY_HAND, QUEUE_OPTIONS } from "../tables.ts";
import { about, type Load, pause } from "./load.ts";
import { addEffect, finish } from "./workers.ts";

/** Claims jobs and does with each one of all that can be done. */
export async function workByHand(load: Load): Promise<never> {
  const { db, round, random } = load;
  const queue = db.queue(BY_HAND, QUEUE_OPTIONS);
  const workerId = `by hand ${round}`;
  const done: Job[] = [];
  const actions: readonly ((job: Job) => void)[] = [
    (job) => finish(db, job),
    (job) => {
      addEffect(db, job);
      job.ack();
    },
    (job) => {
      addEffect(db, job);
      done.push(job);
    },
    (job) => void job.retry(0, "again"),
    (job) => {
      const tx = db.transaction();
      tx.run("INSERT INTO effects(job_id) VALUES (?)", [job.id]);
      job.retryTx(tx, 0, "again");
      tx.commit();
    },
    (job) => void job.fail("failed by hand"),
    (job) => {
      const tx = db.transaction();
      job.failTx(tx, "failed by hand");
      if (random.chance(0.2)) tx.rollback();
      else tx.commit();
    },
    (job) => void job.heartbeat(1),
  ];
  for (;;) {
    const jobs = await db.whenUnlocked(() => {
      about(load, "claim");
      return queue.claimBatch(workerId, 1 + random.below(5));
    });
    for (const job of jobs) {
      await db.whenUnlocked(() => random.pick(actions)(job));
      if (random.chance(0.3)) await pause(random);
    }
    await db.whenUnlocked(() => queue.ackBatch(done.splice(0), workerId));
    await pause(random);
  }
}
