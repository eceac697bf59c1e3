import { type Child, startChild } from "../support/child.ts";
import type { TestScope } from "../support/temporary.ts";
import type { Marks } from "./audit/marks.ts";
import { type Moment, wait } from "./moment.ts";
import { type Line, parseLine, type RoundPlan } from "./rounds.ts";

const HUNG_MS = 90_000; // more than a drain may take

/** What became of a child. */
export interface RoundReport {
  readonly acknowledged: readonly number[];
  readonly undone: readonly number[];
  /** Up to where it found all right, if it came so far. */
  readonly marks: Marks | undefined;
  readonly breaches: readonly string[];
}

/** A child that is started ahead of its time. */
export class Round {
  readonly #child: Child;
  readonly #acknowledged: number[] = [];
  readonly #undone: number[] = [];
  readonly #breaches: string[] = [];
  #marks: Marks | undefined;

  constructor(scope: TestScope, path: string) {
    this.#child = startChild(scope, new URL("child/load.ts", import.meta.url), [path]);
  }

  /** Has it do what `plan` says and kills it at `moment`, or, without one, once it has done all. */
  async run(plan: RoundPlan, moment?: Moment): Promise<RoundReport> {
    const hung = setTimeout(() => {
      this.#breaches.push(`the child hangs: it did not come to "${moment?.after ?? "drained"}" in ${HUNG_MS / 1000} s`);
      this.#child.kill();
    }, HUNG_MS);
    try {
      await this.#child.nextLine(); // it is loaded
      this.#child.send(JSON.stringify(plan));
      await this.#killAt(moment);
    } catch (error) {
      const { signal } = await this.#child.waitExit();
      if (signal !== "SIGKILL" && this.#breaches.length === 0) this.#breaches.push(String(error));
    }
    clearTimeout(hung);
    return {
      acknowledged: this.#acknowledged,
      undone: this.#undone,
      marks: this.#marks,
      breaches: this.#breaches,
    };
  }

  /** Takes its lines to the last, which ends with an error. */
  async #killAt(moment: Moment | undefined): Promise<never> {
    let left = moment?.count ?? 1;
    const awaited = moment?.after ?? "drained";
    if (awaited === "start") void this.#killSoon(moment!);
    for (;;) {
      const line = parseLine(await this.#child.nextLine());
      if (line === undefined) continue;
      this.#take(line);
      if (line.kind === awaited && --left === 0) void this.#killSoon(moment);
    }
  }

  async #killSoon(moment: Moment | undefined): Promise<void> {
    await wait(moment?.delayMs ?? 0);
    if (moment?.closingMs !== undefined) {
      this.#child.send("close");
      await wait(moment.closingMs);
    }
    this.#child.kill();
  }

  #take(line: Line): void {
    if (line.kind === "ack") this.#acknowledged.push(line.number);
    else if (line.kind === "undone") this.#undone.push(line.number);
    else if (line.kind === "audited") this.#marks = line.marks;
    else if (line.kind === "broken") this.#breaches.push(...line.breaches);
  }
}
