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

/** Honker itself, behind the Rust peer: most of it by its SQL functions, as its thin bindings do. */
export class HonkerSide extends Side {
  override readonly name = "H" as const;

  override async begin(): Promise<void> {
    await this.sql("BEGIN IMMEDIATE");
  }

  override async commit(): Promise<void> {
    await this.sql("COMMIT");
  }

  override async rollback(): Promise<void> {
    await this.sql("ROLLBACK");
  }

  override notify(channel: string, payload: unknown): Promise<number> {
    return this.value("SELECT notify(?, ?)", [channel, JSON.stringify(payload)]);
  }

  /** The Rust crate has each condition alone only. */
  override prune(olderThanS: number | null, maxKeep: number | null): Promise<number> {
    if (olderThanS !== null && maxKeep !== null) throw new TypeError("Cannot prune by age and number at once");
    return olderThanS === null ? this.program.call("pruneKeep", maxKeep) : this.program.call("pruneAge", olderThanS);
  }

  override publish(topic: string, payload: unknown, key: string | null = null): Promise<number> {
    return this.value("SELECT honker_stream_publish(?, ?, ?)", [topic, key, JSON.stringify(payload)]);
  }

  override async readSince(topic: string, offset: number, limit: number): Promise<ReadEvent[]> {
    const rows = await this.#json<Row[]>("SELECT honker_stream_read_since(?, ?, ?)", [topic, offset, limit]);
    return rows.map((row) => ({
      offset: row.offset as number,
      topic: row.topic as string,
      key: row.key as string | null,
      payload: JSON.parse(row.payload as string),
    }));
  }

  override saveOffset(topic: string, consumer: string, offset: number): Promise<boolean> {
    return this.#flag("SELECT honker_stream_save_offset(?, ?, ?)", [consumer, topic, offset]);
  }

  override getOffset(topic: string, consumer: string): Promise<number> {
    return this.value("SELECT honker_stream_get_offset(?, ?)", [consumer, topic]);
  }

  override enqueue(queue: string, payload: unknown, options: EnqueueOptions = {}): Promise<number> {
    const { runAt = null, delay = null, priority = 0, maxAttempts = 3, expires = null } = options;
    const params = [queue, JSON.stringify(payload), runAt, delay, priority, maxAttempts, expires];
    return this.value("SELECT honker_enqueue(?, ?, ?, ?, ?, ?, ?)", params);
  }

  override async claim(queue: string, worker: string, n: number, visibilityTimeoutS = 300): Promise<ClaimedJob[]> {
    const params = [queue, worker, n, visibilityTimeoutS];
    return (await this.#json<Row[]>("SELECT honker_claim_batch(?, ?, ?, ?)", params)).map((row) => ({
      id: row.id as number,
      queue: row.queue as string,
      payload: JSON.parse(row.payload as string),
      workerId: row.worker_id as string,
      attempts: row.attempts as number,
      claimExpiresAt: row.claim_expires_at as number,
    }));
  }

  override ack(id: number, worker: string): Promise<boolean> {
    return this.#flag("SELECT honker_ack(?, ?)", [id, worker]);
  }

  override ackBatch(_queue: string, ids: readonly number[], worker: string): Promise<number> {
    return this.value("SELECT honker_ack_batch(?, ?)", [JSON.stringify(ids), worker]);
  }

  override retry(id: number, worker: string, delayS: number, error: string): Promise<boolean> {
    return this.#flag("SELECT honker_retry(?, ?, ?, ?)", [id, worker, delayS, error]);
  }

  override fail(id: number, worker: string, error: string): Promise<boolean> {
    return this.#flag("SELECT honker_fail(?, ?, ?)", [id, worker, error]);
  }

  override heartbeat(id: number, worker: string, extendS: number): Promise<boolean> {
    return this.#flag("SELECT honker_heartbeat(?, ?, ?)", [id, worker, extendS]);
  }

  override cancel(id: number): Promise<boolean> {
    return this.#flag("SELECT honker_cancel(?)", [id]);
  }

  override sweepExpired(queue: string): Promise<number> {
    return this.value("SELECT honker_sweep_expired(?)", [queue]);
  }

  override lock(name: string, owner: string, ttlS: number): Promise<boolean> {
    return this.#flag("SELECT honker_lock_acquire(?, ?, ?)", [name, owner, ttlS]);
  }

  override renew(name: string, owner: string, ttlS: number): Promise<boolean> {
    return this.#flag("SELECT honker_lock_renew(?, ?, ?)", [name, owner, ttlS]);
  }

  override release(name: string, owner: string): Promise<boolean> {
    return this.#flag("SELECT honker_lock_release(?, ?)", [name, owner]);
  }

  override tryRateLimit(name: string, limit: number, per: number): Promise<boolean> {
    return this.#flag("SELECT honker_rate_limit_try(?, ?, ?)", [name, limit, per]);
  }

  override sweepRateLimits(olderThanS: number): Promise<number> {
    return this.value("SELECT honker_rate_limit_sweep(?)", [olderThanS]);
  }

  override async register(task: Task): Promise<void> {
    const { name, queue, schedule, payload, priority = 0, expiresS = null, maxAttempts = 3 } = task;
    const params = [name, queue, schedule, JSON.stringify(payload), priority, expiresS, maxAttempts];
    await this.sql("SELECT honker_scheduler_register(?, ?, ?, ?, ?, ?, ?)", params);
  }

  override unregister(name: string): Promise<number> {
    return this.value("SELECT honker_scheduler_unregister(?)", [name]);
  }

  override pause(name: string): Promise<boolean> {
    return this.#flag("SELECT honker_scheduler_pause(?)", [name]);
  }

  override resume(name: string): Promise<boolean> {
    return this.#flag("SELECT honker_scheduler_resume(?)", [name]);
  }

  override updateTask(name: string, changes: TaskChanges): Promise<boolean> {
    const { schedule = null, priority = null } = changes;
    const payload = "payload" in changes ? JSON.stringify(changes.payload) : null;
    const expires = [changes.expiresS ?? null, "expiresS" in changes];
    const maxAttempts = [changes.maxAttempts ?? null, "maxAttempts" in changes];
    const params = [name, schedule, payload, priority, ...expires, ...maxAttempts];
    return this.#flag("SELECT honker_scheduler_update(?, ?, ?, ?, ?, ?, ?, ?)", params);
  }

  override listTasks(): Promise<Row[]> {
    return this.#json("SELECT honker_scheduler_list()", []);
  }

  override tick(now = Math.floor(Date.now() / 1000)): Promise<Fire[]> {
    return this.#json("SELECT honker_scheduler_tick(?)", [now]);
  }

  override soonest(): Promise<number> {
    return this.value("SELECT honker_scheduler_soonest()");
  }

  override async saveResult(jobId: number, value: string, ttlS: number): Promise<void> {
    await this.sql("SELECT honker_result_save(?, ?, ?)", [jobId, value, ttlS]);
  }

  override getResult(jobId: number): Promise<string | null> {
    return this.value("SELECT honker_result_get(?)", [jobId]);
  }

  override sweepResults(): Promise<number> {
    return this.value("SELECT honker_result_sweep()");
  }

  async #flag(sql: string, params: readonly unknown[]): Promise<boolean> {
    return (await this.value(sql, params)) === 1;
  }

  async #json<T>(sql: string, params: readonly unknown[]): Promise<T> {
    return JSON.parse(await this.value<string>(sql, params)) as T;
  }
}
