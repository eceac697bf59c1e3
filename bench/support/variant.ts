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
    return Number(await this.ask(name));
  }

  /** Gives the answer to `line`. */
  async ask(line: string): Promise<string> {
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`Cannot measure "${line}": the process of the variant has ended`);
    return value;
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

/** Answers each line on standard input with what `answer` gives for it. */
export async function serveWork(answer: (line: string) => number | string | Promise<number | string>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) console.log(await answer(line));
}
