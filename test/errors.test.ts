import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERROR_CODES } from "../src/errors.ts";

test("ERROR_CODES are the headings of docs/errors.md, in the same order", () => {
  const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const headings = [...page.matchAll(/^## ([A-Z_]+)$/gm)].map(([, code]) => code);
  assert.deepEqual(headings, [...ERROR_CODES]);
});
