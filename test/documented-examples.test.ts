import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startChild } from "./support/child.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = ["README.md", "src/honker/mod.ts", "src/sqlite/mod.ts", "src/graphs/mod.ts", "src/operations/mod.ts"];

/** A program on a page, and what the page says that it prints. */
const EXAMPLE = /```ts\n([\s\S]*?)```(?:\s*```\n([\s\S]*?)```)?/g;

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), "utf8").replace(/^ \* ?/gm, "");
  const examples = [...text.matchAll(EXAMPLE)];
  for (const [i, [, example = "", printed]] of examples.entries()) {
    test(`example ${i + 1} of ${page} runs and prints what it says`, async (t) => {
      const directory = mkdtempSync(join(ROOT, ".example-")); // inside the project, so that its packages are found
      t.after(() => rmSync(directory, { recursive: true, force: true }));
      const script = join(directory, "example.ts");
      writeFileSync(script, `process.chdir(${JSON.stringify(directory)});\n${fromSource(example)}`);
      const child = startChild(t, pathToFileURL(script));
      const lines = (printed ?? commentedOutput(example)).split("\n").filter((line) => line !== "");
      for (const line of lines) assert.equal(await child.nextLine(), line);
      assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
    });
  }
}

/** What the example says beside its `console.log(…); // …`. */
function commentedOutput(example: string): string {
  return [...example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line).join("\n");
}

/** Imports of the package become imports of its source. */
function fromSource(example: string): string {
  return example.replace(/"@alkdev\/storage(\/\w+)?"/g, (_, room = "") =>
    JSON.stringify(pathToFileURL(join(ROOT, "src", room, "mod.ts")).href),
  );
}
