/**
 * The tables of the application that is killed. Beside its rows they hold what triggers note of each job and schedule, in the
 * transaction that changes it, for the audit to compare.
 *
 * @module
 */

/** Jobs are done with an effect in the transaction of their ack. */
export const EXACTLY_ONCE = "exactly-once";
/** Jobs are acked by the worker, with a result, after their effect. */
export const AT_LEAST_ONCE = "at-least-once";
/** Handlers throw half of the time. */
export const FAILING = "failing";
/** Jobs are claimed, acked, retried and failed one by one. */
export const BY_HAND = "by-hand";
/** Jobs of the schedules, done as those of {@link EXACTLY_ONCE}. */
export const SCHEDULED = "scheduled";

export const QUEUES: readonly string[] = [EXACTLY_ONCE, AT_LEAST_ONCE, FAILING, BY_HAND, SCHEDULED];
/** Queues that orders go to. */
export const ORDER_QUEUES: readonly string[] = [EXACTLY_ONCE, AT_LEAST_ONCE, FAILING, BY_HAND];
/** A job held by a killed process comes again after so long. */
export const QUEUE_OPTIONS = { visibilityTimeoutS: 1, maxAttempts: 3 } as const;

/** The channel and the stream. */
export const ORDERS = "orders";
/** Writes what it reads and its offset in one transaction. */
export const PROJECTION = "projection";
/** Has its offset saved by the subscription. */
export const SUBSCRIBER = "subscriber";

export const BATCH_SIZE = 5;
/** Retention deletes none of so many newest notifications. */
export const KEPT_NOTIFICATIONS = 200;
/** Retention deletes none of so many newest events: few, so that what a consumer has yet to read is often older. */
export const KEPT_EVENTS = 10;
export const RATE_LIMIT = 5;
/** Schedules of one second each. */
export const TASKS: readonly string[] = Array.from({ length: 10 }, (_, i) => `task-${i}`);
/** What an engine catches up of one task at once. */
export const FIRES_A_TICK = 64;
/** Numbers that one round may use: they tell which round wrote them. */
export const NUMBERS_A_ROUND = 1_000_000;

/** Creates the tables. `orders.id` counts committed orders without a gap: their position. */
export const CREATE_TABLES: readonly string[] = [
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, queue TEXT NOT NULL, job_id INTEGER)",
  "CREATE TABLE effects (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL)",
  "CREATE INDEX effects_job ON effects(job_id)",
  "CREATE TABLE done (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL)",
  "CREATE INDEX done_job ON done(job_id)",
  "CREATE TABLE projected (id INTEGER PRIMARY KEY, offset INTEGER NOT NULL, position INTEGER NOT NULL)",
  "CREATE TABLE seen (id INTEGER PRIMARY KEY, round INTEGER NOT NULL, offset INTEGER NOT NULL, position INTEGER NOT NULL)",
  "CREATE INDEX seen_offset ON seen(offset)",
  "CREATE TABLE subscribed (round INTEGER PRIMARY KEY, offset INTEGER NOT NULL)",

  "CREATE TABLE created (job_id INTEGER PRIMARY KEY, queue TEXT NOT NULL, tag TEXT NOT NULL)",
  "CREATE INDEX created_tag ON created(tag)",
  "CREATE TABLE gone (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL UNIQUE)",
  "CREATE TABLE died (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL UNIQUE)",
  "CREATE TABLE replayed (job_id INTEGER PRIMARY KEY)",
  "CREATE TABLE moves (id INTEGER PRIMARY KEY, task TEXT NOT NULL, from_s INTEGER NOT NULL, to_s INTEGER NOT NULL)",
  `CREATE TRIGGER job_created AFTER INSERT ON _honker_live BEGIN
    INSERT INTO created VALUES (NEW.id, NEW.queue, NEW.payload ->> 'tag'); END`,
  "CREATE TRIGGER job_gone AFTER DELETE ON _honker_live BEGIN INSERT INTO gone(job_id) VALUES (OLD.id); END",
  "CREATE TRIGGER job_died AFTER INSERT ON _honker_dead BEGIN INSERT INTO died(job_id) VALUES (NEW.id); END",
  "CREATE TRIGGER job_replayed AFTER DELETE ON _honker_dead BEGIN INSERT INTO replayed VALUES (OLD.id); END",
  `CREATE TRIGGER task_moved AFTER UPDATE OF next_fire_at ON _honker_scheduler_tasks BEGIN
    INSERT INTO moves(task, from_s, to_s) VALUES (NEW.name, OLD.next_fire_at, NEW.next_fire_at); END`,
];
