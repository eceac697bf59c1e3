import type { Database } from "../../../src/honker/mod.ts";
import type { Random } from "../random.ts";
import type { Line, Step } from "../rounds.ts";

/** What each part of the load works with. */
export interface Load {
  readonly db: Database;
  readonly round: number;
  readonly random: Random;
  /** The step at which this process is to be killed, if it is to be at one. */
  readonly aim: Step | undefined;
  /** Has the killing process know, before it returns. */
  readonly say: (line: Line) => void;
}

/** Says what comes next, if that is waited for. */
export function about({ aim, say }: Load, step: Step): void {
  if (step === aim) say({ kind: step });
}

/** Leaves the others their turn: mostly at once, now and then for some milliseconds. */
export function pause(random: Random): Promise<void> {
  return new Promise((resolve) => {
    if (random.chance(0.7)) setImmediate(resolve);
    else setTimeout(resolve, random.below(4));
  });
}
