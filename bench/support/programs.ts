import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Runs a program to its end and gives what it printed; it throws, with what was printed, where the program fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: URL; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 26, ...options });
  return stdout;
}

/** The path of an installed program, looked for on PATH and then in `folders`. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const candidates = [...(process.env.PATH ?? "").split(delimiter), ...folders].map((folder) => join(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
