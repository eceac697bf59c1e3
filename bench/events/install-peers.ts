/**
 * Brings the peers of the events benchmark: their servers as Debian's packages, their clients from npm into `bench/peers`, where no user
 * of the package ever gets them.
 *
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { findProgram, run } from "../support/programs.ts";

const PEERS = new URL("../peers/", import.meta.url);
let clients: Promise<void> | undefined;
let hasPackageLists: Promise<unknown> | undefined;

/**
 * Has apt install a package, where we are root and there is apt, and gives the path of its program.
 *
 * @throws {Error} Else.
 */
export async function installPackage(name: string, find: () => string | undefined): Promise<string> {
  const missing = `${name} is not installed`;
  const apt = findProgram("apt-get");
  if (apt === undefined || process.getuid?.() !== 0) throw new Error(`${missing}, and only root may install it`);
  console.error(`${missing}: apt-get install ${name}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" }; // start no service of its own
  try {
    hasPackageLists ??= run(apt, ["update"], { env });
    await hasPackageLists;
    await run(apt, ["install", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60", name], { env });
  } catch (error) {
    throw new Error(`${missing}, and apt-get can't install it: ${reasonOf(error)}`);
  }
  const program = find();
  if (program === undefined) throw new Error(`${missing}: its package has another program`);
  return program;
}

/**
 * Has npm install the clients, where they are missing or older than their lockfile.
 *
 * @throws {Error} If npm can't.
 */
export function installClients(): Promise<void> {
  clients ??= npmInstall();
  return clients;
}

async function npmInstall(): Promise<void> {
  const installed = new URL("node_modules/.package-lock.json", PEERS); // written last
  const lockfile = new URL("package-lock.json", PEERS);
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  console.error("The clients of the peers are not installed: npm ci in bench/peers");
  try {
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: PEERS }); // all bring their binaries along
  } catch (error) {
    throw new Error(`npm can't install the clients of the peers: ${reasonOf(error)}`);
  }
}

/** What went wrong in one line, as npm and apt mark it. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr || message).trim().split("\n");
  return lines.find((line) => /^(E:|npm error)/.test(line)) ?? lines[0]!;
}
