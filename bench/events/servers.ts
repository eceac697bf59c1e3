import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram, run } from "../support/programs.ts";
import { freePort, Server, type ServerCommand } from "../support/server.ts";
import { installPackage } from "./install-peers.ts";

export type ServerName = "Redis" | "NATS" | "PostgreSQL";

/** A server that runs for the benchmark. */
export interface RunningServer {
  readonly port: number;
  readonly version: string;
}

interface ServerKind {
  readonly program: string;
  /** Debian's package of it. */
  readonly package: string;
  readonly command: (program: string, port: number, directory: string) => ServerCommand | Promise<ServerCommand>;
}

const KINDS: Readonly<Record<ServerName, ServerKind>> = {
  Redis: {
    program: "redis-server",
    package: "redis-server",
    command: (program, port, directory) => ({
      program,
      args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", directory],
      ready: /Ready to accept connections/,
      stopSignal: "SIGTERM",
    }),
  },
  NATS: {
    program: "nats-server",
    package: "nats-server",
    command: (program, port, directory) => ({
      program,
      args: ["--addr", "127.0.0.1", "--port", String(port), "--jetstream", "--store_dir", directory],
      ready: /Server is ready/,
      stopSignal: "SIGTERM",
    }),
  },
  PostgreSQL: { program: "postgres", package: "postgresql", command: postgresCommand },
};
const POSTGRES_FOLDERS = [20, 19, 18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin`);

/** The servers that peers need: each is installed where it is missing, started when it is first asked for, and keeps its data in `directory`. */
export class Servers {
  readonly #directory: string;
  readonly #starting = new Map<ServerName, Promise<RunningServer>>();
  readonly #running: Server[] = [];
  #isClosed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws {Error} If it is not installed and can't be. */
  start(name: ServerName): Promise<RunningServer> {
    const starting = this.#starting.get(name) ?? this.#start(name);
    this.#starting.set(name, starting);
    return starting;
  }

  /** The versions of those that run. */
  async versions(): Promise<Record<string, string>> {
    const versions: Record<string, string> = {};
    for (const [name, starting] of this.#starting) {
      const server = await starting.catch(() => undefined);
      if (server !== undefined) versions[name] = server.version;
    }
    return versions;
  }

  /** Resolves once all have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#starting.values()); // one that is still starting would be left behind
    await Promise.all(this.#running.map((server) => server.stop()));
  }

  async #start(name: ServerName): Promise<RunningServer> {
    const kind = KINDS[name];
    const find = () => findProgram(kind.program, POSTGRES_FOLDERS);
    const program = find() ?? (await installPackage(kind.package, find));
    const directory = join(this.#directory, name);
    mkdirSync(directory);
    const port = await freePort();
    const command = await kind.command(program, port, directory);
    if (this.#isClosed) throw new Error(`Cannot start ${name}: the benchmark has ended`);
    this.#running.push(await Server.start(command));
    const version = /\d+\.\d+(\.\d+)?/.exec(await run(program, ["--version"]))![0];
    return { port, version };
  }
}

/** A new cluster with everybody trusted. PostgreSQL refuses to run as root: then it runs as the user that its package made. */
async function postgresCommand(program: string, port: number, directory: string): Promise<ServerCommand> {
  const owner: { uid?: number; gid?: number } = process.getuid?.() === 0 ? await idsOf("postgres") : {};
  if (owner.uid !== undefined && owner.gid !== undefined) {
    chmodSync(join(directory, ".."), 0o711); // it has to pass through
    chownSync(directory, owner.uid, owner.gid);
  }
  const data = join(directory, "data");
  const initdb = join(program, "..", "initdb");
  const options = ["--auth=trust", "--username=bench", "--encoding=UTF8", "--locale=C", "--no-sync"];
  await run(initdb, ["--pgdata", data, ...options], { cwd: new URL("file:///"), ...owner });
  return {
    program,
    args: ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    ready: /ready to accept connections/,
    stopSignal: "SIGINT", // a fast shutdown: SIGTERM would wait for its clients
    ...owner,
  };
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  return { uid: Number(await run("id", ["-u", user])), gid: Number(await run("id", ["-g", user])) };
}
