import { utimesSync } from "node:fs";
import { walPath } from "./commit-watcher.ts";

const TOUCH_INTERVAL_MS = 1; // a busy writer touches at most once in this time: its WAL writes give notices anyway

/**
 * Tells watchers in other processes that a commit is visible, by touching the `-wal` file: at once, or within a
 * millisecond of the last touch.
 */
export class CommitBell {
  readonly #path: string;
  #lastMs = 0;
  #late: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = walPath(path);
  }

  ring(): void {
    if (this.#late !== undefined) return;
    const waitMs = this.#lastMs + TOUCH_INTERVAL_MS - performance.now();
    if (waitMs > 0) this.#late = setTimeout(() => this.#touch(), waitMs).unref();
    else this.#touch();
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
