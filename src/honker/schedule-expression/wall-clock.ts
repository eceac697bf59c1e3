/**
 * The local clock of the process, in *wall seconds*: what it shows, counted as if it showed UTC. The time zone is
 * looked up anew at each call, because a long-lived process may be moved to another one.
 *
 * @module
 */

const DAY_S = 86_400;

/** What the local clock shows at an instant (Unix seconds), in wall seconds. */
export function wallAt(instantS: number): number {
  const local = new Date(instantS * 1000);
  // Not Date.UTC(), which takes the years 0 to 99 for 1900 to 1999; not getTimezoneOffset(), which has whole minutes.
  const dayMs = new Date(0).setUTCFullYear(local.getFullYear(), local.getMonth(), local.getDate());
  return dayMs / 1000 + local.getHours() * 3600 + local.getMinutes() * 60 + local.getSeconds();
}

/**
 * The instant (Unix seconds) at which the local clock shows `wallS`.
 *
 * If it never does, because it jumped over that time, the instant of the jump. If it does twice, because it was put
 * back, the later one: what Honker 0.4 takes on Linux and macOS (its time library chrono gives the two in this order
 * there, https://github.com/chronotope/chrono/issues/1625). A schedule can thus pause for an hour but not go back.
 */
export function instantOf(wallS: number): number {
  // No zone is as far as a day from UTC, and none has ever changed twice in two days (IANA database, 2026f).
  const before = offsetAt(wallS - DAY_S);
  const after = offsetAt(wallS + DAY_S);
  if (offsetAt(wallS - after) === after) return wallS - after;
  if (offsetAt(wallS - before) === before) return wallS - before;
  return changeBetween(wallS - after, wallS - before);
}

/** How far the local clock is ahead of UTC at an instant, in seconds. */
function offsetAt(instantS: number): number {
  return wallAt(instantS) - instantS;
}

/** The first instant in (`startS`, `endS`] that has another offset than `startS`. */
function changeBetween(startS: number, endS: number): number {
  const before = offsetAt(startS);
  while (endS - startS > 1) {
    const middleS = Math.floor((startS + endS) / 2);
    if (offsetAt(middleS) === before) startS = middleS;
    else endS = middleS;
  }
  return endS;
}
