import type { Database, Job, WorkOptions } from "../../../src/honker/mod.ts";
import { AT_LEAST_ONCE, EXACTLY_ONCE, FAILING, QUEUE_OPTIONS, SCHEDULED } from "../tables.ts";
import { about, type Load, pause } from "./load.ts";

/** Longer than any campaign. */
export const RESULT_TTL_S = 30 * 24 * 3600;
const OPTIONS: WorkOptions = { retryDelayS: 0 };

/** Works on the queues with the engine's own workers, three jobs of each at once. */
export function startWorkers(load: Load): void {
  const { db, random } = load;
  const finishing = async (job: Job) => {
    await pause(random);
    await db.whenUnlocked(() => finish(db, job));
    if (random.chance(0.3)) await pause(random);
  };
  const queue = (name: string) => db.queue(name, QUEUE_OPTIONS);
  queue(EXACTLY_ONCE).work(finishing, { ...OPTIONS, concurrency: 3 });
  queue(SCHEDULED).work(finishing, { ...OPTIONS, concurrency: 3 });
  queue(AT_LEAST_ONCE).work(
    async (job) => {
      await pause(random);
      await db.whenUnlocked(() => addEffect(db, job));
      await pause(random);
      about(load, "settle");
      return { attempts: job.attempts };
    },
    { ...OPTIONS, concurrency: 3, resultTtlS: RESULT_TTL_S },
  );
  queue(FAILING).work(
    async (job) => {
      await pause(random);
      if (random.chance(0.5)) throw new Error(`refused in attempt ${job.attempts}`);
      await db.whenUnlocked(() => finish(db, job));
    },
    { ...OPTIONS, concurrency: 3, onError: refuseOthers },
  );
}

/** Writes the effect of a job together with its ack: not at all if the lease is lost. */
export function finish(db: Database, job: Job): void {
  const tx = db.transaction();
  tx.run("INSERT INTO done(job_id) VALUES (?)", [job.id]);
  if (job.ackTx(tx)) tx.commit();
  else tx.rollback();
}

/** Writes the effect of a job that is acked later: it may come again. */
export function addEffect(db: Database, job: Job): void {
  db.run("INSERT INTO effects(job_id) VALUES (?)", [job.id]);
}

function refuseOthers(error: unknown): void {
  if (!String(error).startsWith("Error: refused")) throw error;
}
