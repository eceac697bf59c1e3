import {
  type ClaimedJob,
  type EnqueueOptions,
  type Fire,
  type ReadEvent,
  type Row,
  Side,
  type Task,
  type TaskChanges,
} from "./side.ts";

/** Our engine, behind `child/engine.ts`: by its typed calls. */
export class EngineSide extends Side {
  override readonly name = "E" as const;

  override begin(): Promise<void> {
    return this.program.call("begin");
  }

  override commit(): Promise<void> {
    return this.program.call("commit");
  }

  override rollback(): Promise<void> {
    return this.program.call("rollback");
  }

  override notify(channel: string, payload: unknown): Promise<number> {
    return this.program.call("notify", channel, payload);
  }

  override prune(olderThanS: number | null, maxKeep: number | null): Promise<number> {
    return this.program.call("prune", olderThanS, maxKeep);
  }

  override publish(topic: string, payload: unknown, key: string | null = null): Promise<number> {
    return this.program.call("publish", topic, payload, key);
  }

  override readSince(topic: string, offset: number, limit: number): Promise<ReadEvent[]> {
    return this.program.call("readSince", topic, offset, limit);
  }

  override saveOffset(topic: string, consumer: string, offset: number): Promise<boolean> {
    return this.program.call("saveOffset", topic, consumer, offset);
  }

  override getOffset(topic: string, consumer: string): Promise<number> {
    return this.program.call("getOffset", topic, consumer);
  }

  override enqueue(queue: string, payload: unknown, options: EnqueueOptions = {}): Promise<number> {
    return this.program.call("enqueue", queue, payload, options);
  }

  override claim(queue: string, worker: string, n: number, visibilityTimeoutS = 300): Promise<ClaimedJob[]> {
    return this.program.call("claim", queue, worker, n, visibilityTimeoutS);
  }

  override ack(id: number, worker: string): Promise<boolean> {
    return this.program.call("ack", id, worker);
  }

  override ackBatch(queue: string, ids: readonly number[], worker: string): Promise<number> {
    return this.program.call("ackBatch", queue, ids, worker);
  }

  override retry(id: number, worker: string, delayS: number, error: string): Promise<boolean> {
    return this.program.call("retry", id, worker, delayS, error);
  }

  override fail(id: number, worker: string, error: string): Promise<boolean> {
    return this.program.call("fail", id, worker, error);
  }

  override heartbeat(id: number, worker: string, extendS: number): Promise<boolean> {
    return this.program.call("heartbeat", id, worker, extendS);
  }

  override cancel(id: number): Promise<boolean> {
    return this.program.call("cancel", id);
  }

  override sweepExpired(queue: string): Promise<number> {
    return this.program.call("sweepExpired", queue);
  }

  override lock(name: string, owner: string, ttlS: number): Promise<boolean> {
    return this.program.call("lock", name, owner, ttlS);
  }

  override renew(name: string, owner: string, ttlS: number): Promise<boolean> {
    return this.program.call("renew", name, owner, ttlS);
  }

  override release(name: string, owner: string): Promise<boolean> {
    return this.program.call("release", name, owner);
  }

  override tryRateLimit(name: string, limit: number, per: number): Promise<boolean> {
    return this.program.call("tryRateLimit", name, limit, per);
  }

  override sweepRateLimits(olderThanS: number): Promise<number> {
    return this.program.call("sweepRateLimits", olderThanS);
  }

  override register(task: Task): Promise<void> {
    return this.program.call("register", task);
  }

  override unregister(name: string): Promise<number> {
    return this.program.call("unregister", name);
  }

  override pause(name: string): Promise<boolean> {
    return this.program.call("pause", name);
  }

  override resume(name: string): Promise<boolean> {
    return this.program.call("resume", name);
  }

  override updateTask(name: string, changes: TaskChanges): Promise<boolean> {
    return this.program.call("updateTask", name, changes);
  }

  override listTasks(): Promise<Row[]> {
    return this.program.call("listTasks");
  }

  override tick(now?: number): Promise<Fire[]> {
    return this.program.call("tick", ...(now === undefined ? [] : [now]));
  }

  override soonest(): Promise<number> {
    return this.program.call("soonest");
  }

  override saveResult(jobId: number, value: string, ttlS: number): Promise<void> {
    return this.program.call("saveResult", jobId, value, ttlS);
  }

  override getResult(jobId: number): Promise<string | null> {
    return this.program.call("getResult", jobId);
  }

  override sweepResults(): Promise<number> {
    return this.program.call("sweepResults");
  }
}
