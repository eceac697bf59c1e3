/**
 * Another process that is told by lines what to do: each line on its stdin is a JSON array of a command and its
 * arguments, each answer a line `{"ok": …}` or `{"error": …}`, in the order of the commands; what goes on in its
 * background reports by lines `{"event": TAG, …}` in between.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { TestScope } from "../../support/temporary.ts";
import { onLine } from "./lines.ts";

const MAX_STDERR = 64 * 1024; // characters kept for the error message
const GRACE_MS = 5000; // for a program that was asked to end

/** What a program reports of itself. */
export interface ProgramEvent {
  readonly event: string;
  /** When it was reported, in milliseconds since 1970. */
  readonly at: number;
  readonly [name: string]: unknown;
}

/** The refusal of a command. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** The engine's code, where it has one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

type Answer = { readonly ok: unknown } | { readonly error: string; readonly code?: string };

/** A running program. It is killed after the test if it still runs. */
export class Program {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: PromiseWithResolvers<Answer>[] = [];
  readonly #unread = new Map<string, ProgramEvent[]>();
  readonly #readers = new Map<string, PromiseWithResolvers<ProgramEvent>[]>();
  readonly #exit: Promise<NodeJS.Signals | number>;
  #stderr = "";
  #ended: NodeJS.Signals | number | undefined;

  constructor(t: TestScope, name: string, command: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.name = name;
    const env = { ...process.env, ...environment };
    delete env.NODE_TEST_CONTEXT; // else a node:test in the child would report into this test run
    this.#child = spawn(command[0]!, command.slice(1), { env, stdio: ["pipe", "pipe", "pipe"] });
    onLine(this.#child.stdout, (line) => this.#take(JSON.parse(line)));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR);
    });
    this.#child.stdin.on("error", () => {}); // EPIPE: the program is gone, which its exit tells
    this.#exit = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#end(String(error)));
      this.#child.once("close", (code, signal) => {
        this.#ended = signal ?? code ?? -1;
        this.#end(`it ended with ${signal ?? `code ${code}`}`);
        resolve(this.#ended);
      });
    });
    t.after(() => this.kill());
  }

  /**
   * Has it run a command and gives the answer.
   *
   * @throws {CommandError} If it refuses the command.
   */
  async call<T = unknown>(command: string, ...args: readonly unknown[]): Promise<T> {
    if (this.#ended !== undefined) throw this.#gone(`it ended with ${this.#ended}`);
    const waiting = Promise.withResolvers<Answer>();
    this.#answers.push(waiting);
    this.#child.stdin.write(`${JSON.stringify([command, ...args])}\n`);
    const answer = await waiting.promise;
    if ("error" in answer) throw new CommandError(`${this.name} ${command}: ${answer.error}`, answer.code);
    return answer.ok as T;
  }

  /** The next report under `tag` that nobody has read yet. */
  next(tag: string): Promise<ProgramEvent> {
    const event = this.#unread.get(tag)?.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (this.#ended !== undefined) return Promise.reject(this.#gone(`it ended with ${this.#ended}`));
    const reader = Promise.withResolvers<ProgramEvent>();
    const readers = this.#readers.get(tag);
    if (readers === undefined) this.#readers.set(tag, [reader]);
    else readers.push(reader);
    return reader.promise;
  }

  /** The reports under `tag` that came and that nobody has read; they count as read. */
  drain(tag: string): ProgramEvent[] {
    return this.#unread.get(tag)?.splice(0) ?? [];
  }

  /** Kills it and waits for its end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#ended === undefined) this.#child.kill(signal);
    await this.#exit;
  }

  /** Lets it end by itself, by the end of its stdin, and gives its exit code or the signal that ended it. */
  async end(): Promise<NodeJS.Signals | number> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    const how = await this.#exit;
    clearTimeout(timer);
    return how;
  }

  #take(line: Answer | ProgramEvent): void {
    if ("event" in line) this.#hand(line);
    else if (this.#answers.length > 0) this.#answers.shift()!.resolve(line);
    else throw new Error(`${this.name} answers without a question: ${JSON.stringify(line)}`);
  }

  #hand(event: ProgramEvent): void {
    const reader = this.#readers.get(event.event)?.shift();
    const unread = this.#unread.get(event.event);
    if (reader !== undefined) reader.resolve(event);
    else if (unread === undefined) this.#unread.set(event.event, [event]);
    else unread.push(event);
  }

  #end(why: string): void {
    const waiting = [...this.#answers.splice(0), ...[...this.#readers.values()].flatMap((list) => list.splice(0))];
    for (const { promise, reject } of waiting) {
      promise.catch(() => {}); // whoever awaits it is told
      reject(this.#gone(why));
    }
  }

  #gone(why: string): Error {
    return new Error(`Cannot hear from ${this.name}: ${why}\n${this.#stderr}`);
  }
}
