import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startChild } from "./support/child.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = ["README.md", "src/honker/mod.ts", "src/sqlite/mod.ts", "src/graphs/mod.ts"];

for (const page of PAGES) {
  test(`the example of ${page} runs and prints what it says`, async (t) => {
    const text = readFileSync(join(ROOT, page), "utf8").replace(/^ \* ?/gm, "");
    const [, example = "", , printed = ""] = /```ts\n([\s\S]*?)```(\s*```\n([\s\S]*?)```)?/.exec(text) ?? [];
    const output = printed === "" ? commentedOutput(example) : (/```\n([\s\S]*?)```/.exec(printed)?.[1] ?? "");
    const directory = mkdtempSync(join(ROOT, ".example-")); // inside the project, so that its packages are found
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const script = join(directory, "example.ts");
    writeFileSync(script, `process.chdir(${JSON.stringify(directory)});\n${fromSource(example)}`);
    const child = startChild(t, pathToFileURL(script));
    for (const line of output.split("\n").filter((line) => line !== "")) assert.equal(await child.nextLine(), line);
    assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
  });
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
