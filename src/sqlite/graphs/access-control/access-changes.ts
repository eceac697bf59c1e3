import type { HonkerClient } from "../../../honker/mod.ts";
import { ACL_CHANGED } from "../change-publisher.ts";

/** Says that an access control graph was changed: who shows what it allows asks again. */
export interface AccessChange {
  readonly graphId: string;
}

/**
 * The changes of one access control graph, by any process, from now on, one for each transaction of the graph store.
 *
 * It holds a listener, which does not keep the process alive: `break` in `for await`, or `close()`, lets it go.
 */
export class AccessChanges implements AsyncIterableIterator<AccessChange, undefined> {
  readonly #graphId: string;
  readonly #listener: ReturnType<HonkerClient["listen"]>;
  readonly #notifications: AsyncIterator<unknown>;

  constructor(client: HonkerClient, graphId: string) {
    this.#graphId = graphId;
    this.#listener = client.listen(ACL_CHANGED);
    this.#notifications = this.#listener[Symbol.asyncIterator]();
  }

  /** Resolves with the next change, or with `done` once this, or the client, is closed. */
  async next(): Promise<IteratorResult<AccessChange, undefined>> {
    for (;;) {
      const { done, value } = await this.#notifications.next();
      if (done) return { done, value: undefined };
      const change = (value as { payload: Partial<AccessChange> | null }).payload;
      if (change?.graphId === this.#graphId) return { done: false, value: { graphId: this.#graphId } };
    }
  }

  /** Closes it: what `break` in `for await` calls. */
  return(): Promise<IteratorResult<AccessChange, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends it: a waiting `next()` resolves as done. Idempotent. */
  close(): void {
    this.#listener.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
