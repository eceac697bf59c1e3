/** The numbers that match, rising, of each field: what a schedule with cron fields means. */
export interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  /** From 1. */
  readonly months: readonly number[];
  /** From 0, which is Sunday. */
  readonly weekdays: readonly number[];
}

/** What a field is about, with its least and its greatest number. */
type Field = readonly [name: string, least: number, most: number];

const MAX_STEP = 2 ** 32 - 1; // Honker reads each number as an unsigned 32-bit integer
const ITEM = /^(?:\*|(\+?[0-9]+)(?:-(\+?[0-9]+))?)(?:\/(\+?[0-9]+))?$/;
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads five or six cron fields in Honker 0.4's grammar.
 *
 * @throws {RangeError} If there are fewer or more of them, a field is not of the grammar, or no day can ever match.
 */
export function parseCronFields(words: readonly string[], action: string): CronFields {
  if (words.length !== 5 && words.length !== 6) {
    const wanted = 'the number of cron fields must be 5 or 6, if it is not "@every" and an interval';
    throw new RangeError(`Cannot ${action}: ${wanted}: received ${words.length}`);
  }
  const [second, minute, hour, day, month, weekday] = words.length === 6 ? words : ["0", ...words];
  const fields: CronFields = {
    seconds: expand(second!, ["second", 0, 59], action),
    minutes: expand(minute!, ["minute", 0, 59], action),
    hours: expand(hour!, ["hour", 0, 23], action),
    days: expand(day!, ["day of the month", 1, 31], action),
    months: expand(month!, ["month", 1, 12], action),
    weekdays: expand(weekday!, ["day of the week (0 is Sunday)", 0, 6], action),
  };
  // Each day of the year falls on each day of the week within 40 years, so this is the only way never to match.
  const longest = Math.max(...fields.months.map((number) => LONGEST_MONTHS[number - 1]!));
  if (fields.days[0]! > longest) {
    const wanted = `the day of the month must be one that its months have, which is up to ${longest}`;
    throw new RangeError(`Cannot ${action}: ${wanted}: received ${JSON.stringify(day)}`);
  }
  return fields;
}

/** The numbers that `text` stands for, rising. */
function expand(text: string, field: Field, action: string): number[] {
  const numbers = new Set<number>();
  for (const item of text.split(",")) {
    const [start, end, step] = parseItem(item, field, action);
    for (let number = start; number <= end; number += step) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** One item of a list. A single number is a range of one, so that a step after it changes nothing. */
function parseItem(
  item: string,
  [name, least, most]: Field,
  action: string,
): readonly [start: number, end: number, step: number] {
  const [match, from = String(least), to, stepText = "1"] = ITEM.exec(item) ?? [];
  const start = Number(from);
  const end = match?.startsWith("*") ? most : Number(to ?? from);
  const step = Number(stepText);
  if (match !== undefined && start >= least && start <= end && end <= most && step >= 1 && step <= MAX_STEP) {
    return [start, end, step];
  }
  const wanted = `the ${name} must be *, n or n-m from ${least} to ${most}, with or without /step, or a list with commas`;
  throw new RangeError(`Cannot ${action}: ${wanted}: received ${JSON.stringify(item)}`);
}
