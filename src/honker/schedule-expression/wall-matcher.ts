import { Cron } from "croner";
import type { CronFields } from "./cron-fields.ts";

// After 400 years the calendar repeats, days of the week included.
const CYCLE_S = 146_097 * 86_400;
const CYCLE_START_S = Date.UTC(2000, 0) / 1000;

/**
 * Gives the function from wall seconds (see `wall-clock.ts`) to the next greater ones that match all `fields`.
 *
 * The calendar is croner's, which works with plain UTC here. Of its grammar only `*` and lists of numbers are used, so
 * that what a schedule means does not hang on it. It knows the years up to 2999: each question is moved by whole cycles
 * into the years 2000 to 2399, and its answer back.
 */
export function wallMatcher(fields: CronFields): (wallS: number) => number {
  const pattern = [
    listOf(fields.seconds, 60),
    listOf(fields.minutes, 60),
    listOf(fields.hours, 24),
    listOf(fields.days, 31),
    listOf(fields.months, 12),
    listOf(fields.weekdays, 7),
  ].join(" ");
  const cron = new Cron(pattern, { mode: "6-part", domAndDow: true, utcOffset: 0 });
  return (wallS) => {
    const shiftS = Math.floor((wallS - CYCLE_START_S) / CYCLE_S) * CYCLE_S;
    const match = cron.nextRun(new Date((wallS - shiftS) * 1000))!; // there is one: parseCronFields() saw to it
    return match.getTime() / 1000 + shiftS;
  };
}

/** A field in croner's words. `*` says the same as all numbers, and is several times as fast for days of the week. */
function listOf(numbers: readonly number[], all: number): string {
  return numbers.length === all ? "*" : numbers.join(",");
}
