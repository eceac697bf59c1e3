import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { findProgram } from "./programs.ts";

const START_MS = 30_000;
const STOP_MS = 5000; // to end by itself, then it is killed
const KEPT = 4000; // characters of what it printed, for the error

/** How a server is started and ended. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** What it prints once it answers. */
  readonly ready: RegExp;
  readonly stopSignal: "SIGTERM" | "SIGINT";
  readonly uid?: number;
  readonly gid?: number;
}

/** A server process that ends with this process, however that ends. */
export class Server {
  readonly #child: ChildProcess;
  readonly #stopSignal: "SIGTERM" | "SIGINT";

  private constructor(child: ChildProcess, stopSignal: "SIGTERM" | "SIGINT") {
    this.#child = child;
    this.#stopSignal = stopSignal;
  }

  /** Resolves once it answers. */
  static async start({ program, args, ready, stopSignal, ...owner }: ServerCommand): Promise<Server> {
    const guard = process.platform === "linux" ? findProgram("setpriv") : undefined; // the kernel ends it if we are killed
    const command =
      guard === undefined ? [program, ...args] : [guard, "--pdeathsig", stopSignal, "--", program, ...args];
    const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"], cwd: "/", ...owner });
    const server = new Server(child, stopSignal);
    try {
      await server.#whenReady(ready, program);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Resolves once it has ended. Idempotent. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(this.#stopSignal);
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await exit;
    clearTimeout(kill);
  }

  #whenReady(ready: RegExp, program: string): Promise<void> {
    let printed = "";
    return new Promise((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`Cannot start ${program}: ${what}\n${printed}`));
      const timer = setTimeout(() => fail(`not ready within ${START_MS} ms`), START_MS);
      const onData = (data: Buffer) => {
        printed = (printed + data.toString()).slice(-KEPT);
        if (!ready.test(printed)) return;
        clearTimeout(timer);
        resolve();
      };
      this.#child.stdout!.on("data", onData);
      this.#child.stderr!.on("data", onData);
      this.#child.once("error", (error) => fail(error.message));
      this.#child.once("exit", (code, signal) => fail(`it ended with ${code ?? signal}`));
    });
  }
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
