import assert from "node:assert/strict";
import fc from "fast-check";
import { open } from "../../../src/honker/mod.ts";
import { deadRow, liveRow } from "../support/jobs.ts";
import { type Stage, scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

scenario(34, "a row that no reader could take is set aside by E and stops nobody any more", async (stage) => {
  const [e, h] = await stage.pair();
  const insert = "INSERT INTO _honker_live(queue, payload, priority, run_at) VALUES ('q', ?, ?, ?) RETURNING id";
  const poison = {
    bytes: await h.value<number>(insert, [{ blob: [0, 255, 104] }, 9, 1]),
    priority: await h.value<number>(insert, ["1", 8.5, 1]),
    time: await h.value<number>(insert, ["1", 7, 1.5]),
    text: await h.value<number>(insert, ["no JSON", 6, 1]),
  };
  const good = await h.enqueue("q", "good");
  await assert.rejects(h.claim("q", "w", 5)); // Honker's workers are stopped by the bytes
  await h.sql("UPDATE _honker_live SET state = 'pending', attempts = 0, worker_id = NULL, claim_expires_at = NULL");

  const jobs = await e.claim("q", "w", 5);
  assert.deepEqual(
    jobs.map(({ id, payload }) => ({ id, payload })),
    [
      { id: poison.text, payload: "no JSON" },
      { id: good, payload: "good" },
    ],
  );
  for (const id of [poison.bytes, poison.priority, poison.time]) {
    assert.equal(await liveRow(h, id), undefined);
    assert.match(String((await deadRow(h, id))?.last_error), /^invalid row: /);
  }
  assert.equal(await e.ack(poison.text, "w"), true);
  assert.equal(await e.ack(good, "w"), true);
  const next = await e.enqueue("q", "next");
  assert.equal((await h.claim("q", "w", 5))[0]?.id, next);
});

/** What a caller without types may pass, right or wrong. */
const ANYTHING = fc.oneof(
  fc.constantFrom(undefined, null, 1.5, Number.NaN, 1e20, -1, -0, "5", true, 2 ** 53, 5n, [], {}, new Date(0)),
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.anything(),
);

scenario(34, "E writes nothing that another reader could trip over, whatever it is called with", async (stage) => {
  const db = open(stage.path);
  const h = await stage.honker();
  const queue = db.queue("q");
  let written = 0;
  const options = fc.record(
    { runAt: ANYTHING, delay: ANYTHING, priority: ANYTHING, expires: ANYTHING, maxAttempts: ANYTHING },
    { requiredKeys: [] },
  );
  try {
    fc.assert(
      fc.property(ANYTHING, fc.oneof(fc.constant({}), options), ANYTHING, (payload, given, other) => {
        attempt(() => queue.enqueue(payload as never, given as never));
        attempt(() => db.notify("c", payload));
        attempt(() => db.stream("s").publish(payload));
        attempt(() => db.saveResult(1, payload as never, other as never));
        attempt(() => db.tryLock("l", "o", other as never)?.release());
        attempt(() => db.tryRateLimit("r", payload as never, other as never));
        attempt(() =>
          db.scheduler().add({ name: "t", queue: "q", schedule: "@every 1h", payload, ...(given as object) }),
        );
      }),
      { numRuns: 300 },
    );
  } finally {
    db.close();
  }
  assert.ok(written > 300, `${written} writes`);
  const ids = (await h.sql("SELECT id FROM _honker_live")).map(({ id }) => [id]);
  const jobs = await h.sqlEach("SELECT honker_get_job(?)", ids);
  for (const text of jobs) {
    JSON.parse((JSON.parse(text as string) as { payload: string }).payload); // Honker can read it, and its payload is JSON
  }
  await h.tick(Math.floor(Date.now() / 1000) + 7200);

  function attempt(write: () => unknown): void {
    try {
      if (write() !== null) written++;
    } catch (error) {
      assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
    }
  }
});

/**
 * A row of `_honker_live`; times are seconds from now, far from any second that could pass meanwhile. A job that is
 * being worked on was due before: no other can be claimed.
 */
interface GeneratedJob {
  readonly queue: string;
  readonly priority: number;
  readonly isProcessing: boolean;
  readonly runIn: number;
  readonly leaseIn: number;
  readonly expiresIn: number | null;
  readonly attempts: number;
  readonly maxAttempts: number;
}

const SECONDS = fc.constantFrom(-9000, -8000, -3000, -100, 1000, 2000, 5000);
const JOB: fc.Arbitrary<GeneratedJob> = fc.record({
  queue: fc.constantFrom("a", "a", "a", "b"),
  priority: fc.constantFrom(0, 0, 0, -2, 1, 7),
  isProcessing: fc.boolean(),
  runIn: SECONDS,
  leaseIn: SECONDS,
  expiresIn: fc.oneof(fc.constant(null), SECONDS),
  attempts: fc.nat(3),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
});
const TABLE = fc.array(JOB, { maxLength: 25 });
const RUNS = 400;

const FILL = `INSERT INTO _honker_live(id, queue, payload, state, priority, run_at, worker_id, claim_expires_at, attempts,
    max_attempts, created_at, expires_at)
  SELECT key + 1, value ->> 'queue', '{}', iif(value ->> 'isProcessing', 'processing', 'pending'), value ->> 'priority',
    ?2 + iif(value ->> 'isProcessing', -abs(value ->> 'runIn'), value ->> 'runIn'), iif(value ->> 'isProcessing', 'old', NULL),
    iif(value ->> 'isProcessing', ?2 + (value ->> 'leaseIn'), NULL), value ->> 'attempts', value ->> 'maxAttempts', ?2,
    ?2 + (value ->> 'expiresIn')
  FROM json_each(?1)`;

/** Puts the same rows in the files of both sides, which stay apart. */
async function fill(sides: readonly Side[], table: readonly GeneratedJob[]): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  for (const side of sides) {
    await side.begin();
    await side.sql("DELETE FROM _honker_live");
    await side.sql("DELETE FROM _honker_dead");
    await side.sql(FILL, [JSON.stringify(table), now]);
    await side.commit();
  }
}

async function apart(stage: Stage): Promise<Side[]> {
  return [await stage.engine(), await stage.honker(stage.otherPath())];
}

scenario(37, "the time of the next claim is the same on both sides, whatever the table", async (stage) => {
  const sides = await apart(stage);
  await fc.assert(
    fc.asyncProperty(TABLE, async (table) => {
      await fill(sides, table);
      const [ours, theirs] = await Promise.all(sides.map((side) => side.nextClaimAt("a")));
      assert.equal(ours, theirs);
    }),
    { numRuns: RUNS },
  );
});

/** The ids that a claim of `n` gives, without keeping it. */
async function tryClaim(side: Side, n: number): Promise<number[]> {
  await side.begin();
  const text = await side.value<string>("SELECT honker_claim_batch('a', 'w', ?, 60)", [n]);
  await side.rollback();
  return (JSON.parse(text) as { id: number }[]).map(({ id }) => id).sort((a, b) => a - b);
}

scenario(38, "a claim of n jobs takes the same ones on both sides, whatever the table and n", async (stage) => {
  const sides = await apart(stage);
  await fc.assert(
    fc.asyncProperty(TABLE, async (table) => {
      await fill(sides, table);
      for (let n = 0; n <= table.length + 1; n++) {
        const [ours, theirs] = await Promise.all(sides.map((side) => tryClaim(side, n)));
        assert.deepEqual(ours, theirs, `n = ${n}`);
      }
      const [ours, theirs] = await Promise.all(
        sides.map(async (side) => ({
          claimed: (await side.claim("a", "w", 1000)).map(({ id, attempts }) => [id, attempts]).sort(),
          dead: await side.sql(
            "SELECT id, attempts FROM _honker_dead WHERE last_error = 'max attempts exceeded' ORDER BY id",
          ),
          other: await side.sql("SELECT * FROM _honker_live WHERE queue = 'b' ORDER BY id"),
        })),
      );
      assert.deepEqual({ ...ours, other: ours!.other.length }, { ...theirs, other: theirs!.other.length });
    }),
    { numRuns: RUNS },
  );
});
