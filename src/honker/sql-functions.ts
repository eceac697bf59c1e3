/**
 * Honker's SQL functions, on the write connection: `SELECT honker_enqueue(…)`, and triggers that call `notify()`.
 *
 * Source of names, arguments and results: the function catalogue of Honker 0.4. Unlike there, each call that writes more
 * than once is all or nothing, and a payload of a job, an event or a task that is not JSON is refused. `notify()` and results take
 * any text, as there: a trigger may send what it has.
 *
 * @module
 */
import { MAX_SECONDS } from "../arguments.ts";
import { ADOPT_OFFSET, readCheckpoint, SAVE_OFFSET } from "./checkpoints.ts";
import type { Connection, Sql } from "./connection.ts";
import {
  ack,
  CANCEL,
  claim,
  enqueue,
  fail,
  GET_JOB,
  type Holder,
  heartbeatStatement,
  NEXT_CLAIM_AT,
  retry,
  sweepExpired,
} from "./jobs.ts";
import { checkPayloadText, isJson } from "./json.ts";
import { acquireLock, RELEASE_LOCK, RENEW_LOCK } from "./lock.ts";
import { refuseNotPositive, SWEEP_RATE_LIMITS, TRY_RATE_LIMIT } from "./rate-limits.ts";
import { GET_RESULT, SAVE_RESULT, SWEEP_RESULTS } from "./results.ts";
import { parseSchedule } from "./schedule-expression.ts";
import {
  LIST_TASKS,
  PAUSE_TASK,
  RESUME_TASK,
  registerTask,
  SOONEST,
  type TaskChanges,
  tick,
  toScheduleRows,
  UNREGISTER_TASK,
  updateTask,
  warnOfPaused,
} from "./schedules.ts";
import { PUBLISH, refuseReserved } from "./stream.ts";
import { NOTIFY } from "./transaction.ts";

/** An argument as SQLite hands it over: integers are bigints. */
type Argument = null | bigint | number | string | Uint8Array;
type Result = null | bigint | number | string | boolean;
type SqlFunction = (sql: Sql, args: Arguments) => Result;

/** Reads arguments as Honker does, which refuses others with SQLite's word for the type. */
class Arguments {
  readonly #values: readonly Argument[];

  constructor(values: readonly Argument[]) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  text(index: number): string {
    const value = this.#values[index];
    return typeof value === "string" ? value : this.#refuse(index);
  }

  integer(index: number): bigint {
    const value = this.#values[index];
    return typeof value === "bigint" ? value : this.#refuse(index);
  }

  textOrNull(index: number): string | null {
    return this.#values[index] === null ? null : this.text(index);
  }

  integerOrNull(index: number): bigint | null {
    return this.#values[index] === null ? null : this.integer(index);
  }

  payload(index: number, action: string): string {
    const text = this.text(index);
    checkPayloadText(text, action);
    return text;
  }

  /** A number of seconds that can be added to a time: beyond it SQLite would go on with a fraction. */
  seconds(index: number): bigint {
    const value = this.integer(index);
    if (value <= BigInt(MAX_SECONDS) && value >= -BigInt(MAX_SECONDS)) return value;
    throw new RangeError(`Cannot add seconds: they must be within ±${MAX_SECONDS}: received ${value}`);
  }

  secondsOrNull(index: number): bigint | null {
    return this.#values[index] === null ? null : this.seconds(index);
  }

  holder(): Holder {
    return { id: this.integer(0), workerId: this.text(1) };
  }

  #refuse(index: number): never {
    throw new TypeError(`Invalid function parameter type ${typeName(this.#values[index]!)} at index ${index}`);
  }
}

function typeName(value: Argument): string {
  if (value === null) return "Null";
  if (typeof value === "string") return "Text";
  if (typeof value === "bigint") return "Integer";
  return typeof value === "number" ? "Real" : "Blob";
}

/** By name; a name with two numbers of arguments stands once for each. */
const FUNCTIONS: readonly [name: string, argumentCount: number, call: SqlFunction][] = [
  ["notify", 2, (sql, args) => inserted(sql, NOTIFY, [args.text(0), args.text(1)])],
  ["honker_bootstrap", 0, () => 1],
  ["honker_enqueue", 7, (sql, args) => enqueue(sql, newJob(args))],
  ["honker_claim_batch", 4, (sql, args) => claimed(sql, args)],
  ["honker_ack", 2, (sql, args) => ack(sql, args.holder())],
  ["honker_ack_batch", 2, (sql, args) => ackAll(sql, args.text(0), args.text(1))],
  ["honker_retry", 4, (sql, args) => retry(sql, args.holder(), args.seconds(2), args.text(3))],
  ["honker_fail", 3, (sql, args) => fail(sql, args.holder(), args.text(2))],
  ["honker_heartbeat", 3, (sql, args) => heartbeat(sql, args)],
  ["honker_cancel", 1, (sql, args) => changed(sql, CANCEL, [args.integer(0)])],
  ["honker_get_job", 1, (sql, args) => jobText(sql, args.integer(0))],
  ["honker_sweep_expired", 1, (sql, args) => sweepAll(sql, args.text(0))],
  ["honker_queue_next_claim_at", 1, (sql, args) => first(sql, NEXT_CLAIM_AT, [args.text(0), args.text(0)])],
  ["honker_lock_acquire", 3, (sql, args) => acquireLock(sql, args.text(0), args.text(1), args.seconds(2))],
  ["honker_lock_renew", 3, (sql, args) => renewLock(sql, args)],
  ["honker_lock_release", 2, (sql, args) => changed(sql, RELEASE_LOCK, [args.text(0), args.text(1)])],
  ["honker_rate_limit_try", 3, (sql, args) => tryRateLimit(sql, args)],
  ["honker_rate_limit_sweep", 1, (sql, args) => changes(sql, SWEEP_RATE_LIMITS, [args.seconds(0)])],
  ["honker_scheduler_register", 6, (sql, args) => register(sql, args)],
  ["honker_scheduler_register", 7, (sql, args) => register(sql, args)],
  ["honker_scheduler_unregister", 1, (sql, args) => changes(sql, UNREGISTER_TASK, [args.text(0)])],
  ["honker_scheduler_pause", 1, (sql, args) => changed(sql, PAUSE_TASK, [args.text(0)])],
  ["honker_scheduler_resume", 1, (sql, args) => changed(sql, RESUME_TASK, [args.text(0)])],
  ["honker_scheduler_tick", 1, (sql, args) => tickTasks(sql, args.integer(0))],
  ["honker_scheduler_soonest", 0, (sql) => first(sql, SOONEST, [])],
  ["honker_scheduler_list", 0, (sql) => toJson(toScheduleRows(sql.values(LIST_TASKS)))],
  ["honker_scheduler_update", 6, (sql, args) => update(sql, args)],
  ["honker_scheduler_update", 8, (sql, args) => update(sql, args)],
  ["honker_result_save", 3, (sql, args) => saveResult(sql, args)],
  ["honker_result_get", 1, (sql, args) => first(sql, GET_RESULT, [args.integer(0)])],
  ["honker_result_sweep", 0, (sql) => changes(sql, SWEEP_RESULTS, [])],
  ["honker_cron_next_after", 2, (_sql, args) => parseSchedule(args.text(0)).nextAfter(Number(args.integer(1)))],
  ["honker_stream_publish", 3, (sql, args) => publish(sql, args)],
  ["honker_stream_read_since", 3, (sql, args) => readSince(sql, args)],
  ["honker_stream_save_offset", 3, (sql, args) => saveOffset(sql, args)],
  ["honker_stream_get_offset", 2, (sql, args) => getOffset(sql, args.text(0), args.text(1))],
];

/** Makes the functions known to `connection`; `written` is called when one may have written. */
export function registerSqlFunctions(connection: Connection, written: () => void): void {
  for (const [name, argumentCount, call] of FUNCTIONS) {
    connection.define(name, argumentCount, (...values: Argument[]) => {
      const result = atomically(connection, () => call(connection, new Arguments(values)));
      written();
      if (typeof result === "boolean") return result ? 1n : 0n;
      return typeof result === "number" ? BigInt(result) : result; // a number would come out as REAL
    });
  }
}

/** In a trigger SQLite allows no savepoint: there the statement that set it off is undone as a whole. */
function atomically<T>(connection: Connection, work: () => T): T {
  try {
    connection.run("SAVEPOINT honker_function");
  } catch {
    return work();
  }
  try {
    const result = work();
    connection.run("RELEASE honker_function");
    return result;
  } catch (error) {
    connection.run("ROLLBACK TO honker_function");
    connection.run("RELEASE honker_function");
    throw error;
  }
}

function newJob(args: Arguments) {
  const maxAttempts = args.integer(5);
  if (maxAttempts < 1n) throw new RangeError("honker_enqueue: max_attempts must be at least 1");
  return {
    queue: args.text(0),
    payload: args.payload(1, "enqueue a job"),
    runAt: args.secondsOrNull(2),
    delayS: args.secondsOrNull(3),
    priority: args.integer(4),
    maxAttempts,
    expiresS: args.secondsOrNull(6),
  };
}

function claimed(sql: Sql, args: Arguments): string {
  const [queue, workerId] = [args.text(0), args.text(1)];
  const [n, timeoutS] = [args.integer(2), args.seconds(3)];
  let { jobs, hasMore } = claim(sql, queue, workerId, n, timeoutS);
  // what is in the way of the first job is taken out of it, however much it is
  while (jobs.length === 0 && hasMore && n !== 0n) ({ jobs, hasMore } = claim(sql, queue, workerId, n, timeoutS));
  return toJson(
    jobs.map(({ attempts, claimExpiresAt, id, payload }) => ({
      attempts,
      claim_expires_at: claimExpiresAt,
      id,
      payload,
      queue,
      worker_id: workerId,
    })),
  );
}

function ackAll(sql: Sql, ids: string, workerId: string): number {
  const elements = isJson(ids) ? sql.values("SELECT value, type FROM json_each(?)", [ids]) : [];
  if (!ids.trimStart().startsWith("[") || !isJson(ids) || elements.some(([, type]) => type !== "integer")) {
    throw new TypeError("honker_ack_batch: ids must be a JSON array of integers");
  }
  return elements.filter(([id]) => ack(sql, { id: id as number, workerId })).length;
}

function sweepAll(sql: Sql, queue: string): number {
  let count = 0;
  for (;;) {
    const swept = sweepExpired(sql, queue);
    if (swept === 0) return count;
    count += swept;
  }
}

function heartbeat(sql: Sql, args: Arguments): boolean {
  const { sql: text, params } = heartbeatStatement(args.holder(), args.seconds(2));
  return changed(sql, text, params);
}

const JOB_COLUMNS = [
  "id",
  "queue",
  "payload",
  "state",
  "priority",
  "run_at",
  "worker_id",
  "claim_expires_at",
  "attempts",
  "max_attempts",
  "created_at",
  "expires_at",
];

function jobText(sql: Sql, id: bigint): string {
  const row = sql.row(GET_JOB, [id]);
  if (row === undefined) return "";
  return toJsonObject(Object.fromEntries(JOB_COLUMNS.map((name, i) => [name, row[i]])));
}

function renewLock(sql: Sql, args: Arguments): boolean {
  const ttl = args.seconds(2);
  if (ttl <= 0n) throw new RangeError("ttl_s must be positive");
  return changed(sql, RENEW_LOCK, [ttl, args.text(0), args.text(1)]);
}

function tryRateLimit(sql: Sql, args: Arguments): boolean {
  const [limit, per] = [args.integer(1), args.integer(2)];
  refuseNotPositive(limit, per);
  return changed(sql, TRY_RATE_LIMIT, [args.text(0), per, per, limit]);
}

function register(sql: Sql, args: Arguments): number {
  const maxAttempts = args.count > 6 ? args.integer(6) : 3n;
  registerTask(sql, {
    name: args.text(0),
    queue: args.text(1),
    schedule: args.text(2),
    payload: args.payload(3, "schedule a task"),
    priority: args.integer(4),
    expiresS: args.secondsOrNull(5),
    maxAttempts: maxAttempts < 1n ? 1n : maxAttempts,
  });
  return 1;
}

function tickTasks(sql: Sql, now: bigint): string {
  const { fires, paused } = tick(sql, now);
  warnOfPaused(paused);
  return toJson(fires);
}

/** Two flags make NULL mean something: touch_expires clears, touch_max sets 3. */
function update(sql: Sql, args: Arguments): boolean {
  const changes: { -readonly [K in keyof TaskChanges]: TaskChanges[K] } = {};
  const schedule = args.textOrNull(1);
  const priority = args.integerOrNull(3);
  if (schedule !== null) changes.schedule = schedule;
  if (args.textOrNull(2) !== null) changes.payload = args.payload(2, "schedule a task");
  if (priority !== null) changes.priority = priority;
  if (args.integer(5) !== 0n) changes.expiresS = args.secondsOrNull(4);
  if (args.count > 6 && args.integer(7) !== 0n) {
    const maxAttempts = args.integerOrNull(6) ?? 3n;
    changes.maxAttempts = maxAttempts < 1n ? 1n : maxAttempts;
  }
  return updateTask(sql, args.text(0), changes);
}

function saveResult(sql: Sql, args: Arguments): number {
  const ttl = args.seconds(2);
  sql.run(SAVE_RESULT, [args.integer(0), args.textOrNull(1), ttl, ttl]);
  return 1;
}

function publish(sql: Sql, args: Arguments): bigint | number {
  const topic = args.text(0);
  refuseReserved(topic);
  return inserted(sql, PUBLISH, [topic, args.textOrNull(1), args.payload(2, "publish an event")]);
}

function readSince(sql: Sql, args: Arguments): string {
  const [topic, offset, limit] = [args.text(0), args.integer(1), args.integer(2)];
  const rows = sql.values(
    `SELECT created_at, key, offset, payload, topic FROM _honker_stream
     WHERE topic = ? AND offset > ? ORDER BY offset LIMIT 0 + ?`,
    [topic, offset, limit],
  );
  return toJson(rows.map(([created_at, key, at, payload]) => ({ created_at, key, offset: at, payload, topic })));
}

function saveOffset(sql: Sql, args: Arguments): boolean {
  return changed(sql, SAVE_OFFSET, [args.text(0), args.text(1), args.integer(2)]);
}

function getOffset(sql: Sql, consumer: string, topic: string): number {
  const { offset, isSwapped } = readCheckpoint((text, params) => sql.values(text, params), topic, consumer);
  if (isSwapped) sql.run(ADOPT_OFFSET, [consumer, topic, offset]);
  return offset;
}

function inserted(sql: Sql, text: string, params: unknown[]): bigint | number {
  return sql.run(text, params).lastInsertRowid;
}

function changes(sql: Sql, text: string, params: unknown[]): number {
  return sql.run(text, params).changes;
}

function changed(sql: Sql, text: string, params: unknown[]): boolean {
  return changes(sql, text, params) > 0;
}

function first(sql: Sql, text: string, params: unknown[]): Result {
  return (sql.row(text, params)?.[0] ?? null) as Result;
}

function toJson(records: readonly object[]): string {
  return `[${records.map(toJsonObject).join(",")}]`;
}

/** Honker's JSON has its keys in alphabetical order, and integers of 64 bits, which JSON.stringify refuses. */
function toJsonObject(record: object): string {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(
    ([key, value]) => `${JSON.stringify(key)}:${typeof value === "bigint" ? value : JSON.stringify(value)}`,
  );
  return `{${members.join(",")}}`;
}
