import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A variant of a benchmark in a process of its own, which stays warm and idle while others are measured. */
export class Variant {
  readonly #child: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  /** @param script a module that calls {@link serveWork}. */
  constructor(script: URL, args: readonly string[]) {
    this.#child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Has the work `name` done once, and gives what it measured. */
  async measure(name: string): Promise<number> {
    this.#child.stdin!.write(`${name}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`Cannot measure "${name}": the process of the variant has ended`);
    return Number(value);
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

/** Answers each name of a work on standard input with what `measure` gives for it. */
export async function serveWork(measure: (name: string) => number | Promise<number>): Promise<void> {
  for await (const name of createInterface({ input: process.stdin })) console.log(await measure(name));
}
