import type { Transaction } from "../../../src/honker/mod.ts";
import { BATCH_SIZE, BY_HAND, NUMBERS_A_ROUND, ORDER_QUEUES, ORDERS, QUEUE_OPTIONS } from "../tables.ts";
import { about, type Load, pause } from "./load.ts";

/**
 * Writes transactions of a row, a notification, an event and a job, all under one number, and says which were committed and which
 * rolled back. Now and then it waits inside one.
 */
export async function produceOrders(load: Load): Promise<never> {
  const { db, round, random, say } = load;
  const stream = db.stream(ORDERS);
  for (let i = 1; ; i++) {
    const number = round * NUMBERS_A_ROUND + i;
    const queue = random.pick(ORDER_QUEUES);
    const options = {
      priority: random.below(3),
      maxAttempts: 1 + random.below(4),
      ...(random.chance(0.1) && { delay: 1 }),
      ...(random.chance(0.05) && { expires: 1 }),
    };
    let position = 0;
    let jobId = 0;
    const steps: ((tx: Transaction) => void)[] = [
      (tx) => {
        const insert = "INSERT INTO orders(number, queue) VALUES (?, ?)";
        position = tx.run(insert, [number, queue]).lastInsertRowid as number;
      },
      (tx) => void tx.notify(ORDERS, { number, position }),
      (tx) => void stream.publishTx(tx, { number, position }),
      (tx) => {
        jobId = db.queue(queue, QUEUE_OPTIONS).enqueueTx(tx, { tag: `order ${number}` }, options);
      },
      (tx) => void tx.run("UPDATE orders SET job_id = ? WHERE id = ?", [jobId, position]),
    ];
    const isSlow = random.chance(0.05);
    const tx = await db.whenUnlocked(() => db.transaction());
    for (const step of steps) {
      step(tx);
      if (isSlow) await pause(random);
    }
    if (random.chance(0.1)) {
      tx.rollback();
      say({ kind: "undone", number });
    } else {
      about(load, "commit");
      tx.commit();
      say({ kind: "ack", number });
    }
    await pause(random);
  }
}

/** Adds jobs by the batch, all of it or none. */
export async function produceBatches({ db, round, random }: Load): Promise<never> {
  const queue = db.queue(BY_HAND, QUEUE_OPTIONS);
  for (let i = 1; ; i++) {
    const payloads = Array.from({ length: BATCH_SIZE }, () => ({ tag: `batch ${round * NUMBERS_A_ROUND + i}` }));
    await db.whenUnlocked(() => queue.enqueueBatch(payloads));
    for (let turn = random.below(20); turn >= 0; turn--) await pause(random);
  }
}
