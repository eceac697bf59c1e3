import { type FSWatcher, utimesSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

const RECHECK_MS = [4, 16, 32]; // after the last notice; the first check is made at the notice itself
const TOUCH_INTERVAL_MS = 1; // a busy writer touches at most once in this time: its WAL writes give notices anyway

/** How a {@link CommitWatcher} learns of commits of other processes. */
export interface CommitWatcherOptions {
  /** Whether to wait for file notices, or to poll only (for file systems that give none). */
  readonly notices: boolean;
  /** How often to look without a notice. */
  readonly pollMs: number;
}

/**
 * Calls `onCommit` soon after another process committed to a file. Nothing runs while it is stopped.
 *
 * The notice of the write to the `-wal` file comes *before* the commit is visible, so `PRAGMA data_version` is looked at
 * again for a while after the *last* notice, whatever was found: a watcher that stopped at the first find would lag one
 * commit behind. Writers of this package touch the database file after a commit that others wait for, which gives a
 * notice that comes after. A slow poll catches what a file system swallows. Measured by `bench/events.ts`.
 */
export class CommitWatcher {
  readonly #path: string;
  readonly #notices: boolean;
  readonly #readVersion: () => unknown;
  readonly #onCommit: () => void;
  #pollMs: number;
  #isRef = false;
  #version: unknown;
  #watchers: FSWatcher[] = [];
  #poll: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;
  #step = 0;

  /** @param readVersion gives `PRAGMA data_version`, which changes with commits of other connections only. */
  constructor(path: string, options: CommitWatcherOptions, readVersion: () => unknown, onCommit: () => void) {
    this.#path = path;
    this.#notices = options.notices;
    this.#pollMs = options.pollMs;
    this.#readVersion = readVersion;
    this.#onCommit = onCommit;
  }

  start(): void {
    if (this.#poll !== undefined) return;
    this.#version = this.#readVersion();
    if (this.#notices) this.#watchers = watchFile(this.#path, () => this.#onNotice());
    this.#startPoll();
  }

  stop(): void {
    for (const watcher of this.#watchers) watcher.close();
    clearInterval(this.#poll);
    clearTimeout(this.#recheck);
    this.#watchers = [];
    this.#poll = undefined;
    this.#recheck = undefined;
  }

  /** Polls at least every `intervalMs` from now on. */
  pollWithin(intervalMs: number): void {
    if (intervalMs >= this.#pollMs) return;
    this.#pollMs = Math.max(1, intervalMs);
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
    this.#poll = setInterval(() => this.#check(), this.#pollMs);
    if (!this.#isRef) this.#poll.unref();
  }

  #onNotice(): void {
    this.#check();
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
        this.#check();
        this.#scheduleRecheck();
      },
      delayMs - (RECHECK_MS[this.#step - 1] ?? 0),
    );
    this.#recheck.unref();
  }

  #check(): void {
    if (this.#poll === undefined) return;
    const version = this.#readVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.#onCommit();
  }
}

/**
 * Watches what a commit writes. A file that can't be watched is left to the poll.
 *
 * On Linux and Windows a watch opens no descriptor on the file. Elsewhere (kqueue) it does, and closing a descriptor of
 * the database file drops all of SQLite's locks on it, so the directory is watched there instead.
 */
function watchFile(path: string, onNotice: () => void): FSWatcher[] {
  const targets = [`${path}-wal`, path];
  if (process.platform !== "linux" && process.platform !== "win32") {
    const names = new Set(targets.map((target) => basename(target)));
    return open(dirname(path), (name) => {
      if (name === null || names.has(name)) onNotice();
    });
  }
  return targets.flatMap((target) => open(target, onNotice));
}

function open(target: string, onNotice: (name: string | null) => void): FSWatcher[] {
  try {
    const watcher = watch(target, { persistent: false }, (_event, name) => onNotice(name));
    watcher.on("error", () => watcher.close()); // the poll goes on
    return [watcher];
  } catch {
    return []; // no -wal in another journal mode, no inotify instance left, …
  }
}

/**
 * Tells watchers in other processes that a commit is visible, by touching the database file: at once, or within a
 * millisecond of the last touch.
 */
export class CommitBell {
  readonly #path: string;
  #lastMs = 0;
  #late: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  ring(): void {
    if (this.#late !== undefined) return;
    const waitMs = this.#lastMs + TOUCH_INTERVAL_MS - performance.now();
    if (waitMs <= 0) return this.#touch();
    this.#late = setTimeout(() => this.#touch(), waitMs);
    this.#late.unref();
  }

  stop(): void {
    clearTimeout(this.#late);
  }

  #touch(): void {
    this.#late = undefined;
    this.#lastMs = performance.now();
    const nowS = Date.now() / 1000;
    try {
      utimesSync(this.#path, nowS, nowS); // by path: no descriptor is opened, so no lock of SQLite's is dropped
    } catch {
      // A hint only: the write to the -wal file has given one, and watchers look again after it.
    }
  }
}
