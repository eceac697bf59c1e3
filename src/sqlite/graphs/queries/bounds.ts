import { StorageError } from "../../../errors.ts";

/** The most rows that an array takes without an explicit limit: what fills memory unasked is refused. */
export const MAX_ROWS = 100_000;

/** How many rows to read for an array: one more than fits tells that there are too many. */
export function rowsToRead(limit: number | undefined): number {
  return limit ?? MAX_ROWS + 1;
}

/**
 * Returns `rows`, read with {@link rowsToRead}.
 *
 * @throws {StorageError} `RESULT_TOO_LARGE` if there are more than fit.
 */
export function bounded<Row>(rows: Row[], limit: number | undefined): Row[] {
  if (limit === undefined && rows.length > MAX_ROWS) throw tooLarge(MAX_ROWS, "pass a limit, or iterate");
  return rows;
}

export function tooLarge(most: number, way: string): StorageError {
  return new StorageError(
    "RESULT_TOO_LARGE",
    `Cannot read a result into memory: at most ${most} rows are wanted: received more: ${way}`,
    { details: { most } },
  );
}
