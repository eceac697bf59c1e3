import { statSync } from "node:fs";
import { StorageError } from "../errors.ts";

/** Who holds the write lock of a file in this process. */
export interface LockHolder {
  /** Ends what it holds without keeping it. */
  rollback(): void;
}

/** Who wants to hear of the commits of this process on a file. */
export interface CommitSubscriber {
  readonly isListening: boolean;
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
  readonly #waiting = new Set<() => void>(); // in order; unlike an array, cheap to take the first of many from
  #holder: LockHolder | undefined;
  #isUnlocking = false;

  private constructor(key: string, path: string) {
    this.#key = key;
    this.#path = path;
  }

  /** The shared state of the file at `path`, which exists; `subscriber` hears of commits until {@link leave}. */
  static join(path: string, subscriber: CommitSubscriber): SharedFile {
    const key = keyOf(path);
    const file = files.get(key) ?? new SharedFile(key, path);
    files.set(key, file);
    file.#subscribers.add(subscriber);
    return file;
  }

  /** The name under which the file at `path` is open, if that is another: a hard link. Both are real paths. */
  static otherName(path: string): string | undefined {
    const file = files.get(keyOf(path));
    return file === undefined || file.#path === path ? undefined : file.#path;
  }

  /** Whether `path` still leads to this file, and not to another one that was put in its place. */
  isAt(path: string): boolean {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && `${stats.dev}:${stats.ino}` === this.#key;
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
    if (this.#isUnlocking) return; // by one that waited, whose caller goes on with the next
    this.#isUnlocking = true;
    for (const attempt of this.#waiting) {
      this.#waiting.delete(attempt);
      attempt();
      if (this.#holder !== undefined) break;
    }
    this.#isUnlocking = false;
  }

  /** Whether anybody in this process wants to hear of commits. */
  get isHeard(): boolean {
    for (const { isListening } of this.#subscribers) if (isListening) return true;
    return false;
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
      if (this.#holder === undefined && !this.#isUnlocking) attempt();
      else this.#waiting.add(attempt);
    });
  }
}

function keyOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
