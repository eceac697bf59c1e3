import { parseArgs } from "node:util";

const HELP = `Usage: npm run test:crash -- [--kills N] [--seed N] [--json]

Kills a process that writes to a file with all that the engine has, at random moments, again and again, and checks after each
kill that nothing acknowledged is lost and nothing is half done.

  --kills N  how often (default 50)
  --seed N   where all that is random comes from (default: a random one, which is printed)
  --json     print the counts as one JSON object on the last line
  --help     print this`;

/** What the command line asks for. */
export interface CrashArguments {
  readonly kills: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Reads the command line; answers `--help`, and says what is wrong in one line with exit code 2. */
export function parseCrashArguments(args: readonly string[]): CrashArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: "string", default: "50" },
        seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
        json: { type: "boolean", default: false },
        help: { type: "boolean" },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    return {
      kills: readInteger("--kills", values.kills, 1, 1_000_000),
      seed: readInteger("--seed", values.seed, 0, 2 ** 32 - 1),
      json: values.json,
    };
  } catch (error) {
    const { message } = error as Error;
    console.error(error instanceof RangeError ? message : message.split(/\.\s|\n/, 1)[0]); // without Node's advice
    process.exit(2);
  }
}

function readInteger(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be an integer from ${least} to ${most}: received "${text}"`);
}
