import { StorageError } from "../../errors.ts";

/** What can be ended in two ways. */
export interface Endable {
  commit(): void;
  rollback(): void;
}

/**
 * Commits `transaction` when `result` resolves and rolls it back when it rejects, or after `timeoutMs`: it keeps the write
 * lock of the file all the while, so a callback that hangs must not keep it for ever.
 *
 * @throws {StorageError} `TRANSACTION_TIMEOUT` if `result` had not settled in time.
 */
export async function settle<T>(result: PromiseLike<T>, transaction: Endable, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      transaction.rollback();
      reject(
        new StorageError(
          "TRANSACTION_TIMEOUT",
          `Cannot commit a transaction: its callback must settle within ${timeoutMs} ms: it was rolled back`,
          { details: { timeoutMs } },
        ),
      );
    }, timeoutMs);
  });
  try {
    const value = await Promise.race([result, deadline]);
    transaction.commit();
    return value;
  } catch (error) {
    transaction.rollback();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
