import assert from "node:assert/strict";
import { eventually, nowS, withinOneSecond } from "../support/clock.ts";
import { bothWays, scenario } from "../support/scenario.ts";
import type { Row, Side } from "../support/side.ts";

/** Has a task that runs every `everyS` seconds be overdue since `missed` of its times, this second included. */
async function miss(side: Side, name: string, everyS: number, missed: number, now: number): Promise<void> {
  const first = now - (missed - 1) * everyS;
  await side.sql("UPDATE _honker_scheduler_tasks SET next_fire_at = ? WHERE name = ?", [first, name]);
}

/** The jobs of a queue as a tick has left them, without their ids. */
function jobs(side: Side, queue: string): Promise<Row[]> {
  return side.sql(
    `SELECT payload, state, priority, run_at - created_at AS wait, attempts, max_attempts, expires_at - created_at AS expires
     FROM _honker_live WHERE queue = ? ORDER BY id`,
    [queue],
  );
}

scenario(41, "what one side registers is fired by the other, as itself would fire it", async (stage) => {
  const [e, h] = await stage.pair();
  const left: Record<string, unknown[]> = {};
  for (const registrar of [e, h]) {
    for (const ticker of [e, h]) {
      const pair = `${registrar.name}${ticker.name}`;
      left[pair] = [];
      await withinOneSecond(async (now) => {
        await h.sql("DELETE FROM _honker_scheduler_tasks");
        await h.sql("DELETE FROM _honker_live");
        await registrar.register({ name: "every", queue: "q", schedule: "@every 90s", payload: { b: 1, a: "ż" } });
        await registrar.register({
          name: "cron",
          queue: "q",
          schedule: "*/5 3 * * *",
          payload: null,
          priority: -4,
          expiresS: 60,
          maxAttempts: 9,
        });
        const rows = await h.sql("SELECT * FROM _honker_scheduler_tasks ORDER BY name");
        assert.equal(rows[1]?.next_fire_at, now + 90);
        await miss(h, "every", 90, 3, now);
        await miss(h, "cron", 300, 1, now);
        const fires = await ticker.tick(now);
        left[pair] = [
          rows.map(({ next_fire_at: _, ...row }) => row),
          Number(rows[0]?.next_fire_at) % 86_400,
          fires.map(({ name, queue, fire_at }) => [name, queue, fire_at - now]).sort(),
          (await jobs(h, "q")).map((row) => JSON.stringify(row)).sort(),
          await ticker.value("SELECT next_fire_at - ? FROM _honker_scheduler_tasks WHERE name = 'every'", [now]),
          (await ticker.soonest()) - now,
        ];
        assert.equal((await ticker.tick(now)).length, 0);
      });
    }
  }
  for (const pair of ["EH", "HE", "HH"]) assert.deepEqual(left[pair], left.EE, pair);
  assert.equal((left.EE![2] as unknown[]).length, 4);
});

scenario(41, "a schedule of one side that leads fires on time while the other registers", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const leader = await other.schedule(`leader-${other.name}`);
    await one.register({ name: "t", queue: `from-${one.name}`, schedule: "@every 1s", payload: 1 });
    const count = () => one.value<number>("SELECT count(*) FROM _honker_live WHERE queue = ?", [`from-${one.name}`]);
    await eventually(async () => (await count()) >= 3, "three jobs", 10);
    assert.equal(await one.unregister("t"), 1);
    assert.deepEqual(await leader.stop(), []);
    assert.equal(await one.value("SELECT count(*) FROM _honker_locks"), 0);
  });
});

scenario(45, "a leader of either side steps down when its lock was stolen", async (stage) => {
  const [e, h] = await stage.pair();
  for (const side of [e, h]) {
    const other = side === e ? h : e;
    await side.register({ name: "t", queue: "q", schedule: "@every 1s", payload: 1 });
    const leader = await side.schedule("robbed");
    const count = () => other.value<number>("SELECT count(*) FROM _honker_live");
    const owner = () => other.value("SELECT owner FROM _honker_locks WHERE name = 'honker-scheduler'");
    await eventually(async () => (await count()) >= 1, "the first job", 10);
    assert.equal(await owner(), "robbed");
    await other.sql("UPDATE _honker_locks SET owner = 'thief', expires_at = unixepoch() + 60");
    const stolenAt = nowS();
    await eventually(async () => nowS() > stolenAt + 1, "the end of a tick that had begun", 5);
    const before = await count();
    await eventually(async () => nowS() > stolenAt + 4, "some seconds", 10);
    assert.equal(await count(), before);
    assert.equal(await owner(), "thief");
    await other.sql("DELETE FROM _honker_locks");
    await eventually(async () => (await count()) > before, "the leader to lead again", 10);
    assert.deepEqual(await leader.stop(), []);
    await side.unregister("t");
    await other.sql("DELETE FROM _honker_live");
  }
});

scenario(46, "what was missed in an outage is made up by both sides alike, 64 times at most", async (stage) => {
  const sides = [await stage.engine(), await stage.honker(stage.otherPath())];
  for (const missed of [1, 10, 63, 64, 65, 128, 1000]) {
    for (const [schedule, everyS] of [
      ["@every 7s", 7],
      ["* * * * *", 60],
      ["* * * * * *", 1],
    ] as const) {
      const now = Math.floor(nowS() / 60) * 60; // a time of each schedule
      const results = await Promise.all(
        sides.map(async (side) => {
          await side.sql("DELETE FROM _honker_live");
          await side.register({ name: "t", queue: "q", schedule, payload: 1 });
          await miss(side, "t", everyS, missed, now);
          const fires = (await side.tick(now)).map(({ fire_at }) => fire_at - now).sort((a, b) => a - b);
          const next = await side.value<number>("SELECT next_fire_at FROM _honker_scheduler_tasks");
          return { fires, jobs: await side.value("SELECT count(*) FROM _honker_live"), next: next - now };
        }),
      );
      assert.deepEqual(results[0], results[1], `${missed} of ${schedule}`);
      assert.equal(results[0]!.jobs, Math.min(missed, 64));
    }
  }
});

scenario(47, "pause, resume, update and list of one side go for the leader of the other", async (stage) => {
  const [e, h] = await stage.pair();
  await bothWays([e, h], async (one, other) => {
    const queue = `from-${one.name}`;
    await other.register({ name: "t", queue, schedule: "@every 1s", payload: 1 });
    const leader = await other.schedule("leader");
    const count = () => one.value<number>("SELECT count(*) FROM _honker_live WHERE queue = ?", [queue]);
    await eventually(async () => (await count()) >= 1, "the first job", 10);
    assert.equal(await one.pause("t"), true);
    assert.equal(await one.pause("t"), false);
    assert.equal(await one.pause("no such"), false);
    const paused = await count();
    const pausedAt = nowS();
    await eventually(async () => nowS() >= pausedAt + 3, "some seconds", 10);
    assert.equal(await count(), paused);
    await one.register({ name: "t", queue, schedule: "@every 1s", payload: 2 });
    assert.equal(await one.value("SELECT enabled FROM _honker_scheduler_tasks WHERE name = 't'"), 0);

    assert.equal(
      await one.updateTask("t", { payload: { new: true }, priority: 5, expiresS: 50, maxAttempts: 8 }),
      true,
    );
    assert.equal(await one.updateTask("no such", { priority: 5 }), false);
    assert.equal(await one.updateTask("t", {}), false);
    const [task] = await other.listTasks();
    const { next_fire_at: _next, ...rest } = task!;
    assert.deepEqual(rest, {
      name: "t",
      queue,
      cron_expr: "@every 1s",
      payload: '{"new":true}',
      priority: 5,
      expires_s: 50,
      enabled: false,
      max_attempts: 8,
    });
    assert.deepEqual(await one.listTasks(), await other.listTasks());
    await one.sql("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch() + 1"); // nothing to make up
    assert.equal(await one.resume("t"), true);
    assert.equal(await one.resume("t"), false);
    await eventually(async () => (await count()) > paused, "a job after the pause", 10);
    const [last] = (await jobs(one, queue)).slice(-1);
    assert.deepEqual([last?.payload, last?.priority, last?.expires, last?.max_attempts], ['{"new":true}', 5, 50, 8]);

    assert.equal(await one.updateTask("t", { schedule: "@every 1h", expiresS: null, maxAttempts: null }), true);
    const [slow] = await other.listTasks();
    assert.deepEqual([slow?.expires_s, slow?.max_attempts, slow?.cron_expr], [null, 3, "@every 1h"]);
    assert.ok(Math.abs(Number(slow?.next_fire_at) - nowS() - 3600) <= 2);
    await leader.stop();
    await one.unregister("t");
  });
});

scenario(48, "a task with a bad schedule stops every tick of Honker's, and only itself with E", async (stage) => {
  const [e, h] = await stage.pair();
  await h.register({ name: "a good one", queue: "q", schedule: "@every 1h", payload: 1 });
  await h.register({ name: "z good one", queue: "q", schedule: "@every 1h", payload: 1 });
  await h.sql(`INSERT INTO _honker_scheduler_tasks(name, queue, cron_expr, payload, next_fire_at)
    VALUES ('bad', 'q', '61 25 * * *', '1', 1)`);
  await h.sql("UPDATE _honker_scheduler_tasks SET next_fire_at = unixepoch() - 5");
  await h.begin();
  await assert.rejects(h.tick());
  await h.rollback();

  const fires = await e.tick();
  assert.deepEqual(fires.map(({ name }) => name).sort(), ["a good one", "z good one"]);
  assert.equal(await h.value("SELECT enabled FROM _honker_scheduler_tasks WHERE name = 'bad'"), 0);
  assert.deepEqual(await h.tick(), []); // and Honker's go on again
});
