/**
 * Runs a command line and keeps what it prints.
 *
 * @module
 */
import { spawn } from "node:child_process";

/** How a command ended. */
export interface Outcome {
  readonly ok: boolean;
  /** Standard output and standard error, in the order they came. */
  readonly output: string;
}

/** Options of {@link run}. */
export interface RunOptions {
  readonly cwd?: string | URL;
  readonly env?: NodeJS.ProcessEnv;
  /** After this long the command is killed and counts as failed. @default 1800000 */
  readonly timeoutMs?: number;
}

/** Runs `command` in a shell, without a stdin, and waits for its end. Never rejects. */
export function run(command: string, options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env = process.env, timeoutMs = 1_800_000 } = options;
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, { shell: true, cwd, env, timeout: timeoutMs, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => chunks.push(Buffer.from(`${error.message}\n`)));
    child.once("close", (code, signal) => {
      if (performance.now() - started >= timeoutMs) chunks.push(Buffer.from(`Killed: ran for over ${timeoutMs} ms\n`));
      else if (signal !== null) chunks.push(Buffer.from(`Killed by ${signal}\n`));
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() });
    });
  });
}
