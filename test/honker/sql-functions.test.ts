import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Database, open } from "../../src/honker/mod.ts";
import { parseSchedule } from "../../src/honker/schedule-expression.ts";
import { startChild } from "../support/child.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { turn, until } from "../support/until.ts";

type Sql = { values(sql: string, params?: readonly (string | number | bigint | null)[]): unknown[][] };

/** Where the functions can be called: each gives the same. */
const PLACES: Readonly<Record<string, (db: Database, work: (sql: Sql) => void) => void>> = {
  "by themselves": (db, work) => work(db),
  "in a transaction": (db, work) => {
    const tx = db.transaction();
    work(tx);
    tx.commit();
  },
  "in a savepoint": (db, work) => {
    const tx = db.transaction();
    tx.execute("SAVEPOINT a");
    work(tx);
    tx.execute("RELEASE a");
    tx.commit();
  },
};

const tables = (db: Database) =>
  ["live", "dead", "locks", "rate_limits", "scheduler_tasks", "results", "stream", "stream_consumers"].map((name) =>
    db.values(`SELECT * FROM _honker_${name}`),
  );

for (const [place, inPlace] of Object.entries(PLACES)) {
  /** The value of a SQL expression. */
  const run = (t: { after(fn: () => void): void }, work: (call: (sql: string) => unknown, db: Database) => void) => {
    const db = temporaryDatabase(t);
    inPlace(db, (sql) => work((text) => sql.values(`SELECT ${text}`)[0]?.[0], db));
    return db;
  };

  test(`the functions of queues give Honker's values ${place}`, (t) => {
    run(t, (call) => {
      assert.equal(call("honker_bootstrap()"), 1);
      assert.equal(call(`honker_enqueue('q', '{"a":1}', NULL, NULL, 5, 2, NULL)`), 1);
      assert.equal(call(`honker_enqueue('q', '2', 7, NULL, 0, 3, 1000)`), 2);
      assert.equal(call(`honker_enqueue('q', '3', 7, 50, 0, 3, NULL)`), 3);
      const next = call("honker_queue_next_claim_at('q')") as number;
      assert.ok(Math.abs(next - Date.now() / 1000 - 50) <= 2);

      const text = call("honker_claim_batch('q', 'w', 2, 60)") as string;
      const jobs = JSON.parse(text) as Record<string, unknown>[];
      assert.equal(text, JSON.stringify(jobs));
      assert.deepEqual(
        jobs.map((job) => Object.keys(job)),
        new Array(2).fill(["attempts", "claim_expires_at", "id", "payload", "queue", "worker_id"]),
      );
      assert.deepEqual(
        jobs.map(({ attempts, id, payload, queue, worker_id }) => [attempts, id, payload, queue, worker_id]),
        [
          [1, 1, '{"a":1}', "q", "w"],
          [1, 2, "2", "q", "w"],
        ],
      );
      assert.equal(call("honker_claim_batch('q', 'w', 2, 60)"), "[]");

      const job = JSON.parse(call("honker_get_job(2)") as string) as Record<string, unknown>;
      assert.deepEqual(Object.keys(job), [
        "attempts",
        "claim_expires_at",
        "created_at",
        "expires_at",
        "id",
        "max_attempts",
        "payload",
        "priority",
        "queue",
        "run_at",
        "state",
        "worker_id",
      ]);
      assert.deepEqual(
        [job.id, job.payload, job.state, job.run_at, job.worker_id, job.claim_expires_at],
        [2, "2", "processing", 7, "w", jobs[1]?.claim_expires_at],
      );
      assert.equal(call("honker_get_job(99)"), "");

      assert.equal(call("honker_heartbeat(1, 'w', 100)"), 1);
      assert.equal(call("honker_heartbeat(1, 'v', 100)"), 0);
      assert.equal(call("honker_retry(1, 'v', 5, 'error')"), 0);
      assert.equal(call("honker_retry(1, 'w', 0, 'error')"), 1);
      assert.equal(call("honker_ack(1, 'w')"), 0);
      const [again] = JSON.parse(call("honker_claim_batch('q', 'w', 1, 60)") as string) as typeof jobs;
      assert.deepEqual([again?.id, again?.attempts], [1, 2]);
      assert.equal(call("honker_retry(1, 'w', 0, 'the error')"), 1);
      assert.equal(call("honker_fail(2, 'w', 'failed')"), 1);
      assert.equal(call("honker_fail(2, 'w', 'failed')"), 0);
      assert.equal(call("honker_cancel(3)"), 1);
      assert.equal(call("honker_cancel(3)"), 0);
      assert.deepEqual(
        call("(SELECT group_concat(id || ' ' || last_error) FROM _honker_dead)"),
        "1 the error,2 failed",
      );
    });
  });

  test(`honker_ack_batch() and honker_sweep_expired() count ${place}`, (t) => {
    run(t, (call) => {
      for (let i = 0; i < 5; i++) call("honker_enqueue('q', '1', NULL, NULL, 0, 3, NULL)");
      call("honker_claim_batch('q', 'w', 3, 60)");
      assert.equal(call("honker_ack_batch('[]', 'w')"), 0);
      assert.equal(call("honker_ack_batch('[1, 1, 4, 99]', 'w')"), 1);
      assert.equal(call("honker_ack_batch('[2, 3]', 'v')"), 0);
      assert.equal(call("honker_ack_batch(' [2, 3] ', 'w')"), 2);
      call("honker_enqueue('q', '1', NULL, NULL, 0, 3, 0)");
      call("honker_enqueue('other', '1', NULL, NULL, 0, 3, -5)");
      assert.equal(call("honker_sweep_expired('q')"), 1);
      assert.equal(call("honker_sweep_expired('q')"), 0);
      assert.equal(call("honker_queue_next_claim_at('none')"), 0);
    });
  });

  test(`honker_claim_batch() leases all for a negative number and none for 0 ${place}`, (t) => {
    run(t, (call) => {
      for (let i = 0; i < 300; i++) call("honker_enqueue('q', '1', NULL, NULL, 0, 3, NULL)");
      assert.equal(call("honker_claim_batch('q', 'w', 0, 60)"), "[]");
      assert.equal(call("json_array_length(honker_claim_batch('q', 'w', -1, 60))"), 300);
    });
  });

  test(`the functions of locks, rate limits and results give Honker's values ${place}`, (t) => {
    run(t, (call) => {
      assert.equal(call("honker_lock_acquire('a', 'me', 60)"), 1);
      assert.equal(call("honker_lock_acquire('a', 'you', 60)"), 0);
      assert.equal(call("honker_lock_acquire('a', 'me', 60)"), 1);
      assert.equal(call("honker_lock_renew('a', 'me', 100)"), 1);
      assert.equal(call("honker_lock_renew('a', 'you', 100)"), 0);
      assert.throws(() => call("honker_lock_renew('a', 'me', 0)"), /ttl_s must be positive/);
      assert.equal(call("honker_lock_release('a', 'you')"), 0);
      assert.equal(call("honker_lock_release('a', 'me')"), 1);
      assert.equal(call("honker_lock_acquire('b', 'me', 0)"), 1);
      assert.equal(call("honker_lock_acquire('b', 'you', -5)"), 1);

      assert.equal(call("honker_rate_limit_try('r', 2, 100000000000)"), 1);
      assert.equal(call("honker_rate_limit_try('r', 2, 100000000000)"), 1);
      assert.equal(call("honker_rate_limit_try('r', 2, 100000000000)"), 0);
      for (const args of ["0, 1", "1, 0", "-1, 5"]) {
        assert.throws(() => call(`honker_rate_limit_try('r', ${args})`), /limit and per must be positive/);
      }
      assert.equal(call("honker_rate_limit_sweep(5)"), 1);
      assert.equal(call("honker_rate_limit_sweep(5)"), 0);

      assert.equal(call("honker_result_get(7)"), null);
      assert.equal(call("honker_result_save(7, 'raw', 0)"), 1);
      assert.equal(call("honker_result_get(7)"), "raw");
      assert.equal(call("honker_result_save(7, NULL, 100)"), 1);
      assert.equal(call("honker_result_get(7)"), null);
      assert.equal(call("honker_result_sweep()"), 0);
    });
  });

  test(`the functions of schedules give Honker's values ${place}`, (t) => {
    run(t, (call) => {
      assert.equal(call("honker_scheduler_soonest()"), 0);
      assert.equal(call("honker_scheduler_list()"), "[]");
      assert.equal(call(`honker_scheduler_register('b', 'q', '@every 10s', '{"p":1}', 2, 50)`), 1);
      assert.equal(call(`honker_scheduler_register('a', 'q', '@every 1h', 'null', 0, NULL, -5)`), 1);
      const soonest = call("honker_scheduler_soonest()") as number;
      assert.ok(Math.abs(soonest - Date.now() / 1000 - 10) <= 2);
      const list = JSON.parse(call("honker_scheduler_list()") as string) as Record<string, unknown>[];
      assert.equal(call("honker_scheduler_list()"), JSON.stringify(list));
      assert.deepEqual(list[1], {
        cron_expr: "@every 10s",
        enabled: true,
        expires_s: 50,
        max_attempts: 3,
        name: "b",
        next_fire_at: soonest,
        payload: '{"p":1}',
        priority: 2,
        queue: "q",
      });
      assert.deepEqual(Object.keys(list[0] ?? {}), Object.keys(list[1] ?? {}));
      assert.deepEqual([list[0]?.name, list[0]?.max_attempts, list[0]?.expires_s], ["a", 1, null]);

      assert.equal(call("honker_scheduler_pause('a')"), 1);
      assert.equal(call("honker_scheduler_pause('a')"), 0);
      assert.equal(call("honker_scheduler_resume('a')"), 1);
      assert.equal(call("honker_scheduler_resume('none')"), 0);

      assert.equal(call("honker_scheduler_tick(5)"), "[]");
      const text = call(`honker_scheduler_tick(${soonest + 10})`) as string;
      assert.equal(
        text,
        `[{"fire_at":${soonest},"job_id":1,"name":"b","queue":"q"},{"fire_at":${soonest + 10},"job_id":2,"name":"b","queue":"q"}]`,
      );

      const changed = () => {
        const tasks = JSON.parse(call("honker_scheduler_list()") as string) as Record<string, unknown>[];
        const { cron_expr, payload, priority, expires_s, max_attempts } = tasks[1]!;
        return [cron_expr, payload, priority, expires_s, max_attempts];
      };
      const updates: [args: string, result: number, expected: unknown[]][] = [
        ["'b', NULL, NULL, NULL, NULL, 0", 0, ["@every 10s", '{"p":1}', 2, 50, 3]],
        ["'none', NULL, '1', NULL, NULL, 0", 0, ["@every 10s", '{"p":1}', 2, 50, 3]],
        ["'b', NULL, '1', NULL, NULL, 0", 1, ["@every 10s", "1", 2, 50, 3]],
        ["'b', '@every 1d', NULL, -4, 9, 0", 1, ["@every 1d", "1", -4, 50, 3]],
        ["'b', NULL, NULL, NULL, 9, 1", 1, ["@every 1d", "1", -4, 9, 3]],
        ["'b', NULL, NULL, NULL, NULL, 1", 1, ["@every 1d", "1", -4, null, 3]],
        ["'b', NULL, NULL, NULL, NULL, 0, 8, 1", 1, ["@every 1d", "1", -4, null, 8]],
        ["'b', NULL, NULL, NULL, NULL, 0, 5, 0", 0, ["@every 1d", "1", -4, null, 8]],
        ["'b', NULL, NULL, NULL, NULL, 0, 0, 1", 1, ["@every 1d", "1", -4, null, 1]],
        ["'b', NULL, NULL, NULL, NULL, 0, NULL, 1", 1, ["@every 1d", "1", -4, null, 3]],
      ];
      for (const [args, result, expected] of updates) {
        assert.equal(call(`honker_scheduler_update(${args})`), result, args);
        assert.deepEqual(changed(), expected, args);
      }
      assert.equal(call("honker_scheduler_unregister('b')"), 1);
      assert.equal(call("honker_scheduler_unregister('b')"), 0);
      for (const expression of ["* * * * *", "@every 5s", "*/7 3 * * 1-5 "]) {
        const expected = parseSchedule(expression).nextAfter(1_700_000_000);
        assert.equal(call(`honker_cron_next_after('${expression}', 1700000000)`), expected);
      }
      assert.throws(() => call("honker_cron_next_after('bad', 5)"), RangeError);
    });
  });

  test(`the functions of streams and notify() give Honker's values ${place}`, (t) => {
    const db = run(t, (call) => {
      assert.equal(call("honker_stream_publish('s', NULL, '1')"), 1);
      assert.equal(call("honker_stream_publish('other', NULL, '1')"), 2);
      assert.equal(call(`honker_stream_publish('s', 'k', '{"a":1}')`), 3);
      const text = call("honker_stream_read_since('s', 0, 10)") as string;
      const events = JSON.parse(text) as Record<string, unknown>[];
      assert.equal(text, JSON.stringify(events));
      const created_at = events[0]?.created_at;
      assert.equal(
        text,
        JSON.stringify([
          { created_at, key: null, offset: 1, payload: "1", topic: "s" },
          { created_at: events[1]?.created_at, key: "k", offset: 3, payload: '{"a":1}', topic: "s" },
        ]),
      );
      assert.equal(call("json_array_length(honker_stream_read_since('s', 1, 10))"), 1);
      assert.equal(call("json_array_length(honker_stream_read_since('s', 0, 1))"), 1);
      assert.equal(call("json_array_length(honker_stream_read_since('s', -5, -1))"), 2);
      assert.equal(call("honker_stream_get_offset('c', 's')"), 0);
      assert.equal(call("honker_stream_save_offset('c', 's', 0)"), 1);
      assert.equal(call("honker_stream_save_offset('c', 's', 0)"), 0);
      assert.equal(call("honker_stream_save_offset('c', 's', 3)"), 1);
      assert.equal(call("honker_stream_save_offset('c', 's', 2)"), 0);
      assert.equal(call("honker_stream_get_offset('c', 's')"), 3);
      assert.equal(call("notify('ch', '\"hello\"')"), 1);
      assert.equal(call("notify('ch', '2')"), 2);
    });
    assert.equal(db.stream("s").getOffset("c"), 3);
    assert.deepEqual(db.values("SELECT id, channel, payload FROM _honker_notifications"), [
      [1, "ch", '"hello"'],
      [2, "ch", "2"],
    ]);
  });
}

/** Each function with arguments that are right, by their types: t(ext), i(nteger), j(son), T and I also NULL. */
const SIGNATURES: Readonly<Record<string, readonly string[]>> = {
  notify: ["tt"],
  honker_bootstrap: [""],
  honker_enqueue: ["tjIIiiI"],
  honker_claim_batch: ["ttii"],
  honker_ack: ["it"],
  honker_ack_batch: ["lt"],
  honker_retry: ["itit"],
  honker_fail: ["itt"],
  honker_heartbeat: ["iti"],
  honker_cancel: ["i"],
  honker_get_job: ["i"],
  honker_sweep_expired: ["t"],
  honker_queue_next_claim_at: ["t"],
  honker_lock_acquire: ["tti"],
  honker_lock_renew: ["tti"],
  honker_lock_release: ["tt"],
  honker_rate_limit_try: ["tii"],
  honker_rate_limit_sweep: ["i"],
  honker_scheduler_register: ["ttejiI", "ttejiIi"],
  honker_scheduler_unregister: ["t"],
  honker_scheduler_pause: ["t"],
  honker_scheduler_resume: ["t"],
  honker_scheduler_tick: ["i"],
  honker_scheduler_soonest: [""],
  honker_scheduler_list: [""],
  honker_scheduler_update: ["tEJIIi", "tEJIIiIi"],
  honker_result_save: ["iTi"],
  honker_result_get: ["i"],
  honker_result_sweep: [""],
  honker_cron_next_after: ["ei"],
  honker_stream_publish: ["tTj"],
  honker_stream_read_since: ["tii"],
  honker_stream_save_offset: ["tti"],
  honker_stream_get_offset: ["tt"],
};

const RIGHT: Readonly<Record<string, string>> = { t: "'a'", i: "1", j: "'1'", e: "'@every 1s'", l: "'[1]'" };

/** SQL for the wrong values of a type, with Honker's name for each. */
function wrongFor(type: string): [sql: string, name: string][] {
  const wrong: [string, string][] = [["x'00'", "Blob"]];
  if (/[iI]/.test(type)) wrong.push(["1.0", "Real"], ["1.5", "Real"], ["'1'", "Text"]);
  else wrong.push(["5", "Integer"], ["1.5", "Real"]);
  if (/[a-z]/.test(type)) wrong.push(["NULL", "Null"]);
  return wrong;
}

for (const [name, signatures] of Object.entries(SIGNATURES)) {
  for (const types of signatures) {
    const right = [...types].map((type) => RIGHT[type.toLowerCase()]!);

    test(`${name}() with ${types.length} arguments takes those of Honker's types and no others`, (t) => {
      const db = temporaryDatabase(t);
      db.values(`SELECT ${name}(${right})`);
      db.close();
      const empty = temporaryDatabase(t);
      const before = tables(empty);
      for (const [index, type] of [...types].entries()) {
        for (const [value, typeName] of wrongFor(type)) {
          const args = right.with(index, value);
          // expires_s and max_attempts of an update count only with their flags
          if (name === "honker_scheduler_update" && (index === 4 || index === 6)) args[index + 1] = "1";
          assert.throws(
            () => empty.values(`SELECT ${name}(${args})`),
            new RegExp(`Invalid function parameter type ${typeName} at index ${index}\\b`),
            `${name}(${args})`,
          );
        }
      }
      assert.deepEqual(tables(empty), before);
    });
  }

  test(`${name}() is refused with another number of arguments, and while a transaction is open`, (t) => {
    const db = temporaryDatabase(t);
    const counts = signatures.map(({ length }) => length);
    for (let count = 0; count <= 9; count++) {
      if (counts.includes(count)) continue;
      const args = new Array(count).fill("1");
      assert.throws(() => db.values(`SELECT ${name}(${args})`), /wrong number of arguments/);
    }
    const right = [...signatures[0]!].map((type) => RIGHT[type.toLowerCase()]!);
    const tx = db.transaction();
    assert.throws(() => db.values(`SELECT ${name}(${right})`), { code: "TRANSACTION_OPEN" });
    tx.rollback();
  });
}

for (const [call, expected] of [
  ["honker_enqueue('q', 'not json', NULL, NULL, 0, 3, NULL)", /honker: payload must be valid JSON/],
  ["honker_enqueue('q', '', NULL, NULL, 0, 3, NULL)", /honker: payload must be valid JSON/],
  ["honker_enqueue('q', '{\"a\":NaN}', NULL, NULL, 0, 3, NULL)", /honker: payload must be valid JSON/],
  ["honker_enqueue('q', '1', NULL, NULL, 0, 0, NULL)", /honker_enqueue: max_attempts must be at least 1/],
  ["honker_stream_publish('s', NULL, 'not json')", /honker: payload must be valid JSON/],
  ["honker_scheduler_register('a', 'q', '@every 1s', 'not json', 0, NULL)", /honker: payload must be valid JSON/],
  ["honker_scheduler_register('a', 'q', 'bad', '1', 0, NULL)", /Cannot schedule "bad"/],
  ["honker_ack_batch('{}', 'w')", /ids must be a JSON array/],
  ["honker_ack_batch('not json', 'w')", /./],
  ["honker_ack_batch('[1.5]', 'w')", /./],
  ["honker_ack_batch('[null]', 'w')", /./],
  ["honker_cron_next_after('@every 1s', 9223372036854775807)", /./],
] as const) {
  test(`SELECT ${call} is refused, and writes nothing`, (t) => {
    const db = temporaryDatabase(t);
    const before = tables(db);
    assert.throws(() => db.values(`SELECT ${call}`), expected);
    assert.deepEqual(tables(db), before);
  });
}

const MOST = "9223372036854775807";

for (const call of [
  `honker_enqueue('q', '1', ${MOST}, NULL, 0, 3, NULL)`,
  `honker_enqueue('q', '1', NULL, ${MOST}, 0, 3, NULL)`,
  `honker_enqueue('q', '1', NULL, NULL, ${MOST}, ${MOST}, NULL)`,
  `honker_enqueue('q', '1', NULL, NULL, 0, 3, ${MOST})`,
  `honker_claim_batch('q', 'w', 1, ${MOST})`,
  "honker_claim_batch('q', 'w', 1, 9007199254740993)",
  `honker_retry(1, 'w', ${MOST}, '')`,
  `honker_heartbeat(1, 'w', ${MOST})`,
  `honker_lock_acquire('a', 'me', ${MOST})`,
  `honker_lock_renew('b', 'me', ${MOST})`,
  `honker_result_save(1, '1', ${MOST})`,
  `honker_rate_limit_try('a', ${MOST}, ${MOST})`,
  `honker_scheduler_register('b', 'q', '@every 1s', '1', ${MOST}, ${MOST}, ${MOST})`,
  `honker_scheduler_update('a', NULL, NULL, ${MOST}, ${MOST}, 1)`,
  "honker_scheduler_tick(9000000000000)",
]) {
  test(`SELECT ${call} writes integers, or nothing`, (t) => {
    const db = temporaryDatabase(t);
    const { emitWarning } = process;
    process.emitWarning = () => {};
    t.after(() => {
      process.emitWarning = emitWarning;
    });
    db.queue("q").enqueueBatch([1, 2]);
    if (!call.includes("claim")) db.queue("q").claimOne("w");
    db.tryLock("b", "me", 60);
    db.scheduler().add({ name: "a", queue: "q", schedule: "@every 1s", payload: 1 });
    try {
      db.values(`SELECT ${call}`);
      db.run("UPDATE _honker_scheduler_tasks SET next_fire_at = 5");
      db.scheduler().tick(5);
    } catch {
      // refused: well, too
    }
    for (const [table, column] of db.values(
      `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
       WHERE m.type = 'table' AND m.name LIKE '\\_honker\\_%' ESCAPE '\\' AND c.type = 'INTEGER'`,
    )) {
      const types = db.values(`SELECT DISTINCT typeof(${column}) FROM ${table}`).flat();
      for (const type of types) assert.ok(type === "integer" || type === "null", `${table}.${column} is ${type}`);
    }
    for (const id of [1, 2]) db.values("SELECT honker_get_job(?)", [id]);
    db.values("SELECT honker_scheduler_list()");
  });
}

test("a payload that other readers of the file refuse is refused by the functions, too", (t) => {
  const db = temporaryDatabase(t);
  for (const payload of ['"\\ud800"', "[".repeat(200) + "]".repeat(200)]) {
    assert.throws(() => db.values("SELECT honker_enqueue('q', ?, NULL, NULL, 0, 3, NULL)", [payload]));
    assert.throws(() => db.values("SELECT honker_stream_publish('s', NULL, ?)", [payload]));
  }
  assert.deepEqual([db.queue("q").stats().pending, db.stream("s").readSince(0, 1)], [0, []]);
});

test("honker_stream_publish() refuses Honker's own stream", (t) => {
  const db = temporaryDatabase(t);
  assert.throws(() => db.values("SELECT honker_stream_publish('_honker:queue-events:v1', NULL, '1')"));
});

test("a call by itself that fails on its way leaves nothing", (t) => {
  const db = temporaryDatabase(t);
  db.queue("q").enqueueBatch([1, 2, 3]);
  db.run(`CREATE TRIGGER two BEFORE UPDATE ON _honker_live WHEN old.id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END`);
  const before = tables(db);
  assert.throws(() => db.values("SELECT honker_claim_batch('q', 'w', -1, 60)"), { code: "SQLITE_CONSTRAINT_TRIGGER" });
  assert.deepEqual(tables(db), before);
  assert.deepEqual(db.transaction().isOpen, true);
});

test("a call in a transaction that fails on its way is undone alone", (t) => {
  const db = temporaryDatabase(t);
  db.queue("q").enqueueBatch([1, 2, 3]);
  db.run(`CREATE TRIGGER two BEFORE UPDATE ON _honker_live WHEN old.id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END`);
  const tx = db.transaction();
  tx.values("SELECT honker_result_save(1, '1', 0)");
  assert.throws(() => tx.values("SELECT honker_claim_batch('q', 'w', -1, 60)"));
  assert.equal(tx.isOpen, true);
  tx.commit();
  assert.deepEqual([db.queue("q").stats().processing, db.getResult(1)], [0, "1"]);
});

test("a call in a transaction that rolls back leaves nothing, and wakes nobody", async (t) => {
  const db = temporaryDatabase(t);
  const listener = db.listen("ch");
  const tx = db.transaction();
  tx.values("SELECT honker_enqueue('q', '1', NULL, NULL, 0, 3, NULL), notify('ch', '1')");
  tx.rollback();
  await turn(3);
  assert.equal(db.queue("q").stats().pending, 0);
  db.notify("ch", "after");
  assert.equal((await listener.next()).value?.payload, "after");
});

test("a call for each row of a query is one transaction", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  db.run("INSERT INTO app VALUES ('1'), ('2'), ('not json')");
  const enqueue = "SELECT honker_enqueue('q', a, NULL, NULL, 0, 3, NULL) FROM app";
  assert.throws(() => db.values(enqueue), /must be valid JSON/);
  assert.equal(db.queue("q").stats().pending, 0);
  db.run("DELETE FROM app WHERE a = 'not json'");
  assert.deepEqual(db.values(enqueue).length, 2);
  assert.equal(db.queue("q").stats().pending, 2);
});

test("a trigger can enqueue and notify, in the transaction of what set it off", async (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  db.run(`CREATE TRIGGER tell AFTER INSERT ON app BEGIN
    SELECT honker_enqueue('q', json_object('a', new.a), NULL, NULL, 0, 3, NULL);
    SELECT honker_stream_publish('s', NULL, json_quote(new.a));
    SELECT notify('ch', json_quote(new.a));
  END`);
  const listener = db.listen("ch");
  const waker = db.queue("q").claimWaker({ idlePollS: null });
  const next = waker.next("w");
  await turn(3);
  const lost = db.transaction();
  lost.execute("INSERT INTO app VALUES ('lost')");
  lost.rollback();
  db.run("INSERT INTO app VALUES ('kept')");
  assert.deepEqual((await next)?.payload, { a: "kept" });
  assert.equal((await listener.next()).value?.payload, "kept");
  const tx = db.transaction();
  tx.execute("INSERT INTO app VALUES ('in tx')");
  tx.commit();
  assert.equal((await listener.next()).value?.payload, "in tx");
  assert.deepEqual(
    db
      .stream("s")
      .readSince(0, 10)
      .map(({ payload }) => payload),
    ["kept", "in tx"],
  );
});

test("a trigger whose call fails undoes the statement that set it off", (t) => {
  const db = temporaryDatabase(t);
  db.scheduler().add({ name: "a", queue: "q", schedule: "@every 1h", payload: 1 });
  db.run("CREATE TABLE app (a)");
  db.run(`CREATE TRIGGER tell AFTER INSERT ON app BEGIN
    SELECT honker_enqueue('q', '1', NULL, NULL, 0, 3, NULL);
    SELECT honker_scheduler_update('a', new.a, '2', 9, NULL, 0);
  END`);
  const before = tables(db);
  assert.throws(() => db.run("INSERT INTO app VALUES ('bad')"), RangeError);
  assert.deepEqual([tables(db), db.values("SELECT * FROM app")], [before, []]);
  const tx = db.transaction();
  assert.throws(() => tx.execute("INSERT INTO app VALUES ('bad')"), RangeError);
  tx.commit();
  assert.deepEqual([tables(db), db.values("SELECT * FROM app")], [before, []]);
  db.run("INSERT INTO app VALUES ('@every 2h')");
  assert.equal(db.scheduler().list()[0]?.cron_expr, "@every 2h");
});

test("a function inside INSERT … SELECT and inside RETURNING writes with the statement", (t) => {
  const db = temporaryDatabase(t);
  db.run("CREATE TABLE app (a)");
  db.run("INSERT INTO app SELECT honker_enqueue('q', '1', NULL, NULL, 0, 3, NULL)");
  const [row] = db.values(
    "INSERT INTO app VALUES (5) RETURNING honker_enqueue('q', json_quote(a), NULL, NULL, 0, 3, NULL)",
  );
  assert.deepEqual([row, db.values("SELECT a FROM app"), db.queue("q").stats().pending], [[2], [[1], [5]], 2]);
});

test("a call wakes listeners and workers of this and of another process", async (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  t.after(() => other.close());
  const listeners = [db.listen("ch"), other.listen("ch")];
  db.values("SELECT notify('ch', '1')");
  for (const listener of listeners) assert.equal((await listener.next()).value?.payload, 1);
  const child = startChild(t, new URL("child/worker-exit.ts", import.meta.url), [db.path, "ref worker"]);
  assert.equal(await child.nextLine(), "going on");
  const done: unknown[] = [];
  db.queue("here").work(({ payload }) => void done.push(payload), { idlePollS: null });
  const tx = db.transaction();
  tx.values(`SELECT honker_enqueue('q', '"child"', NULL, NULL, 0, 3, NULL)`);
  tx.values(`SELECT honker_enqueue('here', '"here"', NULL, NULL, 0, 3, NULL)`);
  tx.commit();
  await until(() => done.length === 1);
  assert.equal(await child.nextLine(), "child");
});

test("the functions are not there on a plain connection, and the names in text and comments are no calls", (t) => {
  const db = temporaryDatabase(t);
  const plain = new DatabaseSync(db.path);
  t.after(() => plain.close());
  assert.throws(() => plain.prepare("SELECT notify('a', '1')"), /no such function/);
  const tx = db.transaction();
  assert.deepEqual(db.values("SELECT 'notify(1, 2)' -- honker_enqueue()"), [["notify(1, 2)"]]);
  tx.rollback();
});
