/**
 * Runs everything but `npm test` that a change has to pass: `npm run check`, or only the steps named,
 * `npm run check -- typecheck lint`. Prints one line per step and the output of those that fail.
 */
import { readFileSync } from "node:fs";
import { run } from "./run.ts";

interface Step {
  readonly name: string;
  readonly command: string;
  readonly what: string;
  /** The step it stands on, which runs before it even if only this one was named. */
  readonly after?: string;
}

const STEPS: readonly Step[] = [
  { name: "typecheck", command: "npm run typecheck", what: "types of all TypeScript files" },
  { name: "lint", command: "npm run lint", what: "lint, format, direction of imports, cycles (biome.json)" },
  { name: "unused", command: "npm run unused", what: "unused files, exports and dependencies (knip.json)" },
  { name: "migrations", command: "npm run migrations:check", what: "the embedded migrations match the tables" },
  { name: "build", command: "npm run build", what: "dist/ can be built" },
  {
    name: "package",
    command: "npm run test:package",
    what: "publint, types for users, installs and loads on Node, Deno and Bun, one sentence on an old Node",
    after: "build",
  },
  { name: "interop", command: "npm run test:interop -- --skip-if-missing", what: "the scenarios with real Honker" },
  { name: "crash", command: "npm run test:crash -- --kills 50", what: "fifty times SIGKILL under mixed load" },
  { name: "node22", command: "npm run test:node22", what: "all tests on Node 22.16" },
  { name: "deno", command: "npm run test:deno", what: "engine and adapter tests on Deno" },
  { name: "bun", command: "npm run test:bun", what: "engine and adapter tests on Bun" },
];

const steps = chooseSteps(process.argv.slice(2));
const failed: string[] = [];
for (const { name, command } of steps) {
  const started = performance.now();
  if (process.stdout.isTTY) process.stdout.write(`… ${name}\r`);
  const { ok, output } = await run(command);
  console.log(`${ok ? "✔" : "✖"} ${name.padEnd(12)}${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`);
  if (ok) {
    // what a step left out, and why, must not go unseen
    for (const line of output.split("\n")) if (/^(?:Cannot|Without) /.test(line)) console.log(`  ${line}`);
    continue;
  }
  failed.push(name);
  console.log(`\n${output.trimEnd()}\n`);
}
console.log(failed.length === 0 ? `${steps.length} steps passed` : `Failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The steps to run for these arguments, in their order; ends the process where there are none. */
function chooseSteps(args: readonly string[]): readonly Step[] {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(
      `Usage: npm run check [-- <step>…]\n\n${STEPS.map((s) => `  ${s.name.padEnd(12)}${s.what}`).join("\n")}`,
    );
    process.exit(0);
  }
  const unknown = args.find((arg) => STEPS.every(({ name }) => name !== arg));
  if (unknown !== undefined) {
    console.error(`Unknown step "${unknown}": one of ${STEPS.map(({ name }) => name).join(", ")} is wanted`);
    process.exit(2);
  }
  const wanted = new Set(args);
  for (const { name, after } of STEPS) if (after !== undefined && wanted.has(name)) wanted.add(after);
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  return STEPS.filter(({ name, command }) => {
    const script = /^npm run (\S+)$/.exec(command)?.[1];
    return (args.length === 0 || wanted.has(name)) && (script === undefined || script in scripts);
  });
}
