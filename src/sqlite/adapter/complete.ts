import { StorageError } from "../../errors.ts";
import type { Host } from "./executor.ts";
import type { Scope } from "./scope.ts";

/**
 * Runs `work` with `tx`, whose statements run in `scope`, and ends the scope: at once, or when the promise settles that
 * `work` returned.
 */
export function complete<TTransaction, T>(
  host: Host,
  scope: Scope,
  tx: TTransaction,
  work: (tx: TTransaction) => T,
  timeoutMs?: number,
): T {
  try {
    const result = host.runCallback(scope, () => work(tx));
    if (!isThenable(result)) {
      scope.commit();
      return result;
    }
    if (!host.carriesAsync) {
      scope.rollback();
      result.then(undefined, () => {}); // it will fail, as its transaction is over: that is said by the error below
      throw asyncRefusal();
    }
    const settled = settle(result, scope, timeoutMs);
    scope.settled = settled;
    return settled as T;
  } catch (error) {
    scope.rollback();
    throw error;
  }
}

/** An `async` function says so before it is called; another one that returns a promise does so too late to wait. */
export function isAsyncFunction(work: unknown): boolean {
  return Object.prototype.toString.call(work) === "[object AsyncFunction]";
}

export function asyncRefusal(): StorageError {
  return new StorageError(
    "ASYNC_NOT_SUPPORTED",
    "Cannot run an async transaction: this Honker binding would hang while it waits: use a synchronous callback",
  );
}

/**
 * Commits `scope` when `result` resolves and rolls it back when it rejects, or after `timeoutMs`: it keeps the write lock
 * of the file all the while, so a callback that hangs must not keep it for ever.
 *
 * @throws {StorageError} `TRANSACTION_TIMEOUT` if `result` had not settled in time.
 */
async function settle<T>(result: PromiseLike<T>, scope: Scope, timeoutMs: number | undefined): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => reject(timeout(timeoutMs)), timeoutMs);
  });
  try {
    const value = await Promise.race([result, deadline]);
    scope.commit();
    return value;
  } catch (error) {
    scope.rollback();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function timeout(timeoutMs: number): StorageError {
  return new StorageError(
    "TRANSACTION_TIMEOUT",
    `Cannot commit a transaction: its callback must settle within ${timeoutMs} ms: it was rolled back`,
    { details: { timeoutMs } },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
