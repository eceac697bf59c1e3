import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

test("a loop that looks again on each wake, and changes nothing, is not woken by itself", async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE jobs (id INTEGER PRIMARY KEY)");
  const looks: Record<string, () => unknown> = {
    "deletes nothing": () => db.run("DELETE FROM jobs WHERE id < 0"),
    "reads a pragma": () => db.values("PRAGMA user_version"),
    "commits nothing": () => db.transaction().commit(),
    "creates what is there": () => db.run("CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY)"),
  };
  for (const [name, look] of Object.entries(looks)) {
    const events = db.updateEvents();
    let wakes = 0;
    const loop = (async () => {
      for (;;) {
        await events.next();
        wakes++;
        look();
      }
    })();
    db.run("INSERT INTO jobs DEFAULT VALUES");
    await turn(5);
    events.close();
    await assert.rejects(loop);
    assert.ok(wakes >= 1 && wakes <= 3, `${name}: ${wakes} wakes`);
  }
});

test("a commit that changes rows or tables wakes, by itself and in a transaction", async (t) => {
  const db = temporaryDatabase(t);
  const events = db.updateEvents();
  const changes = [
    () => db.run("CREATE TABLE a (b)"),
    () => db.run("INSERT INTO a VALUES (1)"),
    () => {
      const tx = db.transaction();
      tx.execute("UPDATE a SET b = 2");
      tx.commit();
    },
  ];
  for (const change of changes) {
    change();
    await events.next();
  }
});
