import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = ["docs/guarantees.md", "docs/what-happens-when.md", "docs/limits.md", "docs/errors.md"];

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), "utf8");

  test(`${page} names tests that exist`, () => {
    const named = [...text.matchAll(/\]\(\.\.\/(test\/[^)]+)\) “([^”]+)”/g)];
    assert.ok(named.length > 10);
    for (const [, file = "", title = ""] of named) {
      const titles = readFileSync(join(ROOT, file), "utf8").match(/test\(\s*["'`].*/g) ?? [];
      const isThere = titles.some((line) => line.replaceAll("\\", "").includes(title));
      assert.ok(isThere, `${file} has no test whose title has “${title}”`);
    }
  });

  test(`${page} says of every claim what holds it`, () => {
    for (const row of text.match(/^\| .*$/gm)?.filter((line) => !/^\| (?:claim|what|limit|…|---)/.test(line)) ?? []) {
      assert.match(row, /“|`npm run|\]\(/, row);
    }
    for (const section of page === "docs/errors.md" ? text.split(/^## /m).slice(1) : [])
      assert.match(section, /^Held by /m);
  });

  test(`${page} links to what is there`, () => {
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(page), link)), `${link} is not there`);
    }
  });
}
