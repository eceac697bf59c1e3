/**
 * Our engine as the peer of Honker: a process that has a file open and does what it is told, in the words of `Side`.
 *
 * @module
 */
import {
  type Database,
  type Job,
  type Listener,
  open,
  type SqlParameter,
  type StreamSubscription,
  type Transaction,
} from "../../../../src/honker/mod.ts";
import { onLine } from "../lines.ts";
import type { ClaimedJob, EnqueueOptions, Task, TaskChanges } from "../side.ts";

/** What goes on in the background: `stop` has it end, `ended` tells that it did. */
interface Running {
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

let db: Database;
let tx: Transaction | undefined;
const held = new Map<string, Job>(); // by id and worker
const running = new Map<string, Running>();

const write = (line: unknown) =>
  process.stdout.write(
    `${JSON.stringify(line, (_key, value) => (typeof value === "bigint" ? Number(value) : value))}\n`,
  );
const report = (tag: string, line: object) =>
  write({ event: tag, at: performance.timeOrigin + performance.now(), ...line });
const source = () => tx ?? db;

function value(sql: string, params: readonly SqlParameter[]): unknown {
  return Object.values(source().query(sql, params)[0] ?? {})[0];
}

const flag = (sql: string, params: readonly SqlParameter[]) => value(sql, params) === 1;
const job = (id: number, worker: string) => held.get(`${id} ${worker}`);
const inTx = () => (tx === undefined ? {} : { tx });

function toClaimedJob({ id, queue, payload, workerId, attempts, claimExpiresAt }: Job): ClaimedJob {
  return { id, queue, payload, workerId, attempts, claimExpiresAt: claimExpiresAt ?? 0 };
}

const commands = {
  open(path: string, atMs = 0, options = {}) {
    while (Date.now() < atMs) {} // a timer would not be that precise
    db = open(path, options);
  },
  sql: (sql: string, params: SqlParameter[]) => source().query(sql, params),
  sqlEach: (sql: string, lists: SqlParameter[][]) =>
    lists.map((params) => {
      try {
        return value(sql, params);
      } catch (error) {
        return { error: String((error as Error).message) };
      }
    }),
  begin() {
    tx = db.transaction();
  },
  commit() {
    tx?.commit();
    tx = undefined;
  },
  rollback() {
    tx?.rollback();
    tx = undefined;
  },

  notify: (channel: string, payload: unknown) => source().notify(channel, payload),
  prune: (olderThanS: number | null, maxKeep: number | null) => db.pruneNotifications(olderThanS, maxKeep),

  publish(topic: string, payload: unknown, key: string | null) {
    const stream = db.stream(topic);
    return tx === undefined ? stream.publishWithKey(key, payload) : stream.publishTx(tx, payload, key);
  },
  readSince: (topic: string, offset: number, limit: number) => db.stream(topic).readSince(offset, limit),
  saveOffset: (topic: string, consumer: string, offset: number) => db.stream(topic).saveOffset(consumer, offset),
  getOffset: (topic: string, consumer: string) => db.stream(topic).getOffset(consumer),

  enqueue: (queue: string, payload: never, options: EnqueueOptions) =>
    db.queue(queue).enqueue(payload, { ...options, ...inTx() }),
  enqueueBatch: (queue: string, payloads: never[]) => db.queue(queue).enqueueBatch(payloads),
  claim(queue: string, worker: string, n: number, visibilityTimeoutS: number) {
    const jobs = db.queue(queue, { visibilityTimeoutS }).claimBatch(worker, n);
    for (const each of jobs) held.set(`${each.id} ${worker}`, each);
    return jobs.map(toClaimedJob);
  },
  // A job that was not claimed here is spoken of by Honker's functions, which know no attempt.
  ack: (id: number, worker: string) => job(id, worker)?.ack() ?? flag("SELECT honker_ack(?, ?)", [id, worker]),
  ackBatch: (queue: string, ids: number[], worker: string) => db.queue(queue).ackBatch(ids, worker),
  retry: (id: number, worker: string, delayS: number, error: string) =>
    job(id, worker)?.retry(delayS, error) ?? flag("SELECT honker_retry(?, ?, ?, ?)", [id, worker, delayS, error]),
  fail: (id: number, worker: string, error: string) =>
    job(id, worker)?.fail(error) ?? flag("SELECT honker_fail(?, ?, ?)", [id, worker, error]),
  heartbeat: (id: number, worker: string, extendS: number) =>
    job(id, worker)?.heartbeat(extendS) ?? flag("SELECT honker_heartbeat(?, ?, ?)", [id, worker, extendS]),
  cancel: (id: number) => db.queue("any").cancel(id),
  sweepExpired: (queue: string) => db.queue(queue).sweepExpired(),

  lock: (name: string, owner: string, ttlS: number) => db.tryLock(name, owner, ttlS) !== null,
  renew: (name: string, owner: string, ttlS: number) => flag("SELECT honker_lock_renew(?, ?, ?)", [name, owner, ttlS]),
  release: (name: string, owner: string) => flag("SELECT honker_lock_release(?, ?)", [name, owner]),
  tryRateLimit: (name: string, limit: number, per: number) => db.tryRateLimit(name, limit, per),
  sweepRateLimits: (olderThanS: number) => db.sweepRateLimits(olderThanS),

  register: (task: Task) => void db.scheduler().add(task as never),
  unregister: (name: string) => db.scheduler().remove(name),
  pause: (name: string) => db.scheduler().pause(name),
  resume: (name: string) => db.scheduler().resume(name),
  updateTask: (name: string, changes: TaskChanges) => db.scheduler().update(name, changes as never),
  listTasks: () => db.scheduler().list(),
  tick: (now?: number) => db.scheduler().tick(now),
  soonest: () => db.scheduler().soonest(),

  saveResult: (jobId: number, text: string, ttlS: number) => db.saveResult(jobId, text, ttlS),
  getResult: (jobId: number) => db.getResult(jobId),
  sweepResults: () => db.sweepResults(),
  waitResult: (jobId: number, timeoutS: number) => db.waitResult(jobId, { timeoutS }),

  listen: (tag: string, channel: string) => start(tag, (signal) => listen(tag, db.listen(channel, { signal }))),
  subscribe: (tag: string, topic: string, consumer: string, saveEveryN: number, count: number) =>
    start(tag, (signal) =>
      subscribe(tag, db.stream(topic).subscribe(consumer, { saveEveryN, saveEveryS: 0, signal }), count),
    ),
  /** As `subscribe`, but it never gets done with the last event. */
  subscribeAndHold: (tag: string, topic: string, consumer: string, saveEveryN: number, count: number) =>
    start(tag, async (signal) => {
      const events = db.stream(topic).subscribe(consumer, { saveEveryN, saveEveryS: 0, signal });
      for (let i = 0; i < count; i++) report(tag, { offset: (await events.next()).value?.offset });
      await new Promise(() => {});
    }),
  waker: (tag: string, queue: string, worker: string, visibilityTimeoutS: number, count: number) =>
    start(tag, async (signal) => {
      const waker = db.queue(queue, { visibilityTimeoutS }).claimWaker({ idlePollS: null });
      for (let i = 0; i < count; i++) {
        const claimed = await waker.next(worker, { signal });
        if (claimed === null) break;
        held.set(`${claimed.id} ${worker}`, claimed);
        report(tag, { id: claimed.id, attempts: claimed.attempts });
      }
      waker.close();
    }),
  work: (tag: string, queue: string, workerId: string, visibilityTimeoutS: number) =>
    start(tag, async (signal) => {
      const onError = (error: unknown) => report(tag, { error: String(error) });
      await db.queue(queue, { visibilityTimeoutS }).work((each) => ackWithRow(tag, each), { workerId, signal, onError })
        .done;
    }),
  outbox: (tag: string, name: string, worker: string, baseBackoffS: number, maxAttempts: number, timeoutS: number) =>
    start(tag, (signal) => {
      const deliver = async (payload: unknown) => {
        const { fail: refused = false, waitMs = 0 } = payload as { fail?: boolean; waitMs?: number };
        report(tag, { payload: JSON.stringify(payload), refused });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        if (refused) throw new Error("refused");
      };
      const options = { baseBackoffS, maxAttempts, visibilityTimeoutS: timeoutS };
      return db.outbox(name, deliver, options).runWorker(worker, { signal });
    }),
  /** Begins to wait in `count` places of each kind, each with a name of its own. */
  crowd(count: number, kinds: readonly ("listener" | "waker" | "subscription" | "updates")[]) {
    for (let i = 0; i < count; i++) for (const kind of kinds) crowd.push(waiters[kind](i));
  },
  /** How many messages came, how much of the processor it took since the last time, and what keeps the process alive. */
  crowdState() {
    const { user, system } = process.cpuUsage(lastUsage);
    lastUsage = process.cpuUsage();
    const resources = process.getActiveResourcesInfo().filter((name) => !name.startsWith("Pipe"));
    return { received: received.size, repeated, cpuMs: (user + system) / 1000, resources };
  },
  /** Closes the database, and gives how the waiting ended: all of it has to. */
  async crowdClose() {
    db.close();
    return Object.groupBy(await Promise.all(crowd), (how) => how);
  },
  schedule: (tag: string, owner: string) => start(tag, (signal) => db.scheduler().run(owner, signal)),
  async stop(tag: string) {
    const task = running.get(tag);
    running.delete(tag);
    task?.stop();
    await task?.ended;
  },
};

const crowd: Promise<string>[] = [];
const received = new Set<string>(); // channels
let repeated = 0;
let lastUsage = process.cpuUsage();

const how = (waiting: Promise<unknown>) =>
  waiting.then(
    () => "done",
    (error) => String(error),
  );
const waiters = {
  listener: (i: number) => how(countMessages(db.listen(`crowd ${i}`, { ref: true }))),
  waker: (i: number) => how(db.queue(`crowd ${i}`).claimWaker({ idlePollS: null }).next("w")),
  subscription: (i: number) => how(db.stream(`crowd ${i}`).subscribe("c", { ref: true }).next()),
  updates: async (_i: number) => {
    const updates = db.updateEvents({ ref: true });
    for (;;) {
      try {
        await updates.next();
      } catch {
        return "done"; // as in Honker's binding, the end is an error
      }
    }
  },
};

async function countMessages(listener: Listener): Promise<void> {
  for await (const { channel } of listener) {
    if (received.has(channel)) repeated++;
    received.add(channel);
  }
}

function start(tag: string, work: (signal: AbortSignal) => Promise<void>): void {
  const controller = new AbortController();
  const ended = work(controller.signal).then(
    () => report(tag, { ended: true }),
    (error) => report(tag, { ended: true, failed: String(error) }),
  );
  running.set(tag, { stop: () => controller.abort(), ended: ended.then(() => undefined) });
}

async function listen(tag: string, listener: Listener): Promise<void> {
  for await (const { id, channel, payload } of listener) report(tag, { id, channel, payload: JSON.stringify(payload) });
}

async function subscribe(tag: string, events: StreamSubscription, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const next = await events.next();
    if (next.done) return;
    const { offset, topic, key, payload } = next.value;
    report(tag, { offset, topic, key, payload: JSON.stringify(payload) });
  }
  const over = events.next(); // the last one is done
  events.close();
  await over;
}

/** Tries again while others keep the lock: a handler that threw would have the job claimed once more. */
async function ackWithRow(tag: string, each: Job): Promise<void> {
  for (;;) {
    try {
      if (!(await db.whenUnlocked(() => tryAckWithRow(each)))) report(tag, { lost: each.id });
      return;
    } catch (error) {
      report(tag, { error: String(error) });
      if ((error as { retryable?: boolean }).retryable !== true) throw error;
    }
  }
}

function tryAckWithRow(each: Job): boolean {
  const own = db.transaction();
  try {
    const isAcked = each.ackTx(own);
    if (isAcked) {
      own.run("INSERT INTO acked(id, worker, attempts) VALUES (?, ?, ?)", [each.id, each.workerId, each.attempts]);
    }
    own.commit();
    return isAcked;
  } finally {
    own.rollback();
  }
}

async function answer(line: string): Promise<void> {
  const [name, ...args] = JSON.parse(line) as [keyof typeof commands, ...unknown[]];
  try {
    const call = commands[name] as (...args: readonly unknown[]) => unknown;
    write({ ok: (await call(...args)) ?? null });
  } catch (error) {
    write({ error: String((error as Error).message ?? error), code: (error as { code?: string }).code });
  }
}

let last = Promise.resolve();
onLine(process.stdin, (line) => {
  last = last.then(() => answer(line)); // one after the other
});
