import { parseArgs } from "node:util";

/** What a benchmark was asked for. */
export interface BenchArgs {
  readonly json: boolean;
  readonly rounds: number;
  readonly only: readonly string[];
}

/** Reads the command line of a benchmark; answers `--help`, and says what is wrong with exit code 2. */
export function parseBenchArgs(script: string, names: readonly string[], defaultRounds: number): BenchArgs {
  const usage = `Usage: npm run ${script} -- [--json] [--rounds N] [name …]

  --json      print the rows as one JSON object on the last line
  --rounds N  how often each variant is measured, in turns (default ${defaultRounds})
  name        only these rows: ${names.join(", ")}`;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, rounds: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const rounds = Number(values.rounds ?? defaultRounds);
    if (!(Number.isInteger(rounds) && rounds > 0))
      throw new TypeError(`--rounds must be an integer > 0: received ${values.rounds}`);
    const unknown = positionals.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new TypeError(`Unknown row "${unknown}": known are ${names.join(", ")}`);
    return { json: values.json ?? false, rounds, only: positionals.length > 0 ? positionals : names };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
