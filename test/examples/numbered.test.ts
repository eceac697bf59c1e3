import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { startChild } from "../support/child.ts";

const FOLDER = new URL("../../examples/", import.meta.url);
const EXAMPLES = readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ts$/.test(name));
const PRINTS = / \* Prints:\n \*\n \* ```\n((?: \* .*\n)*?) \* ```/;

test("the examples are numbered from 01, without a gap", () => {
  assert.ok(EXAMPLES.length > 0);
  assert.deepEqual(
    EXAMPLES.map((name) => Number(name.slice(0, 2))),
    EXAMPLES.map((_, i) => i + 1),
  );
});

for (const name of EXAMPLES) {
  test(`examples/${name} prints what it says, by at most 60 lines of code`, async (t) => {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    assert.ok(
      text
        .slice(text.indexOf(" */\n") + 4)
        .trim()
        .split("\n").length <= 60,
    );
    const [, block = ""] = PRINTS.exec(text) ?? [];
    const said = block.split("\n").map((line) => line.slice(3));
    const child = startChild(t, new URL(name, FOLDER));
    for (const line of said.slice(0, -1)) assert.equal(await child.nextLine(), line);
    assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
    await assert.rejects(child.nextLine(), /Cannot read a line/); // and no more
  });
}
