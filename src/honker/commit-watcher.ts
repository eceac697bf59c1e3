import { type FSWatcher, watch } from "node:fs";
import { StorageError } from "../errors.ts";
import { MAX_DELAY_MS } from "./timers.ts";

const RECHECK_MS = [4, 16, 32]; // after the last notice; the first check is made at the notice itself
const LEAST_POLL_MS = 10;

/** How a {@link CommitWatcher} learns of commits of other processes. */
export interface CommitWatcherOptions {
  /** Whether to wait for file notices, or to poll only (for file systems that give none). */
  readonly notices: boolean;
  /** How often to look where there are no notices. */
  readonly pollMs: number;
  /** How often to look behind the notices. */
  readonly backstopMs: number;
}

/**
 * Calls `onCommit` soon after another process committed to a file. Nothing runs while it is stopped.
 *
 * The notice of the write to the `-wal` file comes *before* the commit is visible, so `PRAGMA data_version` is looked at
 * again for a while after the *last* notice, whatever was found: a watcher that stopped at the first find would lag one
 * commit behind. Writers of this package touch the `-wal` file after a commit that others wait for, which gives a
 * notice that comes after. A slow poll catches what a file system swallows, and all commits in a journal mode without a
 * `-wal` file. Measured by `bench/events.ts`.
 */
export class CommitWatcher {
  readonly #path: string;
  readonly #notices: boolean;
  readonly #readVersion: () => unknown;
  readonly #onCommit: () => void;
  readonly #onPoll: () => void;
  readonly #pollMs: number;
  readonly #backstopMs: number;
  #askedMs = Number.POSITIVE_INFINITY;
  #isRef = false;
  #version: unknown;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;
  #step = 0;

  /**
   * @param readVersion gives `PRAGMA data_version`, which changes with commits of other connections only.
   * @param onPoll is called with each look without a notice, and when the file was moved or deleted.
   */
  constructor(
    path: string,
    options: CommitWatcherOptions,
    readVersion: () => unknown,
    onCommit: () => void,
    onPoll: () => void,
  ) {
    this.#path = path;
    this.#notices = options.notices;
    this.#pollMs = options.pollMs;
    this.#backstopMs = options.backstopMs;
    this.#readVersion = readVersion;
    this.#onCommit = onCommit;
    this.#onPoll = onPoll;
  }

  start(): void {
    if (this.#poll !== undefined) return;
    this.#version = this.#readVersion();
    if (this.#notices)
      this.#watcher = watchFile(
        walPath(this.#path),
        (what) => this.#onNotice(what),
        () => this.#onEnd(),
      );
    this.#startPoll();
  }

  stop(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#recheck);
    this.#watcher = undefined;
    this.#poll = undefined;
    this.#recheck = undefined;
    this.#askedMs = Number.POSITIVE_INFINITY;
  }

  /** Polls at least every `intervalMs`, but no more than 100 times a second, until it is stopped. */
  pollWithin(intervalMs: number): void {
    if (intervalMs >= this.#askedMs) return;
    this.#askedMs = Math.max(intervalMs, LEAST_POLL_MS);
    if (this.#poll !== undefined) this.#startPoll();
  }

  /** Keeps the process alive while it runs. */
  ref(): void {
    this.#isRef = true;
    this.#poll?.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#poll?.unref();
  }

  #startPoll(): void {
    clearInterval(this.#poll);
    const look = () => {
      this.#check();
      this.#onPoll();
    };
    const pollMs = this.#watcher === undefined ? this.#pollMs : this.#backstopMs;
    this.#poll = setInterval(look, Math.min(pollMs, this.#askedMs, MAX_DELAY_MS));
    if (!this.#isRef) this.#poll.unref();
  }

  /** There are no notices any more: look more often. */
  #onEnd(): void {
    this.#watcher = undefined;
    if (this.#poll !== undefined) this.#startPoll();
  }

  #onNotice(what: string): void {
    this.#check();
    if (what === "rename") this.#onPoll(); // moved or deleted, as the whole file may be
    this.#step = 0;
    clearTimeout(this.#recheck);
    this.#scheduleRecheck();
  }

  #scheduleRecheck(): void {
    const delayMs = RECHECK_MS[this.#step];
    if (delayMs === undefined || this.#poll === undefined) return;
    this.#recheck = setTimeout(
      () => {
        this.#step++;
        this.#watcher?.unref(); // Deno forgets it with each notice
        this.#check();
        this.#scheduleRecheck();
      },
      delayMs - (RECHECK_MS[this.#step - 1] ?? 0),
    );
    this.#recheck.unref();
  }

  #check(): void {
    if (this.#poll === undefined) return;
    try {
      const version = this.#readVersion();
      if (version === this.#version) return;
      this.#version = version;
    } catch (error) {
      // Locked: look again later, against the same version. Anything else those meet, and report, who now read.
      if (error instanceof StorageError && error.retryable) return;
    }
    this.#onCommit();
  }
}

/**
 * Watches the `-wal` file, and no other: some runtimes open the file for a watch (kqueue) or for each of its notices
 * (Deno), and closing any descriptor of the database file drops all of SQLite's locks on it. On the `-wal` file are none.
 */
function watchFile(path: string, onNotice: (what: string) => void, onEnd: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onNotice);
    watcher.unref(); // Deno does not know `persistent`
    watcher.on("error", () => {
      watcher.close();
      onEnd();
    });
    return watcher;
  } catch {
    return undefined; // no -wal in another journal mode, no inotify instance left, …
  }
}

/** The `-wal` file of the database at `path`. */
export function walPath(path: string): string {
  return `${path}-wal`;
}
