/**
 * Claims the jobs of a queue as fast as it can under several names, and notes each in the table "done" with its ack.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", name = ""] = process.argv.slice(2);
const db = open(path, { busyTimeoutMs: 30_000 });
const queue = db.queue(name);
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) break;
for (let isEmpty = false; !isEmpty; ) {
  isEmpty = true;
  for (const worker of ["a", "b", "c"]) {
    for (const job of queue.claimBatch(`${process.pid} ${worker}`, 7)) {
      isEmpty = false;
      const tx = db.transaction();
      tx.execute("INSERT INTO done VALUES (?)", [job.id]);
      if (job.ackTx(tx)) tx.commit();
      else tx.rollback();
    }
  }
}
console.log("empty");
process.exit();
