import { checkInteger } from "../arguments.ts";
import { parseCronFields } from "./schedule-expression/cron-fields.ts";
import { instantOf, wallAt } from "./schedule-expression/wall-clock.ts";
import { wallMatcher } from "./schedule-expression/wall-matcher.ts";

/** When something is due, again and again: what {@link parseSchedule} made of a text. */
export interface ScheduleExpression {
  /** The text as it was given, which is what a file keeps. */
  readonly text: string;
  /**
   * The first due second after `fromS`, both in Unix seconds.
   *
   * Cron fields are compared with the local clock of this process, whose zone is looked up at each call. What the clock
   * shows at the result is later than what it shows at `fromS`: a time that it jumps over is due at the jump, once; one
   * that it shows twice is due at the second, once; and none is due while it shows again what it showed before `fromS`.
   *
   * @throws {RangeError} If `fromS` is no whole number, or nearly at the end of what a `Date` can hold; or if the
   * result of an interval is no safe integer.
   */
  nextAfter(fromS: number): number;
}

const UNIT_S: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n };
const MAX_INTERVAL_S = 2n ** 63n - 1n; // Honker's intervals are 64-bit
const MAX_FROM_S = 8_200_000_000_000; // the year 261817: Honker's calendar ends soon after, that of Date 14,000 years on

/**
 * Reads a schedule: `@every` with a whole number and `s`, `m`, `h` or `d` ("@every 90s"), counted from the time asked
 * for; or five cron fields, "minute hour day-of-month month day-of-week", or six with the second in front.
 *
 * A cron field is a list of `*`, `n` or `n-m`, each with or without `/step`; `n/step` means `n`. *All* fields must
 * match, the day of the month and the day of the week too. The week starts with Sunday as 0; there is no 7, no name of
 * a day or month, and no `@daily`. This is the grammar of Honker 0.4 (`honker-core`, `cron.rs`), neither more nor less:
 * a text in a file that Honker refuses stops every scheduler that is Honker's.
 *
 * @throws {TypeError} If `text` is not text.
 * @throws {RangeError} If it is no schedule, or one for a day that no month in it has, such as "0 0 30 2 *".
 *
 * @example
 * parseSchedule("30 2 * * 1-5").nextAfter(Math.floor(Date.now() / 1000)); // half past two, on a day of work
 */
export function parseSchedule(text: unknown): ScheduleExpression {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot schedule: the expression must be text: received ${text === null ? "null" : typeof text}`,
    );
  }
  const action = `schedule ${JSON.stringify(text)}`;
  const words = text.split(/\p{White_Space}+/u).filter((word) => word !== ""); // \s and Rust differ in two characters
  const next = words[0]?.startsWith("@every") ? everyInterval(words, action) : onWallClock(words, action);
  return {
    text,
    nextAfter(fromS) {
      checkInteger(fromS, -MAX_FROM_S, action, "fromS", MAX_FROM_S);
      return next(fromS);
    },
  };
}

/** The next due second of `@every`. The word and the interval may be one word, the interval may not be two. */
function everyInterval(words: readonly string[], action: string): (fromS: number) => number {
  const interval = words.join(" ").slice("@every".length);
  const [, count = "", unit = ""] = /^ ?([0-9]+)([smhd])$/.exec(interval) ?? [];
  const digits = count.replace(/^0+/, ""); // what is longer than 2^63 need not be read, nor could it be fast
  const intervalS = digits.length <= 19 ? BigInt(digits) * (UNIT_S[unit] ?? 0n) : 0n; // BigInt("") is 0
  if (intervalS <= 0n || intervalS > MAX_INTERVAL_S) {
    const wanted = "@every must have a whole number > 0 with one of s, m, h, d after it, less than 2^63 seconds";
    throw new RangeError(`Cannot ${action}: ${wanted}: received ${JSON.stringify(interval.trim())}`);
  }
  return (fromS) => {
    const nextS = Number(BigInt(fromS) + intervalS);
    if (Number.isSafeInteger(nextS)) return nextS;
    throw new RangeError(`Cannot ${action}: the next time must be a safe integer: received ${nextS} after ${fromS}`);
  };
}

/** The next due second of cron fields. */
function onWallClock(words: readonly string[], action: string): (fromS: number) => number {
  const nextMatch = wallMatcher(parseCronFields(words, action));
  return (fromS) => {
    let wallS = wallAt(fromS);
    for (;;) {
      wallS = nextMatch(wallS);
      const atS = instantOf(wallS);
      // So at once in every zone there is: else the clock would jump over a time that it was just put back from.
      if (atS > fromS) return atS;
    }
  };
}
