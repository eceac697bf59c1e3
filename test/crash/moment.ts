import type { Random } from "./random.ts";
import { STEPS, type Step } from "./rounds.ts";

/** When a child is killed: so long after it was told to start, or after the `count`-th time it said something. */
export interface Moment {
  readonly after: "start" | "ready" | "ack" | Step;
  readonly count: number;
  readonly delayMs: number;
  /** Not given, it is killed in the middle of its work; else so long after it was asked to close the file. */
  readonly closingMs?: number;
}

/** Any time in the load, just before or after a commit, in the middle of a step, or while the file is opened or closed. */
export function drawMoment(random: Random): Moment {
  const draw = random.next();
  if (draw < 0.1) return { after: "start", count: 1, delayMs: random.next() * 60 };
  if (draw < 0.35) return { after: "ack", count: 1 + random.below(100), delayMs: random.next() };
  if (draw < 0.75) return drawStep(random);
  const ready = { after: "ready", count: 1, delayMs: random.next() * 60 } as const;
  return draw < 0.85 ? { ...ready, closingMs: random.next() * 20 } : ready;
}

function drawStep(random: Random): Moment {
  const after = random.pick(STEPS);
  return { after, count: after === "tick" ? 1 : 1 + random.below(5), delayMs: random.next() * 1.5 };
}

/** Whether it is a step that has to be said. */
export function isStep(after: Moment["after"]): after is Step {
  return (STEPS as readonly string[]).includes(after);
}

/** Waits for a time that need not be whole milliseconds. */
export async function wait(delayMs: number): Promise<void> {
  const endMs = performance.now() + delayMs;
  if (delayMs >= 1) await new Promise((resolve) => setTimeout(resolve, Math.floor(delayMs)));
  while (performance.now() < endMs) {} // timers know nothing below a millisecond
}
