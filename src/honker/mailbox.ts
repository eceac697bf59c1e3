const ITEMS_A_TURN = 256; // after so many the next refill waits for a turn of the event loop

/**
 * Hands items to callers of `next()` one each, in order, and lets callers wait.
 *
 * `refill` is asked when the box is empty and gives what there is to read at once, which may be nothing; later items come
 * by {@link offer}. Ended, it gives what it still holds to nobody and says done.
 *
 * A consumer with much to read would run on in microtasks, without a turn of the event loop: now and then it has to wait
 * for one, so that timers, signals and other consumers get theirs.
 */
export class Mailbox<T> {
  readonly #refill: () => T[];
  #items: T[] = [];
  #head = 0;
  #waiting: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  #refilled = 0; // items since the last turn
  #turn: NodeJS.Immediate | undefined;
  #end: { error: unknown } | "done" | undefined;

  constructor(refill: () => T[]) {
    this.#refill = refill;
  }

  /** How many items nobody has taken yet. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#end !== undefined) return this.#ended();
    try {
      if (this.size === 0 && this.#waiting.length === 0) this.#fill();
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.size > 0) return Promise.resolve({ value: this.#take(), done: false });
    const waiter = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  /** Gives `items` to who waits, and keeps the rest. */
  offer(items: T[]): void {
    if (this.#end !== undefined || items.length === 0) return;
    this.#hold(items);
    while (this.#waiting.length > 0 && this.size > 0) {
      this.#waiting.shift()!.resolve({ value: this.#take(), done: false });
    }
  }

  /** Ends it: who waits is told so, with `error` if one is given. The first end counts. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? "done" : { error };
    this.#items = [];
    this.#head = 0;
    clearImmediate(this.#turn);
    for (const waiter of this.#waiting.splice(0)) {
      if (error === undefined) waiter.resolve({ value: undefined, done: true });
      else waiter.reject(error);
    }
  }

  #ended(): Promise<IteratorResult<T, undefined>> {
    if (this.#end !== "done" && this.#end !== undefined) return Promise.reject(this.#end.error);
    return Promise.resolve({ value: undefined, done: true });
  }

  #fill(): void {
    if (this.#refilled < ITEMS_A_TURN) {
      const items = this.#refill();
      this.#refilled += items.length;
      this.#hold(items);
      return;
    }
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#refilled = 0;
      if (this.#waiting.length === 0 || this.size > 0) return;
      try {
        this.offer(this.#refill());
      } catch (error) {
        for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
      }
    });
  }

  #hold(items: T[]): void {
    if (this.size === 0) {
      this.#items = items;
      this.#head = 0;
    } else {
      this.#items.splice(0, this.#head); // what was taken: a box that is never empty would grow for ever
      this.#head = 0;
      this.#items.push(...items);
    }
  }

  #take(): T {
    const item = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined as T; // let it go before the rest is taken
    return item;
  }
}
