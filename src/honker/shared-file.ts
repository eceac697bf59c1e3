import { statSync } from "node:fs";
import { StorageError } from "../errors.ts";

/** Who holds the write lock of a file in this process. */
export interface LockHolder {
  /** Ends what it holds without keeping it. */
  rollback(): void;
}

/** Who wants to hear of the commits of this process on a file. */
export interface CommitSubscriber {
  onCommit(): void;
}

/** Files open in this process (and thread), by device and inode, so that two paths to one file meet. */
const files = new Map<string, SharedFile>();

/**
 * What this process knows of one database file, shared by every `Database` opened on it: who holds the write lock, who
 * waits for it, and who wants to hear of commits.
 *
 * SQLite lets a second writer of one process wait for the first in vain, as both run on one thread: here it is told so.
 */
export class SharedFile {
  readonly #key: string;
  readonly #path: string;
  readonly #subscribers = new Set<CommitSubscriber>();
  readonly #waiting: (() => void)[] = [];
  #holder: LockHolder | undefined;

  private constructor(key: string, path: string) {
    this.#key = key;
    this.#path = path;
  }

  /** The shared state of the file at `path`, which exists; `subscriber` hears of commits until {@link leave}. */
  static join(path: string, subscriber: CommitSubscriber): SharedFile {
    const { dev, ino } = statSync(path, { bigint: true });
    const key = `${dev}:${ino}`;
    const file = files.get(key) ?? new SharedFile(key, path);
    files.set(key, file);
    file.#subscribers.add(subscriber);
    return file;
  }

  leave(subscriber: CommitSubscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) files.delete(this.#key);
  }

  get isLocked(): boolean {
    return this.#holder !== undefined;
  }

  /** @throws {StorageError} `TRANSACTION_OPEN` if a transaction of this process is open on the file. */
  refuseIfLocked(action: string): void {
    if (this.#holder === undefined) return;
    throw new StorageError(
      "TRANSACTION_OPEN",
      `Cannot ${action}: one is already open on "${this.#path}": pass its tx instead`,
      { retryable: true },
    );
  }

  lock(holder: LockHolder): void {
    this.#holder = holder;
  }

  /** Lets the lock go and runs, in order, what waited for it, until one of them takes it again. */
  unlock(): void {
    this.#holder = undefined;
    while (this.#holder === undefined && this.#waiting.length > 0) this.#waiting.shift()!();
  }

  /** Tells every `Database` on the file that a commit of this process is visible. */
  announceCommit(): void {
    for (const subscriber of this.#subscribers) subscriber.onCommit();
  }

  /** Runs `work` as soon as no transaction of this process is open, in the order of the calls. */
  whenUnlocked<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#holder === undefined) attempt();
      else this.#waiting.push(attempt);
    });
  }
}
