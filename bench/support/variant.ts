import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ANSWER_MS = 120_000; // unless a work is known to take longer
const END_MS = 2000; // after the end of its input, then a variant ends itself
const running = new Set<Variant>();

/** A variant of a benchmark in a process of its own, which stays warm and idle while others are measured. */
export class Variant {
  readonly #child: ChildProcess;
  readonly #replies: AsyncIterator<string>;
  readonly #answerMs: number;

  /** @param script a module that calls {@link serveWork}. */
  constructor(script: URL, args: readonly string[], answerMs = ANSWER_MS) {
    this.#answerMs = answerMs;
    this.#child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin!.on("error", () => {}); // it has ended: the next answer says so
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    running.add(this);
    this.#child.once("exit", () => running.delete(this));
  }

  /** Ends all variants at once, whatever they are doing. */
  static killAll(): void {
    for (const variant of running) variant.#child.kill("SIGKILL");
  }

  /** Has the work `name` done once, and gives what it measured. */
  async measure(name: string): Promise<number> {
    return Number(await this.ask(name));
  }

  /** Gives the answer to `line`. A variant that gives none is killed: it waits for something that was lost. */
  async ask(line: string): Promise<string> {
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), this.#answerMs);
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#replies.next();
    clearTimeout(kill);
    if (done) throw new Error(`Cannot measure "${line}": the process of the variant has ended`);
    return value;
  }

  /** Resolves once its process has ended. */
  async close(): Promise<void> {
    if (!running.has(this)) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin!.end();
    await exit;
  }
}

/**
 * Answers each line on standard input with what `answer` gives for it, until the input ends; then it resolves.
 *
 * A process that has not ended soon after its input is ended: it waits for an answer that nobody wants any more, or for a server that is gone.
 */
export async function serveWork(answer: (line: string) => number | string | Promise<number | string>): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  lines.once("close", () => setTimeout(() => process.exit(1), END_MS).unref());
  for await (const line of lines) console.log(await answer(line));
}
