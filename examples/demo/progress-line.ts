import type { WriteStream } from "node:tty";

const BAR = 32;
const STEPS = 10; // plain lines in all, where there is no terminal
const FRAME_MS = 50;

/** Shows how far a count has come: one line that is drawn anew on a terminal, else a line for each tenth. */
export class ProgressLine {
  readonly #output: WriteStream;
  readonly #label: string;
  readonly #total: number;
  #step = 0;
  #shownMs = 0;
  #count = 0;

  constructor(output: WriteStream, label: string, total: number) {
    this.#output = output;
    this.#label = label;
    this.#total = total;
  }

  show(count: number): void {
    this.#count = count;
    if (this.#output.isTTY) this.#draw(count === this.#total);
    else this.#print();
  }

  /** Leaves the line as it is and goes on below it. */
  end(): void {
    if (!this.#output.isTTY) return;
    this.#draw(true);
    this.#output.write("\n");
  }

  #draw(always: boolean): void {
    const nowMs = performance.now();
    if (!always && nowMs - this.#shownMs < FRAME_MS) return;
    this.#shownMs = nowMs;
    const filled = Math.round((BAR * this.#count) / this.#total);
    const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
    this.#output.write(`\r${this.#label} ${bar} ${this.#count}/${this.#total}`);
  }

  #print(): void {
    const step = Math.floor((STEPS * this.#count) / this.#total);
    if (step <= this.#step) return;
    this.#step = step;
    this.#output.write(`${this.#label}: ${this.#count} of ${this.#total}\n`);
  }
}
