const LINES = 10; // where there is no terminal

/** Shows how far a count has come: in one line of a terminal, or by a line per tenth. */
export class Progress {
  readonly #total: number;
  readonly #startMs = performance.now();
  #shown = 0;

  constructor(total: number) {
    this.#total = total;
  }

  show(count: number): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(0);
    const text = `${count} of ${this.#total} kills, ${seconds} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K${count === this.#total ? "\n" : ""}`);
    else {
      const tenth = Math.floor((count * LINES) / this.#total);
      if (tenth > this.#shown) console.error(text);
      this.#shown = tenth;
    }
  }

  /** Ends a line that was begun. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\n");
  }
}
