import { utimesSync } from "node:fs";
import { walPath } from "./commit-watcher.ts";

const LEAST_INTERVAL_MS = 1; // a busy writer touches at most once in this time: its WAL writes give notices anyway
const MOST_INTERVAL_MS = 8; // of one that stays busy: a touch takes as long as several commits

/**
 * Tells watchers in other processes that a commit is visible, by touching the `-wal` file: at once, or, after a touch, a
 * millisecond later, and up to eight while commits go on and on.
 */
export class CommitBell {
  readonly #path: string;
  #lastMs = 0;
  #intervalMs = LEAST_INTERVAL_MS;
  #late: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = walPath(path);
  }

  ring(): void {
    if (this.#late !== undefined) return;
    const waitMs = this.#lastMs + this.#intervalMs - performance.now();
    if (waitMs > 0) {
      this.#intervalMs = Math.min(2 * this.#intervalMs, MOST_INTERVAL_MS);
      this.#late = setTimeout(() => this.#touch(), waitMs).unref();
    } else {
      this.#intervalMs = LEAST_INTERVAL_MS;
      this.#touch();
    }
  }

  /** Touches now what it would have touched later. */
  stop(): void {
    if (this.#late === undefined) return;
    clearTimeout(this.#late);
    this.#touch();
  }

  #touch(): void {
    this.#late = undefined;
    this.#lastMs = performance.now();
    const nowS = Date.now() / 1000;
    try {
      utimesSync(this.#path, nowS, nowS); // by path: no descriptor is opened
    } catch {
      // A hint only: the write to the file has given one, and watchers look again after it.
    }
  }
}
