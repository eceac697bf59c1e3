/** The integers that SQLite can hold. */
export const INT64_MIN = -9_223_372_036_854_775_808n;
export const INT64_MAX = 9_223_372_036_854_775_807n;

/** The largest of a column whose SQL type says `unsigned`, which only columns of other makers do. */
export const UINT64_MAX = 18_446_744_073_709_551_615n;

/** The first and the last moment that a `Date` can be: https://tc39.es/ecma262/#sec-time-values-and-time-range */
export const MAX_TIME_MS = 8.64e15;
