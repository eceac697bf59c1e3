import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Database, Job, Queue } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

/** A job as the model sees it: a row of the live table, whose times go with the model's own clock. */
interface Live {
  readonly id: number;
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly expiresAt: number | null;
  state: "pending" | "processing";
  runAt: number;
  worker: string | null;
  claimExpiresAt: number | null;
  attempts: number;
}

interface Dead {
  readonly id: number;
  readonly attempts: number;
  readonly reason: string;
}

/** A claim that was given out, with what came of it; the same job can have been claimed again since. */
interface Held {
  readonly job: Job;
  readonly id: number;
  readonly worker: string;
  readonly attempts: number;
}

const QUEUES = ["a", "b"];
const WORKERS = ["v", "w"];
const TIMEOUT_S = 10;

/**
 * What a queue does, as the format says: the jobs of a file in memory, and a clock that the test sets on.
 *
 * Source: Honker's semantics, section 2.3 of the format's description; expired jobs are set aside as claims meet them, and
 * a stale claim is refused by its attempt.
 */
class Model {
  readonly live = new Map<number, Live>();
  readonly dead = new Map<number, Dead>();
  readonly gone = new Set<number>();
  now = 0;

  bury(job: Live, reason: string): void {
    this.live.delete(job.id);
    this.dead.set(job.id, { id: job.id, attempts: job.attempts, reason });
  }

  claim(queue: string, worker: string, n: number): Live[] {
    const jobs = () => [...this.live.values()].filter((job) => job.queue === queue);
    for (const job of jobs()) {
      if (job.state !== "processing" || job.claimExpiresAt! >= this.now) continue;
      if (this.hasExpired(job)) this.bury(job, "expired");
      else if (job.attempts >= job.maxAttempts) this.bury(job, "max attempts exceeded");
      else Object.assign(job, { state: "pending", worker: null, claimExpiresAt: null });
    }
    const due = jobs()
      .filter((job) => job.state === "pending" && job.runAt <= this.now)
      .sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || a.id - b.id);
    const claimed: Live[] = [];
    for (const job of due) {
      if (n >= 0 && claimed.length >= n) break;
      if (this.hasExpired(job)) this.bury(job, "expired");
      else if (job.attempts >= job.maxAttempts) this.bury(job, "max attempts exceeded");
      else {
        const claimExpiresAt = this.now + TIMEOUT_S;
        Object.assign(job, { state: "processing", worker, claimExpiresAt, attempts: job.attempts + 1 });
        claimed.push(job);
      }
    }
    return claimed;
  }

  /** The job, if the claim still holds it. */
  held({ id, worker, attempts }: Held): Live | undefined {
    const job = this.live.get(id);
    if (job?.state !== "processing" || job.worker !== worker || job.attempts !== attempts) return undefined;
    return job.claimExpiresAt! >= this.now ? job : undefined;
  }

  sweep(queue: string): number {
    const expired = [...this.live.values()].filter(
      (job) =>
        job.queue === queue && this.hasExpired(job) && (job.state === "pending" || job.claimExpiresAt! < this.now),
    );
    for (const job of expired) this.bury(job, "expired");
    return expired.length;
  }

  hasExpired({ expiresAt }: Live): boolean {
    return expiresAt !== null && expiresAt <= this.now;
  }
}

type Step = (run: Run) => void;

/** A database and its model, side by side. */
class Run {
  readonly db: Database;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly model = new Model();
  readonly claims: Held[] = [];
  /** What the model's clock is ahead of the real one. */
  aheadS = 0;

  constructor(db: Database) {
    this.db = db;
    this.queues = new Map(QUEUES.map((name) => [name, db.queue(name, { visibilityTimeoutS: TIMEOUT_S })]));
  }

  /** Runs `step` and compares all rows. False if the second has changed meanwhile: nobody knows which one a statement saw. */
  take(step: Step): boolean {
    const now = this.#now();
    this.model.now = now + this.aheadS;
    try {
      step(this);
      this.compare();
    } catch (error) {
      if (this.#now() === now) throw error;
    }
    return this.#now() === now;
  }

  /** Sets the clock on, by moving all times in the file back. */
  wait(seconds: number): void {
    this.aheadS += seconds;
    this.model.now += seconds;
    this.db.run(
      "UPDATE _honker_live SET run_at = run_at - ?, claim_expires_at = claim_expires_at - ?, expires_at = expires_at - ?",
      [seconds, seconds, seconds],
    );
  }

  compare(): void {
    const rows = this.db.values(
      `SELECT id, queue, priority, max_attempts, expires_at + ?, state, run_at + ?, worker_id, claim_expires_at + ?, attempts
       FROM _honker_live ORDER BY id`,
      [this.aheadS, this.aheadS, this.aheadS],
    );
    const expected = [...this.model.live.values()].map((job) => [
      job.id,
      job.queue,
      job.priority,
      job.maxAttempts,
      job.expiresAt,
      job.state,
      job.runAt,
      job.worker,
      job.claimExpiresAt,
      job.attempts,
    ]);
    assert.deepEqual(rows, expected);
    const dead = this.db.values("SELECT id, attempts, last_error FROM _honker_dead ORDER BY id");
    const buried = [...this.model.dead.values()].sort((a, b) => a.id - b.id);
    assert.deepEqual(
      dead,
      buried.map(({ id, attempts, reason }) => [id, attempts, reason]),
    );
    for (const id of this.model.gone) assert.ok(!this.model.live.has(id) && !this.model.dead.has(id));
  }

  queue(name: string): Queue {
    return this.queues.get(name)!;
  }

  /** One of the claims that were given out, mostly a late one. */
  claimAt(index: number): Held | undefined {
    return this.claims.at(-1 - (index % Math.max(this.claims.length, 1)));
  }

  #now(): number {
    return this.db.row("SELECT unixepoch()")![0] as number;
  }
}

const queueName = fc.constantFrom(...QUEUES);
const index = fc.oneof({ arbitrary: fc.nat(3), weight: 3 }, { arbitrary: fc.nat(50), weight: 1 });

const enqueue = fc
  .record({
    name: queueName,
    priority: fc.integer({ min: -1, max: 1 }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    delay: fc.constantFrom(null, 0, 0, 3, 20),
    past: fc.constantFrom(null, null, 5, 50),
    expires: fc.constantFrom(null, null, 0, 2, 15),
  })
  .map(({ name, priority, maxAttempts, delay, past, expires }): Step => {
    return (run) => {
      const { now } = run.model;
      const runAt = past === null ? null : now - past;
      const id = run.queue(name).enqueue(1, {
        priority,
        maxAttempts,
        delay,
        expires,
        runAt: runAt === null ? null : runAt - run.aheadS,
      });
      run.model.live.set(id, {
        id,
        queue: name,
        priority,
        maxAttempts,
        expiresAt: expires === null ? null : now + expires,
        state: "pending",
        runAt: delay === null ? (runAt ?? now) : now + delay,
        worker: null,
        claimExpiresAt: null,
        attempts: 0,
      });
    };
  });

const claim = fc
  .record({ name: queueName, worker: fc.constantFrom(...WORKERS), n: fc.constantFrom(1, 1, 1, 2, 3, 0, -1) })
  .map(({ name, worker, n }): Step => {
    return (run) => {
      const jobs = run.queue(name).claimBatch(worker, n);
      const expected = run.model.claim(name, worker, n);
      assert.deepEqual(
        jobs.map(({ id, attempts, workerId, claimExpiresAt }) => [
          id,
          attempts,
          workerId,
          claimExpiresAt! + run.aheadS,
        ]),
        expected.map(({ id, attempts, worker, claimExpiresAt }) => [id, attempts, worker, claimExpiresAt]),
      );
      for (const job of jobs) run.claims.push({ job, id: job.id, worker, attempts: job.attempts });
    };
  });

/** Something done with a claim; it changes the model only where the claim still holds. */
function use(name: "ack" | "retry" | "fail" | "heartbeat", seconds: number, apply: (run: Run, job: Live) => void) {
  return index.map((at): Step => {
    return (run) => {
      const claimed = run.claimAt(at);
      if (claimed === undefined) return;
      const job = run.model.held(claimed);
      const done = {
        ack: () => claimed.job.ack(),
        retry: () => claimed.job.retry(seconds, "retried"),
        fail: () => claimed.job.fail("failed"),
        heartbeat: () => claimed.job.heartbeat(seconds),
      }[name]();
      assert.equal(done, job !== undefined);
      if (job !== undefined) apply(run, job);
    };
  });
}

const ack = use("ack", 0, ({ model }, job) => {
  model.live.delete(job.id);
  model.gone.add(job.id);
});
const fail = use("fail", 0, ({ model }, job) => model.bury(job, "failed"));
const retries = [0, 7].map((delayS) =>
  use("retry", delayS, ({ model }, job) => {
    if (job.attempts >= job.maxAttempts) model.bury(job, "retried");
    else Object.assign(job, { state: "pending", runAt: model.now + delayS, worker: null, claimExpiresAt: null });
  }),
);
const heartbeats = [0, 30].map((extendS) =>
  use("heartbeat", extendS, ({ model }, job) => {
    job.claimExpiresAt = model.now + extendS;
  }),
);

const ackBatch = fc
  .record({ ats: fc.array(index, { maxLength: 4 }), isBare: fc.boolean(), worker: fc.constantFrom(...WORKERS) })
  .map(({ ats, isBare, worker }): Step => {
    return (run) => {
      const claims = ats.map((at) => run.claimAt(at)).filter((claimed) => claimed !== undefined);
      let expected = 0;
      for (const claimed of claims) {
        const attempts = isBare ? (run.model.live.get(claimed.id)?.attempts ?? 0) : claimed.attempts;
        const job = run.model.held({ ...claimed, worker, attempts });
        if (job === undefined) continue;
        expected++;
        run.model.live.delete(job.id);
        run.model.gone.add(job.id);
      }
      const jobs = claims.map(({ job, id }) => (isBare ? id : job));
      assert.equal(run.queue("a").ackBatch(jobs, worker), expected);
    };
  });

const cancel = fc.record({ at: fc.nat(30), name: queueName }).map(({ at, name }): Step => {
  return (run) => {
    const ids = [...run.model.live.keys(), 9999];
    const id = ids[at % ids.length]!;
    const isThere = run.model.live.delete(id);
    assert.equal(run.queue(name).cancel(id), isThere);
    if (isThere) run.model.gone.add(id);
  };
});

const sweep = queueName.map((name): Step => {
  return (run) => assert.equal(run.queue(name).sweepExpired(), run.model.sweep(name));
});

const wait = fc.constantFrom(1, 1, 2, 5, 9, 10, 11, 30).map(
  (seconds): Step =>
    (run) =>
      run.wait(seconds),
);

const step = fc.oneof(
  { arbitrary: enqueue, weight: 6 },
  { arbitrary: claim, weight: 6 },
  { arbitrary: wait, weight: 5 },
  { arbitrary: ack, weight: 3 },
  { arbitrary: fail, weight: 1 },
  ...retries.map((arbitrary) => ({ arbitrary, weight: 2 })),
  ...heartbeats.map((arbitrary) => ({ arbitrary, weight: 1 })),
  { arbitrary: ackBatch, weight: 2 },
  { arbitrary: cancel, weight: 1 },
  { arbitrary: sweep, weight: 1 },
);

test("queues do what their model does, and every job is waiting, dead or gone, and only one of these", (t) => {
  const db = temporaryDatabase(t);
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), (steps) => {
      db.run("DELETE FROM _honker_live");
      db.run("DELETE FROM _honker_dead");
      const run = new Run(db);
      if (!steps.every((each) => run.take(each))) return;
      const ids = [...run.model.live.keys(), ...run.model.dead.keys(), ...run.model.gone];
      assert.equal(new Set(ids).size, ids.length);
    }),
    { numRuns: 200, seed: Number(process.env.TEST_SEED ?? 20260601) },
  );
});
