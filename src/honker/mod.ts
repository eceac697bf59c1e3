/**
 * The engine: one SQLite file, and the messages, streams, queues and schedules that Honker keeps in it.
 *
 * ```ts
 * import { open } from "@alkdev/storage/honker";
 *
 * const db = open("app.db");
 * db.run("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)");
 *
 * const orders = db.listen("orders", { ref: true });
 * const invoices = db.queue<{ total: number }>("invoices");
 * const tx = db.transaction();
 * tx.execute("INSERT INTO orders (total) VALUES (?)", [42]);
 * tx.notify("orders", { total: 42 }); // sent with the row, or not at all
 * invoices.enqueueTx(tx, { total: 42 }); // and so is the job
 * tx.commit();
 *
 * for await (const { payload } of orders) {
 *   console.log(payload); // { total: 42 }
 *   break;
 * }
 * db.close();
 * ```
 *
 * @module
 */
export { StorageError, type StorageErrorCode } from "../errors.ts";
export type { SchemaOf } from "../schema-check.ts";
export { type BackupOptions, type BackupProgress, backup } from "./backup.ts";
export { CheckpointMigrationError } from "./checkpoints.ts";
export { ClaimWaker, type ClaimWakerOptions } from "./claim-waker.ts";
export type { HonkerClient, HonkerTransaction } from "./client.ts";
export { checkFile, sealFile } from "./closed-file.ts";
export type { RawRow, Row, RunResult } from "./connection.ts";
export { Database, type ListenOptions } from "./database.ts";
export type { DeadJob, DeadJobsOptions, PurgeOptions } from "./dead-jobs.ts";
export { FileLock } from "./file-lock.ts";
export { Job } from "./job.ts";
export type { JsonPrimitive, JsonValue } from "./json.ts";
export { Listener, type Notification } from "./listener.ts";
export { Lock } from "./lock.ts";
export { type OpenOptions, open } from "./open.ts";
export { type Delivery, Outbox, type OutboxOptions, type RunWorkerOptions } from "./outbox.ts";
export type { SqlParameter, SqlValue } from "./parameters.ts";
export { type ClaimOptions, type JobSnapshot, Queue } from "./queue.ts";
export type { EnqueueOptions, QueueOptions } from "./queue-options.ts";
export type { QueueStats } from "./queue-stats.ts";
export type { WaitResultOptions } from "./results.ts";
export {
  type HeldRows,
  type KeepOptions,
  Retention,
  type RetentionOptions,
  type RetentionReport,
} from "./retention.ts";
export { Scheduler, type SchedulerAddOptions, type SchedulerUpdateOptions } from "./scheduler.ts";
export type { ScheduledFire, ScheduleRow } from "./schedules.ts";
export { Snapshot } from "./snapshot.ts";
export { SqliteError } from "./sqlite-error.ts";
export { type PublishBatchOptions, Stream } from "./stream.ts";
export { type StreamEvent, StreamSubscription, type SubscribeOptions } from "./stream-subscription.ts";
export { Transaction } from "./transaction.ts";
export { UpdateEvents } from "./update-events.ts";
export { Worker } from "./worker.ts";
export {
  type ExponentialDelayOptions,
  exponentialDelay,
  type JobHandler,
  type RetryDelay,
  type WorkOptions,
} from "./worker-options.ts";
