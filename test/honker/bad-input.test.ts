import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StorageError } from "../../src/errors.ts";
import { type Database, exponentialDelay, type Job, type Transaction } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

const seed = Number(process.env.TEST_SEED ?? 20260601);

const TABLES = [
  "notifications",
  "live",
  "dead",
  "locks",
  "rate_limits",
  "scheduler_tasks",
  "results",
  "stream",
  "stream_consumers",
];

/** All that is stored. */
const dump = (db: Database) => TABLES.map((name) => db.values(`SELECT * FROM _honker_${name}`));

/** What stands in a column that no other reader of the file could take. */
function misfits(db: Database): string[] {
  const found: string[] = [];
  for (const name of TABLES) {
    const table = `_honker_${name}`;
    for (const [column, type] of db.values("SELECT name, type FROM pragma_table_info(?)", [table])) {
      const wanted = type === "INTEGER" ? "integer" : "text";
      const [row] = db.values(`SELECT count(*) FROM ${table} WHERE typeof(${column}) NOT IN ('${wanted}', 'null')`);
      if (row?.[0] !== 0) found.push(`${table}.${column}`);
    }
    const payload = { live: "payload", dead: "payload", scheduler_tasks: "payload", stream: "payload" }[name];
    if (payload === undefined) continue;
    const [row] = db.values(`SELECT count(*) FROM ${table} WHERE NOT json_valid(${payload})`);
    if (row?.[0] !== 0) found.push(`${table}.${payload} is not JSON`);
  }
  return found;
}

/** What somebody may pass by mistake, or to do harm. */
const anything = fc.oneof(
  {
    arbitrary: fc.constantFrom<unknown>(undefined, null, true, false, "", "5", "a\0b", "\ud800", "\udfff\ud800"),
    weight: 3,
  },
  {
    arbitrary: fc.constantFrom<unknown>(
      Number.NaN,
      -1,
      -0,
      0.5,
      1e300,
      2 ** 53,
      -(2 ** 53),
      2 ** 52 + 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5n,
      2n ** 70n,
    ),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom<unknown>(
      [],
      {},
      [1],
      new Date(0),
      new Date(Number.NaN),
      new Uint8Array(2),
      () => {},
      Symbol("a"),
      Object.create(null),
      { toString: () => "5" },
      { toJSON: () => undefined },
      new Map(),
      "'; DROP TABLE _honker_live; --",
      "n".repeat(10_000),
      "🦆".repeat(5000),
    ),
    weight: 3,
  },
  { arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, maxDepth: 2 }), weight: 3 },
  { arbitrary: fc.integer(), weight: 1 },
  { arbitrary: fc.string({ unit: "binary" }), weight: 1 },
);

/** What each method can be called with. A number stands for what is right there; it is replaced by anything, one at a time. */
type Call = (db: Database, args: readonly [never, never, never], at: { tx: Transaction; job: Job }) => unknown;

const options = (...names: string[]) => names.map((name) => (value: unknown) => ({ [name]: value }));
const identity = (value: unknown) => value;
const SIGNAL = new AbortController().signal;

interface Method {
  readonly call: Call;
  /** Right arguments. */
  readonly right: readonly unknown[];
  /** By argument, ways to put anything in. */
  readonly put: readonly (readonly ((value: unknown) => unknown)[])[];
}

const ENQUEUE = options("tx", "runAt", "delay", "priority", "expires", "maxAttempts");
const ADD = ["name", "queue", "schedule", "cron", "payload", "priority", "expiresS", "maxAttempts"];
const task = { name: "new", queue: "q", schedule: "@every 5s", payload: 1 };

const METHODS: Readonly<Record<string, Method>> = {
  "queue()": {
    call: (db, [name, options]) => db.queue(name, options).enqueue(1),
    right: ["q", {}],
    put: [[identity], [identity, ...options("visibilityTimeoutS", "maxAttempts", "unknown")]],
  },
  "queue() with a schema": {
    call: (db, [options]) => db.queue("q", options).enqueue(1),
    right: [{}],
    put: [options("schema")],
  },
  "claimOne() with a visibilityTimeoutS": {
    call: (db, [options]) => db.queue("q", options).claimOne("w"),
    right: [{}],
    put: [options("visibilityTimeoutS")],
  },
  "enqueue()": {
    call: (db, [payload, options]) => db.queue("q").enqueue(payload, options),
    right: [1, {}],
    put: [
      [identity, (value) => ({ a: [value] })],
      [identity, ...ENQUEUE, ...options("unknown")],
    ],
  },
  "enqueueTx()": {
    call: (db, [payload, options], { tx }) => db.queue("q").enqueueTx(tx, payload, options),
    right: [1, {}],
    put: [[identity], [identity, ...ENQUEUE.slice(1)]],
  },
  "enqueueTx() with a tx": {
    call: (db, [tx]) => db.queue("q").enqueueTx(tx, 1),
    right: [1],
    put: [[identity]],
  },
  "enqueueBatch()": {
    call: (db, [payloads, options]) => db.queue("q").enqueueBatch(payloads, options),
    right: [[1], {}],
    put: [
      [identity, (value) => [1, value], (value) => [value, 1]],
      [identity, ...ENQUEUE],
    ],
  },
  "claimBatch()": {
    call: (db, [worker, n]) => db.queue("q").claimBatch(worker, n),
    right: ["w", 1],
    put: [[identity], [identity]],
  },
  "ackBatch()": {
    call: (db, [jobs, worker]) => db.queue("q").ackBatch(jobs, worker),
    right: [[99], "w"],
    put: [[identity, (value) => [value], (value) => [99, value]], [identity]],
  },
  "cancel()": { call: (db, [id]) => db.queue("q").cancel(id), right: [99], put: [[identity]] },
  "getJob()": { call: (db, [id]) => db.queue("q").getJob(id), right: [99], put: [[identity]] },
  "deadJobs()": {
    call: (db, [options]) => db.queue("q").deadJobs(options),
    right: [{}],
    put: [[identity, ...options("limit", "afterId")]],
  },
  "replayDead()": {
    call: (db, [id, options]) => db.queue("q").replayDead(id, options),
    right: [1, {}],
    put: [[identity], [identity, ...options("delay")]],
  },
  "purgeDead()": {
    call: (db, [options]) => db.queue("q").purgeDead(options),
    right: [{ maxKeep: 1000 }],
    put: [options("olderThanS", "maxKeep", "unknown")],
  },
  "ack of a job in a tx": { call: (_db, [tx], { job }) => job.ackTx(tx), right: [1], put: [[identity]] },
  "retry()": {
    call: (_db, [delayS, error], { job }) => job.retry(delayS, error),
    right: [5, "error"],
    put: [[identity], [identity]],
  },
  "fail()": { call: (_db, [error], { job }) => job.fail(error), right: ["error"], put: [[identity]] },
  "heartbeat()": { call: (_db, [extendS], { job }) => job.heartbeat(extendS), right: [5], put: [[identity]] },
  "tryLock()": {
    call: (db, [name, owner, ttlS]) => db.tryLock(name, owner, ttlS),
    right: ["new", "me", 60],
    put: [[identity], [identity], [identity]],
  },
  "heartbeat() of a lock": {
    call: (db, [ttlS]) => db.tryLock("lock", "me", 60)?.heartbeat(ttlS),
    right: [5],
    put: [[identity]],
  },
  "tryRateLimit()": {
    call: (db, [name, limit, per]) => db.tryRateLimit(name, limit, per),
    right: ["new", 5, 60],
    put: [[identity], [identity], [identity]],
  },
  "sweepRateLimits()": { call: (db, [olderThanS]) => db.sweepRateLimits(olderThanS), right: [5], put: [[identity]] },
  "saveResult()": {
    call: (db, [id, value, ttlS]) => db.saveResult(id, value, ttlS),
    right: [5, "1", 60],
    put: [[identity], [identity], [identity]],
  },
  "getResult()": { call: (db, [id]) => db.getResult(id), right: [5], put: [[identity]] },
  "pruneNotifications()": {
    call: (db, [olderThanS, maxKeep]) => db.pruneNotifications(olderThanS, maxKeep),
    right: [1000, 1000],
    put: [[identity], [identity]],
  },
  "outbox()": {
    call: (db, [name, delivery, options]) => db.outbox(name, delivery, options).enqueue(1),
    right: ["o", () => {}, {}],
    put: [[identity], [identity], [identity, ...options("visibilityTimeoutS", "maxAttempts", "baseBackoffS")]],
  },
  "add()": {
    call: (db, [options]) => db.scheduler().add(options),
    right: [task],
    put: [[identity, ...ADD.map((name) => (value: unknown) => ({ ...task, [name]: value }))]],
  },
  "update()": {
    call: (db, [name, options]) => db.scheduler().update(name, options),
    right: ["task", {}],
    put: [[identity], [identity, ...options(...ADD)]],
  },
  "remove(), pause() and resume()": {
    call: (db, [name]) => [db.scheduler().pause(name), db.scheduler().resume(name), db.scheduler().remove(name)],
    right: ["none"],
    put: [[identity]],
  },
  "tick()": { call: (db, [now]) => db.scheduler().tick(now), right: [5], put: [[identity]] },
  "claimWaker()": {
    call: (db, [options]) => db.queue("q").claimWaker(options).close(),
    right: [{}],
    put: [[identity, ...options("idlePollS")]],
  },
  "work()": {
    call: (db, [handler, options]) => void db.queue("none").work(handler, options).stop(),
    right: [() => {}, {}],
    put: [
      [identity],
      [
        identity,
        ...options(
          "concurrency",
          "workerId",
          "signal",
          "idlePollS",
          "heartbeatS",
          "retryDelayS",
          "resultTtlS",
          "drainTimeoutS",
          "ref",
          "onError",
          "unknown",
        ),
      ],
    ],
  },
  "retention()": {
    call: (db, [options]) => db.retention(options).close(),
    right: [{}],
    put: [
      [
        identity,
        ...options("notifications", "streams", "results", "dead", "intervalS", "onError", "onReport"),
        ...options("olderThanS", "maxKeep").map((put) => (value: unknown) => ({ dead: put(value) })),
      ],
    ],
  },
  "notify()": {
    call: (db, [channel, payload]) => db.notify(channel, payload),
    right: ["c", 1],
    put: [[identity], [identity, (value) => ({ a: [value] })]],
  },
  "notifyTx()": {
    call: (db, [channel, payload], { tx }) => db.notifyTx(tx, channel, payload),
    right: ["c", 1],
    put: [[identity], [identity]],
  },
  "notifyTx() with a tx": { call: (db, [tx]) => db.notifyTx(tx, "c", 1), right: [1], put: [[identity]] },
  "listen()": {
    call: (db, [channel, options]) => db.listen(channel, options).close(),
    right: ["c", {}],
    put: [[identity], [identity, ...options("fallbackPollS", "signal", "ref", "unknown")]],
  },
  "publish()": {
    call: (db, [topic, payload]) => db.stream(topic).publish(payload),
    right: ["s", 1],
    put: [[identity], [identity, (value) => [value]]],
  },
  "publishWithKey()": {
    call: (db, [key, payload]) => db.stream("s").publishWithKey(key, payload),
    right: ["k", 1],
    put: [[identity], [identity]],
  },
  "publishTx()": {
    call: (db, [payload, key], { tx }) => db.stream("s").publishTx(tx, payload, key),
    right: [1, "k"],
    put: [[identity], [identity]],
  },
  "publishBatch()": {
    call: (db, [payloads, options]) => db.stream("s").publishBatch(payloads, options),
    right: [[1], {}],
    put: [
      [identity, (value) => [1, value]],
      [identity, ...options("key", "tx", "unknown")],
    ],
  },
  "readSince()": {
    call: (db, [offset, limit]) => db.stream("s").readSince(offset, limit),
    right: [0, 1],
    put: [[identity], [identity]],
  },
  "readFromConsumer()": {
    call: (db, [consumer, limit]) => db.stream("s").readFromConsumer(consumer, limit),
    right: ["c", 1],
    put: [[identity], [identity]],
  },
  "saveOffset()": {
    call: (db, [consumer, offset]) => db.stream("s").saveOffset(consumer, offset),
    right: ["c", 1],
    put: [[identity], [identity]],
  },
  "saveOffsetTx()": {
    call: (db, [consumer, offset], { tx }) => db.stream("s").saveOffsetTx(tx, consumer, offset),
    right: ["c", 1],
    put: [[identity], [identity]],
  },
  "subscribe()": {
    call: (db, [consumer, options]) => db.stream("s").subscribe(consumer, options).close(),
    right: ["c", {}],
    put: [[identity], [identity, ...options("saveEveryN", "saveEveryS", "signal", "ref", "unknown")]],
  },
  "claim()": {
    call: (db, [worker, options]) => void db.queue("none").claim(worker, options).return(undefined),
    right: ["w", {}],
    put: [[identity], [identity, ...options("idlePollS", "signal", "unknown")]],
  },
  "retryTx()": {
    call: (_db, [delayS, error], { tx, job }) => job.retryTx(tx, delayS, error),
    right: [5, "error"],
    put: [[identity], [identity]],
  },
  "failTx()": { call: (_db, [error], { tx, job }) => job.failTx(tx, error), right: ["error"], put: [[identity]] },
  "exponentialDelay()": {
    call: (_db, [options]) => {
      const delayS = exponentialDelay(options)(3, undefined);
      assert.ok(delayS >= 0, `${delayS} s`);
    },
    right: [{}],
    put: [[identity, ...options("baseS", "maxS", "jitter")]],
  },
};

/** Methods whose promise tells of what is wrong. */
const ASYNC: Readonly<Record<string, Method>> = {
  "waitResult()": {
    call: (db, [id, options]) => db.waitResult(id, options),
    right: [99, { timeoutS: 0 }],
    put: [[identity], [identity, ...options("timeoutS", "signal", "ref", "unknown")]],
  },
  "next()": {
    call: async (db, [worker, options]) => {
      const waker = db.queue("none").claimWaker();
      const next = waker.next(worker, options);
      waker.close();
      return await next;
    },
    right: ["w", { signal: SIGNAL }],
    put: [[identity], [identity, ...options("signal")]],
  },
  "run()": {
    call: async (db, [owner, signal]) => {
      const controller = new AbortController();
      const running = db.scheduler().run(owner, signal ?? controller.signal);
      controller.abort();
      await running;
    },
    right: ["me", AbortSignal.abort()],
    put: [[identity], [identity]],
  },
  "runWorker()": {
    call: async (db, [worker, options]) => {
      const controller = new AbortController();
      const running = db
        .outbox("none", () => {})
        .runWorker(worker, { signal: controller.signal, ...(options as object | undefined) });
      controller.abort();
      await running;
    },
    right: ["w", {}],
    put: [[identity], options("idlePollS", "onError", "unknown")],
  },
};

/** Rows of every kind, and a claimed job. */
function withRows(t: { after(fn: () => void): void }) {
  const db = temporaryDatabase(t);
  const queue = db.queue("q");
  queue.enqueueBatch([1, 2]);
  queue.claimOne("w")?.fail("why");
  const job = queue.claimOne("w") as Job;
  queue.enqueue(3);
  db.tryLock("lock", "me", 600_000);
  db.tryRateLimit("rate", 5, 600_000);
  db.saveResult(1, "1", 0);
  db.notify("a", 1);
  db.scheduler().add({ ...task, name: "task" });
  return { db, job };
}

/** Whether `error` is one that says what is wrong. */
function isProper(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof StorageError;
}

for (const [name, { call, right, put }] of Object.entries({ ...METHODS, ...ASYNC })) {
  test(`${name} with anything works and writes what others can read, or throws what is proper and writes nothing`, async (t) => {
    const alive = setInterval(() => {}, 1000); // where ref is false, nothing else keeps the process waiting
    t.after(() => clearInterval(alive));
    const { emitWarning } = process;
    process.emitWarning = () => {};
    t.after(() => {
      process.emitWarning = emitWarning;
    });
    const { db, job } = withRows(t);
    const before = dump(db);
    const cases = put.flatMap((ways, index) => ways.map((way) => ({ index, way })));
    const input = fc.tuple(fc.constantFrom(...cases), anything);
    await fc.assert(
      fc.asyncProperty(input, async ([{ index, way }, value]) => {
        const args = right.with(index, way(value)) as [never, never, never];
        const usesTx = name === "enqueueTx()";
        const tx = usesTx ? db.transaction() : (undefined as unknown as Transaction);
        let thrown: { error: unknown } | undefined;
        try {
          await call(db, args, { tx, job });
        } catch (error) {
          thrown = { error };
        }
        tx?.commit();
        const after = dump(db);
        if (thrown === undefined) assert.deepEqual(misfits(db), []);
        else {
          assert.ok(isProper(thrown.error), `it throws ${String(thrown.error)}`);
          assert.deepEqual(after, before);
        }
        restore(db, before);
      }),
      { numRuns: 40 + 15 * cases.length, seed },
    );
  });
}

/** Puts the rows back as they were. */
function restore(db: Database, rows: ReturnType<typeof dump>): void {
  const tx = db.transaction();
  for (const [i, name] of TABLES.entries()) {
    tx.execute(`DELETE FROM _honker_${name}`);
    for (const row of rows[i] ?? []) tx.execute(`INSERT INTO _honker_${name} VALUES (${row.map(() => "?")})`, row);
  }
  tx.commit();
}

for (const [name, value] of [
  ["text", "0.5"],
  ["true", true],
  ["null", null],
  ["a list", [0.5]],
] as const) {
  test(`exponentialDelay() refuses ${name} for a jitter`, () => {
    assert.throws(() => exponentialDelay({ jitter: value as never }), {
      name: "RangeError",
      message: /jitter must be/,
    });
  });
}

for (const value of [5, "text", null, [], true]) {
  test(`enqueueTx() refuses ${JSON.stringify(value)} for options, as enqueue() does`, (t) => {
    const db = temporaryDatabase(t);
    const queue = db.queue("q");
    assert.throws(() => queue.enqueue(1, value as never), { name: "TypeError" });
    const tx = db.transaction();
    assert.throws(() => queue.enqueueTx(tx, 1, value as never), { name: "TypeError" });
    tx.commit();
    assert.equal(queue.stats().pending, 0);
  });
}

test("misspelled options are named, with the one that was meant", (t) => {
  const db = temporaryDatabase(t);
  for (const [call, expected] of [
    [
      () => db.queue("q", { maxAttempt: 1 } as object),
      'Unknown option "maxAttempt" for queue(): did you mean "maxAttempts"',
    ],
    [
      () => db.queue("q").enqueue(1, { dealy: 1 } as object),
      'Unknown option "dealy" for enqueue(): did you mean "delay"',
    ],
    [
      () => db.queue("q").work(() => {}, { heartbeats: 1 } as object),
      'Unknown option "heartbeats" for work(): did you mean "heartbeatS"',
    ],
  ] as const) {
    assert.throws(call, { name: "TypeError", message: expected });
  }
});

test("what is refused is shown in the message, but no payload", (t) => {
  const db = temporaryDatabase(t);
  const secret = { password: "hunter2", cycle: null as unknown };
  secret.cycle = secret;
  for (const payload of [secret, { a: "hunter2\ud800" }, { a: [10n, "hunter2"] }]) {
    assert.throws(
      () => db.queue("q").enqueue(payload as never),
      (error: Error) => isProper(error) && !error.message.includes("hunter2"),
    );
  }
});
