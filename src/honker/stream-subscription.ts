import { checkBoolean, checkInteger, checkSeconds, checkSignal } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { JsonValue } from "./json.ts";
import { Mailbox } from "./mailbox.ts";
import type { StreamDispatcher, TopicListener } from "./stream-dispatcher.ts";
import { MAX_DELAY_MS } from "./timers.ts";

/** An event of a stream. */
export interface StreamEvent {
  readonly offset: number;
  readonly topic: string;
  readonly key: string | null;
  readonly payload: JsonValue;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** How a subscription saves and waits. */
export interface SubscribeOptions {
  /** Save after so many done events; 0 turns this off. @default 1000 */
  readonly saveEveryN?: number;
  /** Save when so many seconds have passed since the last time; 0 turns this off. @default 1 */
  readonly saveEveryS?: number;
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal;
  /** Whether waiting for events keeps the process alive. @default false */
  readonly ref?: boolean;
}

/** What a {@link StreamSubscription} asks of its stream. */
export interface SubscribedStream {
  readonly name: string;
  readSince(offset: number, limit: number): StreamEvent[];
  getOffset(consumer: string): number;
  saveOffset(consumer: string, offset: number): boolean;
  /** Throws at once where another process holds the lock. */
  trySaveOffset(consumer: string, offset: number): void;
}

const TRIES = 4; // to save by number, until it waits for the lock
const BATCH = 256; // events per read, and all that a subscription ever holds

/**
 * The events of a stream for one consumer, in the order of their offsets, at least once.
 *
 * It holds one batch and re-reads from the table as the consumer asks, so one that falls behind costs no memory. With
 * `saveEveryN` and `saveEveryS` both 0 nothing is saved but by the stream's `saveOffset`.
 */
export class StreamSubscription implements AsyncIterableIterator<StreamEvent>, TopicListener {
  readonly topic: string;
  readonly consumer: string;
  readonly ref: boolean;
  readonly #stream: SubscribedStream;
  readonly #dispatcher: StreamDispatcher;
  readonly #mailbox: Mailbox<StreamEvent>;
  readonly #saveEveryN: number;
  readonly #saveEveryMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end();
  #readOffset: number;
  #handedOut = 0; // the event that the consumer has in hand
  #done: number; // the last event it has finished
  #saved: number;
  #doneSinceSave = 0;
  #failedTries = 0;
  #savedAtMs = performance.now();
  #saveTimer: NodeJS.Timeout | undefined;

  constructor(stream: SubscribedStream, dispatcher: StreamDispatcher, consumer: string, options: SubscribeOptions) {
    const { saveEveryN = 1000, saveEveryS = 1, signal, ref = false } = options;
    checkInteger(saveEveryN, 0, `subscribe to stream "${stream.name}"`, "saveEveryN");
    checkSeconds(saveEveryS, `subscribe to stream "${stream.name}"`, "saveEveryS");
    checkSignal(signal, `subscribe to stream "${stream.name}"`);
    checkBoolean(ref, `subscribe to stream "${stream.name}"`, "ref");
    this.topic = stream.name;
    this.consumer = consumer;
    this.ref = ref;
    this.#stream = stream;
    this.#dispatcher = dispatcher;
    this.#saveEveryN = saveEveryN;
    this.#saveEveryMs = saveEveryS * 1000;
    this.#readOffset = stream.getOffset(consumer);
    this.#done = this.#readOffset;
    this.#saved = this.#readOffset;
    this.#mailbox = new Mailbox(() => this.#readOn());
    this.#signal = signal;
    dispatcher.add(this);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.close();
  }

  get isEnded(): boolean {
    return this.#mailbox.isEnded;
  }

  /** The offset up to which its consumer is done. */
  get position(): number {
    return this.#done;
  }

  /** Says that the event handed out before is done, and resolves with the next one, or with `done` after an end. */
  async next(): Promise<IteratorResult<StreamEvent, undefined>> {
    this.#finish();
    const result = await this.#mailbox.next();
    if (!result.done) this.#handedOut = result.value.offset;
    return result;
  }

  /** Closes it: what `break` in `for await` calls. The event in hand is not done and comes again. */
  return(): Promise<IteratorResult<StreamEvent, undefined>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /**
   * Saves the offset of the last done event and ends it; a waiting `next()` resolves as done. Idempotent.
   *
   * The offset stays unsaved where a lock forbids it: its events come again.
   */
  close(): void {
    if (this.#mailbox.isEnded) return;
    try {
      this.#save();
    } finally {
      this.#end(undefined);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  wake(): void {
    if (this.#mailbox.isAwaited) this.#mailbox.offer(this.#readOn());
  }

  fail(error: unknown): void {
    this.#end(error);
  }

  /** As {@link close}, where nobody can be told that the offset was not saved. */
  end(): void {
    try {
      this.close();
    } catch {
      // It ends all the same; the events since the last save come again.
    }
  }

  #end(error: unknown): void {
    clearTimeout(this.#saveTimer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#dispatcher.remove(this);
    this.#mailbox.end(error);
  }

  #readOn(): StreamEvent[] {
    const events = this.#stream.readSince(this.#readOffset, BATCH);
    if (events.length > 0) this.#readOffset = events.at(-1)!.offset;
    return events;
  }

  #finish(): void {
    if (this.#mailbox.isEnded || this.#handedOut <= this.#done) return;
    this.#done = this.#handedOut;
    this.#doneSinceSave++;
    const idleMs = performance.now() - this.#savedAtMs;
    const isTime = this.#saveEveryMs > 0 && idleMs >= this.#saveEveryMs;
    const n = this.#saveEveryN;
    if (isTime || (n > 0 && this.#doneSinceSave >= TRIES * n)) this.#save();
    else if (n > 0 && this.#doneSinceSave >= n + (this.#failedTries * n) / TRIES) this.#trySave();
    else if (this.#saveEveryMs > 0) this.#saveLater(this.#saveEveryMs - idleMs);
  }

  /** So that the offset of the last event before a quiet time is saved, too. */
  #saveLater(delayMs: number): void {
    if (this.#saveTimer !== undefined) return;
    const save = () => {
      this.#saveTimer = undefined;
      try {
        this.#save();
      } catch (error) {
        this.fail(error); // who calls next() is told
      }
    };
    this.#saveTimer = setTimeout(save, Math.min(delayMs, MAX_DELAY_MS));
    this.#saveTimer.unref();
  }

  /** Does not wait for a lock, so that events flow on while another process writes: the next try, or the clock, saves more. */
  #trySave(): void {
    try {
      this.#stream.trySaveOffset(this.consumer, this.#done);
      this.#hasSaved();
    } catch (error) {
      if (!(error instanceof StorageError && error.retryable)) throw error;
      this.#failedTries++;
      if (this.#saveEveryMs > 0) this.#saveLater(this.#saveEveryMs);
    }
  }

  #save(): void {
    if (this.#done <= this.#saved || (this.#saveEveryN === 0 && this.#saveEveryMs === 0)) return;
    try {
      this.#stream.saveOffset(this.consumer, this.#done);
      this.#hasSaved();
    } catch (error) {
      // A transaction of this process is open, or another process holds the lock: the next save covers this one.
      if (!(error instanceof StorageError && error.retryable)) throw error;
      this.#saveLater(Math.max(this.#saveEveryMs, 100));
    }
  }

  #hasSaved(): void {
    this.#saved = this.#done;
    this.#doneSinceSave = 0;
    this.#failedTries = 0;
    this.#savedAtMs = performance.now();
  }
}
