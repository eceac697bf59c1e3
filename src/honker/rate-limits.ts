import { checkInteger, checkName } from "../arguments.ts";
import type { OpenFile } from "./open-file.ts";

/**
 * Counts one more in the window of `per` seconds that now lies in, unless `limit` are counted already: then nothing
 * changes. Values: name, per, per, limit.
 *
 * Windows begin at multiples of `per`; of one name, those of different lengths that begin together share a count, as in
 * Honker.
 */
export const TRY_RATE_LIMIT = `INSERT INTO _honker_rate_limits(name, window_start, count)
  VALUES (?, unixepoch() / ? * ?, 1)
  ON CONFLICT(name, window_start) DO UPDATE SET count = count + 1 WHERE count < ?`;

/** Deletes windows that began more than so many seconds ago, of all names. */
export const SWEEP_RATE_LIMITS = "DELETE FROM _honker_rate_limits WHERE window_start < unixepoch() - ?";

/** See `Database.tryRateLimit()`. */
export function tryRateLimit(file: OpenFile, name: string, limit: number, per: number): boolean {
  checkName(name, "try a rate limit", "name");
  refuseNotPositive(limit, per);
  checkInteger(limit, 1, `try rate limit "${name}"`, "limit");
  checkInteger(per, 1, `try rate limit "${name}"`, "per");
  return file.write(TRY_RATE_LIMIT, [name, per, per, limit]).changes > 0;
}

/** @throws {RangeError} With Honker's own words. */
export function refuseNotPositive(limit: number | bigint, per: number | bigint): void {
  if (limit <= 0 || per <= 0) throw new RangeError("limit and per must be positive");
}
