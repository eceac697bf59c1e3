/**
 * Writes one row, one event and one message in each transaction, as fast as it can, until it is killed.
 *
 * @module
 */
import { open } from "../../../src/honker/mod.ts";

const db = open(process.argv[2] ?? "");
const stream = db.stream("s");
for (let i = 0; ; i++) {
  const tx = db.transaction();
  const id = tx.run("INSERT INTO a DEFAULT VALUES").lastInsertRowid;
  stream.publishTx(tx, id);
  tx.notify("a", id);
  if (i % 7 === 0) tx.rollback();
  else tx.commit();
  if (i === 20) console.log("busy");
}
