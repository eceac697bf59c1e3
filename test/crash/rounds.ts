/**
 * What the killing process and the killed one tell each other, in lines of JSON. A round is the time of one child, from its
 * start to its kill.
 *
 * @module
 */
import type { Marks } from "./audit/marks.ts";

/** What is known of the time before an audit. */
export interface Expected {
  /** Up to where an earlier audit found all right. */
  readonly marks: Marks;
  /** Numbers whose commit had returned since. */
  readonly acknowledged: readonly number[];
  /** Numbers that were rolled back since. */
  readonly undone: readonly number[];
}

/** What a child may be about to do when it is killed. */
export const STEPS = ["checkpoint", "claim", "commit", "prune", "replay", "settle", "tick"] as const;
export type Step = (typeof STEPS)[number];

/** What a child is told to do. */
export interface RoundPlan extends Expected {
  readonly round: number;
  readonly seed: number;
  /** Its load, or what is left to do. */
  readonly does: "load" | "drain";
  /** The step that it takes often, and says before it does. */
  readonly aim?: Step;
}

/** What a child has to say. */
export type Line =
  | { readonly kind: "loaded" | "ready" | "drained" | Step }
  | { readonly kind: "ack" | "undone"; readonly number: number }
  | { readonly kind: "audited"; readonly marks: Marks }
  | { readonly kind: "broken"; readonly breaches: readonly string[] };

/** The line that `text` is, or undefined where the process was killed while it wrote it. */
export function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
