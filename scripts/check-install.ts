/**
 * Packs the package, installs it into an empty project and imports every entry on Node, Deno and Bun; then loads it on
 * a Node that is too old and expects one sentence instead of a stack trace.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Outcome, run } from "./run.ts";

const OLDEST = [22, 16] as const;

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { name: string; exports: Record<string, unknown> };
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => manifest.name + entry.slice(1));

const directory = mkdtempSync(join(tmpdir(), "alkdev-storage-install-"));
try {
  await must(`npm pack --silent --pack-destination "${directory}"`);
  writeFileSync(join(directory, "package.json"), '{ "private": true, "type": "module" }\n');
  writeFileSync(
    join(directory, "main.js"),
    entries
      .map(
        (entry) => `console.log(${JSON.stringify(entry)}, Object.keys(await import(${JSON.stringify(entry)})).length);`,
      )
      .join("\n"),
  );
  await must("npm install --no-package-lock --prefer-offline ./*.tgz", directory);
  for (const runtime of ["node", "deno run -A", "bun run"]) {
    console.log(`${runtime}:\n${(await must(`${runtime} main.js`, directory)).output}`);
  }
  expectOneSentence(await run(`${await oldNode()} main.js`, { cwd: directory }));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function must(command: string, cwd?: string): Promise<Outcome> {
  const outcome = await run(command, cwd === undefined ? {} : { cwd });
  if (outcome.ok) return outcome;
  throw new Error(`Cannot run "${command}"\n${outcome.output}`);
}

/** A command for a Node that is too old: one of this machine, else one that npx fetches. */
async function oldNode(): Promise<string> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = `"${join(folder, "node")}"`;
    const { ok, output } = await run(`${candidate} -p process.versions.node`);
    const [major, minor] = output.trim().split(".").map(Number) as [number, number];
    if (ok && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) return candidate;
  }
  return "npx --yes --package=node@20 -- node";
}

function expectOneSentence({ ok, output }: Outcome): void {
  console.log(`old Node:\n${output}`);
  const sentences = output.split("\n").filter((line) => line.includes(`>= ${OLDEST.join(".")}`));
  const frames = output.split("\n").filter((line) => line.startsWith("    at "));
  if (!ok && sentences.length === 1 && frames.length === 0) return;
  throw new Error(
    `Cannot accept what an old Node prints: one sentence with ">= ${OLDEST.join(".")}" is wanted\n${output}`,
  );
}
