import assert from "node:assert/strict";
import { renameSync, statSync } from "node:fs";
import { eventually, nowS, untilSecond } from "../support/clock.ts";
import { countTimes } from "../support/leaders.ts";
import { type Stage, scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

scenario(
  51,
  "a process of either side, killed in an open transaction, leaves nothing, and its lock is free at once",
  async (stage) => {
    for (const killed of ["E", "H"]) {
      const queue = `from-${killed}`;
      const [e, h] = await stage.pair();
      const [victim, survivor] = killed === "E" ? [e, h] : [h, e];
      await victim.begin();
      await victim.enqueue(queue, 1);
      await victim.notify(queue, 1);
      await victim.publish(queue, 1);
      assert.equal(await survivor.value("SELECT count(*) FROM _honker_live"), 0);
      await victim.program.kill();
      const began = performance.now();
      const id = await survivor.enqueue(queue, 2);
      const tookMs = performance.now() - began;
      assert.ok(tookMs < 1000, `the lock was held for ${tookMs} ms more`);
      assert.deepEqual(
        (await survivor.claim(queue, "w", 9)).map((job) => job.id),
        [id],
      );
      await survivor.ack(id, "w");
      assert.equal(await survivor.value("SELECT count(*) FROM _honker_notifications"), 0);
      assert.deepEqual(await survivor.readSince(queue, 0, 9), []);
    }
  },
);

const KILLS = process.env.INTEROP_FULL === "1" ? 1000 : 40;
const JOBS = { q: 200, failing: 10 }; // before each kill

/** Kills a process of one side again and again while the other works on, and gives how many jobs got lost. */
async function killWhileWorking(stage: Stage, killed: "E" | "H"): Promise<number> {
  const path = stage.otherPath();
  const [e, h] = await stage.pair(path);
  const survivor = killed === "E" ? h : e;
  const rise = () => (killed === "E" ? stage.engine(path) : stage.honker(path));
  await h.sql("CREATE TABLE acked (id INTEGER, worker TEXT, attempts INTEGER)");
  const times = await countTimes(h, 1);
  const worker = await survivor.work("q", "survivor", 2);
  let next = rise();
  for (let i = 0; i < KILLS; i++) {
    const victim = await next;
    next = rise(); // while this one lives
    await victim.work("q", `victim ${i}`, 2);
    await victim.schedule(`victim ${i}`);
    const done = fumble(victim, `fumbler ${i}`);
    await h.sql(ENQUEUE, [JSON.stringify(JOBS)]);
    await new Promise((resolve) => setTimeout(resolve, 150 * Math.random()));
    await victim.program.kill();
    await done;
    await h.sql("DELETE FROM _honker_locks"); // else nobody would lead for a minute
  }
  const helper = await (await next).work("failing", "helper", 2);
  const left = "SELECT count(*) FROM _honker_live WHERE queue <> 'timed'";
  await eventually(async () => (await h.value(left)) === 0, "the end of the jobs", 60);
  const reports = [...(await worker.stop()), ...(await helper.stop())];
  assert.deepEqual(
    reports.filter(({ error }) => error !== undefined && !/locked|BUSY/i.test(String(error))),
    [],
  );
  const ends = "SELECT id FROM acked UNION ALL SELECT id FROM _honker_dead";
  const twice = await h.sql(`SELECT id FROM (${ends}) GROUP BY id HAVING count(*) > 1`);
  assert.deepEqual(twice, [], "a job is done twice, or done and dead");
  if (killed === "E") {
    const { times: due, jobs } = await times();
    assert.equal(jobs, due, "a time was fired twice, or not at all");
  }
  const [row] = await h.sql(
    `SELECT count(*) AS acked, count(*) FILTER (WHERE worker LIKE 'victim%') AS victims, max(attempts) AS attempts,
       (SELECT count(*) FROM _honker_dead) AS dead FROM acked`,
  );
  const { acked, victims, attempts, dead } = row as Record<string, number>;
  stage.t.diagnostic(
    `${acked} acked, ${victims} of them by the killed, at the ${attempts}th claim at most, ${dead} dead`,
  );
  return KILLS * (JOBS.q + JOBS.failing) - acked! - dead!;
}

const ENQUEUE = `INSERT INTO _honker_live(queue, payload, max_attempts)
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
  SELECT key, i, 100 FROM json_each(?), n WHERE i <= value`;

/** Claims jobs and retries or fails them at random, until the process is killed. */
async function fumble(side: Side, worker: string): Promise<void> {
  try {
    for (;;) {
      const [job] = await side.claim("failing", worker, 1, 2);
      if (job === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      else if (Math.random() < 0.2) await side.fail(job.id, worker, "failed");
      else if (Math.random() < 0.8) await side.retry(job.id, worker, 0, "again");
    }
  } catch (error) {
    assert.match(String(error), /SIGKILL|locked/);
  }
}

scenario(
  52,
  `E is killed ${KILLS} times while H works on: each job is in one place, and each time of a schedule was fired once`,
  async (stage) => assert.equal(await killWhileWorking(stage, "E"), 0),
  { timeout: 180_000 },
);

scenario(
  53,
  `H is killed ${KILLS} times while E works on, which gets along with jobs that H lost on the way`,
  async (stage) => {
    const lost = await killWhileWorking(stage, "H");
    stage.t.diagnostic(`${lost} jobs lost: H deletes and buries in two transactions`);
    assert.ok(lost >= 0);
    await assertVanishedJobIsBorne(stage);
  },
  { timeout: 180_000 },
);

/** What a crash of H between its two transactions leaves to who holds the job: no row at all. */
async function assertVanishedJobIsBorne(stage: Stage): Promise<void> {
  const [e, h] = await stage.pair();
  const settling = [
    (id: number) => e.ack(id, "w"),
    (id: number) => e.retry(id, "w", 0, ""),
    (id: number) => e.fail(id, "w", ""),
    (id: number) => e.heartbeat(id, "w", 60),
  ];
  for (const settle of settling) {
    const id = await e.enqueue("q", 1);
    await e.claim("q", "w", 1);
    await h.sql("DELETE FROM _honker_live WHERE id = ?", [id]);
    assert.equal(await settle(id), false);
  }
  const outbox = await e.outbox("o", "w");
  const id = await h.enqueue("_outbox:o", { waitMs: 200 });
  await outbox.next();
  await h.sql("DELETE FROM _honker_live WHERE id = ?", [id]);
  await h.enqueue("_outbox:o", { after: 1 });
  assert.equal((await outbox.next()).payload, '{"after":1}');
  assert.deepEqual(await outbox.stop(), []);
}

/** Writes until it is killed, and gives the highest ids that were answered. */
async function writeUntilKilled(side: Side): Promise<number> {
  let last = 0;
  try {
    for (;;) last = await side.notify("kept", "x".repeat(500));
  } catch {
    return last;
  }
}

scenario(
  54,
  "what was committed is there when all were killed, by a checkpoint under way too, and the other side reopens",
  async (stage) => {
    for (let round = 0; round < 8; round++) {
      const path = stage.otherPath();
      const [e, h] = await stage.pair(path);
      const checkpointer = round % 2 ? await stage.honker(path) : await stage.engine(path);
      const writing = [writeUntilKilled(e), writeUntilKilled(h)];
      const checkpointing = (async () => {
        const modes = ["PASSIVE", "RESTART", "TRUNCATE"];
        for (let i = 0; ; i++) await checkpointer.sql(`PRAGMA wal_checkpoint(${modes[i % 3]})`);
      })().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 150 + 150 * Math.random()));
      await checkpointer.program.kill(); // in the middle of it
      await Promise.all([e.program.kill(), h.program.kill()]);
      const last = Math.max(...(await Promise.all(writing)));
      await checkpointing;
      const heir = round % 4 < 2 ? await stage.engine(path) : await stage.honker(path);
      const [row] = await heir.sql("SELECT count(*) AS rows, coalesce(max(id), 0) AS last FROM _honker_notifications");
      assert.ok(Number(row?.last) >= last, `${last} was answered, ${row?.last} is there`);
      assert.equal(row?.rows, row?.last);
      assert.equal(await heir.notify("kept", 1), Number(row?.last) + 1);
    }
  },
);

scenario(
  55,
  "while H keeps the lock for 7 s, E's calls fail with a busy error after their time, and what waits in E survives",
  async (stage) => {
    const [e, h] = await stage.pair();
    await h.sql("CREATE TABLE acked (id INTEGER, worker TEXT, attempts INTEGER)");
    const worker = await e.work("q", "w", 300);
    const listener = await e.listen("c");
    const waker = await e.waker("other", "w", 300, 1);
    const leader = await e.schedule("E");
    await h.register({ name: "t", queue: "timed", schedule: "@every 1s", payload: 1 });
    const patient = stage.engineProcess();
    await patient.program.call("open", stage.path, 0, { busyTimeoutMs: 0 });

    await h.begin();
    await h.enqueue("q", 1);
    await h.enqueue("other", 2);
    await h.notify("c", 3);
    const over = h.program.call("sleep", 7000).then(() => h.commit());

    const impatientMs = performance.now();
    await assert.rejects(patient.enqueue("q", 1), { code: "SQLITE_BUSY" });
    assert.ok(performance.now() - impatientMs < 500, "busyTimeoutMs 0 waits");
    const beganMs = performance.now();
    await assert.rejects(e.enqueue("q", 1), (error: { code?: string }) => String(error.code).startsWith("SQLITE_BUSY"));
    const blockedMs = performance.now() - beganMs;
    stage.t.diagnostic(`an enqueue failed after ${blockedMs.toFixed(0)} ms`);
    assert.equal(await e.value("SELECT count(*) FROM _honker_live WHERE queue = 'q'"), 0); // reading goes on
    await over;
    assert.equal((await listener.next()).payload, "3");
    await waker.next();
    await eventually(async () => (await h.value("SELECT count(*) FROM acked")) === 1, "the job", 15);
    const fires = "SELECT count(*) FROM _honker_live WHERE queue = 'timed'";
    await eventually(async () => (await h.value<number>(fires)) >= 7, "the missed times", 15);
    await leader.stop();
    await worker.stop();
  },
  { timeout: 60_000 },
);

scenario(
  56,
  "while a reader of H's keeps the log from being reset, wakes arrive, and its size comes down after",
  async (stage) => {
    const [e, h] = await stage.pair();
    const reader = await stage.honker();
    await e.notify("c", 0);
    await reader.sql("BEGIN");
    await reader.sql("SELECT count(*) FROM _honker_notifications");
    const listeners = [await e.listen("c"), await h.listen("c")];
    const size = () => statSync(`${stage.path}-wal`).size;
    const text = "x".repeat(4000);
    for (let i = 0; i < 1500; i++) await (i % 2 ? e : h).notify("c", text);
    for (const listener of listeners) await listener.take(1500);
    assert.equal(await reader.value("SELECT count(*) FROM _honker_notifications"), 1);
    const grown = size();
    await e.sql("PRAGMA wal_checkpoint(PASSIVE)");
    await e.notify("c", text);
    assert.ok(size() >= grown, "the log was reset under a reader");
    await reader.sql("COMMIT");
    const [row] = await e.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    assert.equal(row?.busy, 0);
    assert.ok(size() < grown / 10, `${size()} bytes of log, ${grown} before`);
    await h.notify("c", "after");
    for (const listener of listeners) assert.equal((await listener.take(2))[1]?.payload, '"after"');
  },
);

scenario(
  57,
  "E says so when its file was replaced by another or deleted, to who calls and to who waits",
  async (stage) => {
    for (const how of ["replaced", "deleted"]) {
      const path = stage.otherPath();
      const e = await stage.engine(path);
      await e.enqueue("q", 1);
      const listener = await e.listen("c");
      const waker = await e.waker("none", "w", 300, 1);
      if (how === "replaced") {
        const other = stage.otherPath();
        const h = await stage.honker(other);
        await h.notify("c", "elsewhere");
        await h.program.end();
        renameSync(other, path);
      } else {
        renameSync(path, `${path}.gone`);
      }
      await untilSecond(nowS() + 2); // it looks once a second
      await assert.rejects(e.enqueue("q", 2), { code: "FILE_REPLACED" });
      await assert.rejects(e.sql("SELECT 1"), { code: "FILE_REPLACED" });
      await assert.rejects(listener.next(), /FILE_REPLACED|was replaced or deleted/);
      await assert.rejects(waker.next(), /FILE_REPLACED|was replaced or deleted/);
      await e.program.end();
      if (how === "deleted") renameSync(`${path}.gone`, path);
      else renameSync(path, `${path}.taken`);
      const again = await stage.engine(path);
      assert.equal(await again.value("SELECT 1"), 1);
    }
  },
);
