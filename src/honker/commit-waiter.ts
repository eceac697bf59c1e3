import type { CommitListener } from "./commit-feed.ts";
import type { OpenFile } from "./open-file.ts";
import { MAX_DELAY_MS } from "./timers.ts";

/**
 * Lets a loop wait for commits to the file, by anyone: made before the loop first looks, so that none is missed in between.
 */
export class CommitWaiter implements CommitListener {
  readonly #file: OpenFile;
  readonly #signal: AbortSignal | undefined;
  readonly #ref: boolean;
  readonly #end = () => this.wake();
  #hasNews = false;
  #resolve: (() => void) | undefined;

  /** @param ref whether waiting keeps the process alive. */
  constructor(file: OpenFile, signal: AbortSignal | undefined, ref: boolean) {
    this.#file = file;
    this.#signal = signal;
    this.#ref = ref;
    file.feed.add(this);
    if (ref) file.feed.ref();
    file.closing.add(this.#end);
    signal?.addEventListener("abort", this.#end, { once: true });
  }

  /** Resolves once something was committed since the last call, `signal` aborts or the database closes; or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    if (this.#hasNews || this.#signal?.aborted || this.#file.isClosed) {
      this.#hasNews = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(this.#end, Math.min(Math.max(timeoutMs, 1), MAX_DELAY_MS));
      if (!this.#ref) timer.unref();
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    if (this.#resolve === undefined) {
      this.#hasNews = true;
      return;
    }
    this.#resolve();
    this.#resolve = undefined;
  }

  /** It looks again, and meets the error itself. */
  fail(): void {
    this.wake();
  }

  close(): void {
    this.#file.feed.remove(this);
    if (this.#ref) this.#file.feed.unref();
    this.#file.closing.delete(this.#end);
    this.#signal?.removeEventListener("abort", this.#end);
  }
}
