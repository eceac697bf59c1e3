/**
 * Opens the file at the time it is told, so that several processes do it at the same moment, and uses a queue right away: adds jobs
 * and works until those of all are done.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";

const [path = "", jobs = "0", all = "0"] = process.argv.slice(2);
console.log("ready");
for await (const startMs of createInterface({ input: process.stdin })) {
  while (Date.now() < Number(startMs)) {} // a timer would not be that precise
  break;
}
const db = open(path);
db.run("CREATE TABLE IF NOT EXISTS done (job_id INTEGER NOT NULL)");
const queue = db.queue("q");
queue.enqueueBatch(Array.from({ length: Number(jobs) }, (_, i) => ({ from: process.pid, i })));
const worker = queue.work(
  (job) => {
    const tx = db.transaction();
    tx.run("INSERT INTO done VALUES (?)", [job.id]);
    job.ackTx(tx);
    tx.commit();
  },
  { concurrency: 3 },
);
const commits = db.updateEvents({ ref: true });
while ((db.row("SELECT count(*) FROM done")![0] as number) < Number(all)) await commits.next();
commits.close();
await worker.stop();
db.close();
console.log("done");
process.exit();
