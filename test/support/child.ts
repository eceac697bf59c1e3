/**
 * Another process, in the runtime the test itself runs in, that talks in lines: what it prints to stdout are its
 * answers, what the test sends arrives on its stdin.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestScope } from "./temporary.ts";

const MAX_STDERR = 64 * 1024; // characters kept for the error message

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running child process. */
export interface Child {
  readonly pid: number;
  /** Writes one line to the child's stdin. */
  send(line: string): void;
  /** Waits for the next line of the child's stdout that was not yet returned; rejects if it ends without one. */
  nextLine(): Promise<string>;
  /** Waits until the process has ended and all its output is read. */
  waitExit(): Promise<Exit>;
  /** Asks the process to end. @default "SIGKILL" */
  kill(signal?: NodeJS.Signals): void;
}

/** Starts `script` with `args` in a new process; it is killed after the test if it still runs. */
export function startChild(t: TestScope, script: URL, args: readonly string[] = []): Child {
  const environment = { ...process.env };
  delete environment.NODE_TEST_CONTEXT; // else a node:test in the child would report into this test run
  const child = spawn(process.execPath, [...runtimeFlags(), fileURLToPath(script), ...args], {
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
  });

  const lines: string[] = [];
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let stderr = "";
  let ended: Exit | undefined;

  createInterface({ input: child.stdout }).on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next.resolve(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  child.stdin.on("error", () => {}); // EPIPE: the child is gone, which waitExit() tells
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      ended = { code, signal };
      for (const { reject: fail } of waiting.splice(0)) fail(noMoreLines());
      resolve(ended);
    });
  });
  exit.catch(() => {}); // reported by whoever awaits it

  t.after(async () => {
    if (ended === undefined) child.kill("SIGKILL");
    await exit;
  });

  function noMoreLines(): Error {
    const how = ended?.signal ?? `code ${ended?.code}`;
    return new Error(`Cannot read a line of ${script.pathname}: it ended with ${how}\n${stderr}`);
  }

  return {
    get pid() {
      return child.pid ?? -1;
    },
    send(line) {
      child.stdin.write(`${line}\n`);
    },
    nextLine() {
      const line = lines.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (ended !== undefined) return Promise.reject(noMoreLines());
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    waitExit: () => exit,
    kill(signal = "SIGKILL") {
      child.kill(signal);
    },
  };
}

/** What `process.execPath` needs to run a TypeScript file as it is. */
function runtimeFlags(): string[] {
  if (process.versions.deno !== undefined) return ["run", "-A", "--no-lock", "--quiet"];
  if (process.versions.bun !== undefined) return [];
  // Node 22 strips types only when asked, and warns about it and about SQLite.
  return ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
}
