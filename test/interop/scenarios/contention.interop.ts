import assert from "node:assert/strict";
import { eventually } from "../support/clock.ts";
import { scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

const JOBS = 20_000;

scenario(
  31,
  "of 20 000 jobs that four workers of each side fight for, each is done once and none is lost",
  async (stage) => {
    const [e, h] = await stage.pair();
    await h.sql("CREATE TABLE acked (id INTEGER, worker TEXT, attempts INTEGER)");
    for (let i = 0; i < JOBS; i += 1000) {
      await e.program.call(
        "enqueueBatch",
        "q",
        Array.from({ length: 1000 }, (_, j) => i + j),
      );
    }
    const others = await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 ? stage.honker() : stage.engine())));
    const sides: Side[] = [e, h, ...others];
    const began = performance.now();
    const workers = await Promise.all(sides.map((side, i) => side.work("q", `${side.name}${i}`, 300)));
    const isEmpty = "SELECT NOT EXISTS (SELECT 1 FROM _honker_live)";
    await eventually(async () => (await h.value(isEmpty)) === 1, "the end of the jobs", 220);
    stage.t.diagnostic(`${JOBS} jobs in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const reports = (await Promise.all(workers.map((worker) => worker.stop()))).flat();
    const busy = reports.filter(({ error }) => error !== undefined).length;
    if (busy > 0) stage.t.diagnostic(`${busy} times a worker waited in vain for the lock`);
    assert.deepEqual(
      reports.filter(({ lost }) => lost !== undefined),
      [],
    );
    const done = await h.sql(
      "SELECT count(*) AS rows, count(DISTINCT id) AS jobs, max(attempts) AS attempts, count(DISTINCT worker) AS workers FROM acked",
    );
    assert.deepEqual(done, [{ rows: JOBS, jobs: JOBS, attempts: 1, workers: 8 }]);
    assert.equal(await h.value("SELECT count(*) FROM _honker_dead"), 0);
    for (const { worker, jobs } of await h.sql("SELECT worker, count(*) AS jobs FROM acked GROUP BY worker")) {
      stage.t.diagnostic(`${worker}: ${jobs}`);
    }
  },
  { timeout: 240_000 },
);
