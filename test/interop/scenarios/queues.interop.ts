import assert from "node:assert/strict";
import { nowS, untilSecond, withinOneSecond } from "../support/clock.ts";
import { comparable, deadRow, lapse, liveRow } from "../support/jobs.ts";
import { bothWays, scenario } from "../support/scenario.ts";
import type { ClaimedJob, EnqueueOptions, Row, Side } from "../support/side.ts";

/** Claims one by one until there is none left: the order of the claim, which a batch of Honker's does not keep. */
async function claimAll(side: Side, queue: string, worker = "w"): Promise<ClaimedJob[]> {
  const jobs: ClaimedJob[] = [];
  for (;;) {
    const [job] = await side.claim(queue, worker, 1);
    if (job === undefined) return jobs;
    jobs.push(job);
  }
}

scenario(21, "jobs that one side enqueues are claimed in order and acked by the other", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name} ✓`;
    const past = nowS() - 1000;
    const options: EnqueueOptions[] = [
      {},
      { priority: 5 },
      { priority: -3, runAt: past },
      { priority: 5 },
      { runAt: past + 10 },
      { runAt: past },
      { runAt: past, priority: 10, maxAttempts: 1 },
      { runAt: past + 10 },
      { priority: 5, runAt: past + 5, expires: 1000 },
    ];
    const jobs: { id: number; payload: unknown; priority: number; runAt: number }[] = [];
    for (const [i, each] of options.entries()) {
      const payload = { i, text: "żółw 🐢", none: null };
      const id = await one.enqueue(queue, payload, each);
      jobs.push({ id, payload, priority: each.priority ?? 0, runAt: each.runAt ?? Number.MAX_SAFE_INTEGER });
    }
    await one.enqueue("another", 1);
    jobs.sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || a.id - b.id);
    const claimed = await claimAll(other, queue);
    assert.deepEqual(
      claimed.map(({ id, payload, queue: name, workerId, attempts }) => ({ id, payload, name, workerId, attempts })),
      jobs.map(({ id, payload }) => ({ id, payload, name: queue, workerId: "w", attempts: 1 })),
    );
    for (const { id } of claimed) assert.equal(await other.ack(id, "w"), true);
    for (const { id } of claimed) assert.equal(await other.ack(id, "w"), false);
    assert.equal(await one.value("SELECT count(*) FROM _honker_live WHERE queue = ?", [queue]), 0);
    assert.equal(await one.value("SELECT count(*) FROM _honker_dead"), 0);
  });
});

scenario(21, "jobs that one side claims at once are the first ones, whichever side enqueued them", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const ids: number[] = [];
    for (let i = 0; i < 20; i++)
      ids.push(await (i % 2 ? one : other).enqueue("mixed", i, { priority: i < 10 ? 0 : 1 }));
    const first = await other.claim("mixed", "w", 12);
    assert.deepEqual(
      first.map(({ id }) => id).sort((a, b) => a - b),
      [...ids.slice(0, 2), ...ids.slice(10)],
    );
    const rest = await one.claim("mixed", "w", 100);
    assert.equal(rest.length, 8);
    assert.equal(await other.ackBatch("mixed", ids, "w"), 20);
  });
});

const LATEST_MS = { E: 700, H: 1700 }; // Honker waits in whole seconds; this machine may have more to do

scenario(22, "delay wins over run_at, the past is due at once, and a waiting worker wakes on time", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name}`;
    const waits: [EnqueueOptions, number][] = [
      [{}, 0],
      [{ delay: 500, runAt: 5 }, 500],
      [{ delay: 0, runAt: nowS() + 5000 }, 0],
      [{ delay: -50 }, -50],
    ];
    const isHonker = one.name === "H"; // E refuses what lies before now as a delay
    for (const [options, waitS] of isHonker ? waits : waits.slice(0, 3)) {
      await withinOneSecond(async (now) => {
        const id = await one.enqueue(`${queue} stored`, 1, options);
        assert.equal((await liveRow(other, id))?.run_at, now + waitS);
      });
    }
    const past = await one.enqueue(queue, "past", { runAt: 1 });
    assert.equal((await liveRow(other, past))?.run_at, 1);
    assert.equal((await other.claim(queue, "w", 1))[0]?.id, past);
    const runAt = nowS() + 3;
    const [timed, delayed] = [await one.enqueue(queue, 1, { runAt }), await one.enqueue(queue, 2, { delay: 5 })];
    assert.deepEqual(await other.claim(queue, "w", 5), []);
    assert.equal(await other.nextClaimAt(queue), runAt);
    const waker = await other.waker(queue, "w", 300, 2);
    for (const id of [timed, delayed]) {
      const event = await waker.next();
      assert.equal(event.id, id);
      const dueMs = Number((await liveRow(one, id))!.run_at) * 1000;
      const lateMs = event.at - dueMs;
      assert.ok(lateMs > -50 && lateMs < LATEST_MS[other.name], `${lateMs} ms late`);
    }
  });
});

scenario(23, "an expired job is not claimed, and a sweep leaves the same dead row on both sides", async (stage) => {
  const rows: Row[] = [];
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name}`;
    const expiring = await one.enqueue(queue, { a: 1 }, { expires: 2, priority: 3, maxAttempts: 7 });
    const lasting = await one.enqueue(queue, "lasting", { expires: 1000 });
    const expiresAt = Number((await liveRow(other, expiring))?.expires_at);
    assert.equal(await other.sweepExpired(queue), 0);
    await untilSecond(expiresAt); // it is over at this second, not after it
    assert.equal(await other.sweepExpired(queue), 1);
    assert.equal(await one.sweepExpired(queue), 0);
    rows.push(comparable(await deadRow(one, expiring)));
    assert.deepEqual(
      (await other.claim(queue, "w", 10)).map(({ id }) => id),
      [lasting],
    );
    const late = await one.enqueue(queue, "late", { expires: 0 });
    assert.deepEqual(await other.claim(queue, "w", 10), []);
    // E has the claim bury what it meets; Honker leaves it to a sweep.
    assert.equal(await other.sweepExpired(queue), other.name === "E" ? 0 : 1);
    rows.push(comparable(await deadRow(one, late)));
  });
  assert.deepEqual(rows[0], rows[2]);
  assert.deepEqual(rows[1], rows[3]);
  assert.equal(rows[0]?.last_error, "expired");
});

scenario(24, "a lease is good through its last second, and over at the next", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const { lastS, ids } = await withinOneSecond(async (now) => {
      await one.sql("DELETE FROM _honker_live");
      for (let i = 0; i < 5; i++) await one.enqueue("q", i);
      const jobs = await one.claim("q", "one", 5, 60);
      for (const job of jobs) assert.equal(job.claimExpiresAt, now + 60);
      await one.sql("UPDATE _honker_live SET claim_expires_at = ?", [now]); // this is their last second
      const [acked, retried, beaten, ...late] = jobs.map((job) => job.id);
      assert.equal(await other.nextClaimAt("q"), now + 1);
      assert.deepEqual(await other.claim("q", "other", 5), []);
      assert.equal(await one.ack(acked!, "one"), true);
      assert.equal(await one.retry(retried!, "one", 100, "later"), true);
      assert.equal(await one.heartbeat(beaten!, "one", 100), true);
      return { lastS: now, ids: late };
    });
    await untilSecond(lastS + 1);
    for (const id of ids) {
      assert.equal(await one.ack(id, "one"), false);
      assert.equal(await one.retry(id, "one", 0, ""), false);
      assert.equal(await one.fail(id, "one", ""), false);
      assert.equal(await one.heartbeat(id, "one", 100), false);
    }
    const again = await other.claim("q", "other", 5);
    again.sort((a, b) => a.id - b.id);
    assert.deepEqual(
      again.map(({ id, attempts }) => [id, attempts]),
      ids.map((id) => [id, 2]),
    );
  });
});

scenario(
  25,
  "the other side claims what a killed worker held, and the dead worker's name opens nothing",
  async (stage) => {
    for (const killed of ["H", "E"]) {
      const queue = `from-${killed}`;
      const victim = killed === "H" ? await stage.honker() : await stage.engine();
      const survivor = killed === "H" ? await stage.engine() : await stage.honker();
      const id = await victim.enqueue(queue, { a: 1 });
      const [job] = await victim.claim(queue, "old", 1, 3);
      assert.equal(job?.id, id);
      await victim.program.kill();
      assert.deepEqual(await survivor.claim(queue, "new", 1), []);
      const waker = await survivor.waker(queue, "new", 300, 1); // it waits for the end of the lease
      const event = await waker.next();
      assert.deepEqual([event.id, event.attempts], [id, 2]);
      const [e, h] = await stage.pair();
      for (const side of [e, h]) {
        assert.equal(await side.ack(id, "old"), false);
        assert.equal(await side.retry(id, "old", 0, ""), false);
        assert.equal(await side.fail(id, "old", ""), false);
        assert.equal(await side.heartbeat(id, "old", 100), false);
      }
      assert.equal(await survivor.ack(id, "new"), true);
    }
  },
);

scenario(
  26,
  "a worker's stale handler is refused by E, and let through by Honker, after the same worker claimed anew",
  async (stage) => {
    const [e, h] = await stage.pair();
    const otherEngine = await stage.engine(); // in one process a newer claim would stand for the older one, too
    for (const [stale, again] of [
      [e, otherEngine],
      [e, h],
      [h, h],
      [h, e],
    ] as const) {
      const id = await h.enqueue("q", 1);
      await stale.claim("q", "w", 1);
      await lapse(h, id);
      assert.equal((await again.claim("q", "w", 1))[0]?.attempts, 2);
      assert.equal(await stale.ack(id, "w"), stale === h, `${stale.name}'s ack, after ${again.name} claimed`);
      if (stale === e) assert.equal(await again.ack(id, "w"), true);
    }
  },
);

scenario(27, "a job whose workers crash too often is dead with Honker's words, whoever claims next", async (stage) => {
  const rows: Row[] = [];
  const [e, h] = await stage.pair();
  for (const [first, second, last] of [
    [h, e, h],
    [e, h, e],
    [h, h, e],
    [e, e, h],
  ] as const) {
    const id = await first.enqueue("q", { a: 1 }, { maxAttempts: 2, priority: 4 });
    const created = (await liveRow(h, id))?.created_at;
    for (const side of [first, second]) {
      assert.equal((await side.claim("q", "w", 1))[0]?.id, id);
      await lapse(h, id);
    }
    assert.equal(await last.nextClaimAt("q"), 0);
    assert.deepEqual(await last.claim("q", "w", 1), []);
    const row = await deadRow(h, id);
    assert.equal(row?.created_at, created);
    assert.equal(await liveRow(h, id), undefined);
    rows.push(comparable(row));
  }
  for (const row of rows) assert.deepEqual(row, rows[0]);
  assert.deepEqual([rows[0]?.last_error, rows[0]?.attempts], ["max attempts exceeded", 2]);
});

scenario(28, "retry and fail leave the same rows on both sides", async (stage) => {
  const left: Record<string, Row[]> = { E: [], H: [] };
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name}`;
    const keep = (row: Row | undefined) => left[other.name]!.push(comparable(row));
    await withinOneSecond(async (now) => {
      const again = await one.enqueue(queue, "again", { maxAttempts: 2 });
      await other.claim(queue, "w", 1);
      assert.equal(await other.retry(again, "w", 100, "dropped"), true);
      const { state, run_at, worker_id, claim_expires_at, attempts } = (await liveRow(one, again))!;
      assert.deepEqual([state, run_at, worker_id, claim_expires_at, attempts], ["pending", now + 100, null, null, 1]);
    });
    const spent = await one.enqueue(queue, { a: [1] }, { maxAttempts: 2, priority: 2 });
    await other.claim(queue, "w", 1);
    assert.equal(await other.retry(spent, "w", 0, "first"), true);
    assert.equal((await other.claim(queue, "w", 1))[0]?.id, spent);
    await one.sql("UPDATE _honker_live SET run_at = created_at WHERE id = ?", [spent]); // equal on both sides
    assert.equal(await other.retry(spent, "w", 100, "second: ✓\nline"), true);
    assert.equal(await liveRow(one, spent), undefined);
    keep(await deadRow(one, spent));

    const failed = await one.enqueue(queue, "text", { maxAttempts: 9 });
    await other.claim(queue, "w", 1);
    assert.equal(await other.fail(failed, "w", "given up"), true);
    assert.equal(await other.fail(failed, "w", "given up"), false);
    keep(await deadRow(one, failed));

    const silent = await one.enqueue(queue, null);
    await other.claim(queue, "w", 1);
    assert.equal(await other.fail(silent, "w", ""), true);
    keep(await deadRow(one, silent));
  });
  assert.deepEqual(left.E, left.H);
  assert.deepEqual(
    left.E!.map((row) => [row.last_error, row.attempts, row.payload]),
    [
      ["second: ✓\nline", 2, '{"a":[1]}'],
      ["given up", 1, '"text"'],
      ["", 1, "null"],
    ],
  );
});

scenario(29, "a job is cancelled by the other side, waiting or under way, and its worker is told", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name}`;
    const waiting = await one.enqueue(queue, 1);
    assert.equal(await other.cancel(waiting), true);
    assert.equal(await other.cancel(waiting), false);
    assert.deepEqual(await one.claim(queue, "w", 1), []);
    for (const settle of ["ack", "retry", "fail", "heartbeat"] as const) {
      const id = await one.enqueue(queue, settle);
      await one.claim(queue, "w", 1);
      assert.equal(await other.cancel(id), true);
      const settled = {
        ack: () => one.ack(id, "w"),
        retry: () => one.retry(id, "w", 0, ""),
        fail: () => one.fail(id, "w", ""),
        heartbeat: () => one.heartbeat(id, "w", 5),
      };
      assert.equal(await settled[settle](), false, settle);
    }
    assert.equal(await one.value("SELECT count(*) FROM _honker_dead"), 0);
  });
});

scenario(30, "acks of many at once count the same on both sides", async (stage) => {
  const [e, h] = await stage.pair();
  const counts: number[] = [];
  for (const side of [e, h]) {
    const ids: number[] = [];
    for (let i = 0; i < 6; i++) ids.push(await h.enqueue("q", i));
    await side.claim("q", "w", 4);
    await side.claim("q", "foreign", 1);
    await lapse(h, ids[3]!);
    counts.push(await side.ackBatch("q", [...ids, ids[0]!, 999_999], "w"), await side.ackBatch("q", [], "w"));
    counts.push(await side.value("SELECT count(*) FROM _honker_live WHERE queue = 'q'"));
    for (const id of ids) await h.cancel(id);
  }
  assert.deepEqual(counts, [3, 0, 3, 3, 0, 3]);
});

scenario(32, "a lease that one side extends or shortens is respected by the other", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const queue = `from-${one.name}`;
    const id = await other.enqueue(queue, 1);
    const [job] = await one.claim(queue, "one", 1, 2);
    assert.equal(await one.heartbeat(id, "one", 60), true);
    await untilSecond(job!.claimExpiresAt + 1);
    assert.deepEqual(await other.claim(queue, "other", 1), []);
    assert.ok((await other.nextClaimAt(queue)) > nowS() + 50);
    assert.equal(await one.heartbeat(id, "one", 0), true);
    const lastS = Number((await liveRow(other, id))?.claim_expires_at);
    await untilSecond(lastS + 1);
    assert.equal(await one.heartbeat(id, "one", 60), false);
    assert.equal((await other.claim(queue, "other", 1))[0]?.attempts, 2);
  });
});

scenario(33, "a lapsed job that has expired stays for ever with Honker 0.4, and is buried by E", async (stage) => {
  const [e, h] = await stage.pair();
  const id = await h.enqueue("q", { a: 1 }, { expires: 2 });
  await h.claim("q", "w", 1, 1);
  const { claim_expires_at: leaseEnd, expires_at: expiresAt } = (await liveRow(h, id))!;
  await untilSecond(Math.max(Number(leaseEnd) + 1, Number(expiresAt)));
  assert.deepEqual(await h.claim("q", "w", 5), []);
  assert.equal(await h.sweepExpired("q"), 0);
  assert.equal((await liveRow(h, id))?.state, "processing");
  assert.deepEqual(await e.claim("q", "w", 5), []);
  assert.equal(await liveRow(h, id), undefined);
  assert.equal((await deadRow(h, id))?.last_error, "expired");
});

scenario(35, "a number of jobs or a time that is zero or negative means the same on both sides", async (stage) => {
  const [e, h] = [await stage.engine(), await stage.honker(stage.otherPath())];
  const results: unknown[][] = [];
  for (const side of [e, h]) {
    const seen: unknown[] = [];
    for (const [n, timeoutS] of [
      [0, 300],
      [-1, 300],
      [-100, 300],
      [2, 0],
      [2, -5],
      [-1, -1],
    ] as const) {
      await side.sql("DELETE FROM _honker_live");
      for (let i = 0; i < 4; i++) await side.enqueue("q", i);
      const text = await side.value<string>("SELECT honker_claim_batch('q', 'w', ?, ?)", [n, timeoutS]);
      const jobs = (JSON.parse(text) as { payload: string }[]).map(({ payload }) => payload).sort();
      const rows = await side.sql(
        "SELECT state, attempts, worker_id, claim_expires_at - unixepoch() BETWEEN ? - 1 AND ? AS lease FROM _honker_live ORDER BY id",
        [timeoutS, timeoutS],
      );
      seen.push({ n, timeoutS, jobs, rows });
    }
    results.push(seen);
  }
  assert.deepEqual(results[0], results[1]);
  await e.sql("DELETE FROM _honker_live");
  for (let i = 0; i < 4; i++) await e.enqueue("q", i);
  assert.deepEqual(await e.claim("q", "w", 0), []);
  assert.equal((await e.claim("q", "w", -1)).length, 4);
});

scenario(
  36,
  "a decorated task that E enqueues is run by Honker 0.2.4 in Python, and E reads its result",
  async (stage) => {
    const e = await stage.engine();
    const python = await stage.python();
    await python.call("work", "tasks");
    const envelope = (task: string, args: unknown[], kwargs = {}) => ({ __honker_task__: { task, args, kwargs } });
    const sum = await e.enqueue("tasks", envelope("add", [40], { b: 2 }));
    const shout = await e.enqueue("tasks", envelope("shout", ["grüße 🐢"]));
    assert.equal(await e.program.call("waitResult", sum, 20), 42);
    assert.deepEqual(await e.program.call("waitResult", shout, 20), { text: "GRÜSSE 🐢" });
    const raw = await e.enqueue("tasks", { raw: true });
    const unknown = await e.enqueue("tasks", envelope("no such task", []));
    for (const id of [raw, unknown]) {
      await assert.rejects(e.program.call("waitResult", id, 20), { code: "JOB_DEAD" });
    }
    assert.match(String((await deadRow(e, raw))?.last_error), /raw \(non-decorated\) payload/);
    assert.match(String((await deadRow(e, unknown))?.last_error), /unknown task/);
    await python.call("stop", "tasks");
  },
  { python: true },
);
