/**
 * Writes `dist/`: JavaScript, declarations and source maps for publishing.
 *
 * The compiler rewrites `./x.ts` to `./x.js` in JavaScript but not in declarations; that is done here. Both endings have
 * the same length, so that the declaration maps stay right.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

const RELATIVE_SPECIFIER = /(?<=\b(?:from|import)\s*\(?\s*)(["'])(\.{1,2}\/[^"']+)\.ts\1/g;

rmSync("dist", { recursive: true, force: true });
const { ok, output } = await run("tsc -p tsconfig.build.json");
process.stdout.write(output);
if (!ok) process.exit(1);

for (const name of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join("dist", name);
  writeFileSync(path, readFileSync(path, "utf8").replace(RELATIVE_SPECIFIER, "$1$2.js$1"));
}
