import { parseArgs } from "node:util";

/** What a benchmark was asked for. */
export interface BenchArgs {
  readonly json: boolean;
  readonly rounds: number;
  readonly only: readonly string[];
  /** The value of the option for the size, where there is one. */
  readonly size: number;
}

/** An option that says how much is measured. */
export interface SizeOption {
  readonly name: string;
  readonly what: string;
  readonly default: number;
}

/** Reads the command line of a benchmark; answers `--help`, and says what is wrong with exit code 2. */
export function parseBenchArgs(
  script: string,
  names: readonly string[],
  defaultRounds: number,
  size?: SizeOption,
): BenchArgs {
  const sized = size === undefined ? "" : `\n  ${`--${size.name} N`.padEnd(12)}${size.what} (default ${size.default})`;
  const usage = `Usage: npm run ${script} -- [--json] [--rounds N]${size === undefined ? "" : ` [--${size.name} N]`} [name …]

  --json      print the rows as one JSON object on the last line
  --rounds N  how often each variant is measured, in turns (default ${defaultRounds})${sized}
  name        only these rows: ${names.join(", ")}`;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        rounds: { type: "string" },
        help: { type: "boolean" },
        ...(size !== undefined && { [size.name]: { type: "string" as const } }),
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const given: Readonly<Record<string, unknown>> = values;
    const rounds = toCount("rounds", given.rounds ?? defaultRounds);
    const unknown = positionals.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new TypeError(`Unknown row "${unknown}": known are ${names.join(", ")}`);
    return {
      json: given.json === true,
      rounds,
      only: positionals.length > 0 ? positionals : names,
      size: size === undefined ? 0 : toCount(size.name, given[size.name] ?? size.default),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function toCount(name: string, value: unknown): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TypeError(`--${name} must be an integer > 0: received ${String(value)}`);
}
