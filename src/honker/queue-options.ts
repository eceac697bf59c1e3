import { checkInteger, checkName, checkOptions, MAX_SECONDS } from "../arguments.ts";
import { checkSchema, findSchemaMismatch, mismatchText, type SchemaOf } from "../schema-check.ts";
import type { NewJob } from "./jobs.ts";
import { encodePayload } from "./json.ts";

/** How the jobs of a queue are kept. */
export interface QueueOptions<T> {
  /** How long a worker may hold a job without a sign of life, in seconds. @default 300 */
  readonly visibilityTimeoutS?: number;
  /** How often a job may be claimed before it counts as dead. @default 3 */
  readonly maxAttempts?: number;
  /** What payloads must be: others are refused before anything is written, and never handed to a worker. */
  readonly schema?: SchemaOf<T>;
}

/** When and how a job is to be done. */
export interface EnqueueOptions {
  /** The open transaction to enqueue in: the job is there once it commits, and never if it rolls back. */
  readonly tx?: unknown;
  /** Unix seconds from which it may be claimed, which may be past. @default now */
  readonly runAt?: number | null;
  /** Seconds to wait from now on; it goes before `runAt`. */
  readonly delay?: number | null;
  /** Jobs of higher priority are claimed first. @default 0 */
  readonly priority?: number;
  /** Seconds from now on after which it is not worth doing any more: it is then never claimed. @default null */
  readonly expires?: number | null;
  /** How often it may be claimed. @default the queue's `maxAttempts` */
  readonly maxAttempts?: number;
}

const QUEUE_OPTIONS = ["visibilityTimeoutS", "maxAttempts", "schema"];
const ENQUEUE_OPTIONS = ["tx", "runAt", "delay", "priority", "expires", "maxAttempts"];

/** What a queue is made with, checked. */
export function checkQueue<T>(name: string, options: QueueOptions<T>): Required<Omit<QueueOptions<T>, "schema">> {
  checkName(name, "open a queue", "name");
  checkOptions(options, QUEUE_OPTIONS, "queue");
  const { visibilityTimeoutS = 300, maxAttempts = 3, schema } = options;
  checkInteger(visibilityTimeoutS, 0, `open queue "${name}"`, "visibilityTimeoutS", MAX_SECONDS);
  checkInteger(maxAttempts, 1, `open queue "${name}"`, "maxAttempts");
  if (schema !== undefined) checkSchema(schema, `open queue "${name}"`);
  return { visibilityTimeoutS, maxAttempts };
}

/** What is stored of a new job beside its payload, checked. */
export function checkEnqueue(queue: string, maxAttempts: number, options: EnqueueOptions): Omit<NewJob, "payload"> {
  checkOptions(options, ENQUEUE_OPTIONS, "enqueue");
  const action = `enqueue to "${queue}"`;
  const { runAt = null, delay = null, priority = 0, expires = null, maxAttempts: most = maxAttempts } = options;
  if (runAt !== null) checkInteger(runAt, 0, action, "runAt", MAX_SECONDS);
  if (delay !== null) checkInteger(delay, 0, action, "delay", MAX_SECONDS);
  if (expires !== null) checkInteger(expires, 0, action, "expires", MAX_SECONDS);
  checkInteger(priority, Number.MIN_SAFE_INTEGER, action, "priority");
  checkInteger(most, 1, action, "maxAttempts");
  return { queue, runAt, delayS: delay, priority, maxAttempts: most, expiresS: expires };
}

/** The text to store for a payload, checked. */
export function encodeJob<T>(queue: string, schema: SchemaOf<T> | undefined, payload: T): string {
  const text = encodePayload(payload, `enqueue to "${queue}"`);
  const mismatch = schema === undefined ? undefined : findSchemaMismatch(schema, JSON.parse(text));
  if (mismatch === undefined) return text;
  throw new TypeError(`Cannot enqueue to "${queue}": ${mismatchText(mismatch)}`);
}
