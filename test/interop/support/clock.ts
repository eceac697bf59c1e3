/**
 * The clock that both sides share: whole seconds of Unix time.
 *
 * @module
 */

/** The second that it is now, as SQLite's `unixepoch()` gives it. */
export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

/** Waits until the clock is a little past the beginning of second `atS`. */
export async function untilSecond(atS: number): Promise<void> {
  for (let left = atS * 1000 + 20 - Date.now(); left > 0; left = atS * 1000 + 20 - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

/**
 * Repeats `attempt` until one was over within the second in which it began, and gives its result: what it did happened
 * at one reading of the clock. If it fails then, that counts.
 */
export async function withinOneSecond<T>(attempt: (nowS: number) => Promise<T>): Promise<T> {
  let cause: unknown;
  for (let tries = 0; tries < 20; tries++) {
    await untilSecond(nowS() + 1);
    const began = nowS();
    try {
      const result = await attempt(began);
      if (nowS() === began) return result;
    } catch (error) {
      if (nowS() === began) throw error;
      cause = error;
    }
  }
  throw new Error("Cannot finish within one second: the machine is too busy", { cause });
}

/** Looks ten times a second whether `condition` holds, until it does. */
export async function eventually(condition: () => Promise<boolean>, what: string, withinS: number): Promise<void> {
  const endMs = performance.now() + withinS * 1000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`Cannot wait any longer for ${what}: ${withinS} s are over`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
