import { checkInteger, checkOptions, checkSeconds } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { RawRow } from "./connection.ts";
import type { OpenFile } from "./open-file.ts";
import { MAX_DELAY_MS } from "./timers.ts";
import { tell, warn } from "./warnings.ts";

/** What to delete: rows for which one of the conditions given holds. */
export interface KeepOptions {
  /** Those that are older than so many seconds. */
  readonly olderThanS?: number;
  /** Those that are not among the newest so many; of streams, of each. */
  readonly maxKeep?: number;
}

/** What to delete from time to time. What is not named stays for good. */
export interface RetentionOptions {
  readonly notifications?: KeepOptions;
  /** Never what a consumer of the stream has not done with: {@link RetentionReport.held} tells. */
  readonly streams?: KeepOptions;
  /** Those whose time is over go in any case. */
  readonly results?: KeepOptions;
  readonly dead?: KeepOptions;
  /** How often, in seconds. @default 60 */
  readonly intervalS?: number;
  /** Hears of what a run met, other than a lock, after which the next one tries again. @default a warning of the process */
  readonly onError?: (error: unknown) => void;
  /** Hears of what each run by itself did. */
  readonly onReport?: (report: RetentionReport) => void;
}

/** What one run did. */
export interface RetentionReport {
  /** How many rows were deleted. */
  readonly notifications: number;
  readonly streams: number;
  readonly results: number;
  readonly dead: number;
  /** Who kept rows that would have been deleted: a consumer of a stream, or a listener of this process that is behind. */
  readonly held: readonly HeldRows[];
}

/** A consumer or listener that is not done with rows that would have been deleted. */
export interface HeldRows {
  /** The stream or channel. */
  readonly name: string;
  /** The consumer of the stream, or null for a listener. */
  readonly consumer: string | null;
  /** What it is done with: an offset or a notification's id. */
  readonly position: number;
}

/** Who reads in this process, and how far each is. */
export interface LocalReaders {
  /** The notification up to which all listeners have read, if there are any. */
  readUpTo(): number | undefined;
  /** The listeners that are behind. */
  laggards(): readonly { readonly channel: string; readonly lastId: number }[];
  /** The running subscriptions of a stream. */
  subscribers(topic: string): readonly { readonly consumer: string; readonly position: number }[];
}

/** A table as a walk from its oldest rows sees it. */
interface Target {
  readonly rows: string; // key, seconds, whether its own time is over; params: after, last, limit
  readonly keyAtRank: string; // of the newest; params: rank
  readonly deletion: string; // params: keys as JSON, then those of `where` twice
  /** Whether younger rows have higher keys, so that the walk may end at the first that stays. */
  readonly isOrdered: boolean;
}

/** Rows created before a time, or with keys up to one, are doomed. */
interface Bounds {
  readonly before: number;
  readonly upTo: number;
}

const PAGE = 1000; // rows looked at in one turn of the event loop
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * The consumers of a stream, given twice. Node bindings up to 0.4.6 stored stream and consumer exchanged: such a row counts, unless
 * there is a stream of the name that stands for one.
 */
const CONSUMERS = `FROM _honker_stream_consumers c WHERE topic = ? OR name = ?
  AND NOT EXISTS (SELECT 1 FROM _honker_stream s WHERE s.topic = c.topic)`;

const NOTIFICATIONS: Target = {
  rows: "SELECT id, created_at, 0 FROM _honker_notifications WHERE id > ? AND id <= ? ORDER BY id LIMIT 0 + ?",
  keyAtRank: "SELECT id FROM _honker_notifications ORDER BY id DESC LIMIT 1 OFFSET ?",
  deletion: "DELETE FROM _honker_notifications WHERE id IN (SELECT value FROM json_each(?))",
  isOrdered: true,
};
const RESULTS: Target = {
  rows: `SELECT job_id, created_at, expires_at IS NOT NULL AND expires_at <= unixepoch()
    FROM _honker_results WHERE job_id > ? AND job_id <= ? ORDER BY job_id LIMIT 0 + ?`,
  keyAtRank: "SELECT job_id FROM _honker_results ORDER BY job_id DESC LIMIT 1 OFFSET ?",
  deletion: "DELETE FROM _honker_results WHERE job_id IN (SELECT value FROM json_each(?))",
  isOrdered: false,
};
const DEAD: Target = {
  rows: "SELECT id, died_at, 0 FROM _honker_dead WHERE id > ? AND id <= ? ORDER BY id LIMIT 0 + ?",
  keyAtRank: "SELECT id FROM _honker_dead ORDER BY id DESC LIMIT 1 OFFSET ?",
  deletion: "DELETE FROM _honker_dead WHERE id IN (SELECT value FROM json_each(?))",
  isOrdered: false,
};
const STREAM: Target = {
  rows: "SELECT offset, created_at, 0 FROM _honker_stream WHERE topic = ? AND offset > ? AND offset <= ? ORDER BY offset LIMIT 0 + ?",
  keyAtRank: "SELECT offset FROM _honker_stream WHERE topic = ? ORDER BY offset DESC LIMIT 1 OFFSET ?",
  // the bound again, under the write lock: a consumer may have begun since the page was read
  deletion: `DELETE FROM _honker_stream WHERE offset IN (SELECT value FROM json_each(?)) AND offset <= coalesce(
    (SELECT min(offset) ${CONSUMERS}), ${LAST})`,
  isOrdered: true,
};

/**
 * Deletes what is old from time to time, a page of rows a turn of the event loop, while the process does other things.
 *
 * Several processes may do it on one file. It does not keep the process alive. See {@link RetentionOptions}.
 */
export class Retention {
  readonly #file: OpenFile;
  readonly #readers: LocalReaders;
  readonly #options: RetentionOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #close = () => this.close();
  #running: Promise<RetentionReport> | undefined;
  #isClosed = false;

  /** Made by `Database.retention()`. */
  constructor(file: OpenFile, readers: LocalReaders, options: RetentionOptions) {
    file.refuseClosed();
    const intervalS = checkRetention(options);
    this.#file = file;
    this.#readers = readers;
    this.#options = options;
    this.#timer = setInterval(() => void this.#runQuietly(), Math.min(intervalS * 1000, MAX_DELAY_MS)).unref();
    file.closing.add(this.#close);
  }

  /** Deletes what there is to delete now, and tells what. While a run is on, its report is given. */
  run(): Promise<RetentionReport> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Runs no more. A run that is on stops after the page at hand. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#file.closing.delete(this.#close);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #run(): Promise<RetentionReport> {
    const { notifications, streams, results, dead } = this.#options;
    const held: HeldRows[] = [];
    const report = { notifications: 0, streams: 0, results: 0, dead: 0, held };
    if (notifications !== undefined) report.notifications = await this.#sweepNotifications(notifications, held);
    if (streams !== undefined) {
      for (const topic of this.#isOver() ? [] : this.#topics())
        report.streams += await this.#sweepStream(topic, streams, held);
    }
    if (results !== undefined) report.results = await this.#sweep(RESULTS, [], results);
    if (dead !== undefined) report.dead = await this.#sweep(DEAD, [], dead);
    return report;
  }

  async #sweepNotifications(keep: KeepOptions, held: HeldRows[]): Promise<number> {
    const deleted = await this.#sweep(NOTIFICATIONS, [], keep, () => this.#readers.readUpTo() ?? LAST);
    if (this.#isOver()) return deleted;
    const bounds = this.#boundsOf(NOTIFICATIONS, [], keep);
    for (const { channel, lastId } of this.#readers.laggards()) {
      if (this.#isDoomedAfter(NOTIFICATIONS, [], bounds, lastId)) {
        held.push({ name: channel, consumer: null, position: lastId });
      }
    }
    return deleted;
  }

  async #sweepStream(topic: string, keep: KeepOptions, held: HeldRows[]): Promise<number> {
    const readLast = () => this.#consumers(topic).reduce((last, { position }) => Math.min(last, position), LAST);
    const deleted = await this.#sweep(STREAM, [topic], keep, readLast);
    if (this.#isOver()) return deleted;
    const bounds = this.#boundsOf(STREAM, [topic], keep);
    for (const { consumer, position } of this.#consumers(topic)) {
      if (this.#isDoomedAfter(STREAM, [topic], bounds, position)) held.push({ name: topic, consumer, position });
    }
    return deleted;
  }

  /** All that are known: by what they have saved, or by running in this process. */
  #consumers(topic: string): readonly { readonly consumer: string; readonly position: number }[] {
    if (this.#isOver()) return [];
    const rows = this.#file.read(`SELECT CASE topic WHEN ? THEN name ELSE topic END, offset ${CONSUMERS}`, [
      topic,
      topic,
      topic,
    ]);
    const saved = rows.map(([consumer, offset]) => ({ consumer: consumer as string, position: offset as number }));
    const names = new Set(saved.map(({ consumer }) => consumer));
    return [...saved, ...this.#readers.subscribers(topic).filter(({ consumer }) => !names.has(consumer))];
  }

  /** Deletes the doomed rows, from the oldest on, up to the key that `readLast` gives, page by page. */
  async #sweep(target: Target, where: readonly unknown[], keep: KeepOptions, readLast = () => LAST): Promise<number> {
    let deleted = 0;
    await nextTurn();
    if (this.#isOver()) return deleted;
    const bounds = this.#boundsOf(target, where, keep);
    for (let after = Number.MIN_SAFE_INTEGER; ; await nextTurn()) {
      if (this.#isOver()) return deleted;
      const rows = this.#file.read(target.rows, [...where, after, readLast(), PAGE]);
      const keys = rows.filter((row) => isDoomed(row, bounds)).map(([key]) => key as number);
      if (keys.length > 0) deleted += await this.#delete(target, where, keys, readLast);
      if (rows.length < PAGE || (target.isOrdered && keys.length < rows.length)) return deleted;
      after = rows.at(-1)![0] as number;
    }
  }

  /** Once for a sweep: to find a rank takes as many steps as it is high. */
  #boundsOf(target: Target, where: readonly unknown[], { olderThanS, maxKeep }: KeepOptions): Bounds {
    const now = this.#file.read("SELECT unixepoch()")[0]![0] as number;
    const [ranked] = maxKeep === undefined ? [] : this.#file.read(target.keyAtRank, [...where, maxKeep]);
    return {
      before: olderThanS === undefined ? Number.NEGATIVE_INFINITY : now - olderThanS,
      upTo: (ranked?.[0] ?? Number.NEGATIVE_INFINITY) as number,
    };
  }

  /** Whether the next row after `position` would have been deleted, but for who stands there. */
  #isDoomedAfter(target: Target, where: readonly unknown[], bounds: Bounds, position: number): boolean {
    const [next] = this.#file.read(target.rows, [...where, position, LAST, 1]);
    return next !== undefined && isDoomed(next, bounds);
  }

  /** In its turn, where a transaction is open: who reads may have come by then, so the bound is looked at again. */
  #delete(target: Target, where: readonly unknown[], keys: number[], readLast: () => number): Promise<number> {
    return this.#file.whenUnlocked(() => {
      if (this.#file.isClosed) return 0;
      const last = readLast();
      const doomed = JSON.stringify(keys.filter((key) => key <= last));
      return this.#file.write(target.deletion, [doomed, ...where, ...where]).changes;
    });
  }

  #isOver(): boolean {
    return this.#isClosed || this.#file.isClosed;
  }

  /** One step in the index per stream, however many events it has. */
  #topics(): string[] {
    const sql = `WITH RECURSIVE topics(topic) AS (
      SELECT min(topic) FROM _honker_stream
      UNION ALL SELECT (SELECT min(topic) FROM _honker_stream WHERE topic > topics.topic) FROM topics WHERE topic IS NOT NULL)
      SELECT topic FROM topics WHERE topic IS NOT NULL`;
    return this.#file.read(sql).map(([topic]) => topic as string);
  }

  async #runQuietly(): Promise<void> {
    const { onError = warn, onReport = () => {} } = this.#options;
    let report: RetentionReport;
    try {
      report = await this.run();
    } catch (error) {
      if (!(error instanceof StorageError && error.retryable)) tell(onError, error);
      return;
    }
    tell(onReport, report);
  }
}

function isDoomed([key, seconds, isOver]: RawRow, { before, upTo }: Bounds): boolean {
  return isOver === 1 || (seconds as number) < before || (key as number) <= upTo;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @returns The interval in seconds. */
function checkRetention(options: RetentionOptions): number {
  const action = "keep to a retention";
  if (options === undefined) throw new TypeError(`Cannot ${action}: what to delete is wanted: received undefined`);
  checkOptions(
    options,
    ["notifications", "streams", "results", "dead", "intervalS", "onError", "onReport"],
    "retention",
  );
  const { intervalS = 60, onError, onReport, ...targets } = options;
  checkSeconds(intervalS, action, "intervalS");
  if (!(intervalS > 0)) throw new RangeError(`Cannot ${action}: intervalS must be > 0: received ${String(intervalS)}`);
  if (onError !== undefined && typeof onError !== "function") {
    throw new TypeError(`Cannot ${action}: onError must be a function: received ${typeof onError}`);
  }
  if (onReport !== undefined && typeof onReport !== "function") {
    throw new TypeError(`Cannot ${action}: onReport must be a function: received ${typeof onReport}`);
  }
  for (const [name, keep] of Object.entries(targets)) {
    if (keep === undefined) continue;
    checkOptions(keep, ["olderThanS", "maxKeep"], `retention ${name}`);
    const { olderThanS, maxKeep } = keep as KeepOptions;
    if (olderThanS !== undefined) checkInteger(olderThanS, 0, action, `${name}.olderThanS`);
    if (maxKeep !== undefined) checkInteger(maxKeep, 0, action, `${name}.maxKeep`);
  }
  return intervalS;
}
