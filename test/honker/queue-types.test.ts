/**
 * Types are tested by the compiler: a line under `@ts-expect-error` must not compile, all others must. Nothing is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import type {
  ClaimWaker,
  Database,
  DeadJob,
  Job,
  JobSnapshot,
  JsonValue,
  Outbox,
  Queue,
  Worker,
} from "../../src/honker/mod.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the type of `value` is `T` itself. */
function is<T>() {
  return <V>(_value: V, ..._same: Equal<V, T> extends true ? [] : ["is not the type"]): void => {};
}

interface Mail {
  to: string;
  count?: number;
}

function bySchema(db: Database): void {
  const schema = Type.Object({ to: Type.String(), count: Type.Optional(Type.Number()) });
  const queue = db.queue("q", { schema, maxAttempts: 5 });
  is<Queue<Mail>>()(queue);
  queue.enqueue({ to: "a" });
  queue.enqueueBatch([{ to: "a", count: 1 }], { delay: 5 });
  // @ts-expect-error: `to` must be text
  queue.enqueue({ to: 5 });
  // @ts-expect-error: `to` is wanted
  queue.enqueueTx({}, {});
  // @ts-expect-error: no such property
  queue.enqueue({ to: "a", from: "b" });
  // @ts-expect-error: one of them is wrong
  queue.enqueueBatch([{ to: "a" }, { to: 5 }]);
  is<string>()(queue.claimOne("w")!.payload.to);
  is<Job<Mail>[]>()(queue.claimBatch("w", 1));
  is<JobSnapshot<Mail> | null>()(queue.getJob(1));
  is<DeadJob<Mail>[]>()(queue.deadJobs());
  is<ClaimWaker<Mail>>()(queue.claimWaker());
  is<Promise<Job<Mail> | null>>()(queue.claimWaker().next("w"));
  is<AsyncGenerator<Job<Mail>, undefined>>()(queue.claim("w"));
  const worker = queue.work((job, signal) => {
    is<Job<Mail>>()(job);
    is<AbortSignal>()(signal);
    // @ts-expect-error: what it carries can't be changed
    job.payload = { to: "" };
  });
  is<Worker<Mail>>()(worker);
  // @ts-expect-error: the handler is for other payloads
  queue.work((job: Job<number>) => job.payload);
}

function byName(db: Database): void {
  const queue = db.queue<Mail>("q");
  is<Queue<Mail>>()(queue);
  // @ts-expect-error: `to` must be text
  queue.enqueue({ to: 5 });
  // @ts-expect-error: the schema is of another type
  db.queue<Mail>("q", { schema: Type.Number() });
  const outbox = db.outbox<Mail>("o", (payload, job) => {
    is<Mail>()(payload);
    is<Job<Mail>>()(job);
  });
  is<Outbox<Mail>>()(outbox);
  // @ts-expect-error: `to` must be text
  outbox.enqueue({ to: 5 });
}

async function byDefault(db: Database): Promise<void> {
  const queue = db.queue("q");
  is<Queue<JsonValue>>()(queue);
  queue.enqueue({ any: ["thing", 1, null] });
  // @ts-expect-error: a function has no JSON form
  queue.enqueue(() => {});
  // @ts-expect-error: nothing is no payload
  queue.enqueue();
  is<JsonValue>()(queue.claimOne("w")!.payload);
  is<JsonValue>()(await db.waitResult(1));
  is<"processing">()(queue.claimOne("w")!.state);
}

function options(db: Database): void {
  const queue = db.queue("q");
  queue.enqueue(1, { runAt: null, delay: null, expires: null, priority: -1, maxAttempts: 1, tx: db.transaction() });
  // @ts-expect-error: misspelled
  queue.enqueue(1, { delayS: 5 });
  // @ts-expect-error: seconds are numbers
  queue.enqueue(1, { delay: "5" });
  // @ts-expect-error: misspelled
  db.queue("q", { visibilityTimeout: 5 });
  queue.work(() => {}, { retryDelayS: (attempts, error) => (error instanceof Error ? attempts : 0) });
  // @ts-expect-error: a delay is a number
  queue.work(() => {}, { retryDelayS: () => "5" });
  queue.work(() => {}, {
    onError: (_error, job) => {
      is<Job<unknown> | undefined>()(job);
    },
  });
  // @ts-expect-error: a handler is wanted
  queue.work();
  // @ts-expect-error: a delivery is wanted
  db.outbox("o");
  // @ts-expect-error: a worker has no public state to set
  queue.work(() => {}).running = 5;
}

test("the types of queues, jobs and workers are as their schemas and type arguments say", () => {
  assert.deepEqual(
    [bySchema, byName, byDefault, options].map((f) => typeof f),
    new Array(4).fill("function"),
  );
});
